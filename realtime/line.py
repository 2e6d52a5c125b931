"""A socket, bounded both ways: heard frame by frame, written to at once, or in order while something waits."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime import frames
from realtime.frames import Outgoing
from realtime.outbox import MOST_BYTES, MOST_FRAMES, SILENT, Outbox
from realtime.rfc6455 import TOO_FAST, Violation
from realtime.tasks import ended
from realtime.throttle import BURST, FRAMES_PER_SECOND, Throttle
from realtime.wire import EXTENSION, Wire

LEFT = 0  # instead of a close code: the peer has gone
TROUBLE = 1011  # something failed here
RESTART = 1012  # this process goes; what was heard is still answered
TRY_AGAIN = 1013  # too slow, or the truth did not answer in time: reconnect and resume
MOST_REFUSED = 2  # bursts refused in a row: each costs an answer, and who reads the first of them slows down
TURNS = 64  # catch-ups at once: as many as an application may well read together

log = logging.getLogger(__name__)


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
    early_frames: int = 64  # held while their predecessors are on their way from another process
    overtaken: float = 0.1  # for those to come; the bus takes milliseconds
    send: float = 5.0  # for the peer to take one frame
    turn: float = 30.0  # to wait for others who catch up: in a herd of thousands this is normal
    read_missed: float = 10.0  # for the application to say what was missed, once it is asked
    last_words: float = 5.0  # to hear what a peer said before it left, or before we go
    farewell: float = 0.5  # to send what is pending and the close frame


@dataclass(slots=True)
class Common:
    """What the connections of one process share: their turns to read the truth, and counts of what befell them."""

    limits: Limits = field(default_factory=Limits)
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TURNS))
    slow_readers: int = 0
    too_fast: int = 0
    catch_ups: int = 0


class Line:
    """An accepted WebSocket. While nothing happens no task lives beside the one that runs it, and no queue."""

    __slots__ = (
        "_common",
        "_ending",
        "_hearing",
        "_inbox",
        "_outbox",
        "_refused",
        "_throttle",
        "_wire",
        "_writing",
        "websocket",
    )

    def __init__(self, websocket: WebSocket, common: Common) -> None:
        self.websocket, self._common = websocket, common
        self._outbox: Outbox | None = None  # None: nothing waits to be sent
        self._writing: asyncio.Task[None] | None = None  # empties the outbox, and ends
        self._inbox: deque[dict[str, Any]] | None = None
        self._hearing: asyncio.Task[None] | None = None  # empties the inbox, and ends
        self._throttle = Throttle(common.limits.rate, common.limits.burst)
        self._refused = 0  # frames since the last that was accepted
        self._ending: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._wire: Wire | None = websocket.scope.get("extensions", {}).get(EXTENSION)

    @property
    def waiting(self) -> int:
        """Frames and other steps that wait to be sent."""
        return len(self._outbox or ())

    def send(self, frame: str, *, ahead: bool = False) -> None:
        """Answer this peer, in order; `ahead` of what waits if the peer takes a late answer for a dead line."""
        outgoing = Outgoing.of(frame)
        free = self._outbox is None or (ahead and not self._outbox.ended)
        if not (free and self._wire is not None and self._wire.write(outgoing.wire)):
            self._queue(partial(self._send, outgoing), outgoing.weight)

    def close(self, code: int) -> None:
        """End this connection from our side; the first code given counts."""
        if not self._ending.done():
            self._ending.set_result(code)

    async def run(self) -> None:
        """Hear and write until either side ends it. Never raises because of the peer or the application."""
        reading: asyncio.Task[None] | None = None
        if self._wire is not None:
            self._wire.listen(self._take, self._left)
        else:
            reading = self._started(self._read())
        try:
            await self._part(await self._ending)
        finally:
            self._outbox = SILENT
            await ended(*(task for task in (reading, self._hearing, self._writing) if task is not None))

    async def hear(self, frame: dict[str, Any]) -> None:
        """What the peer said; one after the other."""
        raise NotImplementedError

    def _started(self, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._guarded(part))
        task.add_done_callback(lambda _: part.close())  # a task cancelled before its first step leaves its part behind
        return task

    async def _guarded(self, part: Coroutine[Any, Any, None]) -> None:
        try:
            await part
        except HangUp as hung_up:
            self.close(hung_up.code)
        except _SlowReader:
            self._drop_slow_reader("deadline")
        except Violation as broken:
            self.close(broken.code)
        except WebSocketDisconnect:
            self._left()
        except Exception:
            log.exception("connection_failed", extra={"path": self.websocket.scope["path"]})
            self.close(TROUBLE)

    # Reading and hearing.

    async def _read(self) -> None:
        """For servers without our protocol class."""
        while (message := await self.websocket.receive())["type"] == "websocket.receive":
            self._take(message.get("text"))
            await asyncio.sleep(0)  # a flood arrives in one read: the writer must have its turn between refusals
        self._left()

    def _left(self) -> None:
        self._outbox = SILENT
        self.close(LEFT)

    def _take(self, text: str | None) -> None:
        """Raises Violation when nothing but refusals would do: whoever called hears no more of this peer."""
        if not self._ending.done():
            refusal = self._refusal(text)
            if refusal is None:
                self._refused = 0
                return
            self._refused += 1
            if self._refused > MOST_REFUSED * self._common.limits.burst:
                raise Violation(TOO_FAST, "too fast")
            self.send(refusal)

    def _refusal(self, text: str | None) -> str | None:
        if text is None:
            return frames.error("binary", "Frames are text, not binary.")
        try:
            frame = frames.parse(text)
        except frames.BadFrame:
            return frames.error("bad_json", "A frame is one JSON object.")
        full = self._inbox is not None and len(self._inbox) >= self._common.limits.inbox_frames
        if full or not self._throttle.allows(asyncio.get_running_loop().time()):
            self._common.too_fast += 1
            return frames.error("too_fast", "Too many frames at once; wait a moment.", frame.get("cid"))
        if self._inbox is None:
            self._inbox = deque([frame])
            self._hearing = self._started(self._work(self._inbox))
        else:
            self._inbox.append(frame)
        return None

    async def _work(self, inbox: deque[dict[str, Any]]) -> None:
        while inbox:
            await self.hear(inbox.popleft())
        self._inbox = self._hearing = None

    # Writing.

    def _queue(self, step: Callable[[], Awaitable[None]], weight: int = 0) -> None:
        if self._outbox is None:
            self._outbox = Outbox(self._common.limits.outbox_frames, self._common.limits.outbox_bytes)
            self._writing = self._started(self._write(self._outbox))
        if not self._outbox.put(step, weight):
            self._drop_slow_reader("outbox")

    def _drop_slow_reader(self, why: str) -> None:
        log.info("slow_reader", extra={"path": self.websocket.scope["path"], "why": why})
        self._common.slow_readers += 1
        self._outbox = SILENT
        self.close(TRY_AGAIN)

    async def _write(self, outbox: Outbox) -> None:
        while (step := outbox.take()) is not None:
            await step()
        if self._outbox is outbox:
            self._outbox, self._writing = (SILENT if outbox.ended else None), None

    async def _send(self, outgoing: Outgoing) -> None:
        if self._wire is not None and self._wire.write(outgoing.wire):
            return
        try:
            for text in outgoing.texts:
                async with asyncio.timeout(self._common.limits.send):
                    await self.websocket.send({"type": "websocket.send", "text": text})
        except TimeoutError as late:
            raise _SlowReader from late
        except RuntimeError as closed:  # the server has begun to close the line and has not told the reader yet
            raise WebSocketDisconnect(1006) from closed

    # Parting.

    async def _part(self, code: int) -> None:
        if code in (LEFT, RESTART):
            await self._hear_out()
        if code != LEFT:
            await self._write_out()
            await self._say_goodbye(code)

    async def _hear_out(self) -> None:
        """Answer what was said before the end; whoever has left is answered by what is kept."""
        if self._hearing is not None:
            _, pending = await asyncio.wait({self._hearing}, timeout=self._common.limits.last_words)
            if pending:
                path = self.websocket.scope["path"]
                log.warning("last_words_lost", extra={"path": path, "frames": len(self._inbox or ())})

    async def _write_out(self) -> None:
        if self._outbox is None or self._writing is None:
            self._outbox = SILENT
        else:
            self._outbox.ended = True
            await asyncio.wait({self._writing}, timeout=self._common.limits.farewell)

    async def _say_goodbye(self, code: int) -> None:
        try:
            async with asyncio.timeout(self._common.limits.farewell):
                await self.websocket.close(code)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            if self._wire is not None:
                self._wire.abort()
