"""An end for peers that take a connection and give nothing: slow requests, lines nobody reads from."""

import asyncio
import contextlib
import socket
import struct
import sys

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_S = 10.0  # for a request to arrive whole: 64 KiB over a poor mobile line take half of it
UNREAD_S = 8.0  # for a peer to take what it was sent; the kernel then drops the line, whatever we wait for

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER, on, 0 s: what is unsent is thrown away


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's class (0.54), which would wait for the rest of a request for ever. Pass it as `http=`.

    The deadline runs whenever the peer owes us something: from the connection, or the first byte of a later request,
    to its last byte. WebSocket handshakes are requests as well.
    """

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _drop_unread(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        if self.deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._expect()
        super().data_received(data)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._arrived()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self.deadline = self.loop.call_later(REQUEST_S, self._give_up)

    def _arrived(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _give_up(self) -> None:
        self.deadline = None
        if self.flow.read_paused:
            self._expect()  # it is we who do not read
        else:
            cut(self.transport)


def cut(transport: asyncio.Transport) -> None:
    """Drop the line at once. Without the reset the kernel would keep what is unsent for minutes (FIN-WAIT-1)."""
    line = transport.get_extra_info("socket")
    with contextlib.suppress(OSError, ValueError):  # it is closed already; uvloop's sockets say so by a ValueError
        if line is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


def _drop_unread(transport: asyncio.Transport) -> None:
    line = transport.get_extra_info("socket")
    if sys.platform == "linux" and line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD_S * 1000))
