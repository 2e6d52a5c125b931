"""Reports, held payments and blocks in a browser: what each side sees, from the room to the decision."""

import pytest
from playwright.async_api import expect

from chatmarket.models import Review
from tests.browser.looking import english_words, faults
from tests.browser.people import Somebody
from tests.browser.stage import LOCALES, Stage
from tests.stories.listening import eventually

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]
LONG = {
    "en": "My parcel number has not moved for nine days now, what shall I do about it?",
    "es": "El número de mi paquete no se mueve desde hace nueve días, ¿qué hago ahora con él?",
}


async def looks_right(person: Somebody) -> None:
    """At a desk and on a phone, by day and by night, in their own language."""
    assert await faults(person.page) == [], person.page.url
    assert await english_words(person.page, person.language) == []


@pytest.mark.parametrize("language", LOCALES)
async def test_a_report_is_made_in_the_room_and_decided_and_a_customer_is_blocked(stage: Stage, language: str) -> None:
    shop = await stage.cast.brand(languages=(language,))
    ida, sam = await stage.expert(shop, language=language), await stage.moderator(shop, language, role="staff")
    await sam.opens("/reviews")
    await sam.sees("Nothing waits for you. What is noticed or reported appears here.")
    await looks_right(sam)
    await sam.opens("/blocks")
    await looks_right(sam)
    ana = await stage.customer(language)
    chat = await ana.asks(shop, "1 + 1?")
    await expect(ana.page.locator("#report")).to_be_hidden()
    await ida.claims(chat)
    await ana.presses("Report")
    await looks_right(ana)
    await ana.page.locator("#report-reason").select_option("rude")
    await ana.page.locator("#report-words").fill("¡!")
    await ana.presses("Send report")
    await ana.sees("Report received. The brand's people read it.")
    await looks_right(ana)
    await ida.presses("Report")
    await looks_right(ida)

    await sam.opens("/reviews")
    await expect(sam.page.locator(".nav .nav__count")).to_have_text("1")
    await looks_right(sam)
    await sam.page.locator(".review a").click()
    await sam.is_at(r"/reviews/\d+")
    await looks_right(sam)
    await sam.presses("Uphold")
    await sam.page.locator("#upheld-note").fill("–")
    await sam.page.locator("[value=upheld] ~ div button").click()
    await sam.sees("Upheld")
    await sam.page.locator(f"a[href='/blocks?chat={chat}']").click()
    await expect(sam.page.locator("#chat")).to_have_value(str(chat))
    await sam.page.locator("#customer-reason").fill("–")
    await sam.page.locator("form", has=sam.page.locator("#chat")).locator("button").click()
    await sam.page.locator("#expert").select_option(str(ida.person.id))
    await sam.page.locator("#expert-reason").fill("–")
    await sam.page.locator("form", has=sam.page.locator("#expert")).locator("button").click()
    await expect(sam.page.locator(".review__chat")).to_have_count(2)
    await looks_right(sam)
    await sam.opens("/audit")
    await looks_right(sam)

    await ana.opens(f"/b/{shop.slug}")
    await ana.sees("You cannot ask %(brand)s here at the moment", brand=shop.slug.title())
    await looks_right(ana)
    for path in ("/standing", "/lobby"):
        await ida.opens(path)
        await ida.sees("%(brand)s has blocked you.", brand=shop.slug.title())
        await looks_right(ida)


@pytest.mark.parametrize("language", LOCALES)
async def test_an_expert_reads_that_money_is_held_and_what_became_of_it(stage: Stage, language: str) -> None:
    cast = stage.cast
    shop = await cast.brand(languages=(language,))
    ida, sam = await stage.expert(shop, language=language), await stage.moderator(shop, language, role="staff")
    for _ in range(3):
        asked = await cast.live(shop, ida.person, LONG[language], language=language)
        await asked.end()
        await asked.rate(resolved=True)

    async def held() -> bool:
        return (await ida.person.api.earnings(ida.person.token)).held == {"EUR": 420}

    await eventually(held)
    for path in ("/earnings", "/standing"):
        await ida.opens(path)
        await ida.sees("Held, being looked at")
        await looks_right(ida)
    review = await Review.get(brand_id=shop.id)
    await sam.opens(f"/reviews/{review.id}")
    await sam.presses("Uphold")
    await looks_right(sam)
    await sam.page.locator("#upheld-note").fill("–")
    await sam.page.locator("[value=upheld] ~ .tick input").check()
    await sam.page.locator("[value=upheld] ~ div button").click()
    await sam.sees("Upheld")
    await ida.opens("/earnings")
    await ida.sees("Returned to %(brand)s after a person looked at it:", brand=shop.slug.title())
    await looks_right(ida)
