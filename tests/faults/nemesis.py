"""What breaks, and when: a schedule that follows from its seed, and the hands that carry it out."""

import asyncio
import os
import signal
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.faults.history import History
from tests.faults.machines import City, Web
from tests.faults.market import Market
from tests.faults.proxy import Link

# One round of a storm, shuffled anew each time: how often each thing happens beside the others.
DECK = {
    "kill -9 of a web process": 4,
    "rolling restart (SIGTERM)": 1,
    "SIGSTOP of a web process": 1,
    "kill -9 and restart of Redis": 2,
    "SIGSTOP of Redis": 1,
    "FLUSHALL": 1,
    "CLIENT KILL of all Redis lines": 1,
    "black hole to Redis, one process": 1,
    "slow Redis (200 ms)": 1,
    "immediate stop of PostgreSQL": 2,
    "cut after COMMIT, before its answer": 2,
    "RST of half of the clients": 2,
    "black hole to some clients, one way": 1,
    "stuck readers": 1,
}
ON_SQLITE = {kind: count for kind, count in DECK.items() if "PostgreSQL" not in kind and "COMMIT" not in kind}
AWAY_S = 25.0  # an expert who leaves together with their process: longer than presence may be wrong
STUCK = 5  # readers at once
CUTS = 5  # commits whose answer is swallowed in one go
EXIT_PATIENCE_S = 40.0


@dataclass(frozen=True, slots=True)
class Fault:
    """`pause` seconds after the one before, lasting `lasts`; `where` chooses among the web processes."""

    number: int
    kind: str
    pause: float
    lasts: float
    where: int
    chance: int  # a seed of its own, so that what it draws does not depend on how others went


def schedule(seed: int, deck: dict[str, int], webs: int, every: float) -> Iterator[Fault]:
    """The endless list of faults of this seed, on the average one in `every` seconds."""
    rng = Random(f"nemesis {seed}")
    number = 0
    while True:
        kinds = [kind for kind, count in deck.items() for _ in range(count)]
        rng.shuffle(kinds)
        for kind in kinds:
            number += 1
            pause = rng.uniform(0.4, 1.6) * every
            yield Fault(number, kind, pause, rng.uniform(0.3, 3.5), rng.randrange(webs), rng.getrandbits(32))


class Nemesis:
    """Carries out faults one after the other; now and then two at once, for troubles come in pairs."""

    def __init__(self, city: City, market: Market) -> None:
        self._city, self._market = city, market
        self._history: History = market.history
        self.done: Counter[str] = Counter()
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._stuck: list[socket.socket] = []
        self._deeds: dict[str, Callable[[Fault, Web], Awaitable[None]]] = {
            "kill -9 of a web process": self._kill_web,
            "rolling restart (SIGTERM)": self._roll,
            "SIGSTOP of a web process": self._freeze_web,
            "kill -9 and restart of Redis": self._kill_redis,
            "SIGSTOP of Redis": self._freeze_redis,
            "FLUSHALL": self._flush,
            "CLIENT KILL of all Redis lines": self._hang_up,
            "black hole to Redis, one process": self._isolate,
            "slow Redis (200 ms)": self._slow,
            "immediate stop of PostgreSQL": self._stop_postgres,
            "cut after COMMIT, before its answer": self._swallow,
            "RST of half of the clients": self._flap,
            "black hole to some clients, one way": self._half_open,
            "stuck readers": self._stick,
        }

    async def follow(self, faults: Iterator[Fault], enough: Callable[[], bool]) -> None:
        """Until it is enough; afterwards everything is whole again."""
        try:
            while not enough():
                fault = next(faults)
                await asyncio.sleep(fault.pause)
                task = asyncio.create_task(self._inflict(fault))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
                if Random(fault.chance).random() < 0.75:
                    await asyncio.gather(*self._running)
            await asyncio.gather(*self._running)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            for stuck in self._stuck:
                stuck.close()
            await self._city.heal()

    async def _inflict(self, fault: Fault) -> None:
        web = self._city.webs[fault.where]
        async with self._lock(fault, web):
            self._history.note("invoke", "fault", seq=fault.number, code=fault.kind)
            try:
                await self._deeds[fault.kind](fault, web)
            finally:
                self._history.note("ok", "fault", seq=fault.number, code=fault.kind)
            self.done[fault.kind] += 1

    def _lock(self, fault: Fault, web: Web) -> asyncio.Lock:
        """One hand on each machine at a time."""
        machine = next((name for name in ("Redis", "PostgreSQL", "COMMIT", "FLUSHALL") if name in fault.kind), web.name)
        machine = {"FLUSHALL": "Redis", "COMMIT": "PostgreSQL"}.get(machine, machine)
        return self._locks.setdefault(machine, asyncio.Lock())

    # -- web processes

    async def _kill_web(self, fault: Fault, web: Web) -> None:
        """The process, and with it one expert who sat in its lobby: presence must notice."""
        there = [expert for expert in self._market.experts if expert.lobby and expert.lobby.url == web.url]
        for expert in there[:1]:
            assert expert.lobby is not None
            expert.lobby.away_until = self._market.world.now() + AWAY_S
        await web.kill()
        await web.start()

    async def _roll(self, fault: Fault, web: Web) -> None:
        """A deploy: the next process serves before the old one is told to go."""
        old = web.process
        assert old is not None
        if self._city.db == "sqlite":  # one process writes it: the old one goes first
            await self._leave(web, old)
            await web.start()
        else:
            await web.start()
            await self._leave(web, old)

    async def _leave(self, web: Web, process: "object") -> None:
        began = self._market.world.now()
        process.send_signal(signal.SIGTERM)  # type: ignore[attr-defined]
        while process.poll() is None and self._market.world.now() - began < EXIT_PATIENCE_S:  # type: ignore[attr-defined]
            await asyncio.sleep(0.05)
        took = self._market.world.now() - began
        process.kill()  # type: ignore[attr-defined]
        code = process.wait()  # type: ignore[attr-defined]
        self._history.note("seen", "exit", seq=code, code=web.name, text=f"{took:.2f}")

    async def _freeze_web(self, fault: Fault, web: Web) -> None:
        web.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(2 * fault.lasts)
        finally:
            web.signal(signal.SIGCONT)

    # -- Redis

    async def _kill_redis(self, fault: Fault, web: Web) -> None:
        self._city.valkey.kill()
        try:
            await asyncio.sleep(fault.lasts)
        finally:
            self._city.valkey.start()

    async def _freeze_redis(self, fault: Fault, web: Web) -> None:
        self._city.valkey.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(3 * fault.lasts)
        finally:
            self._city.valkey.signal(signal.SIGCONT)

    async def _flush(self, fault: Fault, web: Web) -> None:
        await self._redis("FLUSHALL")

    async def _hang_up(self, fault: Fault, web: Web) -> None:
        await self._redis("CLIENT", "KILL", "TYPE", "pubsub")
        await self._redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    async def _redis(self, *command: str) -> None:
        with suppress(RedisError, OSError):
            async with Redis.from_url(f"unix://{self._city.valkey.path}", socket_timeout=2.0) as redis:
                await redis.execute_command(*command)  # type: ignore[no-untyped-call]

    async def _isolate(self, fault: Fault, web: Web) -> None:
        web.redis.silence()
        try:
            await asyncio.sleep(3 * fault.lasts)
        finally:
            web.redis.heal()

    async def _slow(self, fault: Fault, web: Web) -> None:
        web.redis.delay = 0.2
        try:
            await asyncio.sleep(2 * fault.lasts)
        finally:
            web.redis.delay = 0.0

    # -- PostgreSQL

    async def _stop_postgres(self, fault: Fault, web: Web) -> None:
        assert self._city.postgres is not None
        self._city.postgres.stop()
        try:
            await asyncio.sleep(min(1.0, fault.lasts / 3))
        finally:
            self._city.postgres.start()

    async def _swallow(self, fault: Fault, web: Web) -> None:
        assert self._city.sql is not None
        self._city.sql.swallows = CUTS
        await asyncio.sleep(fault.lasts)
        self._city.sql.swallows = 0

    # -- clients

    async def _flap(self, fault: Fault, web: Web) -> None:
        web.proxy.reset(self._some(fault, web, 0.5))

    async def _half_open(self, fault: Fault, web: Web) -> None:
        chosen = self._some(fault, web, 0.3)
        web.proxy.silence(Random(fault.chance).choice(("up", "down")), only=chosen)
        await asyncio.sleep(3 * fault.lasts)
        for link in chosen:
            link.heal()

    def _some(self, fault: Fault, web: Web, share: float) -> list[Link]:
        rng = Random(fault.chance)
        return [link for link in list(web.proxy.links) if rng.random() < share]

    async def _stick(self, fault: Fault, web: Web) -> None:
        """Readers that never read, in the busiest chat, until the storm is over or they are thrown out."""
        tables = [table for table in self._market.tables.values() if table.claimed.is_set()][-STUCK:]
        for table in tables:
            self._stuck.append(await _deaf_reader(web, table.chat, table.token))


async def _deaf_reader(web: Web, chat: int, token: str) -> socket.socket:
    """A customer's second tab that resumes again and again and never reads the answers."""
    loop, line = asyncio.get_running_loop(), socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(2):
            await loop.sock_connect(line, ("127.0.0.1", web.proxy.upstream))
            await loop.sock_sendall(line, _handshake(web, chat, token))
            await asyncio.sleep(0.2)
            for _ in range(8):
                await loop.sock_sendall(line, _masked(b'{"type":"resume","seq":0}'))
    return line


def _handshake(web: Web, chat: int, token: str) -> bytes:
    return (
        f"GET /chats/{chat}/live HTTP/1.1\r\nHost: {web.url.removeprefix('http://')}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


def _masked(payload: bytes) -> bytes:
    mask = os.urandom(4)
    return bytes([0x81, 0x80 | len(payload)]) + mask + bytes(b ^ mask[n % 4] for n, b in enumerate(payload))
