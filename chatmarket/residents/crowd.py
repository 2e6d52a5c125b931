"""The residents themselves: customers who come now and then, and experts who answer when no visitor does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from chatmarket.client import (
    Api,
    Asked,
    Brand,
    ClientError,
    Desk,
    Message,
    Offer,
    Offers,
    OpenOffer,
    Room,
    State,
    Taken,
    customer_room,
    expert_room,
    lobby,
)
from chatmarket.residents.script import Scene, answers, fitting

log = logging.getLogger(__name__)

FIRST_QUESTION = (2.0, 6.0)  # seconds after the start: a demo should move when it is opened
NEXT_QUESTION = (20.0, 40.0)
CUSTOMERS_AT_ONCE = 3
CHATS_AT_ONCE = 2  # for each resident expert
SCRIPTED_WAIT = (4.0, 8.0)  # before claiming a resident's question: a visitor who is quick wins the race
VISITOR_WAIT = (12.0, 14.0)  # before claiming a visitor's
READING = (1.0, 2.5)
LETTERS_A_SECOND = 18.0
TYPING_SECONDS = (1.5, 6.0)
TYPING_AGAIN = 2.0  # the other side forgets after 4 s
PATIENCE = 90.0  # a customer whom nobody answers withdraws
IDLE_SECONDS = 600.0  # an expert leaves a chat in which nothing is said any more
TROUBLE_SECONDS = (3.0, 8.0)  # before another try, when the server is not there
RESOLVED = 0.9


@dataclass(slots=True)
class Village:
    """What all residents share; `scenes` are the chats the script knows."""

    api: Api
    base_url: str
    rng: Random
    brands: frozenset[str] | None = None
    scenes: dict[int, Scene] = field(default_factory=dict)

    async def pause(self, between: tuple[float, float]) -> None:
        await asyncio.sleep(self.rng.uniform(*between))

    async def say(self, room: Room, text: str) -> None:
        """Read, type for as long as it takes, send."""
        await self.pause(READING)
        left = min(TYPING_SECONDS[1], max(TYPING_SECONDS[0], len(text) / LETTERS_A_SECOND))
        while left > 0:
            await room.typing()
            await asyncio.sleep(min(left, TYPING_AGAIN))
            left -= TYPING_AGAIN
        await room.send(text)

    async def converse(self, room: Room, lines: Sequence[str]) -> bool:
        """Answer each message of the other side by the next line; whether the chat is still live after the last."""
        left = list(lines)
        async for event in room:
            if isinstance(event, State) and event.status not in ("waiting", "live"):
                return False
            if isinstance(event, Message) and event.author != room.seat:
                await self.say(room, left.pop(0))
            if not left:
                return True
        return False


@dataclass(slots=True)
class Company:
    """Tasks that end with the one who started them; a failed one is logged, and ends alone."""

    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._quietly(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _quietly(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except (ClientError, TimeoutError) as error:
            log.info("resident.gave_up", extra={"error": type(error).__name__})
        except Exception:
            log.exception("resident.failed")

    async def leave(self) -> None:
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class Crowd:
    """The customers: every half minute one has a question."""

    village: Village
    company: Company = field(default_factory=Company)

    async def live(self) -> None:
        try:
            await self.village.pause(FIRST_QUESTION)
            while True:
                await self._come()
                await self.village.pause(NEXT_QUESTION)
        finally:
            await self.company.leave()

    async def _come(self) -> None:
        if len(self.company.tasks) >= CUSTOMERS_AT_ONCE:
            return
        try:
            brand = self._brand(await self.village.api.brands())
        except ClientError as error:
            log.info("resident.server_away", extra={"error": type(error).__name__})
            return
        if brand is not None:
            self.company.start(self._ask(brand))

    def _brand(self, brands: tuple[Brand, ...]) -> Brand | None:
        wanted = self.village.brands
        open_ = [brand for brand in brands if brand.topics and (wanted is None or brand.slug in wanted)]
        return self.village.rng.choice(open_) if open_ else None

    async def _ask(self, brand: Brand) -> None:
        topic = self.village.rng.choice(brand.topics)
        scene = fitting(brand, topic, self.village.rng)
        if scene is None:
            return
        asked = await self.village.api.ask(
            brand.slug, scene.question, topic=topic.id, language=scene.language, known=scene.known or None
        )
        self.village.scenes[asked.chat] = scene
        try:
            await self._talk(asked, scene)
        finally:
            del self.village.scenes[asked.chat]

    async def _talk(self, asked: Asked, scene: Scene) -> None:
        async with customer_room(self.village.base_url, asked.chat, asked.token, rng=self.village.rng) as room:
            answered = await self._answered(room)
            if answered:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.village.converse(room, scene.customer), IDLE_SECONDS)
        if answered:
            await self._thank(asked)
        else:
            await self.village.api.withdraw(asked.chat, asked.token)

    async def _answered(self, room: Room) -> bool:
        """Whether somebody came while the customer was patient."""
        try:
            async with asyncio.timeout(PATIENCE):
                async for event in room:
                    if isinstance(event, State) and event.status != "waiting":
                        return event.status == "live"
        except TimeoutError:
            pass
        return False

    async def _thank(self, asked: Asked) -> None:
        await self.village.pause(READING)
        now = await self.village.api.chat(asked.chat, asked.token)
        if now.status == "live":
            await self.village.api.end(asked.chat, asked.token)
        resolved = self.village.rng.random() < RESOLVED
        stars = self.village.rng.randint(4, 5) if resolved else self.village.rng.randint(2, 3)
        await self.village.api.rate(asked.chat, asked.token, resolved=resolved, stars=stars)


@dataclass(slots=True)
class Expert:
    """A resident expert: listens, lets visitors go first, then claims and answers."""

    village: Village
    email: str
    password: str
    company: Company = field(default_factory=Company)
    _open: set[int] = field(default_factory=set)
    _thought_of: set[int] = field(default_factory=set)
    _talking: int = 0

    async def live(self) -> None:
        try:
            while True:
                await self._day()
                await self.village.pause(TROUBLE_SECONDS)
        finally:
            await self.company.leave()

    async def _day(self) -> None:
        """From signing in to the next trouble, if any."""
        try:
            signed = await self.village.api.sign_in(self.email, self.password)
            await self.village.api.availability(signed.token, online=True)
            async with lobby(self.village.base_url, signed.token, rng=self.village.rng) as line:
                async for event in line:
                    self._hear(event, signed.token)
        except ClientError as error:
            log.debug("resident.signs_in_again", extra={"error": type(error).__name__})

    def _hear(self, event: object, token: str) -> None:
        match event:
            case Desk(available=False):  # nobody did anything here for a while
                self.company.start(self.village.api.availability(token, online=True))
            case Offers():
                self._open = {offer.chat for offer in event.offers}
                self._thought_of &= self._open
                for offer in event.offers:
                    self._think_of(offer, token)
            case Offer():
                self._open.add(event.chat)
                self._think_of(event, token)
            case Taken():
                self._open.discard(event.chat)
                self._thought_of.discard(event.chat)

    def _think_of(self, offer: Offer | OpenOffer, token: str) -> None:
        if offer.chat not in self._thought_of:
            self._thought_of.add(offer.chat)
            self.company.start(self._consider(offer, token))

    async def _consider(self, offer: Offer | OpenOffer, token: str) -> None:
        """Leave it to the visitors for a while; then claim it as soon as there is time."""
        wait = self.village.rng.uniform(*SCRIPTED_WAIT)
        await asyncio.sleep(wait)
        if offer.chat not in self.village.scenes:
            await asyncio.sleep(self.village.rng.uniform(*VISITOR_WAIT) - wait)
        while offer.chat in self._open and self._talking >= CHATS_AT_ONCE:
            await self.village.pause(READING)
        if offer.chat in self._open:
            await self._claim(offer, token)

    async def _claim(self, offer: Offer | OpenOffer, token: str) -> None:
        scene = self.village.scenes.get(offer.chat)  # before the claim: a customer in a hurry may be gone after it
        self._talking += 1
        try:
            await self.village.api.claim(offer.chat, token)
            lines = scene.expert if scene else answers(offer.text, offer.language)
            await self._answer(offer.chat, token, lines)
        finally:
            self._talking -= 1

    async def _answer(self, chat: int, token: str, lines: Sequence[str]) -> None:
        async with expert_room(self.village.base_url, chat, token, rng=self.village.rng) as room:
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    if await self.village.converse(room, lines):
                        await self._wait_for_the_end(room)
            except TimeoutError:
                await self.village.api.end(chat, token)

    async def _wait_for_the_end(self, room: Room) -> None:
        async for event in room:
            if isinstance(event, State) and event.status != "live":
                return
