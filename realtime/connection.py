"""One person's socket: a reader that never waits for the application, a worker that hears, a writer in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime import frames
from realtime.frames import CatchUp, Outgoing
from realtime.outbox import MOST_BYTES, MOST_FRAMES, Outbox
from realtime.protocol import EXTENSION, Wire
from realtime.tasks import ended
from realtime.throttle import BURST, FRAMES_PER_SECOND, Throttle

TROUBLE = 1011  # something failed here
TRY_AGAIN = 1013  # too slow, or the truth did not answer in time: reconnect and resume
BUFFER = 64 * 1024  # bytes in the transport beyond which a raw write would outrun the peer; uvicorn's own mark

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Hear = Callable[["Connection", dict[str, Any]], Awaitable[None]]
ReadMissed = Callable[[int], Awaitable[CatchUp]]
Refresh = Callable[[], Awaitable[Sequence[str]]]


class HangUp(Exception):
    """Raised by catch_up or refresh when this connection has lost its right to be here."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _SlowReader(Exception):
    """The peer did not take one frame within the deadline."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one connection may hold, say, and keep us waiting (seconds)."""

    outbox_frames: int = MOST_FRAMES
    outbox_bytes: int = MOST_BYTES
    inbox_frames: int = 32  # heard but not yet answered: more than one burst of the throttle
    rate: float = FRAMES_PER_SECOND
    burst: int = BURST
    send: float = 5.0  # for the peer to take one frame
    read_missed: float = 10.0  # for the application to say what was missed
    last_words: float = 5.0  # to hear what a peer said before it left
    farewell: float = 0.5  # to send what is pending and the close frame
    close: float = 2.0  # for the peer to answer the close frame before the line is cut


@dataclass(frozen=True, slots=True)
class Duties:
    """What the application does for one connection."""

    hear: Hear
    catch_up: ReadMissed | None = None
    refresh: Refresh | None = None


@dataclass(eq=False)
class Connection:
    """An accepted WebSocket. `position` is the last sequence number sent, None until the client has resumed."""

    websocket: WebSocket
    duties: Duties
    limits: Limits = field(default_factory=Limits)
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    position: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._outbox = Outbox(self.limits.outbox_frames, self.limits.outbox_bytes)
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue(self.limits.inbox_frames)
        self._throttle = Throttle(self.limits.rate, self.limits.burst)
        self._ending: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._catching_up = False
        self._path: str = self.websocket.scope["path"]
        wire = self.websocket.scope.get("extensions", {}).get(EXTENSION)
        self._wire: Wire | None = wire if isinstance(wire, Wire) else None

    # What others ask of it; none of these waits.

    def send(self, frame: str) -> None:
        """Answer this peer: sent in order, whether it has resumed or not."""
        outgoing = Outgoing.of(frame)
        self._queue(partial(self._send, outgoing), len(outgoing.payload))

    def deliver(self, frame: str, seq: int | None = None) -> None:
        """What a channel carries: numbered frames once each and without gaps, nothing before the first resume."""
        self.carry(Outgoing.of(frame, seq))

    def carry(self, outgoing: Outgoing) -> None:
        """As deliver, for a frame shared by many connections."""
        self._queue(partial(self._forward, outgoing), len(outgoing.payload))

    def resume(self, seq: int) -> None:
        """Send everything after `seq` (0: from the start), then live from there."""
        self._queue(partial(self._resume, seq))

    def catch_up(self) -> None:
        """Something may have been missed: read it from the truth. Asking again while one is pending changes nothing."""
        if not self._catching_up:
            self._catching_up = True
            self._queue(self._catch_up)

    def close(self, code: int) -> None:
        """End this connection from our side; the first code given counts."""
        if not self._ending.done():
            self._ending.set_result(code)

    async def run(self) -> None:
        """Read, hear and write until either side ends it. Never raises because of the peer or the application."""
        if self.duties.refresh is not None:
            self.catch_up()
        tasks = [asyncio.create_task(self._guarded(part)) for part in (self._read, self._work, self._write)]
        try:
            await _first(tasks[0], self._ending)
            await self._part(writer=tasks[2])
        finally:
            self._outbox.end()
            await ended(*tasks)

    async def _guarded(self, part: Callable[[], Awaitable[None]]) -> None:
        try:
            await part()
        except HangUp as hung_up:
            self.close(hung_up.code)
        except _SlowReader:
            self._drop_slow_reader("deadline")
        except WebSocketDisconnect:
            return  # the peer has left; the reader learns it too
        except Exception:
            log.exception("connection_failed", extra={"path": self._path})
            self.close(TROUBLE)

    # Reading and hearing.

    async def _read(self) -> None:
        while (message := await self.websocket.receive())["type"] == "websocket.receive":
            refusal = self._take(message)
            if refusal is not None:
                self.send(refusal)
            await asyncio.sleep(0)  # a flood arrives in one read: the writer must have its turn between refusals

    def _take(self, message: Message) -> str | None:
        text = message.get("text")
        if text is None:
            return frames.error("binary", "Frames are text, not binary.")
        try:
            frame = frames.parse(text)
        except frames.BadFrame:
            return frames.error("bad_json", "A frame is one JSON object.")
        if self._inbox.full() or not self._throttle.allows(asyncio.get_running_loop().time()):
            return frames.error("too_fast", "Too many frames at once; wait a moment.", frame.get("cid"))
        self._inbox.put_nowait(frame)
        return None

    async def _work(self) -> None:
        while True:
            frame = await self._inbox.get()
            await self.duties.hear(self, frame)
            self._inbox.task_done()

    # Writing.

    def _queue(self, step: Callable[[], Awaitable[None]], weight: int = 0) -> None:
        if not self._outbox.put(step, weight):
            self._drop_slow_reader("outbox")

    def _drop_slow_reader(self, why: str) -> None:
        log.info("slow_reader", extra={"path": self._path, "why": why})
        self._outbox.end()
        self.close(TRY_AGAIN)

    async def _write(self) -> None:
        while (step := await self._outbox.take()) is not None:
            await step()

    async def _send(self, outgoing: Outgoing) -> None:
        wire = self._wire
        if wire is not None and wire.buffered() < BUFFER and wire.write(outgoing.wire):
            return
        try:
            async with asyncio.timeout(self.limits.send):
                await self.websocket.send({"type": "websocket.send", "text": outgoing.text})
        except TimeoutError as late:
            raise _SlowReader from late
        except RuntimeError as closed:  # the server has begun to close the line and has not told the reader yet
            raise WebSocketDisconnect(1006) from closed

    async def _forward(self, outgoing: Outgoing) -> None:
        if self.duties.catch_up is None:
            await self._send(outgoing)
        elif self.position is not None:
            await self._forward_in_order(outgoing, self.position)

    async def _forward_in_order(self, outgoing: Outgoing, position: int) -> None:
        if outgoing.seq is None:
            await self._send(outgoing)
        elif outgoing.seq == position + 1:
            await self._send(outgoing)
            self.position = outgoing.seq
        elif outgoing.seq > position:
            await self._fill(outgoing.seq)

    async def _fill(self, seq: int) -> None:
        await self._replay(before=False)
        if self.position is None or self.position < seq:
            raise RuntimeError("catch_up does not know a message that was published")

    async def _resume(self, seq: int) -> None:
        if self.duties.catch_up is not None:
            self.position = seq
            try:
                caught = await self._replay(before=True)
            except frames.Refused as refused:
                self.position = None
                await self._send(Outgoing.of(refused.frame))
                return
            await self._send(Outgoing.of(caught.after(self.position)))

    async def _catch_up(self) -> None:
        self._catching_up = False
        if self.duties.refresh is not None:
            await self._send_all(await self._asked(self.duties.refresh))
        if self.position is not None:
            # What was said comes before the news of where the chat stands: an ended chat ends with its last word.
            caught = await self._replay(before=False)
            await self._send_all(caught.before)

    async def _replay(self, *, before: bool) -> CatchUp:
        assert self.duties.catch_up is not None and self.position is not None
        while True:
            caught = await self._asked(partial(self.duties.catch_up, self.position))
            if before:
                await self._send_all(caught.before)
            for seq, frame in caught.messages:
                await self._forward_replayed(seq, frame)
            if not (caught.more and caught.messages):
                return caught
            before = False

    async def _forward_replayed(self, seq: int, frame: str) -> None:
        if self.position is not None and seq > self.position:
            await self._send(Outgoing.of(frame))
            self.position = seq

    async def _send_all(self, texts: Sequence[str]) -> None:
        for text in texts:
            await self._send(Outgoing.of(text))

    async def _asked(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            async with asyncio.timeout(self.limits.read_missed), self.turn:
                return await question()
        except TimeoutError as late:
            log.warning("catch_up_late", extra={"path": self._path})
            raise HangUp(TRY_AGAIN) from late

    # Parting.

    async def _part(self, writer: asyncio.Task[None]) -> None:
        self._outbox.end()
        if not self._ending.done():
            await self._hear_last_words()
        else:
            await asyncio.wait({writer}, timeout=self.limits.farewell)
            await ended(writer)
            await self._say_goodbye(self._ending.result())

    async def _hear_last_words(self) -> None:
        heard = asyncio.create_task(self._inbox.join())
        await _first(heard, self._ending, within=self.limits.last_words)
        if not heard.done():
            heard.cancel()
            log.warning("last_words_lost", extra={"path": self._path, "frames": self._inbox.qsize()})

    async def _say_goodbye(self, code: int) -> None:
        try:
            async with asyncio.timeout(self.limits.farewell):
                await self.websocket.close(code)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            self._cut()
        else:
            asyncio.get_running_loop().call_later(self.limits.close, self._cut)

    def _cut(self) -> None:
        if self._wire is not None:
            self._wire.abort()


async def _first(*futures: asyncio.Future[Any], within: float | None = None) -> None:
    await asyncio.wait(futures, timeout=within, return_when=asyncio.FIRST_COMPLETED)
