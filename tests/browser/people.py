"""People at browsers: what a customer, an expert or a moderator does and sees, named as they would name it.

Words are looked up in the catalogue by their English source, so that one story is told in every language.
"""

import asyncio
import re
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Frame, Locator, Page, WebSocket, expect

from chatmarket.templating import translate
from tests.cast import PASSWORD, Person, Shop

PATIENCE_S = 10.0
# What Chromium says by itself: a line is down, a server was killed under a page, an answer of 4xx that the story is
# about, no sound before a gesture.
CHROMIUMS_OWN = re.compile(
    r"WebSocket connection to|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_RE(SET|FUSED)"
    r"|status of 4\d\d|AudioContext was not"
)
expect.set_options(timeout=PATIENCE_S * 1000)


class Somebody:
    """A person with a browser of their own, at one of the servers."""

    def __init__(self, page: Page, url: str, language: str) -> None:
        self.page, self.url, self.language = page, url, language
        self.frames: list[str] = []  # all that their sockets ever received
        self.complaints: list[str] = []  # what their browser's console said
        self._page_began = 0
        self._news = asyncio.Event()
        page.on("websocket", self._follow)
        page.on("framenavigated", self._turn_page)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._hear)

    def _hear(self, payload: str | bytes) -> None:
        self.frames.append(str(payload))
        self._news.set()

    def _turn_page(self, frame: Frame) -> None:
        if frame == self.page.main_frame:
            self._page_began = len(self.frames)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not CHROMIUMS_OWN.search(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def words(self, source: str, **values: object) -> str:
        return translate(source, self.language, values or None)

    # Doing

    async def opens(self, path: str) -> Self:
        await self.page.goto(self.url + path)
        return self

    async def presses(self, source: str, within: Locator | None = None) -> None:
        await self.button(source, within).click()

    async def fills(self, **fields: str) -> None:
        for name, value in fields.items():
            await self.page.locator(f"[name={name}]:not([type=hidden])").fill(value)

    async def chooses(self, name: str, value: object) -> None:
        await self.page.locator("label", has=self.page.locator(f'input[name={name}][value="{value}"]')).click()

    async def signs_in(self, email: str) -> None:
        await self.opens("/sign-in")
        await self.fills(email=email, password=PASSWORD)
        await self.presses("Sign in", self.page.locator("main"))
        await self.is_at("/lobby|/board")
        await self.is_connected()

    async def signs_out(self) -> None:
        await self.page.locator("details.menu summary").click()
        await self.presses("Sign out", self.page.locator(".menu__list"))
        await self.is_at("/")

    async def switches_to(self, language: str) -> None:
        self.language = language
        await self.page.locator(f".languages [lang={language}]").click()
        await expect(self.page.locator("html")).to_have_attribute("lang", language)

    async def types(self, text: str, pause_ms: float = 0) -> None:
        """Into the place to write, key by key; nothing is sent."""
        await self.page.locator("#text").press_sequentially(text, delay=pause_ms)

    async def says(self, *texts: str) -> None:
        for text in texts:
            await self.page.locator("#text").fill(text)
            await self.page.locator("#text").press("Enter")

    async def goes_offline(self) -> None:
        await self.page.context.set_offline(True)

    async def comes_back(self) -> None:
        await self.page.context.set_offline(False)

    # Seeing

    def button(self, source: str, within: Locator | None = None) -> Locator:
        words = re.compile(rf"^\s*{re.escape(self.words(source))}\s*$")
        return (within or self.page.locator("body")).locator("button, summary, a.button").filter(has_text=words)

    async def sees(self, source: str, within: Locator | None = None, **values: object) -> None:
        """Visible, in this person's language."""
        await self.reads(self.words(source, **values), within)

    async def reads(self, text: str, within: Locator | None = None) -> None:
        place = within or self.page.locator("main")
        await expect(place.get_by_text(text).filter(visible=True).first).to_be_visible()

    async def does_not_see(self, source: str) -> None:
        await expect(self.page.locator("main").get_by_text(self.words(source))).to_have_count(0)

    async def is_at(self, path: str) -> str:
        """Waits to be there; the path."""
        pattern = re.compile(path)
        await self.page.wait_for_url(lambda url: bool(pattern.fullmatch(urlsplit(url).path)))
        return urlsplit(self.page.url).path

    async def is_connected(self) -> None:
        """Waits until the socket of this page has told all there is."""
        await self.hears('"type":"(resumed|offers|board)"')

    async def hears(self, pattern: str) -> None:
        """Waits for a frame that matches, since this page was opened."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(re.search(pattern, frame) for frame in self.frames[self._page_began :]):
                self._news.clear()
                await self._news.wait()

    async def messages(self) -> list[str]:
        """What was said, as this page shows it, oldest first; what is still on its way comes last."""
        return await self.page.locator("#messages .message__text").all_inner_texts()

    async def reads_messages(self, *texts: str) -> None:
        """Waits until exactly these stand in the room, all of them kept."""
        await expect(self.page.locator("#messages [data-pending]")).to_have_count(0)
        await expect(self.page.locator("#messages .message__text")).to_have_text(texts)

    def banner(self) -> Locator:
        return self.page.locator("#connection")

    async def knows_nothing_of(self, *values: str) -> None:
        """None of these values is in the page, nor in any frame their sockets received."""
        seen = await self.page.content() + "\n".join(self.frames)
        known = [value for value in values if value in seen]
        assert not known, f"{type(self).__name__} came to know {known}"


class Customer(Somebody):
    async def asks(self, shop: Shop, question: str, *, topic: int | None = None, **known: str) -> int:
        """From the brand's page; the number of the chat."""
        await self.opens(f"/b/{shop.slug}")
        await self.chooses("topic", topic or shop.topic)
        await self.fills(question=question, **known)
        await self.presses("Ask now")
        return int((await self.is_at(r"/chats/\d+")).rpartition("/")[2])

    async def ends(self) -> None:
        await self.presses("End chat")
        await self.presses("Yes, end it")
        await self.sees("How did it go?")

    async def rates(self, resolved: bool, stars: int, comment: str = "") -> None:
        await self.chooses("resolved", "yes" if resolved else "no")
        await self.chooses("stars", stars)
        await self.fills(comment=comment)
        await self.presses("Send rating")
        await self.sees("Thank you for your rating")


class Expert(Somebody):
    person: Person

    def card(self, chat: int) -> Locator:
        return self.page.locator(f"#offer-{chat}")

    async def sees_offer(self, chat: int) -> Locator:
        await expect(self.button("Claim", self.card(chat))).to_be_visible()
        return self.card(chat)

    async def claims(self, chat: int) -> None:
        await self.sees_offer(chat)
        await self.presses("Claim", self.card(chat))
        await self.is_at(f"/rooms/{chat}")
        await self.is_connected()


class Moderator(Somebody):
    person: Person

    def row(self, chat: int) -> Locator:
        return self.page.locator(f"#chat-{chat}")

    async def watches(self, chat: int) -> None:
        await self.presses("Watch", self.row(chat))
        await self.is_at(f"/watch/{chat}")
        await self.is_connected()
