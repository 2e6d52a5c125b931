"""The servers that fanout.py and rooms.py measure: how each is started and spoken to, and why one may be missing."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from redis import Redis

from benchmarks import common
from benchmarks.load import HERE, MARK, Failed, Line, Manner, Served, compiled, scratch, served
from benchmarks.talk import texts
from chatmarket.simulate.spawned import free_port

NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
OFFER_BYTES = 600
SIDES = {"A": "customer", "B": "expert", "W": "staff"}
ANNOUNCED_S = 10.0
PLAIN = Manner()
RESUMING = Manner(greet_on='"type":"hello"', greet='{"type":"resume","seq":0}', ready='"type":"resumed"', in_order=True)
ENGINE_IO = Manner(greet_on='"upgrades"', greet="40", ready='40{"sid"')
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"


def always() -> str | None:
    return None


def python(module: str, *words: str) -> Callable[[int, int], list[str]]:
    return lambda port, redis: [
        *(sys.executable, "-m", f"benchmarks.servers.{module}", *words),
        *("--port", str(port), "--redis", f"redis://127.0.0.1:{redis}"),
    ]


def node(port: int, redis: int) -> list[str]:
    return [
        "node",
        str(HERE / "servers/socketio_node.cjs"),
        "--port",
        str(port),
        "--redis",
        f"redis://127.0.0.1:{redis}",
    ]


def c_loop(port: int, redis: int) -> list[str]:
    return [str(compiled("limit.c")), str(port), str(redis)]


def daphne(port: int, redis: int) -> list[str]:
    listening = ["-b", "127.0.0.1", "-p", str(port), "-v", "0"]
    return [sys.executable, "-m", "daphne", *listening, "benchmarks.servers.channels_site:application"]


@dataclass(frozen=True, slots=True)
class Peer:
    """One server. `missing` says what is not installed; `announce` publishes in its words, if it cannot itself."""

    name: str
    command: Callable[[int, int], list[str]]
    missing: Callable[[], str | None] = always
    manner: Manner = PLAIN
    listen: str = "/listen"
    room: str = "/rooms/{room}/{side}"
    header: str = ""
    announce: Callable[[int, int], list[str]] | None = None
    over_http: bool = False  # published to by a request, not in Redis
    lobbies: bool = False  # each listener on a channel of its own, all named in one envelope
    processes: int = 1  # rooms only
    pause: float = 0.5  # seconds from listening to its subscription in Redis

    def listener(self, address: str, number: int) -> Line:
        return Line(address, self.listen.format(number=number), "L", 0, self.header)

    def rooms(self, addresses: Sequence[str], count: int) -> Iterator[Line]:
        """Three lines a room: the sides A and B and the watcher, in turn on `addresses`."""
        for room in range(count):
            for number, (role, side) in enumerate(SIDES.items()):
                path = self.room.format(room=room, side=side)
                yield Line(addresses[number % len(addresses)], path, role, room, self.header)

    def said(self) -> list[str]:
        """What is said in rooms, a whole frame each."""
        frames = [sent(text) for text in texts(42, 0)]
        return [f'421["say",{frame}]' for frame in frames] if self.manner is ENGINE_IO else frames

    @contextmanager
    def running(self, redis: int) -> Iterator[Served]:
        port, environment = free_port(), {"CHANNELS_REDIS": f"redis://127.0.0.1:{redis}"}  # daphne passes no words on
        with served(self.command(port, redis), port, core=common.SERVER_CORE, environment=environment) as server:
            time.sleep(self.pause)
            yield server

    def publishing(self, server: Served, redis: int, listeners: int) -> Manner:
        """Its manner, with the bytes that publish an offer to all listeners as its own library writes them."""
        if self.over_http:
            body = offer().encode()
            head = f"POST /publish HTTP/1.1\r\nHost: {server.address}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            return replace(self.manner, publish=head + body, publish_to=server.address)
        command = (self.announce or self.command)(0, redis)
        more = ["--lobbies", str(listeners)] if self.lobbies else []
        published = recorded([*command, "--announce", offer(), *more], redis)
        return replace(self.manner, publish=published, publish_to=f"127.0.0.1:{redis}")


def nchan(port: int, redis: int) -> list[str]:
    """nginx with its nchan module, in a folder of its own."""
    folder = scratch() / f"nchan-{port}"
    folder.mkdir()
    _, _, written = (HERE / "servers/nchan.conf").read_text().partition("\n")  # the first line explains these words
    places = {"MODULE": NCHAN_MODULE, "FOLDER": folder, "PORT": port, "REDIS": f"redis://127.0.0.1:{redis}"}
    for word, place in places.items():
        written = written.replace(word, str(place))
    (folder / "nginx.conf").write_text(written)
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def sent(text: str) -> str:
    return json.dumps({"type": "send", "cid": MARK, "text": text}, ensure_ascii=False, separators=(",", ":"))


def offer() -> str:
    """A card of an offer, 600 bytes of JSON."""
    card = {"type": "offer", "chat": MARK, "brand": "lumen", "topic": "Connecting lights", "language": "en", "html": ""}
    size = len(json.dumps(card, separators=(",", ":")))
    return json.dumps({**card, "html": "x" * (OFFER_BYTES - size)}, separators=(",", ":"))


def recorded(command: Sequence[str], redis: int) -> bytes:
    """The PUBLISH that `command` sends: caught from Redis, so that it is the library's own bytes. Raises Failed."""
    with Redis(port=redis) as client, client.pubsub() as line:
        line.psubscribe("*")
        done = subprocess.run(command, capture_output=True, timeout=60)
        deadline = time.monotonic() + ANNOUNCED_S
        while time.monotonic() < deadline:
            message = line.get_message(timeout=0.2)
            if message and message["type"] == "pmessage" and MARK.encode() in message["data"]:
                return resp(b"PUBLISH", message["channel"], message["data"])
    raise Failed(f"nothing was published: {done.stderr.decode(errors='replace')[-200:]}")


def resp(*words: bytes) -> bytes:
    """A Redis command on the wire."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


# What must be installed


def needs(*modules: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        absent = [name for name in modules if find_spec(name) is None]
        return f"no Python package {', '.join(absent)}" if absent else None

    return missing


def needs_node() -> str | None:
    if shutil.which("node") is None:
        return "no node on the PATH"
    wanted = "for (const p of ['socket.io', '@socket.io/redis-adapter', 'redis']) require(p)"
    done = subprocess.run(["node", "-e", wanted], capture_output=True, env=os.environ)
    return "no npm packages socket.io, @socket.io/redis-adapter, redis in NODE_PATH" if done.returncode else None


def needs_nchan() -> str | None:
    return None if shutil.which("nginx") and NCHAN_MODULE.exists() else "no nginx with libnginx-mod-nchan"


LIMIT = Peer("C, one send() for each connection (limit)", c_loop, announce=python("plain"))
OURS = Peer("**Chatmarket's realtime**", python("ours"), manner=RESUMING)
ALONE = replace(OURS, name="Chatmarket's realtime alone: no mask, no commit")
APART = Peer(
    "Chatmarket's realtime alone, two processes, sides apart",
    python("ours", "--unnumbered"),
    manner=replace(RESUMING, in_order=False),
    processes=2,
)
LOBBIES = replace(OURS, name="**Chatmarket's realtime, each lobby named**", listen="/lobby/{number}", lobbies=True)
STARLETTE = Peer("Starlette `send` on uvicorn, no compression", python("plain"))
DEFAULTS = Peer(
    "Starlette `send` on uvicorn, its defaults (compression)", python("plain", "--defaults"), header=DEFLATE
)
PYTHON_SOCKETIO = Peer(
    "python-socketio, AsyncRedisManager",
    python("socketio_python"),
    needs("socketio"),
    ENGINE_IO,
    "/socket.io/?EIO=4&transport=websocket&room=offers",
    "/socket.io/?EIO=4&transport=websocket&room={room}",
)
CHANNELS = Peer(
    "Django Channels (pub/sub layer) on uvicorn",
    python("channels_site"),
    needs("django", "channels", "channels_redis"),
)
DAPHNE = Peer(
    "Django Channels (pub/sub layer) on daphne",
    daphne,
    needs("django", "channels", "channels_redis", "daphne"),
    announce=python("channels_site"),
)
SOCKETIO = replace(PYTHON_SOCKETIO, name="Node socket.io, redis-adapter", command=node, missing=needs_node)
NCHAN = Peer("nginx nchan, Redis", nchan, needs_nchan, over_http=True, pause=3.0)

FANOUT = (LIMIT, OURS, LOBBIES, STARLETTE, DEFAULTS, SOCKETIO, NCHAN, PYTHON_SOCKETIO, CHANNELS, DAPHNE)
ROOMS = (ALONE, APART, STARLETTE, SOCKETIO, PYTHON_SOCKETIO, CHANNELS, DAPHNE)
