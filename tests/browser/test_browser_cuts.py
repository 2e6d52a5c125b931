"""A line that is cut: nothing typed is lost, nothing said is doubled, and every tab of a person shows the same."""

import asyncio

import pytest
from playwright.async_api import Error, Locator, expect

from realtime import channels
from tests.browser.people import Somebody
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]


async def _cut(stage: Stage, chat: int, *people: Somebody) -> None:
    """No network any more: open sockets break, new ones do not come about."""
    for person in people:
        await person.goes_offline()
    for audience in ("customer", "expert"):
        stage.cast.house.switchboard.hang_up(1012, channels.room(chat, audience, "en"))
    for person in people:
        await expect(person.banner()).to_have_text(
            person.words("You are offline. What you write is kept and sent when you are back.")
        )


def _pending(person: Somebody) -> Locator:
    return person.page.locator("#messages [data-pending]")


async def test_a_cut_line_loses_nothing_and_doubles_nothing(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    await asyncio.gather(ana.types("It has "), ida.types("Have you "))
    await _cut(stage, chat, ana, ida)
    await asyncio.gather(ana.types("a red light"), ida.types("tried the reset?"))
    await asyncio.gather(*(person.page.locator("#text").press("Enter") for person in (ana, ida)))
    await asyncio.gather(ana.says("It blinks", "Twice a second"), ida.says("It is at the back", "Under the cap"))
    for person in (ana, ida):
        await expect(_pending(person)).to_have_count(3)
        await expect(_pending(person).first).to_contain_text(person.words("Waiting for the connection"))
        await person.reads(person.words("{n} messages not sent yet").format(n=3))
        await person.comes_back()
    for person in (ana, ida):
        await expect(person.page.locator("#messages .message")).to_have_count(7)
        await expect(_pending(person)).to_have_count(0)
        await expect(person.banner()).to_have_text(person.words("Connected again."))
    seen = await ana.messages()
    assert seen == await ida.messages()
    hers = ["It has a red light", "It blinks", "Twice a second"]
    his = ["Have you tried the reset?", "It is at the back", "Under the cap"]
    assert [text for text in seen if text in hers] == hers
    assert [text for text in seen if text in his] == his
    await expect(ana.banner()).to_be_hidden()


async def test_an_unsent_message_survives_a_reload(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    await _cut(stage, chat, ana)
    await ana.says("Is anybody there?")
    await ana.types("and half a sen")
    await expect(_pending(ana)).to_have_count(1)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        await ana.page.reload()
    await ana.comes_back()
    await ana.opens(f"/chats/{chat}")
    await ana.reads_messages("How do I reset it?", "Is anybody there?")
    await expect(ana.page.locator("#text")).to_have_value("and half a sen")
    await ida.reads_messages("How do I reset it?", "Is anybody there?")
    await ana.page.reload()
    await ana.is_connected()
    await ana.reads_messages("How do I reset it?", "Is anybody there?")


async def test_two_tabs_of_the_customer_show_the_same(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    tab = await stage.another_tab(ana)
    await tab.opens(f"/chats/{chat}")
    await tab.is_connected()
    await ida.types("Hold")
    for one in (ana, tab):
        await one.sees("The expert is typing")
    await tab.says("From the second tab")
    await ida.reads("From the second tab")
    await ana.says("From the first tab")
    everybody: tuple[Somebody, ...] = (ida, ana, tab)
    for somebody in everybody:
        await somebody.reads_messages("How do I reset it?", "From the second tab", "From the first tab")
    await ana.ends()
    await tab.sees("How did it go?")


async def test_the_end_of_a_long_talk_stays_in_view(stage: Stage) -> None:
    ana, ida, _ = await stage.in_a_room()
    await ana.page.set_viewport_size({"width": 390, "height": 600})
    await ida.says("First\n\n\n\n" * 12, "Second")
    await expect(ana.page.get_by_text("Second")).to_be_in_viewport()
    await ida.types("Third, as slowly as people write", pause_ms=60)
    await expect(ana.page.locator("#typing")).to_be_in_viewport(ratio=0.9)
    await ana.page.get_by_text("First").first.hover()
    await ana.page.mouse.wheel(0, -4000)
    await expect(ana.page.get_by_text("How do I reset it?")).to_be_in_viewport()
    await ida.says("Third")
    await ana.presses("New messages")
    await expect(ana.page.get_by_text("Third")).to_be_in_viewport()


async def test_signing_out_in_one_tab_ends_the_lobby_in_the_other(stage: Stage) -> None:
    shop = await stage.cast.brand()
    ida = await stage.expert(shop)
    other = await stage.another_tab(ida)
    await other.opens("/account")
    await other.signs_out()
    await expect(ida.banner()).to_have_text(ida.words("Your sign-in has expired. Please sign in again."))
