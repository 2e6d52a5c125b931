"""Our WebSocket class for uvicorn: raw writes and aborts for the application, an end for dead or hostile peers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

EXTENSION = "realtime.wire"
LARGEST_FRAME = 16 * 1024  # bytes: a message of 4,000 characters in any script, escaped, with room to spare
MOST_FRAGMENTS = 64  # of one message: empty continuation frames pass every size limit
SILENCE_S = 20.0  # between pings, and again for the answer


@dataclass(frozen=True, slots=True)
class Wire:
    """What this protocol offers beside ASGI, under scope["extensions"][EXTENSION]."""

    write: Callable[[bytes], bool]  # a serialised frame straight to the transport; False when not ready
    buffered: Callable[[], int]  # bytes written and not yet taken by the kernel
    abort: Callable[[], None]  # drop the line without waiting for the peer
    ready: Callable[[], bool]  # accepted and not closing


class WireProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own class (0.54) plus the Wire; pass it as `ws=`, best with SERVER_OPTIONS."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope = getattr(self, "scope", None)  # absent when the handshake was refused
        if scope is not None:
            scope["extensions"][EXTENSION] = Wire(
                self._write_frame, self.transport.get_write_buffer_size, self.transport.abort, self._ready
            )

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        if len(self.frames) < MOST_FRAGMENTS:
            super().handle_cont(event)
        else:
            self.conn.fail(1009, "too many fragments")
            self.handle_parser_exception()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()  # close() would wait for a peer that never reads

    def _ready(self) -> bool:
        line_open = self.handshake_complete and not self.close_sent and not self.transport.is_closing()
        return line_open and self.conn.state is State.OPEN

    def _write_frame(self, frame: bytes) -> bool:
        if not self._ready():
            return False
        self.transport.write(frame)
        return True


SERVER_OPTIONS: dict[str, Any] = {
    "ws": WireProtocol,
    "ws_max_size": LARGEST_FRAME,
    "ws_per_message_deflate": False,  # half the CPU and 35 KiB less a connection
    "ws_ping_interval": SILENCE_S,
    "ws_ping_timeout": SILENCE_S,
}
