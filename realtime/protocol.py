"""Our WebSocket class for uvicorn: frames straight to the transport and from it, an end for dead or hostile peers."""

import asyncio
import logging
from collections import deque
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from realtime import rfc6455
from realtime.commons import shared_by
from realtime.deadlines import HttpProtocol, cut
from realtime.handshake import scope_of, welcome
from realtime.rfc6455 import Violation
from realtime.tasks import wake
from realtime.wire import EXTENSION, OnClose, OnText

LARGEST_FRAME = 16 * 1024  # bytes: a message of 4,000 characters in any script, escaped, with room to spare
SILENCE_S = 7.0  # between pings, and again for the answer: whoever is dead is shown as gone within 15 s
CLOSE_S = 2.0  # for the peer to answer our close frame before the line is cut
MOST_HELD = 32 * 1024  # bytes of one turn of the loop in one write
MOST_UNREAD = 32  # messages an application may leave unread through plain ASGI before the peer has to wait

log = logging.getLogger(__name__)


class WireProtocol(asyncio.Protocol):
    """A WebSocket in few bytes and few calls; pass it as `ws=`, best with SERVER_OPTIONS (uvicorn 0.54).

    The handshake is that of the `websockets` library, which is let go after it. It is its own Wire.
    """

    __slots__ = (
        "_app_state", "_arrival", "_closing", "_conn", "_drained", "_heard", "_held", "_listener", "_messages", "_open",
        "_paused", "_reader", "_ready", "_response", "_server_state", "_shared", "transport",
    )  # fmt: skip

    def __init__(
        self,
        config: Config, server_state: ServerState, app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:  # fmt: skip
        self._server_state, self._app_state = server_state, app_state
        self._shared = shared_by(server_state, config)
        self._conn: ServerProtocol | None = ServerProtocol(max_size=config.ws_max_size)
        self._response: Response | None = None  # to the handshake, until the application has accepted
        self._reader: rfc6455.Reader | None = None
        self._messages: deque[dict[str, Any]] | None = deque()  # for receive(); None once somebody listens
        self._arrival: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._listener: tuple[OnText, OnClose] | None = None
        self._open = self._closing = self._paused = self._ready = False
        self._heard = True
        self._held = b""  # of this turn of the loop, to leave in one write

    # The transport's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._server_state.connections.add(self)  # type: ignore[arg-type]  # what it asks of one: shutdown()

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._reader is None:
            self._shake_hands(data)
            return
        try:
            for opcode, payload in self._reader.feed(data):
                self._hear(opcode, payload)
        except Violation as broken:
            self._fail(broken)

    def pause_writing(self) -> None:
        self._paused, self._ready = True, False

    def resume_writing(self) -> None:
        self._paused, self._ready = False, self._open and not self._closing
        wake(self._drained)
        self._drained = None  # here, not by those who wake: the first may wait again before the second does

    def connection_lost(self, exc: Exception | None) -> None:
        self._server_state.connections.discard(self)
        self._leave(1005 if self._open else 1006)
        self._open = self._ready = False
        self._closing, self._held = True, b""
        self._conn = self._reader = None
        wake(self._drained)

    def shutdown(self) -> None:
        """The server stops now: uvicorn calls this for every connection that is still here."""
        if self._open:
            self._close(1012)
        self.transport.close()

    # The handshake.

    def _shake_hands(self, data: bytes) -> None:
        if self._conn is None:
            return
        self._conn.receive_data(data)
        for event in self._conn.events_received():
            if isinstance(event, Request):
                self._begin(event)

    def _begin(self, request: Request) -> None:
        assert self._conn is not None
        response = self._conn.accept(request)
        if response.status_code != 101:
            self._refuse(response)
            return
        self._response = response
        assert self._messages is not None
        self._messages.append({"type": "websocket.connect"})
        scope = scope_of(request, self.transport, self._shared.config, self._app_state)
        scope["extensions"][EXTENSION] = self
        task = asyncio.get_running_loop().create_task(self._run(scope))
        task.add_done_callback(self._server_state.tasks.discard)
        self._server_state.tasks.add(task)

    def _refuse(self, response: Response) -> None:
        assert self._conn is not None
        self._conn.send_response(response)
        self.transport.write(b"".join(self._conn.data_to_send()))
        self._leave(1006)
        self._closing = True
        self.transport.close()

    def _accept(self, message: dict[str, Any]) -> None:
        response, conn = self._response, self._conn
        if response is None or conn is None:
            return  # the peer has left meanwhile
        welcome(response, message, self._server_state.default_headers)
        conn.send_response(response)
        self.transport.write(b"".join(conn.data_to_send()))
        self._conn = self._response = None
        most_controls = rfc6455.MOST_CONTROLS if self._shared.config.ws_ping_interval else None  # None: no rounds
        self._reader = rfc6455.Reader(self._shared.config.ws_max_size, most_controls)
        self._open, self._ready = True, not self._paused
        self._shared.keepalive.watch(self)

    # The application's side: ASGI.

    async def _run(self, scope: dict[str, Any]) -> None:
        code = 1011
        try:
            await self._shared.config.loaded_app(scope, self.receive, self.send)
            code = 1000
        except ClientDisconnected:
            pass
        except Exception:
            log.exception("socket_failed")
        finally:
            self._end(code)

    def _end(self, code: int) -> None:
        if self._open:
            self._close(code)
        elif not self._closing and self._conn is not None:
            self._refuse(self._conn.reject(500, "Internal Server Error"))

    async def receive(self) -> dict[str, Any]:
        """The ASGI callable; of no use once somebody listens."""
        assert self._messages is not None
        while not self._messages:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        message = self._messages.popleft()
        if not self._messages and not self.transport.is_closing():
            self.transport.resume_reading()
        return message

    async def send(self, message: dict[str, Any]) -> None:
        """The ASGI callable; waits for a peer that reads too slowly."""
        while self._paused and not self.transport.is_closing():
            self._drained = self._drained or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._drained)
        match message["type"]:
            case _ if self._closing:
                raise ClientDisconnected
            case "websocket.accept" if not self._open:
                self._accept(message)
            case "websocket.close" if not self._open and self._conn is not None:
                self._refuse(self._conn.reject(403, ""))
            case "websocket.send" if self._open:
                self._emit(rfc6455.message_frame(message.get("text"), message.get("bytes")))
            case "websocket.close" if self._open:
                self._close(message.get("code") or 1000, message.get("reason") or "")
            case other:
                raise RuntimeError(f"{other} does not belong here: open is {self._open}")

    # The application's side: the Wire.

    def write(self, frames: bytes, *, now: bool = False) -> bool:
        if not self._ready:
            return False
        if not (now or self._held):
            self._shared.flush.soon(self)
        self._held += frames
        if now or len(self._held) > MOST_HELD:
            self.flush()
        return True

    def _emit(self, frame: bytes) -> None:
        self.flush()
        self.transport.write(frame)

    def flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self.transport.write(held)

    def listen(self, on_text: OnText, on_close: OnClose) -> None:
        messages, self._messages = self._messages or (), None
        self._listener = (on_text, on_close)
        if not self.transport.is_closing():
            self.transport.resume_reading()
        try:
            for message in messages:
                if message["type"] == "websocket.receive":
                    on_text(message.get("text"))
                elif message["type"] == "websocket.disconnect":
                    on_close()
        except Violation as broken:
            self._fail(broken)

    def abort(self) -> None:
        cut(self.transport)

    # Hearing.

    def _hear(self, opcode: int, payload: str | bytes) -> None:
        if opcode == rfc6455.CLOSE:
            self._hear_close(cast(bytes, payload))
        elif self._closing:
            return
        elif opcode == rfc6455.PING:
            if self._ready:  # a peer that does not read is not answered either: pongs would pile up
                self._emit(rfc6455.frame(rfc6455.PONG, cast(bytes, payload)))
        elif opcode != rfc6455.PONG:
            self._pass_on(payload)

    def _pass_on(self, payload: str | bytes) -> None:
        if self._listener is not None:
            self._listener[0](payload if isinstance(payload, str) else None)
        else:
            self._put({"type": "websocket.receive", "text" if isinstance(payload, str) else "bytes": payload})

    def _put(self, message: dict[str, Any]) -> None:
        if self._messages is not None:
            self._messages.append(message)
            if len(self._messages) > MOST_UNREAD:
                self.transport.pause_reading()
            wake(self._arrival)

    def _hear_close(self, payload: bytes) -> None:
        code = rfc6455.close_code(payload)
        if not self._closing:
            self._emit(rfc6455.close_frame(code))
            self._leave(code)
            self._closing, self._ready = True, False
        self.transport.close()

    # The end.

    def _fail(self, broken: Violation) -> None:
        self._close(broken.code, broken.reason)
        self._reader = None  # whatever follows is not read as frames any more
        if self.transport.can_write_eof():
            self.transport.write_eof()  # and read on until the peer has seen why: closing now could reset the line

    def _close(self, code: int, reason: str = "") -> None:
        if not self._closing:
            self._emit(rfc6455.close_frame(code, reason))
            self._leave(code)
            self._closing, self._ready = True, False
            if not self.transport.is_closing():
                self.transport.resume_reading()
            asyncio.get_running_loop().call_later(CLOSE_S, self.abort)

    def _leave(self, code: int) -> None:
        """Tell the application, once, that nothing more will come."""
        if self._closing:
            return
        if self._listener is not None:
            self._listener[1]()
            self._listener = None
        self._put({"type": "websocket.disconnect", "code": code})

    # What the keepalive asks.

    def ping(self) -> bool:
        self._heard = False
        if self._reader is not None:
            self._reader.renew()
        if self._ready:
            self._emit(rfc6455.frame(rfc6455.PING, b""))
        return self._open and not self._closing

    def answered(self) -> bool:
        return self._heard or self._closing

    def lose(self) -> None:
        self._close(1011, "keepalive ping timeout")
        self.abort()  # closing would wait for a peer that never reads


SERVER_OPTIONS: dict[str, Any] = {
    "http": HttpProtocol,
    "ws": WireProtocol,
    "ws_max_size": LARGEST_FRAME,
    "ws_per_message_deflate": False,  # half the CPU and 35 KiB less a connection
    "ws_ping_interval": SILENCE_S,
    "ws_ping_timeout": SILENCE_S,
}
