"""A whole admission as people see it: terms, an exam, an invitation, an application, a practice chat, a certificate."""

import pytest
from playwright.async_api import expect

from chatmarket.models import Account, Attempt
from tests.browser.looking import english_words, faults
from tests.browser.people import Expert, Moderator, Somebody
from tests.browser.stage import Stage
from tests.cast import PASSWORD, Shop

pytestmark = pytest.mark.browser

ASKED = {"en": "Which colour is lamp", "es": "¿De qué color es la lámpara"}
RIGHT = {"en": "Green", "es": "Verde"}
TERMS = {"en": "Be kind.\nAnswer within a minute.", "es": "Sé amable.\nResponde en un minuto."}
SCRIPT = {"en": ("It blinks. Why?", "I see, thank you!"), "es": ("Parpadea. ¿Por qué?", "Ya veo, ¡gracias!")}
SAYS = {"en": "It looks for Wi-Fi.", "es": "Busca la wifi."}
WRITES = {"en": "A customer is angry. What do you write?", "es": "Un cliente se enfada. ¿Qué le escribes?"}


async def looks_right(person: Somebody) -> None:
    """At a desk and on a phone, by day and by night, in their own language."""
    assert await faults(person.page) == [], person.page.url
    assert await english_words(person.page, person.language) == []


async def _recruits(zoe: Moderator, language: str) -> str:
    """Terms, an exam and a link; the link's path."""
    await zoe.opens("/recruiting")
    await zoe.fills(**{f"terms-{language}": TERMS[language]})
    await zoe.page.locator("[name=confirmed]").check()
    await zoe.presses("Publish a new version")
    await zoe.sees("Published. Your experts are asked to accept it before their next claim.")
    await looks_right(zoe)
    await zoe.opens("/recruiting/exams")
    await looks_right(zoe)
    await zoe.presses("Make a new version", zoe.page.locator("section").first)
    await zoe.is_at(r"/recruiting/exams/\d+")
    await zoe.fills(most="6")
    await zoe.page.locator("form", has=zoe.page.locator("[name=most]")).locator("button").click()
    pool = [("short", f"{ASKED[language]} {n}?", RIGHT[language]) for n in range(6)]
    script = ("practice", SCRIPT[language][0], SCRIPT[language][1])
    for kind, text, lines in (*pool, ("written", WRITES[language], ""), script):
        await zoe.page.locator("#kind-0").select_option(kind)
        await zoe.page.locator("#text-0").fill(text)
        await zoe.page.locator("#lines-0").fill(lines)
        await zoe.presses("Add")
        await zoe.reads(text)
    await looks_right(zoe)
    await zoe.presses("Publish")
    await zoe.sees("A published version never changes, so that everybody knows by what they were examined.")
    await looks_right(zoe)
    await zoe.opens("/recruiting/invitations")
    await zoe.presses("Make the link")
    await looks_right(zoe)
    return str(await zoe.page.locator(".link__address code").inner_text())


async def _applies(nell: Expert, link: str, shop: Shop, language: str) -> None:
    await nell.opens("/" + link.split("/", 3)[3])
    await nell.sees("You are invited. The link works until it is used up or ends.")
    await looks_right(nell)
    assert await nell.page.locator("#time_zone").input_value() != "", "the browser's own is proposed"
    await nell.fills(name="Nell", email=f"nell-{shop.slug}@example.com", password=PASSWORD)
    await nell.chooses("topics", shop.topic)
    await nell.page.locator("[name=accept]").check()
    await nell.presses("Apply")
    await nell.is_at("/brands")
    await looks_right(nell)


async def _answers(nell: Expert, language: str) -> None:
    await nell.presses("Begin the exam")
    await nell.is_at(r"/exams/\d+")
    for n in range(6):
        await nell.reads(ASKED[language])
        if n == 0:
            await looks_right(nell)
        await nell.fills(given=RIGHT[language].upper())
        await nell.presses("Answer")
        await nell.page.wait_for_load_state()
    await nell.reads(WRITES[language])
    await nell.page.reload()
    await nell.fills(given="…")
    await nell.presses("Answer")
    await nell.sees("A practice chat")
    await looks_right(nell)
    await nell.presses("Begin the chat")
    await nell.is_at(r"/rooms/\d+")
    await nell.is_connected()
    await nell.reads(SCRIPT[language][0])
    await nell.says(SAYS[language])
    await nell.reads(SCRIPT[language][1])
    await nell.says("…")
    await nell.sees("The practice chat is over")
    await looks_right(nell)
    await nell.presses("Back to the exam")
    await nell.presses("Go on")
    await nell.presses("The chat is over: go on")
    await nell.sees("Your answers are being read")
    await looks_right(nell)


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.only("sqlite"))])
async def test_somebody_is_invited_examined_certified_and_claims_their_first_chat(stage: Stage, language: str) -> None:
    cast = stage.cast
    languages = ("es", "en") if language == "es" else ("en", "es")
    shop = await cast.brand(languages=languages, open_admission=False)
    zoe = await stage.moderator(shop, language, role="staff", at=cast.there)
    link = await _recruits(zoe, language)
    nell = await stage.enters(Expert, language, cast.here)
    await _applies(nell, link, shop, language)
    await _answers(nell, language)

    await zoe.opens("/marking")
    await zoe.reads(SAYS[language])
    await expect(zoe.page.get_by_text("Nell")).to_have_count(0)
    await looks_right(zoe)
    for _ in range(2):
        await zoe.button("Yes, it helps").first.click()
        await zoe.page.wait_for_load_state()
    await zoe.sees("No answer waits to be judged.")
    attempt = await Attempt.get(expert_id=(await Account.get(email=f"nell-{shop.slug}@example.com")).id)
    assert attempt.state == "passed"

    await nell.opens(f"/exams/{attempt.id}")
    await nell.sees("Passed")
    await looks_right(nell)
    await nell.opens("/standing")
    await looks_right(nell)
    chat = (await cast.customer(shop, "?", language=language)).chat
    await nell.opens("/lobby")
    await nell.sees("Chats at once, at most")
    await nell.claims(chat)
