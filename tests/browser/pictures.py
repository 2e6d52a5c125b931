"""The pictures of the documents, taken of a demo that is started for them: `python -m tests.browser.pictures`."""

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize

from chatmarket.client import Api, expert_room
from chatmarket.client import customer_room as own_room
from chatmarket.seeds.world import PASSWORD
from tests.browser.chromium import chromium_binary, chromium_running

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZE: ViewportSize = {"width": 900, "height": 600}
READY_S = 60
BATTERY, BRAKES, CHOOSING = 0, 1, 2
ASKED = (
    (BATTERY, "My battery stops at 80 % since last week. The receipt went to julia.marsh@example.com, if you need it."),
    (CHOOSING, "Harrier or Merlin for a 14 km commute with one steep hill?"),
    (BRAKES, "The rear brake squeals in the rain. You can ring me on +44 7700 900123."),
)
TALK = (
    ("expert", "I don't, thank you. Leave it on the charger overnight once: the gauge corrects itself."),
    ("customer", "Overnight, even when the light is green?"),
)


@asynccontextmanager
async def demo_running() -> AsyncIterator[str]:
    with socket.socket() as probe, tempfile.TemporaryDirectory(prefix="chatmarket-") as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "-m", "chatmarket", "demo", "--quiet", "--port", str(port)]
        environ = {**os.environ, "CHATMARKET_DATA": folder}
        process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            async with asyncio.timeout(READY_S):
                await process.stdout.readuntil(b"Ctrl-C")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.communicate()


async def _opens(chromium: Browser, url: str, path: str, **cookies: str) -> Page:
    context = await chromium.new_context(
        locale="en-GB", viewport=SIZE, color_scheme="light", reduced_motion="reduce", timezone_id="Europe/London"
    )
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = await context.new_page()
    await page.goto(url + path)
    await page.wait_for_selector("main[data-live]")
    return page


async def _takes(page: Page, name: str) -> None:
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=IMAGES / f"{name}.png")


async def _pictures(chromium: Browser, url: str) -> None:
    async with Api(url) as api:
        topics = {brand.slug: brand.topics for brand in await api.brands()}["kestrel"]
        people = {
            name: (await api.sign_in(f"{name}@{where}.example", PASSWORD)).token
            for name, where in (("felix", "demo"), ("grace", "demo"), ("ida", "demo"), ("martin", "kestrel"))
        }
        asked = {
            name: await api.ask("kestrel", question, topic=topics[topic].id, language="en")
            for name, (topic, question) in zip(("julia", "sam", "noor"), ASKED, strict=True)
        }
        julia = asked["julia"]
        await api.claim(julia.chat, people["felix"])
        async with own_room(url, julia.chat, julia.token) as hers, expert_room(url, julia.chat, people["felix"]) as his:
            for author, text in TALK:
                await (his if author == "expert" else hers).send(text)
            page = await _opens(chromium, url, f"/chats/{julia.chat}", **{f"chat_{julia.chat}": julia.token})
            await page.wait_for_function("document.querySelectorAll('#messages .message').length === 3")
            await his.typing()
            await page.wait_for_selector("#typing:not([hidden])")
            await _takes(page, "customer")
        await _takes(await _opens(chromium, url, "/lobby", session=people["ida"]), "lobby")
        await api.claim(asked["noor"].chat, people["grace"])
        await _takes(await _opens(chromium, url, "/board", session=people["martin"]), "board")


async def main() -> None:
    binary = chromium_binary()
    if binary is None:
        raise SystemExit("no Chromium: set CHROMIUM")
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with demo_running() as url, chromium_running(binary) as chromium:
        await _pictures(chromium, url)


if __name__ == "__main__":
    asyncio.run(main())
