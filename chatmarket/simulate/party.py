"""One side of a play, seated in its room: it hears everything, and speaks when its turn has come."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from chatmarket.client import Message, Room, Seat, State
from chatmarket.simulate.dialogues import Dialogue, Turn
from chatmarket.simulate.history import OTHER_SIDE
from chatmarket.simulate.stage import ACCIDENTS, TURN_PATIENCE, Accident, Play, Stage, Stalled

STILL_OPEN = frozenset({"waiting", "live"})
CLAIM_PATIENCE = 180.0  # a question nobody claims by then is left alone


@dataclass(slots=True)
class Party:
    """One side of a play: it hears everything its room is given, and speaks when its turn has come."""

    stage: Stage
    play: Play
    seat: Seat
    room: Room
    _heard: set[tuple[str, str]] = field(default_factory=set)
    _status: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _ear: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Party:
        self.play.rooms[self.seat] = self.room
        self.room.open()
        self._ear = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.room.close()
        if self._ear is not None:
            await asyncio.gather(self._ear, return_exceptions=True)
        self.stage.history.wires.append(self.room.wire)

    async def _listen(self) -> None:
        try:
            async for event in self.room:
                if isinstance(event, Message):
                    self.stage.given(self.play, event, self.seat)
                    self._heard.add((event.author, event.cid or str(event.seq)))
                elif isinstance(event, State):
                    self._status = event.status
                self._changed.set()
        finally:
            self._changed.set()

    async def joined(self) -> None:
        """Wait until an expert has come."""
        await self._until(lambda: self._status == "live", CLAIM_PATIENCE, "nobody claimed the chat")
        await self.play.claimed.wait()

    async def heard(self, count: int) -> None:
        """Wait until `count` different messages have arrived."""
        await self._until(lambda: len(self._heard) >= count, TURN_PATIENCE, f"a turn never reached the {self.seat}")

    async def _until(self, reached: Callable[[], bool], patience: float, complaint: str) -> None:
        """Wait for it. Raises Stalled with the complaint when it takes too long, or can never be."""
        try:
            async with asyncio.timeout(patience):
                while not reached():
                    self._must_go_on()
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            raise Stalled(complaint) from error

    def _must_go_on(self) -> None:
        if self.room.over:
            raise Stalled(f"the {self.seat}'s room was closed")
        if self._status and self._status not in STILL_OPEN:
            raise Stalled(f"the chat was {self._status} before its last turn")

    async def act(self) -> None:
        """Speak every turn of this side as soon as the one before has arrived, and hear the last."""
        turns = self.play.dialogue.turns
        for index, turn in enumerate(turns):
            if index and turn.side == self.seat:
                await self.heard(index)
                await self.stage.think()
                await self._speak(index, turn)
        await self.heard(len(turns))

    async def _speak(self, index: int, turn: Turn) -> None:
        accident = self.play.accidents.get(index)
        cid = uuid.UUID(int=self.stage.rng.getrandbits(128)).hex
        if accident == "cut before":
            self._cut(self.seat)
        self.stage.wrote(self.play, self.seat, cid, index)
        answer = self.room.send(turn.text, cid=cid)
        await self._suffer(accident)
        ack = await answer
        self.stage.kept(self.play, self.seat, cid, ack.seq)
        if accident == "send again":
            again = await self.room.send(turn.text, cid=cid)
            self.stage.history.repeats += 1
            self.stage.history.repeats_kept += again.seq == ack.seq
            self.stage.kept(self.play, self.seat, cid, again.seq)

    async def _suffer(self, accident: Accident | None) -> None:
        """Lose a line just after sending: sometimes before the frame has left, sometimes before its ack came."""
        if accident == "cut sender":
            await asyncio.sleep(self.stage.rng.choice((0.0, 0.001, 0.004)))
            self._cut(self.seat)
        elif accident == "cut listener":
            self._cut(OTHER_SIDE[self.seat])

    def _cut(self, seat: Seat) -> None:
        self.stage.history.cuts[self.play.chat] += 1
        self.play.rooms[seat].cut()


def accidents_of(dialogue: Dialogue, stage: Stage) -> dict[int, Accident]:
    """By turn, what goes wrong in this chat: mostly nothing."""
    if len(dialogue.turns) < 3 or stage.rng.random() >= stage.cast.accidents:
        return {}
    turns = stage.rng.sample(range(1, len(dialogue.turns)), min(2, len(dialogue.turns) - 1))
    return {turn: stage.rng.choice(ACCIDENTS) for turn in turns}


async def last_resume(stage: Stage, room: Room) -> bool:
    try:
        await asyncio.wait_for(room.sync(), TURN_PATIENCE)
    except TimeoutError:
        stage.history.troubles["no answer to the last resume"] += 1
        return False
    return True
