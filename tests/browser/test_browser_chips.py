"""Chips by keyboard, and the dialog in which one value is asked for: each refusal is said where the person looks."""

import pytest
from playwright.async_api import Locator, expect

from chatmarket.flows import erasing
from chatmarket.models import Account, Chat
from chatmarket.tries import Tries
from tests.browser.looking import english_words, faults
from tests.browser.people import Moderator
from tests.browser.stage import Stage
from tests.cast import Customer

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

EMAIL, PHONE = "ana.chips@example.com", "+34 655 443 322"


async def _watches(stage: Stage, language: str = "en") -> tuple[Moderator, Customer]:
    shop = await stage.cast.brand(languages=(language,))
    ida = await stage.cast.expert(shop, languages=(language,))
    ana = await stage.cast.live(shop, ida, f"{EMAIL}, {PHONE}?", language=language)
    sam = await stage.moderator(shop, language)
    await Account.filter(id=sam.person.id).update(may_reveal=True)
    await sam.opens(f"/watch/{ana.chat}")
    await sam.is_connected()
    return sam, ana


def chips(sam: Moderator) -> Locator:
    return sam.page.locator("#messages .chip[role=button]")


async def _asks_for(sam: Moderator, which: int = 0) -> Locator:
    dialog = sam.page.get_by_role("dialog")
    await chips(sam).nth(which).click()
    await expect(dialog.locator("[name=reason]")).to_be_focused()
    return dialog


async def test_the_dialog_is_about_the_chip_that_was_pressed_and_counts_down(stage: Stage) -> None:
    sam, _ = await _watches(stage)
    await sam.page.clock.install()
    await sam.page.set_viewport_size({"width": 390, "height": 844})
    dialog = await _asks_for(sam, 1)
    await expect(dialog.get_by_role("heading")).to_have_text("Reveal phone 1")
    await expect(dialog.locator("[type=radio]")).to_have_count(0)
    assert "e-mail" not in await dialog.inner_text()
    await dialog.locator("[name=reason]").fill("she asked")
    await sam.presses("Reveal", dialog)
    await expect(dialog.get_by_text(PHONE)).to_be_visible()
    await expect(dialog.locator("#reveal-title")).to_be_focused()
    await sam.page.clock.run_for(10_000)
    await expect(dialog.get_by_role("timer")).to_have_text("20")
    await sam.page.clock.run_for(20_500)
    await expect(dialog.get_by_role("status")).to_have_text("Hidden again.")
    assert PHONE not in await sam.page.content()


@pytest.mark.parametrize("language", ["en", "es"])
async def test_what_stands_in_the_way_is_said_in_the_open_dialog(
    stage: Stage, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam, _ = await _watches(stage, language)
    dialog = await _asks_for(sam)
    await dialog.locator("[name=reason]").fill("she asked")
    await sam.goes_offline()
    await sam.presses("Reveal", dialog)
    await sam.sees("The server did not answer. Check your connection and try again.", dialog)
    await sam.comes_back()
    assert [text for text in sam.complaints if "Failed to fetch" not in text] == []
    sam.complaints.clear()  # htmx says it to the console as well
    monkeypatch.setattr(stage.cast.house, "reveals", Tries(1, window_s=1_000_000))
    stage.cast.house.reveals.take(stage.cast.house.seal("reveal", str(sam.person.id)))
    await sam.presses("Reveal", dialog)
    await sam.reads({"en": "Please try again in", "es": "Vuelve a intentarlo en"}[language], dialog)
    await expect(dialog.locator("[name=reason]")).to_have_value("she asked")
    await Account.filter(id=sam.person.id).update(may_reveal=False)
    await sam.presses("Reveal", dialog)
    await sam.sees("You may not reveal hidden details. Your brand's staff can give you that right.", dialog)
    await expect(dialog.locator("[name=reason]")).to_have_value("she asked")
    assert await faults(sam.page) + await english_words(sam.page, language) == []
    await sam.page.keyboard.press("Escape")
    await expect(chips(sam).first).to_be_focused()
    await chips(sam).first.press("Enter")
    await sam.sees("You may not reveal hidden details. Your brand's staff can give you that right.", dialog)
    assert EMAIL not in await sam.page.content()


async def test_the_focus_comes_back_to_a_chip_that_was_written_anew(stage: Stage) -> None:
    sam, ana = await _watches(stage)
    async with ana.room() as room:
        await room.send(f"{EMAIL} and my number is 612")
        await expect(sam.page.locator("#message-2")).to_contain_text("612")
        await _asks_for(sam, 2)
        await room.send("345678")
        await expect(sam.page.locator("#message-2 .chip")).to_have_count(2)
    await sam.page.keyboard.press("Escape")
    await expect(sam.page.locator(".chip:focus")).to_have_text("e-mail 1")


async def test_many_chips_are_one_stop_and_arrows_lead_through_them(stage: Stage) -> None:
    sam, ana = await _watches(stage)
    async with ana.room() as room:
        for n in range(5):
            await room.send(f"or chips{n}@example.com")
    await expect(chips(sam)).to_have_count(7)
    await expect(sam.page.locator("#messages .chip[tabindex='0']")).to_have_text(["e-mail 6"])
    await sam.page.locator("#scroll").focus()
    await sam.page.keyboard.press("Tab")
    await expect(chips(sam).last).to_be_focused()
    await sam.page.keyboard.press("ArrowLeft")
    await expect(chips(sam).nth(5)).to_be_focused()
    await sam.page.keyboard.press("Home")
    await expect(chips(sam).first).to_be_focused()
    await sam.page.keyboard.press("ArrowLeft")
    await expect(chips(sam).first).to_be_focused()
    await sam.page.keyboard.press("Tab")
    await expect(sam.page.locator(".chip:focus")).to_have_count(0)


async def test_an_experts_chips_rest_when_the_chat_is_over(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.says(f"I am {EMAIL}")
    chip = ida.page.locator("#message-2 .chip")
    await expect(chip).to_have_attribute("role", "button")
    await ana.ends()
    await expect(ida.page.locator("#messages [role=button], #messages [tabindex]")).to_have_count(0)
    await ida.page.reload()
    await ida.is_connected()
    await expect(ida.page.locator("#messages [role=button], #messages [tabindex]")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_an_erased_customers_chips_are_closed_and_it_is_said_when_and_by_whom(
    stage: Stage, language: str
) -> None:
    shop = await stage.cast.brand(languages=(language,))
    ida = await stage.cast.expert(shop, languages=(language,))
    ana = await stage.cast.live(shop, ida, f"{EMAIL}, {PHONE}?", language=language)
    sam = await stage.moderator(shop, language, role="staff")
    await Account.filter(id=sam.person.id).update(name="Samira")
    await sam.opens(f"/watch/{ana.chat}")
    await expect(chips(sam)).to_have_count(2)
    customer = (await Chat.get(id=ana.chat).select_related("customer")).customer
    await erasing.erase(stage.cast.house, customer, sam.person.id, by=erasing.BY_PERSON, reason="she asked")
    await sam.sees("Ended by")  # what is open then is closed: the chat's state comes anew
    await chips(sam).first.click()
    await sam.sees("By %(name)s", sam.page.get_by_role("dialog"), name="Samira")
    for path in (f"/watch/{ana.chat}", f"/watch/{ana.chat}/reveal", f"/customers/{customer.id}"):
        await sam.opens(path)
        await sam.sees("Erased: this customer's details are no longer kept.")
        await sam.sees("By %(name)s", name="Samira")
        await expect(sam.page.locator("[role=button], [name=token], form[action$='/export']")).to_have_count(0)
        assert await faults(sam.page) + await english_words(sam.page, language) == []
