"""Every page, in both languages, at a desk and on a phone, by day and by night: nothing sticks out or complains."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from chatmarket.flows import ruling, teaching
from chatmarket.models import Case, Chat, Login, Plea, Standing
from tests.browser.looking import english_words, faults
from tests.browser.people import Customer, Expert, Moderator, Somebody
from tests.browser.stage import Stage
from tests.cast import Cast, Shop
from tests.cast import Customer as Asker

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

LONG = "Rindfleischetikettierungsüberwachung" * 8
QUESTION = f"{LONG} – ana@example.com, +34 612 345 678?"
RULES = {
    "policies": {"postcode": "visible"},
    "patterns": [{"name": LONG[:60], "pattern": "x" * 200}],
    "allowed": [LONG[:100]],
}
TALKED = "https://example.com/" + "a" * 200


@dataclass
class World:
    """A shop where everything that can happen to a chat has happened once."""

    shop: Shop
    ana: Customer
    ida: Expert
    kira: Expert
    mo: Moderator
    zoe: Moderator
    case: int
    chats: dict[str, int]


async def _open(stage: Stage, language: str) -> World:
    cast = stage.cast
    shop = await cast.brand(languages=(language, "en" if language == "es" else "es"))
    ida, kira, mo, zoe, ana = await asyncio.gather(
        stage.expert(shop, "Ida", language),
        stage.expert(shop, "K" * 60, language),
        stage.moderator(shop, language),
        stage.moderator(shop, language, role="staff"),
        stage.customer(language),
    )
    asked = await _asked(cast, shop, ida, kira, language)
    await _keep_tokens(ana, asked)
    await ida.opens("/lobby")
    login = await Login.filter(account_id=zoe.person.id).select_related("account").first()
    assert login is not None
    await ruling.rule(cast.house, login, RULES, ruling.version(None), ["postcode"], proof={})
    await teaching.teach(cast.house, login.account, shop.topic, language, f"{LONG}?\n{TALKED}\nWhy 3?")
    case = await Case.create(expert_id=kira.person.id, brand_id=shop.id, dossier={}, opened_at=datetime.now(UTC))
    await Plea.create(case_id=case.id, what="answer", text=f"{LONG} {TALKED}", at=datetime.now(UTC))
    return World(shop, ana, ida, kira, mo, zoe, case.id, {name: one.chat for name, one in asked.items()})


async def _asked(cast: Cast, shop: Shop, ida: Expert, kira: Expert, language: str) -> dict[str, Asker]:
    told: dict[str, Any] = {"question": QUESTION, "language": language}
    await cast.rated(shop, ida.person, resolved=False, **told)
    for _ in range(3):
        await cast.rated(shop, kira.person, resolved=False, **told)
    asked = {"rated": await cast.rated(shop, ida.person, resolved=True, **told)}
    await Standing.filter(expert_id=ida.person.id).update(capacity=2)
    asked["live"] = await cast.live(shop, ida.person, **told)
    async with ida.person.room(asked["live"].chat) as room, asked["live"].room() as own:
        await room.send(TALKED)
        await own.send(f"{LONG} <b>{TALKED}</b>")
    asked["ended"] = await cast.live(shop, ida.person, **told)
    await asked["ended"].end()
    for name in ("escalated", "promised", "withdrawn", "waiting"):
        asked[name] = await cast.customer(shop, **told)
    await asked["withdrawn"].api.withdraw(asked["withdrawn"].chat, asked["withdrawn"].token)
    late = [asked["escalated"].chat, asked["promised"].chat]
    await Chat.filter(id__in=late).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    return asked


async def _keep_tokens(ana: Customer, asked: dict[str, Asker]) -> None:
    """They asked elsewhere; from here on this browser holds their chats."""
    await ana.page.context.add_cookies(
        [{"name": f"chat_{one.chat}", "value": one.token, "url": ana.url} for one in asked.values()]
    )
    await ana.opens(f"/chats/{asked['promised'].chat}")
    await ana.sees("Nobody was free in time")
    await ana.fills(email="ana@example.com")
    await ana.presses("Answer me by e-mail")
    await ana.sees("We will write to you")


def _places(world: World) -> dict[Somebody, list[str]]:
    chats = world.chats
    everybody = ["/", "/sign-in", "/sign-up", f"/b/{world.shop.slug}", "/nothing/here"]
    return {
        world.ana: [*everybody, *(f"/chats/{chat}" for chat in chats.values())],
        world.ida: ["/lobby", "/earnings", "/account", "/board", *_rooms("rooms", chats)],
        world.kira: ["/lobby", "/standing", "/reach", "/brands", f"/standing/{world.shop.slug}", "/earnings"],
        world.mo: [
            "/brand",
            "/board",
            "/unanswered",
            "/experts",
            "/cases",
            f"/cases/{world.case}",
            f"/experts/{world.kira.person.id}",
            "/topics",
            f"/topics/{world.shop.topic}",
            "/audit",
            "/account",
            *_rooms("watch", chats),
        ],
        world.zoe: [
            "/brand",
            "/offering",
            "/blocks",
            "/claims",
            "/privacy",
            "/audit",
            "/topics",
            f"/topics/{world.shop.topic}",
            "/topics/own",
        ],
    }


def _rooms(place: str, chats: dict[str, int]) -> list[str]:
    return [f"/{place}/{chats[name]}" for name in ("live", "ended", "rated")]


async def _looks_around(person: Somebody, paths: list[str]) -> list[str]:
    """All that is wrong with these pages."""
    found = []
    for path in paths:
        await person.opens(path)
        assert urlsplit(person.page.url).path == path
        if await person.page.locator("main[data-live]").count():
            await person.is_connected()
        wrong = [*await faults(person.page), *await english_words(person.page, person.language)]
        found += [f"{path}: {fault}" for fault in wrong]
    return found


WRONG = """<html><title>Wrong</title><main><h1 id=a>One</h1><h1>Two</h1><p id=a style="width: 3000px">Wide</p>
<input name=q><button></button><img src="data:,"><p style="color: #aaa; background: #fff">Faint</p>
<button aria-label="Other">Words</button></main></html>"""


async def test_the_eye_sees_what_is_wrong(stage: Stage) -> None:
    ana = await stage.customer()
    await ana.page.set_content(WRONG)
    found = "\n".join(await faults(ana.page))
    looked_for = ("wider than the window", "twice: #a", "no label", "no name", "no alt", "2 first headings", "faint")
    for fault in (*looked_for, "called otherwise"):
        assert fault in found


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_page_fits_is_labelled_and_speaks_one_language(stage: Stage, language: str) -> None:
    places = _places(await _open(stage, language))
    found = await asyncio.gather(*(_looks_around(person, paths) for person, paths in places.items()))
    assert not any(found), "\n".join(fault for faults_found in found for fault in faults_found)


async def test_a_form_sent_with_mistakes_says_which(stage: Stage) -> None:
    shop = await stage.cast.brand(languages=("es", "en"))
    ana = await stage.customer("es")
    await ana.opens(f"/b/{shop.slug}")
    await ana.fills(question="  ", email="ana@")
    await ana.page.locator("form.card").evaluate("form => { form.noValidate = true; }")
    await ana.presses("Ask now")
    await ana.sees("Please check the marked fields.")
    assert await faults(ana.page) + await english_words(ana.page, "es") == []
    await ana.opens("/sign-in")
    await ana.fills(email="ana@example.com", password="wrong")
    await ana.presses("Sign in", ana.page.locator("main"))
    await ana.sees("This e-mail address and this password do not belong together.")
    await expect(ana.page.locator("[name=password]")).to_have_value("")
    assert await faults(ana.page) + await english_words(ana.page, "es") == []
