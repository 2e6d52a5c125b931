"""The whole job without a mouse: asked, claimed, answered, ended and rated by Tab, Enter, Space and arrows."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.people import Somebody
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

MOST_TABS = 60
# Whoever steers by keyboard sees where they are: on the field itself, or on the label that stands for it.
MARKED = """(node) => [node, node.closest("label"), node.nextElementSibling, node.parentElement].some((one) => {
  const style = one && getComputedStyle(one);
  return style && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
})"""


async def _tabs_to(person: Somebody, target: Locator) -> None:
    await expect(target.first).to_be_attached()
    for _ in range(MOST_TABS):
        if await target.evaluate_all("nodes => nodes.includes(document.activeElement)"):
            focused = person.page.locator(":focus")
            assert await focused.evaluate(MARKED), f"no focus is shown on {await focused.evaluate('n => n.outerHTML')}"
            return
        await person.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {target}")


async def _presses(person: Somebody, key: str, target: Locator) -> None:
    await _tabs_to(person, target)
    await person.page.keyboard.press(key)


async def _writes(person: Somebody, text: str, target: Locator) -> None:
    await _tabs_to(person, target)
    await person.page.keyboard.type(text)


async def test_everything_can_be_done_by_keyboard(stage: Stage) -> None:
    shop = await stage.cast.brand()
    ida = await stage.expert(shop, at=stage.cast.there)
    ana = await stage.customer()
    await ana.opens(f"/b/{shop.slug}")
    await _presses(ana, "Space", ana.page.locator("input[name=topic]"))
    await ana.page.keyboard.press("ArrowDown")
    await _writes(ana, "How do I reset it?", ana.page.locator("[name=question]"))
    await _presses(ana, "Enter", ana.button("Ask now"))
    chat = int((await ana.is_at(r"/chats/\d+")).rpartition("/")[2])

    await ida.reads("Topic 1", await ida.sees_offer(chat))
    await _presses(ida, "Enter", ida.button("Claim", ida.card(chat)))
    await ida.is_at(f"/rooms/{chat}")
    await ida.is_connected()
    await _writes(ida, "Hold the button", ida.page.locator("#text"))
    await ida.page.keyboard.press("Shift+Enter")
    await ida.page.keyboard.type("for ten seconds")
    await ida.page.keyboard.press("Enter")
    await ana.reads_messages("How do I reset it?", "Hold the button\nfor ten seconds")
    await _writes(ana, "It works", ana.page.locator("#text"))
    await _presses(ana, "Space", ana.page.locator("#send"))
    await ida.reads_messages("How do I reset it?", "Hold the button\nfor ten seconds", "It works")

    await _presses(ana, "Enter", ana.button("End chat"))
    await _presses(ana, "Enter", ana.button("Yes, end it"))
    await ana.sees("How did it go?")
    await _presses(ana, "Space", ana.page.locator("input[name=resolved]"))
    await _presses(ana, "Space", ana.page.locator("input[name=stars]"))
    for _ in range(4):
        await ana.page.keyboard.press("ArrowRight")
    await _writes(ana, "Quick", ana.page.locator("#comment"))
    await _presses(ana, "Enter", ana.button("Send rating"))
    await ana.sees("Thank you for your rating")
    await ida.sees("Resolved: %(reward)s earned", reward="€1.40")


async def test_the_first_tab_skips_to_the_content(stage: Stage) -> None:
    ana = await stage.customer()
    await ana.opens("/")
    await ana.page.keyboard.press("Tab")
    await expect(ana.page.locator(".skip")).to_be_focused()
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator("#main")).to_be_focused()
