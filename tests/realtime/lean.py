"""A room's client reduced to what a herd needs: thousands fit into one process and leave the core to the server.

It speaks plain RFC 6455 over an asyncio Protocol: shake hands, `resume`, count what comes until `resumed`, answer
pings, come back with the same full jitter as the real clients.
"""

import asyncio
import re
import socket
import struct
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from chatmarket.client.delivery import pause

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # any sixteen bytes do
SEQ = re.compile(rb'"seq":(\d+)')
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
AT_ONCE = 10  # arrivals in the air before the cut
PING_EVERY = 10  # seconds, as the protocol asks


@dataclass(slots=True, eq=False)
class Member:
    """One client: where it sits, the last number it has, and when it was caught up again."""

    path: str
    token: str
    seq: int = 0
    heard: list[int] = field(default_factory=list)
    resumed_at: float | None = None
    attempt: int = 0
    line: "Line | None" = None


class Line(asyncio.Protocol):
    def __init__(self, herd: "Herd", member: Member) -> None:
        self._herd, self._member = herd, member
        self._buffer, self._upgraded = bytearray(), False
        self._transport: asyncio.Transport | None = None
        self._code = 1006

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            f"GET {self._member.path} HTTP/1.1\r\nHost: {self._herd.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {self._member.token}\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        self._herd.lost(self._member, self._code)

    def data_received(self, some: bytes) -> None:
        self._buffer += some
        if not self._upgraded and not self._shake_hands():
            return
        while (frame := self._next_frame()) is not None:
            self._take(*frame)

    def _shake_hands(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if found and b" 101 " not in head[:20]:
            self._code = 503
            self.cut()
        elif found:
            self._buffer, self._upgraded = bytearray(rest), True
        return self._upgraded

    def _next_frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 127, 2
        if size > 125:
            wide = 2 if size == 126 else 8
            start += wide
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + size:
            return None
        frame = buffer[0] & 15, bytes(buffer[start : start + size])
        del buffer[: start + size]
        return frame

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._write(PONG, payload)
        elif opcode == CLOSE:
            self._code = int.from_bytes(payload[:2], "big") or 1005
            self.cut()
        elif payload.startswith(b'{"type":"hello"'):
            self._write(TEXT, b'{"type":"resume","seq":%d}' % self._member.seq)
        elif payload.startswith(b'{"type":"message"'):
            found = SEQ.search(payload)
            assert found is not None
            self._member.heard.append(int(found[1]))
        elif payload.startswith(b'{"type":"resumed"'):
            self._herd.resumed(self._member)
        elif payload.startswith(b'{"type":"error"'):
            self._herd.troubles[payload[:60].decode()] += 1

    def ping(self) -> None:
        self._write(TEXT, b'{"type":"ping"}')

    def _write(self, opcode: int, payload: bytes) -> None:
        """Masked, as a client must, with zeros: nobody listens who could be hurt by that."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(struct.pack("!BBI", 0x80 | opcode, 0x80 | len(payload), 0) + payload)

    def cut(self) -> None:
        """Reset the connection: what a lost network looks like to the server once it hears of it."""
        if self._transport is None or self._transport.is_closing():
            return
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


class Herd:
    """Members who arrive calmly, are all cut in the same moment, and come back as real clients do."""

    def __init__(self, url: str, members: list[Member], rng: Random) -> None:
        parts = urlsplit(url)
        assert parts.hostname and parts.port
        self.host, self._address = parts.netloc, (parts.hostname, parts.port)
        self.members, self._rng = members, rng
        self.troubles: Counter[str] = Counter()  # closes and errors that were none of our doing
        self.connections = 0
        self._outside: deque[Member] = deque()
        self._missing: set[Member] = set()
        self._complete = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = False

    async def arrive(self, most: float) -> None:
        """Everybody connects, a few at once: as fast as the server takes them, and no herd yet."""
        self._expect_all()
        self._outside = deque(self.members)
        for _ in range(min(AT_ONCE, len(self.members))):
            self._spawn(self._connect(self._outside.popleft()))
        await self._all(most)
        self._spawn(self._beat())

    async def be_cut_and_come_back(self, most: float) -> float:
        """Cuts all lines at once, waits until all are caught up again; the moment of the cut."""
        self._expect_all()
        self.troubles.clear()
        self.connections = 0
        began = asyncio.get_running_loop().time()
        for member in self.members:
            assert member.line is not None
            member.line.cut()
        await self._all(most)
        return began

    async def leave(self) -> None:
        self._leaving = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for member in self.members:
            if member.line is not None:
                member.line.cut()
        await asyncio.sleep(0)

    def lost(self, member: Member, code: int) -> None:
        if member not in self._missing or member.line is None:
            self._missing.add(member)
            self._complete.clear()
        if code != 1006 or member.attempt:
            self.troubles[f"close {code}"] += 1
        member.line = None
        if not self._leaving:
            self._later(pause(member.attempt, self._rng, code=code), member)
            member.attempt += 1

    def resumed(self, member: Member) -> None:
        member.resumed_at, member.attempt = asyncio.get_running_loop().time(), 0
        self._missing.discard(member)
        if self._outside:
            self._spawn(self._connect(self._outside.popleft()))
        if not self._missing:
            self._complete.set()

    def _expect_all(self) -> None:
        self._missing = set(self.members)
        self._complete.clear()
        for member in self.members:
            member.resumed_at, member.heard, member.attempt = None, [], 0

    async def _all(self, most: float) -> None:
        try:
            async with asyncio.timeout(most):
                await self._complete.wait()
        except TimeoutError:
            missing = len(self._missing)
            raise AssertionError(f"{missing} of {len(self.members)} not resumed: {dict(self.troubles)}") from None

    def _later(self, seconds: float, member: Member) -> None:
        asyncio.get_running_loop().call_later(seconds, lambda: self._leaving or self._spawn(self._connect(member)))

    async def _connect(self, member: Member) -> None:
        self.connections += 1
        try:
            _, member.line = await asyncio.get_running_loop().create_connection(
                lambda: Line(self, member), *self._address
            )
        except OSError as error:
            self.troubles[type(error).__name__] += 1
            self.lost(member, 1006)

    async def _beat(self) -> None:
        for turn in range(10**9):
            for member in self.members[turn % PING_EVERY :: PING_EVERY]:
                if member.line is not None and member.resumed_at is not None:
                    member.line.ping()
            await asyncio.sleep(1)

    def _spawn(self, work: "asyncio.coroutines.Coroutine[None, None, None]") -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
