"""A brand's rules in a browser: tried while somebody types, changed by keyboard, and put in force."""

import pytest
from playwright.async_api import expect

from chatmarket.models import Brand
from tests.browser.looking import faults
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]


async def test_rules_are_tried_as_one_types_and_saved_by_keyboard(stage: Stage) -> None:
    shop = await stage.cast.brand()
    zoe = await stage.moderator(shop, role="staff")
    page = (await zoe.opens("/privacy")).page
    await page.locator("#said-1").press_sequentially("Call 612 34 56 78", delay=5)
    mark = page.locator(".tried__why mark")
    await expect(mark).to_have_text("612 34 56 78")
    await expect(page.locator("#said-1")).to_be_focused()
    await expect(mark).to_have_attribute("data-policy", "vault")

    await page.locator("[name=policy-phone][value=vault]").focus()
    await page.keyboard.press("ArrowRight")
    await expect(mark).to_have_attribute("data-policy", "drop")
    meant = page.locator("[name=confirmed][value=phone]")
    await expect(meant).to_be_hidden()
    await page.keyboard.press("ArrowRight")
    await expect(mark).to_have_count(0)
    await expect(meant).to_be_visible()
    await zoe.presses("Save the rules")
    await zoe.sees("Please confirm that experts may read this.")
    assert (await Brand.get(id=shop.id)).rules is None
    await page.locator("[name=policy-phone][value=visible]").focus()
    await page.keyboard.press("Tab")
    await expect(meant).to_be_focused()
    await page.keyboard.press("Space")
    await zoe.presses("Save the rules")
    await zoe.sees("Saved. The next message of every chat is masked by these rules.")
    assert (await Brand.get(id=shop.id)).rules == {"policies": {"phone": "visible"}}
    await expect(page.locator("#said-1")).to_have_value("Call 612 34 56 78")


async def test_rows_come_with_the_focus_in_them_and_enter_changes_nothing(stage: Stage) -> None:
    shop = await stage.cast.brand()
    zoe = await stage.moderator(shop, role="staff")
    page = (await zoe.opens("/privacy")).page
    await zoe.presses("Add a line")
    await expect(page.locator("#said-2")).to_be_focused()
    await zoe.presses("Add a pattern")
    await expect(page.locator("#pattern-name-1")).to_be_focused()
    await page.keyboard.type("Frame")
    await page.locator("#pattern-1").press_sequentially("KES-(")
    await zoe.sees("A bracket ( is opened and never closed.")
    await page.locator("#pattern-1").press("Enter")
    await expect(page.locator("#pattern-1")).to_have_attribute("aria-invalid", "true")
    assert await faults(page) == []
    await expect(page.locator("#pattern-name-1")).to_have_value("Frame")
    assert (await Brand.get(id=shop.id)).rules is None
