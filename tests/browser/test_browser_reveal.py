"""Hidden details in a browser: a chip opens a dialog, by mouse and by keyboard, and what it shows is hidden again."""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from chatmarket.models import Account, Chat, Login
from tests.browser.looking import WIDTHS, english_words, faults
from tests.browser.people import Moderator
from tests.browser.stage import Stage
from tests.cast import PASSWORD, Customer, Shop

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

EMAIL, PHONE = "ana.dialog@example.com", "+34 612 345 678"
LANGUAGES = ["en", "es"]


async def _watches(stage: Stage, language: str = "en") -> tuple[Shop, Moderator, Customer]:
    shop = await stage.cast.brand(languages=(language,))
    ida = await stage.cast.expert(shop, languages=(language,))
    ana = await stage.cast.live(shop, ida, f"{EMAIL}, {PHONE}?", language=language)
    sam = await stage.moderator(shop, language, role="staff")
    return shop, sam, ana


async def _pictured(sam: Moderator, name: str) -> None:
    """For whoever wants to look: PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        for place, size in WIDTHS.items():
            for scheme in ("light", "dark"):
                await sam.page.set_viewport_size(size)
                await sam.page.emulate_media(color_scheme=scheme)
                await sam.page.screenshot(path=Path(folder) / f"{name}-{sam.language}-{place}-{scheme}.png")


async def test_a_chip_is_a_button_that_opens_the_dialog_and_the_value_is_hidden_again(stage: Stage) -> None:
    _, sam, ana = await _watches(stage)
    await sam.page.clock.install()
    await sam.opens(f"/watch/{ana.chat}")
    page, chip = sam.page, sam.page.locator("#messages .chip").first
    await expect(chip).to_have_attribute("role", "button")
    await expect(chip).to_have_accessible_name("Reveal e-mail 1")
    await chip.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await expect(dialog.locator("[name=reason]")).to_be_focused()
    await page.keyboard.type("she asked")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_text(EMAIL)).to_be_visible()
    assert PHONE not in await dialog.inner_text()
    await page.clock.run_for(29_000)
    await expect(dialog.get_by_text(EMAIL)).to_be_visible()
    await page.clock.run_for(1_500)
    await expect(dialog.get_by_text(EMAIL)).to_have_count(0)
    await expect(dialog.get_by_role("status")).to_have_text("Hidden again.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(chip).to_be_focused()
    assert EMAIL not in await page.content()
    assert sam.complaints == []


async def test_closing_takes_the_value_away_at_once_and_new_chips_open_too(stage: Stage) -> None:
    _, sam, ana = await _watches(stage)
    await sam.opens(f"/watch/{ana.chat}")
    page, dialog = sam.page, sam.page.get_by_role("dialog")
    await expect(page.locator("main[data-connected], #messages .chip[role=button]").first).to_be_visible()
    async with ana.room() as room:
        await room.send("or second.dialog@example.com")
        await page.locator("#messages .chip", has_text="2").click()
        await dialog.locator("[name=reason]").fill("to answer")
        await dialog.get_by_role("button", name="Reveal").click()
        await expect(dialog.get_by_text("second.dialog@example.com")).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_be_hidden()
    assert "second.dialog@example.com" not in await page.content()


async def test_a_stale_password_is_asked_again_in_the_dialog(stage: Stage) -> None:
    _, sam, ana = await _watches(stage)
    await Login.filter(account_id=sam.person.id).update(proved_at=None)
    await sam.opens(f"/watch/{ana.chat}")
    page, dialog = sam.page, sam.page.get_by_role("dialog")
    await page.locator("#messages .chip[role=button]").last.click()
    await dialog.locator("[name=reason]").fill("to call")
    await dialog.locator("[name=password]").fill("not my password")
    await dialog.get_by_role("button", name="Reveal").click()
    await expect(dialog.get_by_text("This is not your present password.")).to_be_visible()
    await dialog.locator("[name=password]").fill(PASSWORD)
    await dialog.get_by_role("button", name="Reveal").click()
    await expect(dialog.get_by_text(PHONE)).to_be_visible()


async def test_who_may_not_reveal_sees_chips_and_no_buttons(stage: Stage) -> None:
    shop, _, ana = await _watches(stage)
    mo = await stage.moderator(shop)
    await mo.opens(f"/watch/{ana.chat}")
    await expect(mo.page.locator("#messages .chip")).to_have_count(2)
    await expect(mo.page.locator("[role=button], dialog")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_fit_and_speak_their_language(stage: Stage, language: str) -> None:
    shop, sam, ana = await _watches(stage, language)
    await stage.cast.moderator(shop, name="M" * 60)
    await Account.filter(id=sam.person.id).update(name="Sam")
    customer = (await Chat.get(id=ana.chat)).customer_id
    await Login.filter(account_id=sam.person.id).update(proved_at=None)
    for name, path in {
        "reveal": f"/watch/{ana.chat}/reveal",
        "people": "/people",
        "customers": "/customers",
        "customer": f"/customers/{customer}",
        "audit": "/audit",
        "board": "/board",
    }.items():
        await sam.opens(path)
        for summary in await sam.page.locator("main summary").all():
            await summary.click()
        await _pictured(sam, name)
        assert await faults(sam.page) == [], path
        assert await english_words(sam.page, language) == [], path
    await sam.opens("/customers")
    await sam.fills(what="nobody@example.com")
    await sam.page.locator("form[action='/customers'] button").click()
    await expect(sam.page.locator("#found-title")).to_be_visible()
    await _pictured(sam, "nobody")
    assert await faults(sam.page) == []
    await sam.opens(f"/watch/{ana.chat}")
    await sam.page.locator("#messages .chip[role=button]").first.click()
    await sam.page.get_by_role("dialog").locator("[name=reason]").fill("x")
    await _pictured(sam, "dialog")
    assert await faults(sam.page) == []
    await sam.page.get_by_role("dialog").locator("[name=password]").fill(PASSWORD)
    await sam.page.get_by_role("dialog").locator("form[method=post] button").click()
    await expect(sam.page.get_by_role("dialog").get_by_text(EMAIL)).to_be_visible()
    await _pictured(sam, "shown")
    assert await faults(sam.page) == []
    assert await english_words(sam.page, language) == []
    await sam.opens(f"/customers/{customer}")
    await sam.page.locator("main summary").last.click()
    await sam.page.locator("[name=reason]").fill("x")
    await sam.page.locator("[type=checkbox]").check()
    await sam.page.locator("form[action$='/erase'] button").click()
    await expect(sam.page.locator(".badge[data-tone=stop]").first).to_be_visible()
    await _pictured(sam, "erased")
    assert await faults(sam.page) == []
