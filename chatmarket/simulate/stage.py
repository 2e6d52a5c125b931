"""The stage all simulated people share: options, history, clock, and the chats being played."""

from __future__ import annotations

import asyncio
import html
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias, TypeVar

from chatmarket.client import Api, ApiError, Message, Room, Seat, Unreachable
from chatmarket.simulate.dialogues import Dialogue
from chatmarket.simulate.history import QUESTION, Acked, Delivered, History, Marked, Reader, Sent, Shown

THINKING_SECONDS = (0.005, 0.03)  # between a message and its answer, at speed 1
REACTION_SECONDS = (0.0, 0.05)  # between an offer and the claim: short, so that claims race
TURN_PATIENCE = 45.0  # a turn that takes longer, reconnects and all, never comes
TRIES = 8  # of a call that is answered by 429 or 503, or not at all
ANNOUNCE_SECONDS = 10.0  # an offer may be here before the answer to the question it comes from

T = TypeVar("T")
Accident: TypeAlias = Literal["cut sender", "cut listener", "cut before", "send again"]
ACCIDENTS: tuple[Accident, ...] = ("cut sender", "cut listener", "cut before", "send again")
_TAG = re.compile(r"<[^>]*>")


class Stalled(Exception):
    """A dialogue cannot go on: a turn never came, or the chat was closed."""


@dataclass(frozen=True, slots=True)
class Cast:
    """How the simulated people behave. `accidents` is the share of chats in which lines are cut."""

    speed: float = 1.0
    accidents: float = 0.2
    resolved: float = 0.85
    expert_ends: float = 0.2


@dataclass(slots=True)
class Play:
    """One dialogue on its way through the server."""

    dialogue: Dialogue
    chat: int
    token: str
    rooms: dict[Seat, Room] = field(default_factory=dict)
    claimed: asyncio.Event = field(default_factory=asyncio.Event)
    expert_heard: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    expert_gone: asyncio.Event = field(default_factory=asyncio.Event)
    accidents: dict[int, Accident] = field(default_factory=dict)  # turn -> what goes wrong with it
    cids: dict[str, int] = field(default_factory=dict)  # cid -> turn
    owner: tuple[int, str] | None = None  # the winner's id and token


@dataclass(slots=True)
class Stage:
    """What every player needs, and where every player writes what happened."""

    api: Api
    base_url: str
    cast: Cast
    rng: Random
    history: History = field(default_factory=History)
    _plays: dict[int, asyncio.Future[Play]] = field(default_factory=dict)

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def announce(self, play: Play) -> None:
        """The play's chat has a number now; its personal values are known from here on."""
        self._awaited(play.chat).set_result(play)
        for index, turn in enumerate(play.dialogue.turns):
            if turn.side == "customer":
                self.history.marked.extend(marked(play, index))

    async def play(self, chat: int) -> Play | None:
        """The play of a chat; None when it is not one of this simulation's."""
        try:
            return await asyncio.wait_for(asyncio.shield(self._awaited(chat)), ANNOUNCE_SECONDS)
        except TimeoutError:
            return None

    def _awaited(self, chat: int) -> asyncio.Future[Play]:
        if chat not in self._plays:
            self._plays[chat] = asyncio.get_running_loop().create_future()
        return self._plays[chat]

    async def think(self) -> None:
        await asyncio.sleep(self.rng.uniform(*THINKING_SECONDS) / self.cast.speed)

    async def react(self) -> None:
        await asyncio.sleep(self.rng.uniform(*REACTION_SECONDS) / self.cast.speed)

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of a call that may be throttled or meet a server that is coming back."""
        for attempt in range(TRIES - 1):
            try:
                return await call()
            except ApiError as error:
                if error.status not in (429, 503):
                    raise
                self.history.troubles[f"call answered {error.status}, tried again"] += 1
            except Unreachable:
                self.history.troubles["call not answered, tried again"] += 1
            await asyncio.sleep(min(8.0, 0.25 * 2**attempt) * self.rng.uniform(0.5, 1.5))
        return await call()

    # -- writing down

    def wrote(self, play: Play, author: Seat, cid: str, turn: int) -> None:
        play.cids[cid] = turn
        self.history.sent.append(Sent(play.chat, author, cid, self.now()))

    def kept(self, play: Play, author: Seat, cid: str, seq: int) -> None:
        self.history.acked.append(Acked(play.chat, author, cid, seq))

    def given(self, play: Play, message: Message, to: Reader) -> None:
        cid = name(message)
        self.history.delivered.append(Delivered(play.chat, message.author, cid, message.seq, to, self.now()))
        if to == "expert" and message.author == "customer":
            turn = 0 if cid == QUESTION else play.cids.get(cid, -1)
            self.show(play.chat, turn, message.text, message.html)

    def show(self, chat: int, turn: int, *texts: str) -> None:
        """An expert's client was given these: plain text and markup alike."""
        for text in texts:
            self.history.shown.add(Shown(chat, turn, html.unescape(_TAG.sub("", text))))


def name(message: Message) -> str:
    """The cid under which history knows a message; the question was not sent through a socket and has none of ours."""
    if message.seq == 1 and message.author == "customer":
        return QUESTION
    return message.cid or f"(seq {message.seq})"


def marked(play: Play, index: int) -> list[Marked]:
    """The personal values of a turn, equal ones together."""
    turn = play.dialogue.turns[index]
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for value in turn.personal:
        counts[value.value.casefold(), value.kind] += 1
    rest = turn.rest.casefold()
    return [Marked(play.chat, index, value, kind, count, rest.count(value)) for (value, kind), count in counts.items()]
