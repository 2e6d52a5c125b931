"""A customer writes, a topic is suggested while they do, and one press confirms it; or they choose another."""

import pytest
from playwright.async_api import expect

from chatmarket.flows import teaching
from chatmarket.models import Account, Chat, Lesson
from tests.browser.looking import faults
from tests.browser.stage import Stage
from tests.cast import Shop
from tests.stories.listening import eventually

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

TAUGHT = (
    "My battery stops charging at 80 percent\nThe charger shows a red light\nHow long does one charge last?",
    "The rear brake squeals in the rain\nHow do I change the brake pads?\nMy front brakes are loose",
)


async def _taught(stage: Stage) -> Shop:
    shop = await stage.cast.brand()
    zoe = await Account.get(id=(await stage.cast.moderator(shop, role="staff")).id)
    for topic, typed in zip(shop.topics, TAUGHT, strict=True):
        await teaching.teach(stage.cast.house, zoe, topic.id, "en", typed)
    await eventually(lambda: Lesson.filter(brand_id=shop.id, learnt=2).exists())
    return shop


async def test_the_topic_is_suggested_while_one_writes_and_one_press_asks(stage: Stage) -> None:
    shop = await _taught(stage)
    brakes = shop.topics[1].id
    ana = await stage.customer()
    page = (await ana.opens(f"/b/{shop.slug}")).page
    await page.locator("#question").press_sequentially("My brakes squeal", delay=5)
    await expect(page.locator(f"#topic-{brakes}")).to_be_checked()
    await expect(page.locator("#question")).to_be_focused()
    await ana.sees("We suggest a topic. Choose another one if it does not fit.")
    assert await faults(page) == []
    await page.locator("#question").fill("")
    await page.locator("#question").press_sequentially("The charger shows no light", delay=5)
    await expect(page.locator(f"#topic-{shop.topics[0].id}")).to_be_checked()
    await ana.presses("Ask now")
    chat = int((await ana.is_at(r"/chats/\d+")).rpartition("/")[2])
    kept = await Chat.get(id=chat)
    assert (kept.topic_id, kept.routed_by) == (shop.topics[0].id, "customer")


async def test_what_the_customer_chose_stays_whatever_is_suggested(stage: Stage) -> None:
    shop = await _taught(stage)
    battery = shop.topics[0].id
    ana = await stage.customer()
    page = (await ana.opens(f"/b/{shop.slug}")).page
    await ana.chooses("topic", battery)
    await page.locator("#question").press_sequentially("My brakes squeal", delay=5)
    await expect(page.locator(".pill__mark")).to_have_text("suggested")
    await expect(page.locator(f"#topic-{battery}")).to_be_checked()
    await page.locator(f"#topic-{shop.topics[1].id}").focus()
    await page.keyboard.press("Space")
    await expect(page.locator(f"#topic-{shop.topics[1].id}")).to_be_checked()
    await page.locator("#question").press_sequentially(" in the rain", delay=5)
    await page.locator("#question").blur()
    await page.wait_for_load_state("networkidle")
    await expect(page.locator(f"#topic-{shop.topics[1].id}")).to_be_checked()


async def test_who_presses_before_anything_is_suggested_is_shown_it_and_presses_again(stage: Stage) -> None:
    shop = await _taught(stage)
    ana = await stage.customer()
    page = (await ana.opens(f"/b/{shop.slug}")).page
    await page.route("**/topics", lambda route: route.fulfill(status=204))
    await ana.fills(question="Where can I download an invoice for my taxes")
    await ana.presses("Ask now")
    await ana.sees("Please look at the topic we suggest, then ask.")
    await expect(page.locator("#topic-brand")).to_be_checked()
    assert await faults(page) == []
    await ana.presses("Ask now")
    await ana.is_at(r"/chats/\d+")
    await ana.sees("The brand itself answers")
    assert await faults(page) == []


async def test_staff_find_the_topics_by_keyboard_and_no_page_of_theirs_has_faults(stage: Stage) -> None:
    shop = await _taught(stage)
    zoe = await stage.moderator(shop, role="staff")
    page = (await zoe.opens("/topics")).page
    assert await faults(page) == []
    await zoe.opens(f"/topics/{shop.topic}")
    assert await faults(page) == []
    await zoe.fills(examples="Is the new battery heavier?")
    await zoe.presses("Add examples")
    await zoe.sees("Is the new battery heavier?")
