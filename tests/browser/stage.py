"""Where the stories of browsers are played: everybody has their own, and nobody's console may complain."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from playwright.async_api import Browser

from chatmarket.models import Account
from tests.browser.people import PATIENCE_S, Customer, Expert, Moderator, Somebody
from tests.cast import Cast, Shop

LOCALES = {"en": "en-GB", "es": "es-ES"}
One = TypeVar("One", bound=Somebody)
Insider = TypeVar("Insider", Expert, Moderator)


class Stage:
    def __init__(self, chromium: Browser, cast: Cast) -> None:
        self._chromium, self.cast = chromium, cast
        self._contexts = AsyncExitStack()
        self.people: list[Somebody] = []

    async def enters(self, role: type[One], language: str = "en", at: str | None = None) -> One:
        """Somebody new, in a fresh browser that speaks this language."""
        context = await self._chromium.new_context(locale=LOCALES[language], reduced_motion="reduce")
        self._contexts.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE_S * 1000)
        context.set_default_navigation_timeout(3 * PATIENCE_S * 1000)  # many browsers at once begin on two cores
        person = role(await context.new_page(), at or self.cast.here, language)
        self.people.append(person)
        return person

    async def another_tab(self, person: One) -> One:
        """The same browser, a second page."""
        tab = type(person)(await person.page.context.new_page(), person.url, person.language)
        self.people.append(tab)
        return tab

    async def customer(self, language: str = "en", at: str | None = None) -> Customer:
        return await self.enters(Customer, language, at)

    async def expert(self, shop: Shop, name: str = "Ida", language: str = "en", at: str | None = None) -> Expert:
        """An expert of the shop, signed in and in the lobby."""
        expert = await self.enters(Expert, language, at)
        expert.person = await self.cast.expert(shop, name=name, languages=(language,), at=at)
        return await self._signed_in(expert, "/lobby")

    async def moderator(
        self, shop: Shop, language: str = "en", at: str | None = None, role: str = "moderator"
    ) -> Moderator:
        moderator = await self.enters(Moderator, language, at)
        moderator.person = await self.cast.moderator(shop, role=role, at=at)
        return await self._signed_in(moderator, "/board")

    async def _signed_in(self, somebody: Insider, home: str) -> Insider:
        """As if they had signed in on an earlier day, and chosen their language."""
        await Account.filter(id=somebody.person.id).update(language=somebody.language)
        await somebody.page.context.add_cookies(
            [{"name": "session", "value": somebody.person.token, "url": somebody.url}]
        )
        await somebody.opens(home)
        await somebody.is_connected()
        return somebody

    async def in_a_room(self) -> tuple[Customer, Expert, int]:
        """A customer and an expert who talk, one at each server, and the number of their chat."""
        shop = await self.cast.brand()
        ida = await self.expert(shop, at=self.cast.there)
        ana = await self.customer()
        chat = await ana.asks(shop, "How do I reset it?")
        await ida.claims(chat)
        await ana.sees("Independent expert")
        return ana, ida, chat

    async def closes(self) -> None:
        await self._contexts.aclose()

    def complaints(self) -> list[str]:
        return [f"{type(person).__name__}: {text}" for person in self.people for text in person.complaints]


@asynccontextmanager
async def staged(chromium: Browser, cast: Cast) -> AsyncIterator[Stage]:
    """A stage for one story; afterwards the browsers are closed, and none of their consoles may have complained."""
    stage = Stage(chromium, cast)
    try:
        yield stage
    finally:
        await stage.closes()
    assert not stage.complaints(), "\n".join(stage.complaints())
