"""When nobody comes the brand's own staff answer; and an expert below the gate hears no more offers and is told why."""

import pytest
from playwright.async_api import expect

from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]


async def test_nobody_comes_and_staff_read_the_address_with_a_reason(stage: Stage) -> None:
    shop = await stage.cast.brand(wait_limit_s=2)
    ana = await stage.customer()
    chat = await ana.asks(shop, "Does it work with a 5 GHz network?")
    await ana.sees("Looking for an expert")
    await ana.sees("Nobody was free in time")
    await ana.fills(email="ana.ruiz@example.com")
    await ana.presses("Answer me by e-mail")
    await ana.sees("We will write to you")

    ines = await stage.moderator(shop, role="staff", at=stage.cast.there)
    await ines.opens("/unanswered")
    case = ines.page.locator(f"#unanswered-{chat}")
    await ines.reads("Does it work with a 5 GHz network?", case)
    await ines.knows_nothing_of("ana.ruiz@example.com")
    await ines.presses("Reveal the e-mail address", case)
    await ines.fills(reason="To answer the question")
    await ines.presses("Reveal once", case)
    await ines.reads("ana.ruiz@example.com", ines.page.locator(".reveal"))
    await ines.opens("/unanswered")
    await expect(ines.page.locator(".reveal")).to_have_count(0)
    await ines.presses("Mark as answered", case)
    await ines.sees("Answered", case)
    await ines.opens("/audit")
    await ines.reads("To answer the question")
    await ines.is_at("/audit")


async def test_three_times_not_resolved_stops_the_offers_and_says_why(stage: Stage) -> None:
    shop = await stage.cast.brand()
    ida, felix = await stage.expert(shop, "Ida"), await stage.expert(shop, "Felix")
    standing = ida.page.locator(f"#standing-{shop.slug}")
    await ida.sees("Good standing", standing)
    for _ in range(2):
        await stage.cast.rated(shop, ida.person, resolved=False)
    await ida.reads("0 of 2 rated chats resolved", standing)
    await ida.sees("Warning", standing)
    ana = await stage.customer()
    await ida.claims(await ana.asks(shop, "Third time lucky?"))
    await ana.ends()
    await ana.rates(resolved=False, stars=1)
    await ida.sees("Waiting for the rating")  # a no is told once it is final, and under Standing
    await ida.presses("Back to the lobby")
    await ida.sees("Paused", standing)

    chat = (await stage.cast.customer(shop, "Who else knows?")).chat
    await felix.sees_offer(chat)
    await ida.page.reload()
    await ida.is_connected()
    await expect(ida.card(chat)).to_have_count(0)
    await ida.opens("/standing")
    await ida.sees("Offers of %(brand)s are paused for you.", brand=shop.slug.title())
    await ida.sees(
        "A number decides nothing for good: a person at %(brand)s reads these chats and decides.",
        brand=shop.slug.title(),
    )
    await expect(ida.page.locator("table").first.locator("tbody tr")).to_have_count(3)
