"""A message that may not be sent: it says why, and is put into other words or given up; never sent again and again."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.people import Expert
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

AWAY = "text me on whatsapp instead"


def refused(ida: Expert) -> Locator:
    return ida.page.locator("#messages [data-pending]")


async def test_a_blocked_message_says_why_and_is_written_anew(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.says("I am ana.refused@example.com")
    await ida.page.locator("#message-2 .chip").click()
    await ida.types(" is right, " + AWAY)
    await ida.page.locator("#text").press("Enter")
    await expect(refused(ida)).to_contain_text("Not sent: this leads away from here.")
    await expect(ida.page.locator("#announcement")).to_contain_text("Not sent: this leads away from here.")
    await expect(ida.page.locator("#unsent")).to_be_hidden()
    await expect(ida.button("Send again")).to_have_count(0)
    await ida.page.reload()
    await ida.is_connected()
    await expect(refused(ida)).to_contain_text("Not sent: this leads away from here.")
    await ida.types("half an answer")
    await ida.presses("Edit", refused(ida))
    await expect(refused(ida)).to_have_count(0)
    text = ida.page.locator("#text")
    await expect(text).to_be_focused()
    await expect(text).to_have_value(f"[e-mail 1] is right, {AWAY}\nhalf an answer")
    await text.evaluate("(area, upto) => area.setSelectionRange(upto, area.value.length)", len("[e-mail 1] is right"))
    await text.press("Backspace")
    await text.press("Enter")
    answer = ana.page.locator("#message-3")
    await expect(answer.locator(".message__text")).to_have_text("e-mail 1 is right")
    await expect(answer.locator(".chip")).to_have_count(1)
    await ida.page.reload()
    await ida.is_connected()
    await expect(refused(ida)).to_have_count(0)
    await ana.knows_nothing_of("whatsapp")


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_blocked_message_is_given_up_and_stays_away(stage: Stage, language: str) -> None:
    shop = await stage.cast.brand(languages=(language,))
    ida = await stage.expert(shop, language=language)
    ana = await stage.cast.live(shop, ida.person, language=language)
    await ida.opens(f"/rooms/{ana.chat}")
    await ida.is_connected()
    await ida.says({"en": AWAY, "es": "mejor escríbeme por whatsapp"}[language])
    await ida.sees("Discard", refused(ida))
    await ida.presses("Discard", refused(ida))
    await expect(refused(ida)).to_have_count(0)
    await expect(ida.page.locator("#text")).to_be_focused()
    await ida.page.reload()
    await ida.is_connected()
    await expect(refused(ida)).to_have_count(0)
    await ida.says(AWAY)
    await expect(refused(ida)).to_have_count(1)
    await ana.end()
    await expect(ida.button("Discard", refused(ida))).to_be_visible()
    await expect(ida.button("Edit", refused(ida))).to_be_hidden()
