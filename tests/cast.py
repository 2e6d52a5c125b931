"""The cast of the stories: brands with topics, customers who ask, experts who answer, moderators who watch.

Each story has a brand of its own, so that stories never meet: what one brand's people may not see of another's is
tried all the time.
"""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from chatmarket.client import (
    Api,
    Asked,
    Board,
    Lobby,
    Room,
    SignedIn,
    Watch,
    board,
    customer_room,
    expert_room,
    lobby,
    watch,
)
from chatmarket.flows import auditing
from chatmarket.flows.joining import log_in
from chatmarket.house import House
from chatmarket.models import Account, Brand, Standing, Topic
from matching.probation import USUAL_CAPACITY

PASSWORD = "a long enough password"
_numbers = count(1)


@dataclass
class Person:
    """Someone signed in, with the base URL of the server they use."""

    url: str
    id: int
    email: str
    token: str
    api: Api

    def lobby(self) -> Lobby:
        return lobby(self.url, self.token)

    def room(self, chat: int) -> Room:
        return expert_room(self.url, chat, self.token)

    def watch(self, chat: int) -> Watch:
        return watch(self.url, chat, self.token)

    def board(self) -> Board:
        return board(self.url, self.token)

    async def claim(self, customer: "Customer") -> None:
        await self.api.claim(customer.chat, self.token)


@dataclass
class Shop:
    """A brand and its topics."""

    slug: str
    id: int
    topics: list[Topic]
    languages: list[str] = field(default_factory=list)

    @property
    def topic(self) -> int:
        return self.topics[0].id


@dataclass
class Customer:
    url: str
    asked: Asked
    api: Api

    @property
    def chat(self) -> int:
        return self.asked.chat

    @property
    def token(self) -> str:
        return self.asked.token

    def room(self, at: str | None = None) -> Room:
        return customer_room(at or self.url, self.chat, self.token)

    async def end(self) -> None:
        await self.api.end(self.chat, self.token)

    async def rate(self, *, resolved: bool, stars: int = 4, comment: str = "", blames: str | None = None) -> None:
        await self.api.rate(self.chat, self.token, resolved=resolved, stars=stars, comment=comment, blames=blames)


class Cast:
    """Brings people on stage, at one server or the other."""

    def __init__(self, house: House, here: str, there: str, apis: dict[str, Api]) -> None:
        self.house, self.here, self.there, self._apis = house, here, there, apis

    def api(self, url: str) -> Api:
        return self._apis[url]

    async def brand(
        self,
        *,
        languages: tuple[str, ...] = ("en", "es"),
        reward: int = 200,
        topics: int = 2,
        wait_limit_s: int = 120,
        open_admission: bool = True,
    ) -> Shop:
        slug = f"brand-{next(_numbers)}-{id(self) % 100000}"
        brand = await Brand.create(
            slug=slug,
            name=slug.title(),
            language=languages[0],
            languages=list(languages),
            taglines={},
            currency="EUR",
            wait_limit_s=wait_limit_s,
            open_admission=open_admission,
        )
        await auditing.begin(self.house, brand.id)
        made = [
            await Topic.create(
                brand_id=brand.id, names={"en": f"Topic {n}", "es": f"Tema {n}"}, reward=reward, position=n
            )
            for n in range(topics)
        ]
        return Shop(slug, brand.id, made, list(languages))

    async def expert(
        self,
        shop: Shop,
        *,
        name: str = "Ida",
        languages: tuple[str, ...] = ("en",),
        topics: list[int] | None = None,
        at: str | None = None,
        newcomer: bool = False,
    ) -> Person:
        """Signed up just now; unless they play a newcomer, the brand lets them have two chats at once."""
        url = at or self.here
        email = f"expert-{next(_numbers)}-{shop.slug}@example.com"
        signed = await self.api(url).sign_up(
            email,
            PASSWORD,
            name,
            brand=shop.slug,
            topics=topics or [topic.id for topic in shop.topics],
            languages=languages,
        )
        if not newcomer:
            await Standing.filter(expert_id=signed.account.id).update(capacity=USUAL_CAPACITY)
        return self._person(url, email, signed)

    async def experts(self, shop: Shop, many: int) -> list[Person]:
        """Experts of everything in the shop, turn about at one server and the other."""
        places = [(self.here, self.there)[n % 2] for n in range(many)]
        return list(await asyncio.gather(*(self.expert(shop, at=place) for place in places)))

    async def moderator(
        self, shop: Shop, *, name: str = "Mo", role: str = "moderator", at: str | None = None
    ) -> Person:
        url = at or self.here
        email = f"{role}-{next(_numbers)}-{shop.slug}@example.com"
        account = await Account.create(
            email=email, name=name, role=role, brand_id=shop.id, password_hash=await self.house.passwords.hash(PASSWORD)
        )
        return Person(url, account.id, email, await log_in(self.house, account, "test"), self.api(url))

    async def customer(
        self,
        shop: Shop,
        question: str = "How do I reset it?",
        *,
        language: str = "en",
        topic: int | None = None,
        known: dict[str, list[str]] | None = None,
        at: str | None = None,
        again: Customer | None = None,
    ) -> Customer:
        """Someone new, or who asked before."""
        url = at or self.here
        asked = await self.api(url).ask(
            shop.slug,
            question,
            topic=topic or shop.topic,
            language=language,
            known=known,
            customer=again.asked.customer if again else "",
        )
        return Customer(url, asked, self.api(url))

    async def live(self, shop: Shop, expert: Person, question: str = "How do I reset it?", **told: Any) -> Customer:
        """A customer whose question this expert has claimed."""
        asked = await self.customer(shop, question, **told)
        await expert.claim(asked)
        return asked

    async def rated(
        self, shop: Shop, expert: Person, *, resolved: bool, blames: str | None = None, **told: Any
    ) -> Customer:
        """A customer whose chat with this expert is over and rated."""
        asked = await self.live(shop, expert, **told)
        await asked.end()
        await asked.rate(resolved=resolved, blames=blames)
        return asked

    def _person(self, url: str, email: str, signed: SignedIn) -> Person:
        return Person(url, signed.account.id, email, signed.token, self.api(url))
