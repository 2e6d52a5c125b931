"""A network that fails on command: a TCP proxy that delays, throttles, cuts, resets, goes silent or swallows an answer.

One FaultProxy stands before one server (web, Redis, PostgreSQL; a TCP port or a unix socket). Without a command it only
forwards. Times are seconds, rates bytes a second. Directions are named as the client sees them: "up" to the server,
"down" from it.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Collection, Iterable
from typing import Literal, cast

Direction = Literal["up", "down"]
Upstream = int | str  # a port of this machine, or the path of a unix socket
BOTH: frozenset[Direction] = frozenset(("up", "down"))
OTHER: dict[Direction, Direction] = {"up": "down", "down": "up"}
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, and what is buffered is thrown away
TICK = 1e-6  # keeps what is delayed in order: timers of one moment are not


class Link:
    """One client's connection and ours to the server behind it."""

    def __init__(self, proxy: "FaultProxy") -> None:
        self.proxy = proxy
        self.notes: set[bytes] = set()  # what a `writes` predicate wants to remember of this connection
        self.silent: frozenset[Direction] = frozenset()
        self.swallowing = False
        self._ends: dict[Direction, asyncio.Transport] = {}  # by where a write to it goes
        self._held: dict[Direction, list[bytes]] = {"up": [], "down": []}
        self._free: dict[Direction, float] = {"up": 0.0, "down": 0.0}
        self._over = False

    def attach(self, towards: Direction, transport: asyncio.Transport) -> None:
        self._ends[towards] = transport
        if self._over:
            transport.abort()
        else:
            self._flush(towards)

    def take(self, towards: Direction, some: bytes) -> None:
        if towards == "up" and self.proxy.swallows and self.proxy.writes(self, some):
            self.proxy.swallows -= 1
            self.swallowing = True
        elif towards == "down" and self.swallowing:
            self.proxy.swallowed += 1
            return self.reset()  # the server has done it, and its client will never know
        self._held[towards].append(some)
        self._flush(towards)
        return None

    def quiet(self, towards: Direction) -> bool:
        return towards in self.silent or towards in self.proxy.silent

    def heal(self) -> None:
        self.silent = frozenset()
        if any(end.is_closing() for end in self._ends.values()):
            return self.cut()  # one side gave up while nobody could tell the other
        for towards in BOTH:
            self._flush(towards)
        return None

    def cut(self) -> None:
        """FIN: both sides get what is on its way, then the end."""
        self._end(_close)

    def reset(self) -> None:
        """RST: both sides lose what is on its way."""
        self._end(_reset)

    def pause(self, towards: Direction, paused: bool) -> None:
        """The one who reads slowly makes the other stop sending."""
        sender = self._ends.get(OTHER[towards])
        if sender is not None and not sender.is_closing():
            (sender.pause_reading if paused else sender.resume_reading)()

    def _flush(self, towards: Direction) -> None:
        end = self._ends.get(towards)
        if end is None or self.quiet(towards):
            return
        waiting, self._held[towards] = self._held[towards], []
        for some in waiting:
            self._write(towards, end, some)

    def _write(self, towards: Direction, end: asyncio.Transport, some: bytes) -> None:
        loop, proxy = asyncio.get_running_loop(), self.proxy
        at = max(loop.time() + proxy.delay, self._free[towards] + TICK)
        if proxy.rate or at > loop.time() + 2 * TICK:
            self._free[towards] = at + (len(some) / proxy.rate if proxy.rate else 0.0)
            loop.call_at(self._free[towards], _write, end, some)
        else:
            _write(end, some)

    def _end(self, how: Callable[[asyncio.Transport], None]) -> None:
        self._over = True
        self.proxy.links.discard(self)
        for transport in self._ends.values():
            how(transport)


class _Side(asyncio.Protocol):
    """One end of a link: what it hears goes `towards` the other."""

    def __init__(self, link: Link, towards: Direction) -> None:
        self._link, self._towards = link, towards

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link.attach(OTHER[self._towards], cast(asyncio.Transport, transport))
        if self._towards == "up":
            self._link.proxy.accept(self._link)

    def data_received(self, data: bytes) -> None:
        self._link.take(self._towards, data)

    def pause_writing(self) -> None:
        self._link.pause(OTHER[self._towards], True)

    def resume_writing(self) -> None:
        self._link.pause(OTHER[self._towards], False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._link.quiet(self._towards):
            return  # nobody hears of it: that is what a black hole is
        (self._link.reset if exc else self._link.cut)()


class FaultProxy:
    """Listens on `port` of 127.0.0.1 and forwards to `upstream`, as well as its settings let it."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.links: set[Link] = set()
        self.delay = 0.0
        self.rate = 0.0  # 0: as fast as it comes
        self.silent: frozenset[Direction] = frozenset()
        self.swallows = 0  # answers still to be swallowed
        self.swallowed = 0
        self.writes: Callable[[Link, bytes], bool] = lambda link, some: False
        self.port = 0
        self._server: asyncio.Server | None = None
        self._dialling: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "FaultProxy":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Side(Link(self), "up"), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *outcome: object) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        await asyncio.gather(*self._dialling, return_exceptions=True)

    def accept(self, link: Link) -> None:
        self.links.add(link)
        dialling = asyncio.get_running_loop().create_task(self._dial(link))
        self._dialling.add(dialling)
        dialling.add_done_callback(self._dialling.discard)

    def silence(self, *directions: Direction, only: Collection[Link] | None = None) -> None:
        """Black hole: nothing passes in these directions (default: both), and nobody is told."""
        chosen = frozenset(directions) or BOTH
        if only is None:
            self.silent = chosen
        else:
            for link in only:
                link.silent = chosen

    def heal(self) -> None:
        """Forward everything again; what was held back arrives late, as TCP's retransmissions do."""
        self.silent, self.delay, self.rate, self.swallows = frozenset(), 0.0, 0.0, 0
        for link in list(self.links):
            link.heal()

    def cut(self, only: Iterable[Link] | None = None) -> None:
        for link in list(self.links if only is None else only):
            link.cut()

    def reset(self, only: Iterable[Link] | None = None) -> None:
        for link in list(self.links if only is None else only):
            link.reset()

    async def _dial(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        side = _Side(link, "down")
        try:
            if isinstance(self.upstream, int):
                await loop.create_connection(lambda: side, "127.0.0.1", self.upstream)
            else:
                await loop.create_unix_connection(lambda: side, self.upstream)
        except OSError:
            link.reset()


def _write(transport: asyncio.Transport, some: bytes) -> None:
    if not transport.is_closing():
        transport.write(some)


def _close(transport: asyncio.Transport) -> None:
    transport.close()


def _reset(transport: asyncio.Transport) -> None:
    held = transport.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    transport.abort()
