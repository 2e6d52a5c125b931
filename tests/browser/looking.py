"""What a careful eye finds on a page: words of the wrong language, things that do not fit, fields without a name."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page, ViewportSize

from chatmarket.settings import ROOT

EYES = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")
SOURCES = re.compile(r"""\b(?:_|N_|ngettext)\(\s*"((?:[^"\\]|\\.)*)"(?:,\s*"((?:[^"\\]|\\.)*)")?""")
# Words no Spanish sentence has: they give away a sentence that was never handed to the catalogue.
ENGLISH = re.compile(r"\b(the|you|your|is|are|was|of|and|for|with|this|how|what|they|from|by|when)\b", re.IGNORECASE)
# English and Spanish at once.
SHARED = {"Chatmarket", "Chats", "No", "IBAN", "PIN", "DNI/NIE", "Chat", "Chat %(number)d"}
WIDTHS: dict[str, ViewportSize] = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


async def _look(page: Page, what: str) -> Any:
    return await page.evaluate(f"({EYES}).{what}()")


async def faults(page: Page) -> list[str]:
    """Whatever is wrong with this page at a desk or on a phone, by day or by night."""
    await page.wait_for_load_state()  # what was pressed just now may still be on its way
    found = []
    for place, size in WIDTHS.items():
        await page.set_viewport_size(size)
        found += [f"{place}: {fault}" for fault in await _look(page, "faults")]
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            found += [f"{place}, {scheme}: {fault}" for fault in await _look(page, "faint")]
    return found


async def english_words(page: Page, language: str) -> list[str]:
    """The page's own texts that are English, on a page that should not be."""
    spoken = await page.evaluate("document.documentElement.lang")
    assert spoken == language, f"{page.url} speaks {spoken}"
    if language == "en":
        return []
    return [text for text in await _look(page, "texts") if ENGLISH.search(text) or _is_source(text)]


def _is_source(text: str) -> bool:
    return any(source.fullmatch(text) for source in english_sources())


@cache
def english_sources() -> list[re.Pattern[str]]:
    """Every sentence that the product says in English, as a pattern with its gaps open."""
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "chatmarket").rglob("*.py")]
    found = {one for file in files for pair in SOURCES.findall(file.read_text(encoding="utf-8")) for one in pair if one}
    return [re.compile(_open(source)) for source in sorted(found - SHARED)]


def _open(source: str) -> str:
    parts = re.split(r"(%\(\w+\)[sd])", source.replace("%%", "%"))
    return "".join(".+" if part.startswith("%(") else re.escape(part) for part in parts)
