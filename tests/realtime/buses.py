"""Real parts for the tests of the bus: a witness on it, and servers on TCP: a master with its sentinel, a cluster."""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from offices import QUICK, eventually
from redis import Redis
from redis.exceptions import RedisError

from chatmarket.embedded import redis_binary
from realtime.bus import Bus, Pace
from realtime.envelope import Envelope, Kind


class Witness:
    """A bus and all it received, read by read."""

    def __init__(self, url: str, channel: str, pace: Pace) -> None:
        self.reads: list[list[Envelope]] = []
        self.caught_up_at = 0.0  # by the clock of the loop: told last that anything may have been missed
        self.bus = Bus(url, self.receive, channel=channel, pace=pace)

    def receive(self, envelopes: Sequence[Envelope]) -> None:
        self.reads.append(list(envelopes))
        if Envelope(Kind.CATCH_UP) in envelopes:
            self.caught_up_at = asyncio.get_running_loop().time()

    @property
    def heard(self) -> list[Envelope]:
        """All envelopes but the nameless catch-ups."""
        return [one for read in self.reads for one in read if one != Envelope(Kind.CATCH_UP)]

    def say(self, text: str, *channels: str, seq: int | None = None) -> Envelope:
        envelope = Envelope(Kind.FRAME, channels or ("room:7",), seq=seq, payload=text.encode())
        self.bus.publish(envelope)
        return envelope

    async def hears(self, *envelopes: Envelope, within: float = 20) -> None:
        await eventually(lambda: all(one in self.heard for one in envelopes), within)


# Comes back last, when the others have long caught up: what it said before to a server that is gone they must hear of.
LATE = replace(QUICK, reconnect=2.0)


@asynccontextmanager
async def witness(url: str, channel: str = "test", pace: Pace = QUICK) -> AsyncIterator[Witness]:
    one = Witness(url, channel, pace)
    async with one.bus.running():
        yield one


class Node:
    """A server on TCP with a directory of its own; further words are its options. Call `end_all` in the end."""

    started: ClassVar[list["Node"]] = []

    def __init__(self, directory: Path, *options: str, password: str = "") -> None:
        self.port = free_port()
        self.directory = directory / str(self.port)
        self.directory.mkdir()
        lock = ["--requirepass", password, "--primaryauth", password] if password else []
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory), "--save", ""]
        self.options = [*place, *lock, "--repl-diskless-sync-delay", "0", *options]
        self.redis = Redis(port=self.port, password=password or None, decode_responses=True)
        self.process = subprocess.Popen(self.words(), stdout=subprocess.DEVNULL)
        self.started.append(self)
        _until(lambda: self.redis.ping())

    def words(self) -> list[str]:
        return [str(redis_binary()), *self.options]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @classmethod
    def end_all(cls) -> None:
        while cls.started:
            node = cls.started.pop()
            node.redis.close()
            node.kill()


class Guard(Node):
    """A sentinel that watches one master, called `main`."""

    def __init__(self, directory: Path, master: Node, *, password: str, down_after_ms: int = 500) -> None:
        conf = directory / "sentinel.conf"
        watched = f"sentinel monitor main 127.0.0.1 {master.port} 1\nsentinel auth-pass main {password}\n"
        conf.write_text(watched + f"sentinel down-after-milliseconds main {down_after_ms}\n")
        self.conf = conf
        super().__init__(directory)
        self.places = f"127.0.0.1:{free_port()},127.0.0.1:{self.port}"  # the first of them is not there
        _until(self._knows_a_replica)

    def _knows_a_replica(self) -> bool:
        told = str(self.redis.execute_command("SENTINEL REPLICAS", "main"))
        return "slave" in told and "disconnected" not in told

    def words(self) -> list[str]:
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory)]
        return [str(redis_binary()), str(self.conf), "--sentinel", *place]


class Cluster:
    """Three masters, and a replica of the first."""

    def __init__(self, directory: Path) -> None:
        self.nodes = [self._node(directory) for _ in range(4)]
        first, *others = self.nodes
        for node, (low, high) in zip(self.nodes, ((0, 5460), (5461, 10922), (10923, 16383)), strict=False):
            node.redis.execute_command("CLUSTER ADDSLOTSRANGE", low, high)
        for epoch, node in enumerate(self.nodes, 1):
            node.redis.execute_command("CLUSTER SET-CONFIG-EPOCH", epoch)
        for node in others:
            node.redis.execute_command("CLUSTER MEET", "127.0.0.1", first.port, bus_port(first))
        _until(lambda: all(len(self.known(node)) == 4 for node in self.nodes), within=15)
        self.nodes[3].redis.execute_command("CLUSTER REPLICATE", self.name(first))
        _until(lambda: self.nodes[3].redis.info("replication")["master_link_status"] == "up", within=15)
        _until(lambda: all(self.is_whole(node) for node in self.nodes), within=15)
        self.url = f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{others[0].port},127.0.0.1:{others[1].port}"

    @staticmethod
    def _node(directory: Path) -> Node:
        # Longer than a loaded machine keeps a server waiting: nobody is replaced but who was killed.
        quick = ["--cluster-node-timeout", "4000", "--cluster-port", str(free_port())]
        return Node(directory, "--cluster-enabled", "yes", *quick)

    @staticmethod
    def known(node: Node) -> Any:
        return node.redis.execute_command("CLUSTER NODES")

    def owner(self, channel: str) -> Node:
        """The master that takes what is said on this channel."""
        for node in self.nodes:
            try:
                node.redis.execute_command("SPUBLISH", channel, "")
            except RedisError:
                continue
            return node
        raise AssertionError("nobody owns it")

    def move(self, slot: int, source: Node) -> Node:
        """Give an empty slot to another master."""
        masters = (node for node in self.nodes if node.redis.info("replication")["role"] == "master")
        target = next(node for node in masters if node is not source)
        target.redis.execute_command("CLUSTER BUMPEPOCH")  # or the others go on believing in the old owner
        for node in (target, source):
            node.redis.execute_command("CLUSTER SETSLOT", slot, "NODE", self.name(target))
        return target

    @staticmethod
    def name(node: Node) -> str:
        return str(node.redis.execute_command("CLUSTER MYID"))

    @staticmethod
    def is_whole(node: Node) -> bool:
        told: Any = node.redis.execute_command("CLUSTER INFO")
        return bool(told["cluster_state"] == "ok" and told["cluster_known_nodes"] == "4")


def bus_port(node: Node) -> str:
    return node.options[node.options.index("--cluster-port") + 1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _until(is_so: Callable[[], Any], within: float = 10) -> None:
    deadline = time.monotonic() + within
    while True:
        try:
            if is_so():
                return
        except RedisError:  # it is still starting
            pass
        assert time.monotonic() < deadline
        time.sleep(0.02)
