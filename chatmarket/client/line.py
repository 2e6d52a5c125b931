"""A socket that stays: it connects, says who it is, notices a dead line, and comes back with full jitter.

What arrives is handed to one reader by async iteration. The reader must read on: the queue is bounded, and a full
one stops the line (the server then finds a slow reader), nothing is thrown away here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from random import Random, SystemRandom
from types import TracebackType
from typing import Generic, Self, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from chatmarket.client.delivery import PAUSE_BASE, PAUSE_MOST, pause
from chatmarket.client.errors import ClientError, Closed, Refused
from chatmarket.client.frames import Drain, Hello, Inbound, Pong, decode, encode

log = logging.getLogger(__name__)

INBOUND_BYTES = 1024 * 1024  # a board with all its rows is the largest frame a server sends
EVENTS_KEPT = 1_024  # frames between the socket and the application; more means that nobody reads
PING_SECONDS = 10.0
PATIENCE_SECONDS = 5.0  # for a pong, and for an ack
READY_PATIENCES = 9  # times that for hello and for catching up: in a herd a server lets us wait 40 s for our turn
OPEN_SECONDS = 10.0
CLOSE_SECONDS = 0.5  # for the closing handshake, which nobody needs
STEADY_SECONDS = 2.0  # a connection that held this long begins the back-off anew

FINAL = frozenset({1000, 4401, 4403, 4404})  # close codes after which there is no coming back
STATUS_CODES = {401: 4401, 403: 4403, 404: 4404}  # an upgrade refused by something in front of the server
ABNORMAL, GOING_AWAY = 1006, 1001

Event = TypeVar("Event", bound=Inbound)


class Line(Generic[Event]):
    """One socket of the protocol at `url` (http or ws), opened with `token` as bearer, iterated for its events."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        rng: Random | None = None,
        ping_every: float = PING_SECONDS,
        patience: float = PATIENCE_SECONDS,
        longest_pause: float = PAUSE_MOST,
    ) -> None:
        self.url = "ws" + url.removeprefix("http") if url.startswith("http") else url
        self.connections = 0
        self.live = asyncio.Event()  # set while the server has greeted (in a room: while it is caught up)
        self._token, self._rng = token, rng or SystemRandom()
        self._ping_every, self._patience, self._longest_pause = ping_every, patience, longest_pause
        self._socket: ClientConnection | None = None
        self._events: asyncio.Queue[Event | None] = asyncio.Queue(EVENTS_KEPT)
        self._task: asyncio.Task[None] | None = None
        self._over = False
        self._error: ClientError | None = None
        self._base = PAUSE_BASE
        self._leave_at: float | None = None  # when a draining server wants us to be elsewhere
        self._pinged: float | None = None
        self._asked: float | None = None  # since when we wait to be greeted or caught up
        self._ready_at: float | None = None

    # -- the application's side

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def open(self) -> None:
        self._task = self._task or asyncio.create_task(self._stay(), name=f"line {self.url}")

    async def close(self) -> None:
        """Leave for good; iteration ends after what has already arrived."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._finish(None)

    def cut(self) -> None:
        """Tear the TCP connection without a goodbye, as a tunnel or a dead battery does; the line comes back."""
        if self._socket is not None:
            self._socket.transport.abort()

    @property
    def over(self) -> bool:
        return self._over

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        event = None if self._over and self._events.empty() else await self._events.get()
        if event is not None:
            return event
        if self._error is not None:
            raise self._error
        raise StopAsyncIteration

    # -- staying connected

    async def _stay(self) -> None:
        try:
            await self._come_back()
        except Exception as error:
            log.exception("client.line_failed")
            self._finish(Closed(f"the line failed: {type(error).__name__}"))

    async def _come_back(self) -> None:
        attempt = 0
        while True:
            code, reason = await self._once()
            if code in FINAL:
                return self._finish(None if code == 1000 else Refused(code, reason))
            attempt = 0 if self._was_steady() else attempt
            least = max(0.0, (self._leave_at or 0.0) - self._now())
            wait = pause(attempt, self._rng, code=code, least=least, base=self._base, most=self._longest_pause)
            attempt, self._leave_at = attempt + 1, None
            log.debug("client.reconnecting", extra={"code": code, "wait": round(wait, 3)})
            await asyncio.sleep(wait)

    def _was_steady(self) -> bool:
        """Counted from when it was of use: ten seconds of waiting for an answer are no steady connection."""
        held = None if self._ready_at is None else self._now() - self._ready_at
        self._ready_at = None
        return held is not None and held > STEADY_SECONDS

    async def _once(self) -> tuple[int, str]:
        """One connection from its opening to its end; the code and reason it ended with."""
        try:
            async with connect(
                self.url,
                additional_headers={"Authorization": f"Bearer {self._token}"},
                proxy=None,
                compression=None,
                max_size=INBOUND_BYTES,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,  # the protocol has its own ping, which a proxy cannot answer
            ) as socket:
                return await self._talk(socket)
        except InvalidStatus as answer:
            return STATUS_CODES.get(answer.response.status_code, ABNORMAL), "upgrade refused"
        except (OSError, TimeoutError, WebSocketException):
            return ABNORMAL, "not connected"

    async def _talk(self, socket: ClientConnection) -> tuple[int, str]:
        self._socket, self._pinged, self._asked = socket, None, self._now()
        self.connections += 1
        tasks = [asyncio.create_task(self._quietly(work(socket))) for work in self._works()]
        try:
            with suppress(ConnectionClosed):  # its code is read below
                async for raw in socket:
                    await self._take(decode(raw))
        finally:
            self._down()
            await _stop(tasks)
        return socket.close_code or ABNORMAL, socket.close_reason or ""

    def _works(self) -> tuple[Callable[[ClientConnection], Coroutine[None, None, None]], ...]:
        """What runs beside the reader while a connection lasts."""
        return (self._beat,)

    async def _quietly(self, work: Coroutine[None, None, None]) -> None:
        try:
            with suppress(ConnectionClosed):  # the reader sees it too, and returns the code
                await work
        except Exception:
            log.exception("client.work_failed")
            self.cut()

    async def _beat(self, socket: ClientConnection) -> None:
        """Ping, and tear a line that does not answer in time."""
        last = self._now()
        while True:
            await asyncio.sleep(min(1.0, self._patience / 4))
            now = self._now()
            if self._events.full():
                self._forgive(now)  # the answer may be behind what the application has not read
            elif self._dead(now):
                return self.cut()
            if self._leave_at is not None and now >= self._leave_at:
                return await socket.close(GOING_AWAY)
            if now - last >= self._ping_every:
                last, self._pinged = now, self._pinged or now
                await socket.send(encode("ping"))

    def _dead(self, now: float) -> bool:
        unanswered = self._pinged is not None and now - self._pinged > self._patience
        return unanswered or (self._asked is not None and now - self._asked > READY_PATIENCES * self._patience)

    def _forgive(self, now: float) -> None:
        self._pinged = None if self._pinged is None else now
        self._asked = None if self._asked is None else now

    def _ready(self) -> None:
        """Greeted, and in a room caught up."""
        self.live.set()
        self._asked, self._ready_at = None, self._ready_at or self._now()

    # -- what arrives

    async def _take(self, frame: Inbound | None) -> None:
        if self._pinged is not None:
            self._pinged = self._now()  # whatever comes, somebody is there: the pong may wait behind it
        match frame:
            case None:
                pass
            case Hello():
                self._base = (frame.retry_ms or 0) / 1000 or PAUSE_BASE
                await self._greeted(frame)
            case Drain():
                self._leave_at = self._now() + frame.retry_ms / 1000
            case Pong():
                self._pinged = None
                await self._ponged(frame)
            case _:
                await self._hear(frame)

    async def _greeted(self, hello: Hello) -> None:
        self._ready()

    async def _ponged(self, pong: Pong) -> None:
        """A room compares positions here; elsewhere the answer alone is enough."""

    async def _hear(self, frame: Inbound) -> None:
        await self._events.put(frame)  # type: ignore[arg-type]  # each socket names the frames it is sent

    async def _say(self, kind: str, **fields: object) -> bool:
        """Send a frame if there is a connection; False when there is none (nothing is kept)."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(encode(kind, **fields))
        except ConnectionClosed:
            return False
        return True

    def _down(self) -> None:
        """The connection is gone."""
        self._socket = None
        self.live.clear()

    def _finish(self, error: ClientError | None) -> None:
        if self._over:
            return
        self._over, self._error = True, error
        if not self._events.full():
            self._events.put_nowait(None)  # wakes a waiting reader; a full queue has none

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def _stop(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
