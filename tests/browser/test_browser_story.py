"""The whole story as people see it: asked, offered, claimed once of twice, talked through, watched, rated, paid."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.looking import english_words
from tests.browser.people import Expert, Somebody
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

EMAIL, PHONE = "ana.ruiz@example.com", "+34 612 345 678"
QUESTION = {
    "en": f"It will not start. Write to {EMAIL} or call {PHONE}, please.",
    "es": f"No arranca. Escribe a {EMAIL} o llama al {PHONE}, por favor.",
}
TOLD = {
    "en": "Your e-mail address and your phone number are hidden from the expert.",
    "es": "El experto no ve tu dirección de correo y tu número de teléfono.",
}
ANSWER = {"en": "Hold the button for ten seconds.", "es": "Mantén pulsado el botón diez segundos."}
THANKS = {"en": "It works, thank you!", "es": "¡Funciona, gracias!"}
REWARD = {"en": "€1.40", "es": "1,40\xa0€"}
STATE_OF_TIME = re.compile(r"<time.*?</time>|<progress.*?</progress>", re.DOTALL)


async def _claim_together(chat: int, *experts: Expert) -> None:
    """Every claim is on its way before the first arrives."""
    pressed = asyncio.Barrier(len(experts))

    async def hold(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    for expert in experts:
        await expert.page.route("**/claim", hold)
    async with asyncio.timeout(10):
        await asyncio.gather(*(expert.button("Claim", expert.card(chat)).click() for expert in experts))


async def _winner_and_loser(chat: int, *experts: Expert) -> tuple[Expert, Expert]:
    arrivals = {asyncio.create_task(expert.is_at(f"/rooms/{chat}")): expert for expert in experts}
    done, waiting = await asyncio.wait(arrivals, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert len(done) == 1, "one and only one lands in the room"
    winner = arrivals[done.pop()]
    return winner, next(expert for expert in experts if expert is not winner)


async def _shown(person: Somebody) -> tuple[str, int]:
    """What their page shows but for the time, and how many frames brought it about."""
    told = [frame for frame in person.frames if '"type":"pong"' not in frame]
    return STATE_OF_TIME.sub("", await person.page.locator("main").inner_html()), len(told)


async def _settled(*people: Somebody) -> list[tuple[str, int]]:
    """What they are shown once nothing fades from their pages any more."""
    before = [await _shown(person) for person in people]
    while True:
        await asyncio.sleep(1)
        now = [await _shown(person) for person in people]
        if now == before:
            return now
        before = now


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.only("sqlite"))])
async def test_a_question_is_asked_claimed_once_answered_watched_rated_and_paid(stage: Stage, language: str) -> None:
    cast = stage.cast
    shop = await cast.brand(languages=("es", "en") if language == "es" else ("en", "es"), reward=200)
    ida = await stage.expert(shop, "Ida", language, at=cast.here)
    otto = await stage.expert(shop, "Otto", language, at=cast.there)
    mo = await stage.moderator(shop, language, at=cast.there)
    await ida.signs_out()
    await ida.signs_in(ida.person.email)
    ana = await stage.customer(language, at=cast.here)

    chat = await ana.asks(shop, QUESTION[language])
    await ana.sees("Looking for an expert")
    await ana.sees("At most %(time)s", time={"en": "2 minutes", "es": "2 minutos"}[language])
    await expect(ana.page.locator("#state [data-time=elapsed]")).to_have_text(re.compile(r"^0:0[1-9]$"))
    for expert in (ida, otto):
        card = await expert.sees_offer(chat)
        await expect(card.locator(".chip")).to_have_text([f"{expert.words(kind)} 1" for kind in ("e-mail", "phone")])
        await expect(card.locator(".offer__reward")).to_contain_text(REWARD[language])
        await expect(card.locator("[data-time=countdown]")).to_have_text(re.compile(r"^1:[0-5]\d$"))
    await mo.sees("Waiting", mo.row(chat))

    await _claim_together(chat, ida, otto)
    winner, loser = await _winner_and_loser(chat, ida, otto)
    await loser.sees("Another expert was quicker. There will be more.")
    await expect(loser.button("Claim", loser.card(chat))).to_have_count(0)
    await expect(loser.page.locator("#offers")).to_be_attached()
    await winner.is_connected()
    await ana.sees("Independent expert")
    await mo.sees("Live", mo.row(chat))

    await winner.types(ANSWER[language][:4])
    await ana.sees("The expert is typing")
    await winner.says(ANSWER[language])
    await ana.reads(ANSWER[language])
    await ana.types(THANKS[language][:4])
    await winner.sees("The customer is typing")
    await ana.says(THANKS[language], f"{EMAIL} / {PHONE}")
    chips = [f"{ana.words(kind)} 1" for kind in ("e-mail", "phone")]
    said = [
        QUESTION[language].replace(EMAIL, chips[0]).replace(PHONE, chips[1]),
        ANSWER[language],
        THANKS[language],
        " / ".join(chips),
    ]
    await winner.reads_messages(*said)
    await ana.reads_messages(*said)
    await ana.reads(TOLD[language])

    before = await _settled(ana, winner)
    await mo.watches(chat)
    await mo.reads_messages(*said)
    await mo.sees("You are watching silently. Neither side can tell.")
    await expect(mo.page.locator("main textarea")).to_have_count(0)
    assert [await _shown(person) for person in (ana, winner)] == before
    await winner.says("…")
    await mo.reads_messages(*said, "…")
    for person in (ana, winner, mo):
        assert await english_words(person.page, language) == []

    await ana.ends()
    await winner.sees("Waiting for the rating")
    assert await english_words(ana.page, language) == []
    await ana.rates(resolved=True, stars=5, comment=THANKS[language])
    await winner.sees("Resolved: %(reward)s earned", reward=REWARD[language])
    await mo.sees("Resolved", mo.page.locator("#state"))
    await mo.opens("/board")
    await mo.sees("Resolved", mo.row(chat))
    await winner.opens("/earnings")
    await winner.reads(REWARD[language], winner.page.locator("tbody"))

    for person in (ana, winner, loser, mo):
        assert await english_words(person.page, language) == []
    for person in (winner, loser, mo):
        await person.knows_nothing_of(EMAIL, PHONE, PHONE.replace(" ", ""), "ana.ruiz")


@pytest.mark.only("sqlite")
async def test_a_chosen_language_is_spoken_by_pages_and_sockets_alike(stage: Stage) -> None:
    shop = await stage.cast.brand()
    ida = await stage.expert(shop)
    await ida.switches_to("es")
    await ida.is_connected()
    chat = (await stage.cast.customer(shop, "Ring ana@example.com", language="en")).chat
    await ida.reads("Tema 0", await ida.sees_offer(chat))
    assert await english_words(ida.page, "es") == []
    await ida.claims(chat)
    assert await english_words(ida.page, "es") == []
