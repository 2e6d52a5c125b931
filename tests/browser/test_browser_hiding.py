"""What people see of hiding: told before and after they send, corrected in place, and named by its chip."""

import pytest
from playwright.async_api import Locator, expect

from chatmarket.models import Brand
from chatmarket.privacy.glances import GLANCES
from chatmarket.privacy.masking import Wallet, mask
from tests.browser.people import Somebody
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

EMAIL, CARD = "ana.ruiz@example.com", "4111 1111 1111 1111"


def message(person: Somebody, seq: int) -> Locator:
    return person.page.locator(f"#message-{seq}")


def draft(person: Somebody) -> Locator:
    return person.page.locator("#text")


async def test_a_later_message_corrects_an_earlier_one_where_it_stands(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.says("my number is 612")
    await expect(message(ida, 2)).to_contain_text("612")
    await draft(ida).fill("half an answer")
    await ida.page.evaluate("document.getElementById('announcement').textContent = ''")
    await ana.says("345678")
    for person in (ida, ana):
        await expect(message(person, 2).locator(".chip")).to_have_count(1)
        await expect(message(person, 2).locator(".message__text")).not_to_contain_text("612")
        await expect(person.page.locator("#messages > li")).to_have_count(3)
    await expect(message(ida, 2)).to_have_attribute("aria-live", "off")
    await expect(ida.page.locator("#announcement")).to_be_empty()
    await expect(draft(ida)).to_be_focused()
    await expect(draft(ida)).to_have_value("half an answer")
    await ida.page.reload()
    await expect(message(ida, 2).locator(".chip")).to_have_count(1)


async def test_a_chip_keeps_its_focus_when_its_message_is_corrected(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.says(f"{EMAIL} and my number is 612")
    chip = message(ida, 2).locator(".chip").first
    await chip.focus()
    await ana.says("345678")
    await expect(message(ida, 2).locator(".chip")).to_have_count(2)
    await expect(chip).to_be_focused()


@pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.only("sqlite"))])
async def test_people_are_told_what_is_hidden_before_and_after_they_send(stage: Stage, language: str) -> None:
    shop = await stage.cast.brand(languages=("es", "en") if language == "es" else ("en", "es"))
    ida = await stage.expert(shop, language=language, at=stage.cast.there)
    ana = await stage.customer(language)
    await ana.opens(f"/b/{shop.slug}")
    hint = ana.page.locator("#question-hidden")
    await expect(hint).to_be_hidden()
    await ana.page.locator("#question").press_sequentially(f"write to {EMAIL}")
    both = {"en": "Your e-mail address and your card number will be hidden from the expert."}
    one = {
        "en": "Your e-mail address will be hidden from the expert.",
        "es": "El experto no verá tu dirección de correo.",
    }
    both["es"] = "El experto no verá tu dirección de correo y tu número de tarjeta."
    await expect(hint).to_have_text(one[language])
    chat = await ana.asks(shop, "How do I reset it?")
    await ida.claims(chat)
    hint = ana.page.locator("#draft-hint")
    await expect(hint).to_be_hidden()
    await draft(ana).press_sequentially(f"{EMAIL} {CARD}")
    await expect(hint).to_have_text(both[language])
    await draft(ana).press("Enter")
    await expect(hint).to_be_hidden()
    after = {
        "en": "Your e-mail address and your card number are hidden from the expert.",
        "es": "El experto no ve tu dirección de correo y tu número de tarjeta.",
    }
    await expect(message(ana, 2).locator(".message__hint")).to_have_text(after[language])
    await ida.knows_nothing_of(EMAIL, CARD)


SEEN_AT_A_GLANCE = {
    "email": ["a@b.co", "ana.ruiz@example.com"],
    "url": ["www.example.com", "https://example.com/a?b=1"],
    "iban": ["ES91 2100 0418 4502 0005 1332", "GB82WEST12345698765432", "ES9121000418450200051333"],
    "ip": ["192.168.1.20"],
    "ssn": ["078-05-1120"],
    "dni": ["12345678Z", "X1234567L", "12.345.678-Z"],
    "card": [CARD, "4111111111111111"],
    "phone": ["+34 612 345 678", "612 34 56 78", "(415) 555-2671", "020 7946 0958", "612345678"],
    "number": ["4111111111111112", "1234567"],
}
HARMLESS = ["2026-11-22 10:30", "v3.11.7", "1234567 €", "10:30 to 11:45, 2025", "the 3 of 4,000"]


async def test_what_a_glance_promises_to_hide_is_hidden(stage: Stage) -> None:
    assert {str(glance.kind) for glance in GLANCES} == set(SEEN_AT_A_GLANCE)
    shop = await stage.cast.brand()
    ana = await stage.customer()
    await ana.opens(f"/b/{shop.slug}")
    hint, question = ana.page.locator("#question-hidden"), ana.page.locator("#question")
    for kind, samples in SEEN_AT_A_GLANCE.items():
        words = await hint.get_attribute(f"data-{kind}")
        told = f"{words} will be hidden from the expert."
        for sample in samples:
            assert [str(found) for found in mask(sample, Wallet(())).kinds] == [kind], sample
            await question.fill(f"It is {sample}, thanks")
            await expect(hint).to_have_text(told[0].upper() + told[1:])
            await question.fill("")
            await expect(hint).to_be_hidden()
    await question.fill(" - ".join(HARMLESS))
    await ana.page.wait_for_timeout(2 * 400)  # the hint waits for so long after the last key
    await expect(hint).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_customer_is_told_what_is_hidden_of_the_first_question_and_after_a_reload(
    stage: Stage, language: str
) -> None:
    shop = await stage.cast.brand(languages=(language,))
    ana = await stage.customer(language)
    chat = await ana.asks(shop, f"{EMAIL}, +34 612 345 678?")
    told = {
        "en": "Your e-mail address and your phone number are hidden from the expert.",
        "es": "El experto no ve tu dirección de correo y tu número de teléfono.",
    }[language]
    note = message(ana, 1).locator(".message__hint")
    await expect(note).to_have_text(told)
    ida = await stage.expert(shop, language=language)
    await ida.claims(chat)
    await expect(message(ida, 1).locator(".message__hint")).to_have_count(0)
    await ana.says("612")
    await ana.page.reload()
    await ana.is_connected()
    await expect(note).to_have_text(told)
    await expect(ana.page.locator("#messages .message__hint")).to_have_count(1)


async def test_nobody_is_told_that_what_the_brand_shows_will_be_hidden(stage: Stage) -> None:
    shop = await stage.cast.brand()
    await Brand.filter(id=shop.id).update(rules={"policies": {"email": "visible"}})
    ana = await stage.customer()
    await ana.opens(f"/b/{shop.slug}")
    await ana.page.locator("#question").press_sequentially(f"{CARD} and {EMAIL}")
    await expect(ana.page.locator("#question-hidden")).to_have_text("Your card number will be hidden from the expert.")


async def test_a_chip_goes_into_an_answer_by_mouse_and_by_keyboard(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.says(f"I am {EMAIL}, not ben@example.com")
    chips = message(ida, 2).locator(".chip")
    await draft(ida).fill("Is it")
    await chips.first.click()
    await expect(draft(ida)).to_have_value("Is it [e-mail 1]")
    await expect(draft(ida)).to_be_focused()
    await draft(ida).press_sequentially(" or")
    await chips.nth(1).press("Enter")
    await expect(draft(ida)).to_have_value("Is it [e-mail 1] or [e-mail 2]")
    await draft(ida).press_sequentially(", and not [e-mail 1]?")
    await draft(ida).press("Enter")
    answer = message(ana, 3)
    await expect(answer.locator(".chip")).to_have_text(["e-mail 1", "e-mail 2"])
    await expect(answer.locator(".message__text")).to_contain_text("and not [e-mail 1]?")
    await ida.knows_nothing_of(EMAIL)


async def test_a_chip_in_a_draft_is_deleted_as_a_whole_and_kept_across_a_reload(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.says(f"I am {EMAIL}")
    await message(ida, 2).locator(".chip").click()
    await draft(ida).press_sequentially(" is right")
    await draft(ida).press("Home")
    await draft(ida).press_sequentially("So ")
    await expect(draft(ida)).to_have_value("So [e-mail 1] is right")
    await ida.page.reload()
    await ida.is_connected()
    await draft(ida).press("End")
    await draft(ida).press_sequentially("!")
    await draft(ida).press("Enter")
    await expect(message(ana, 3).locator(".message__text")).to_have_text("So e-mail 1 is right!")
    await expect(message(ana, 3).locator(".chip")).to_have_count(1)
    await message(ida, 2).locator(".chip").press(" ")
    await draft(ida).press("Backspace")
    await expect(draft(ida)).to_have_value("")


async def test_a_moderator_sees_what_was_blocked_and_the_expert_may_write_it_anew(stage: Stage) -> None:
    shop = await stage.cast.brand()
    ida = await stage.expert(shop, at=stage.cast.there)
    mo = await stage.moderator(shop)
    ana = await stage.customer()
    chat = await ana.asks(shop, "How do I reset it?")
    await ida.claims(chat)
    await mo.watches(chat)
    blocked = mo.page.locator("#blocked")
    await expect(blocked).to_be_hidden()
    await ida.says("text me on whatsapp instead")
    await ida.sees("Not sent: this leads away from here.")
    await expect(blocked).to_contain_text("text me on whatsapp instead")
    await mo.page.reload()
    await expect(blocked.locator("li")).to_have_count(1)
    await ida.says("text me on whatsapp instead, +34 612 345 678")
    await expect(blocked.locator("li").last).to_contain_text("phone")
    await expect(blocked.locator(".chip")).to_have_count(1)
    await expect(blocked.locator("[role=button]")).to_have_count(0)  # nothing to reveal: it is kept nowhere
    await ida.says("let us go on here")
    await expect(message(ana, 2)).to_contain_text("let us go on here")
    await ana.knows_nothing_of("whatsapp")
