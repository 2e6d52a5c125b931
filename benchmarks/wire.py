"""A WebSocket client that costs little, so that one core of load keeps one core of server busy.

It speaks what the benchmark needs of RFC 6455 and no more: no fragments, no extensions, and a mask of zeros (which a
server unmasks like any other). The server must be trusted.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FINAL, MASKED, NO_MASK = 0x80, 0x80, bytes(4)
OPEN_SECONDS = 10.0


class Line(asyncio.Protocol):
    """One open socket: `heard` is called with each text, as bytes."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.heard = heard
        self.close_code: int | None = None
        self.upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.close_code = self.close_code or 1006
        if not self.upgraded.done():
            self.upgraded.set_exception(ConnectionError("the server hung up before the upgrade"))

    def send(self, text: bytes) -> None:
        self._write(TEXT, text)

    def close(self) -> None:
        self._write(CLOSE, (1000).to_bytes(2, "big"))
        self._transport.close()

    def data_received(self, received: bytes) -> None:
        self._received += received
        if not self.upgraded.done():
            self._read_head()
        if self.upgraded.done():
            self._read_frames()

    def _read_head(self) -> None:
        head, blank, rest = bytes(self._received).partition(b"\r\n\r\n")
        if not blank:
            return
        if head.split(b" ", 2)[1] != b"101":
            self.upgraded.set_exception(ConnectionError(head.split(b"\r\n")[0].decode()))
            return
        self._received = bytearray(rest)
        self.upgraded.set_result(None)

    def _read_frames(self) -> None:
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            if opcode == TEXT:
                self.heard(payload)
            elif opcode == PING:
                self._write(PONG, payload)
            elif opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2], "big") or 1005

    def _frame(self) -> tuple[int, bytes] | None:
        """The next whole frame: its opcode and payload."""
        received = self._received
        if len(received) < 2:
            return None
        size, start = received[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(received) < start:
                return None
            size = int.from_bytes(received[2:start], "big")
        if len(received) < start + size:
            return None
        payload = bytes(received[start : start + size])
        opcode = received[0] & 0x0F
        del received[: start + size]
        return opcode, payload

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes((MASKED | size,)) if size < 126 else bytes((MASKED | 126,)) + size.to_bytes(2, "big")
        self._transport.write(bytes((FINAL | opcode,)) + length + NO_MASK + payload)


async def connect(url: str, token: str, heard: Callable[[bytes], None]) -> Line:
    """Opens `url` (http://host:port/path) as a WebSocket, with `token` as bearer."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(heard), parts.hostname or "", parts.port or 80)
    key = base64.b64encode(os.urandom(16)).decode()
    line._transport.write(
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    async with asyncio.timeout(OPEN_SECONDS):
        await line.upgraded
    return line
