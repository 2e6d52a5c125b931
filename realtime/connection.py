"""What one person's socket has been given: numbered frames once each and without gaps, the rest in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from starlette.websockets import WebSocket

from realtime.frames import CatchUp, Outgoing, Refused
from realtime.line import LEFT, RESTART, TROUBLE, TRY_AGAIN, Common, HangUp, Limits, Line

__all__ = ["LEFT", "RESTART", "TROUBLE", "TRY_AGAIN", "Common", "Connection", "Duties", "HangUp", "Limits"]

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Hear = Callable[["Connection", dict[str, Any]], Awaitable[None]]
ReadMissed = Callable[[int], Awaitable[CatchUp]]
Refresh = Callable[[], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Duties:
    """What the application does for one connection."""

    hear: Hear
    catch_up: ReadMissed | None = None
    refresh: Refresh | None = None


class Connection(Line):
    """A Line, perhaps into a room and of a guest, which a survey asks about.

    `position` is the last sequence number sent, None until the client has resumed; `mark` tells which state it shows.
    """

    __slots__ = (
        "_catching_up",
        "_early",
        "_overtaken",
        "_resume_from",
        "_waits",
        "duties",
        "guest",
        "mark",
        "position",
        "room",
    )

    def __init__(
        self,
        websocket: WebSocket,
        duties: Duties,
        common: Common | None = None,
        *,
        room: int | None = None,
        guest: int | None = None,
    ) -> None:
        super().__init__(websocket, common or Common())
        self.duties, self.room, self.guest = duties, room, guest
        self.position: int | None = None
        self.mark = 0
        self._catching_up = False
        self._resume_from: int | None = None
        self._early: dict[int, Outgoing] | None = None  # frames whose predecessors are still on their way
        self._overtaken: asyncio.TimerHandle | None = None
        self._waits = False  # for its turn to read the truth: what comes now will be in what it reads

    # What others ask of it; none of these waits.

    def deliver(self, frame: str, seq: int | None = None) -> None:
        """What a channel carries: numbered frames once each and without gaps, nothing before the first resume."""
        self.carry(Outgoing.of(frame, seq))

    def carry(self, outgoing: Outgoing, *, now: bool = False) -> None:
        """As deliver, for frames shared by many connections: at once to an idle line, else in its turn; `now` for what
        nothing more follows in this turn of the loop."""
        if self._outbox is None and self._wire is not None:
            seq = outgoing.seq
            if self.duties.catch_up is None:
                passed = self._wire.write(outgoing.wire, now=now)
            elif self.position is None or (seq is not None and seq <= self.position):
                return
            elif seq is None:
                passed = self._wire.write(outgoing.wire)
            elif seq > self.position + 1:
                self._hold(seq, outgoing)
                return
            elif passed := self._wire.write(outgoing.wire):
                self.position = seq
                if self._early:
                    self._release()
            if passed:
                return
        if not self._waits:
            self._queue(partial(self._forward, outgoing), outgoing.weight)

    def resume(self, seq: int) -> None:
        """Send everything after `seq` (0: from the start), then live from there; of several waiting the last counts."""
        pending, self._resume_from = self._resume_from is not None, seq
        if not pending:
            self._queue(self._resume)

    def catch_up(self) -> None:
        """Something may have been missed: read it from the truth. Asking again while one is pending changes nothing."""
        resumed = self.position is not None or self.duties.refresh is not None
        if resumed and not self._catching_up:
            self._catching_up = True
            self._queue(self._catch_up)

    def is_behind(self, seq: int, mark: int | None) -> bool:
        """Whether it has resumed and does not show what the truth holds; None for a state that does not count."""
        return self.position is not None and (self.position < seq or mark not in (None, self.mark))

    async def run(self) -> None:
        if self.duties.refresh is not None:
            self.catch_up()
        await super().run()

    async def hear(self, frame: dict[str, Any]) -> None:
        await self.duties.hear(self, frame)

    # What the outbox holds.

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
            self._release()
        elif outgoing.seq > position:
            self._hold(outgoing.seq, outgoing)

    # What comes before its predecessors: two processes publish to one room, and their frames overtake each other.

    def _hold(self, seq: int, outgoing: Outgoing) -> None:
        limits = self._common.limits
        if self._early is None or self._overtaken is None:
            self._early = {}
            self._overtaken = asyncio.get_running_loop().call_later(limits.overtaken, self._fill_gap)
        self._early[seq] = outgoing
        if len(self._early) > limits.early_frames:
            self._fill_gap()

    def _release(self) -> None:
        """What was held and is next now is sent; what is still early is held on."""
        for seq, outgoing in sorted(self._let_go().items()):
            if self.position is not None and seq > self.position:
                self.carry(outgoing)

    def _let_go(self) -> dict[int, Outgoing]:
        early, self._early = self._early or {}, None
        if self._overtaken is not None:
            self._overtaken.cancel()
            self._overtaken = None
        return early

    def _fill_gap(self) -> None:
        """What was held waits for what will not come: it is read from the truth, and with it all that was held."""
        early = self._let_go()
        if early:
            self._queue(partial(self._fill, max(early)))

    async def _fill(self, seq: int) -> None:
        if self.position is not None:
            await self._replay(before=False)
            if self.position < seq:
                raise RuntimeError("catch_up does not know a message that was published")
            self._release()

    async def _resume(self) -> None:
        seq, self._resume_from = self._resume_from, None
        if self.duties.catch_up is not None and seq is not None:
            self.position = seq
            self._let_go()
            try:
                caught = await self._replay(before=True)
            except Refused as refused:
                self.position = None
                await self._send(Outgoing.of(refused.frame))
                return
            await self._send(Outgoing.of(caught.after(self.position)))

    async def _catch_up(self) -> None:
        self._common.catch_ups += 1
        if self.duties.refresh is not None:
            await self._send_all(await self._asked(self.duties.refresh))
        if self.position is not None:
            # What was said comes before the news of where the chat stands: an ended chat ends with its last word.
            await self._show(await self._replay(before=False))
            self._release()

    async def _show(self, caught: CatchUp) -> None:
        await self._send_all(caught.before)
        self.mark = caught.mark

    async def _replay(self, *, before: bool) -> CatchUp:
        assert self.duties.catch_up is not None and self.position is not None
        while True:
            caught = await self._asked(partial(self.duties.catch_up, self.position))
            if before:
                await self._show(caught)
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
        await self._its_turn()
        try:
            async with asyncio.timeout(self._common.limits.read_missed):
                return await question()
        except TimeoutError as late:
            raise self._late("truth") from late
        finally:
            self._common.turn.release()

    async def _its_turn(self) -> None:
        self._waits = True
        try:
            async with asyncio.timeout(self._common.limits.turn):
                await self._common.turn.acquire()
        except TimeoutError as late:
            raise self._late("turn") from late
        finally:
            self._waits = self._catching_up = False  # what is missed from here on is not in what it reads

    def _late(self, what: str) -> HangUp:
        log.warning("catch_up_late", extra={"path": self.websocket.scope["path"], "what": what})
        return HangUp(TRY_AGAIN)
