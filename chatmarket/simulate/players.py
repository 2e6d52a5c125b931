"""The people of a simulation: customers who ask and rate, experts who race for every offer, and how both talk."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

from chatmarket.client import (
    ApiError,
    ClientError,
    Message,
    Offer,
    Offers,
    OpenOffer,
    Room,
    Taken,
    Unsent,
    customer_room,
    expert_room,
    lobby,
)
from chatmarket.simulate.dialogues import Dialogue
from chatmarket.simulate.history import QUESTION, WON, Claim, Rated
from chatmarket.simulate.party import Party, accidents_of, last_resume
from chatmarket.simulate.stage import TURN_PATIENCE, Play, Stage, Stalled

FULL_SECONDS = 0.5  # before asking again, when told to be full without any chat: the last one is just being closed


@dataclass(frozen=True, slots=True)
class Customer:
    """Asks a dialogue's question, talks it through, ends the chat and rates it."""

    stage: Stage
    brand: str
    topic: int

    async def live(self, dialogue: Dialogue) -> None:
        play = await self._ask(dialogue)
        room = customer_room(self.stage.base_url, play.chat, play.token)
        async with Party(self.stage, play, "customer", room) as party:
            try:
                await self._talk(play, party)
            except (Stalled, ClientError) as error:
                self.stage.history.troubles[f"customer: {_name(error)}"] += 1
            play.over.set()
            await self._leave(play, room)
        await self._read_again(play)

    async def _ask(self, dialogue: Dialogue) -> Play:
        began = self.stage.now()
        asked = await self.stage.patiently(
            lambda: self.stage.api.ask(
                self.brand,
                dialogue.turns[0].text,
                topic=self.topic,
                language=dialogue.language,
                known=dialogue.known or None,
            )
        )
        play = Play(dialogue, asked.chat, asked.token, accidents=accidents_of(dialogue, self.stage))
        self.stage.history.asked[asked.chat] = began
        self.stage.wrote(play, "customer", QUESTION, 0)
        self.stage.kept(play, "customer", QUESTION, 1)
        self.stage.announce(play)
        return play

    async def _talk(self, play: Play, party: Party) -> None:
        await party.joined()
        await party.act()
        await asyncio.wait_for(play.expert_heard.wait(), TURN_PATIENCE)
        await self._end(play)
        await self._rate(play)

    async def _end(self, play: Play) -> None:
        expert_ends = play.owner is not None and self.stage.rng.random() < self.stage.cast.expert_ends
        token = play.owner[1] if play.owner and expert_ends else play.token
        await self.stage.patiently(lambda: self.stage.api.end(play.chat, token))
        self.stage.history.ended.add(play.chat)

    async def _rate(self, play: Play) -> None:
        resolved = self.stage.rng.random() < self.stage.cast.resolved
        stars = self.stage.rng.randint(4, 5) if resolved else self.stage.rng.randint(1, 3)
        await self.stage.patiently(lambda: self.stage.api.rate(play.chat, play.token, resolved=resolved, stars=stars))
        self.stage.history.rated.append(Rated(play.chat, resolved))

    async def _leave(self, play: Play, room: Room) -> None:
        """Resume a last time, so that whatever was acked had every chance to arrive."""
        await last_resume(self.stage, room)
        if play.owner is not None:
            try:
                await asyncio.wait_for(play.expert_gone.wait(), TURN_PATIENCE)
            except TimeoutError:
                self.stage.history.troubles["expert did not leave in time"] += 1

    async def _read_again(self, play: Play) -> None:
        """Read the whole chat from its first message on, as a new client does: what is stored, and how often."""
        async with customer_room(self.stage.base_url, play.chat, play.token) as room:
            if not await last_resume(self.stage, room):
                return
            await room.close()
            async for event in room:
                if isinstance(event, Message):
                    self.stage.given(play, event, "archive")


@dataclass(slots=True)
class Expert:
    """Races for every offer while there is free capacity, and answers with the other side's turns."""

    stage: Stage
    id: int
    token: str
    _open: set[int] = field(default_factory=set)
    _tried: set[int] = field(default_factory=set)
    _full: bool = False
    _talking: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        """Listen in the lobby until cancelled."""
        try:
            async with lobby(self.stage.base_url, self.token) as line:
                async for event in line:
                    self.ready.set()
                    self._hear(event)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, event: object) -> None:
        match event:
            case Offers():
                self._open = {offer.chat for offer in event.offers}
                for offer in event.offers:
                    self._consider(offer)
            case Offer():
                self._open.add(event.chat)
                self._consider(event)
            case Taken():
                self._open.discard(event.chat)

    def _consider(self, offer: Offer | OpenOffer) -> None:
        self.stage.show(offer.chat, 0, offer.text, getattr(offer, "html", ""))
        self._race(offer.chat)

    def _race(self, chat: int) -> None:
        if chat not in self._tried and not self._full:
            self._tried.add(chat)
            self._spawn(self._claim(chat))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _claim(self, chat: int) -> None:
        await self.stage.react()
        play = await self.stage.play(chat)
        if play is None:
            return
        try:
            await self.stage.patiently(lambda: self.stage.api.claim(chat, self.token))
        except ApiError as error:
            await self._lose(chat, error)
        except ClientError as error:
            self.stage.history.troubles[f"claim: {_name(error)}"] += 1
        else:
            await self._win(play)

    async def _win(self, play: Play) -> None:
        self.stage.history.claims.append(Claim(play.chat, self.id, self.stage.now(), WON))
        play.owner = (self.id, self.token)
        self._talking += 1
        try:
            await self._answer(play)
        finally:
            self._talking -= 1
        self._full = False
        self._next()

    async def _lose(self, chat: int, error: ApiError) -> None:
        self.stage.history.claims.append(Claim(chat, self.id, self.stage.now(), error.code, error.status))
        if error.code == "full":
            self._full = self._talking > 0
            self._tried.discard(chat)
            await asyncio.sleep(0 if self._full else FULL_SECONDS)
        if not self._full:
            self._next()

    def _next(self) -> None:
        """There may be room again: the oldest open offer is worth another try."""
        for chat in sorted(self._open - self._tried)[:1]:
            self._race(chat)

    async def _answer(self, play: Play) -> None:
        room = expert_room(self.stage.base_url, play.chat, self.token)
        async with Party(self.stage, play, "expert", room) as party:
            try:
                play.claimed.set()
                await party.act()
                play.expert_heard.set()
                await play.over.wait()
            except (Stalled, ClientError) as error:
                self.stage.history.troubles[f"expert: {_name(error)}"] += 1
                await play.over.wait()
            await last_resume(self.stage, room)
        play.expert_gone.set()


def _name(error: Exception) -> str:
    if isinstance(error, Unsent):
        return f"message refused: {error.code}"
    if isinstance(error, ApiError):
        return f"{error.status} {error.code}"
    return str(error) or type(error).__name__
