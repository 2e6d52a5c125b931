"""An expert's browser takes notifications: it is put on the list and off it, and its worker shows what a brand says."""

import asyncio
import json
from typing import Any

import pytest

from chatmarket.models import Subscription
from tests.browser.people import Expert
from tests.browser.stage import Stage
from tests.outward import Device
from tests.stories.listening import eventually

pytestmark = pytest.mark.browser

# The maker's push service is out of reach here: this stands for its answer, and all else is the browser's own.
SERVICE = """(device) => {
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0)).buffer;
  PushManager.prototype.subscribe = async (options) => ({
    endpoint: device.endpoint,
    getKey: (name) => bytes(name === "p256dh" ? device.public : device.secret),
    key: options.applicationServerKey,
  });
}"""
NOTE = {"title": "Questions are waiting at Lumen", "body": "Topic: Lamps.", "path": "/lobby", "tag": "page-lumen"}
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.getRegistration("/static/js/sw.js");
  return (await worker.getNotifications()).map((note) => [note.title, note.body, note.tag]);
}"""


async def _ready(stage: Stage) -> Expert:
    ida = await stage.expert(await stage.cast.brand())
    await ida.page.context.grant_permissions(["notifications"], origin=ida.url)
    device = Device("https://push.example/one").subscription()
    await ida.page.add_init_script(f"({SERVICE})({json.dumps(device)})")
    await ida.opens("/reach")
    return ida


async def test_a_browser_is_added_by_one_press_and_taken_off_by_another(stage: Stage) -> None:
    ida = await _ready(stage)
    own = Subscription.filter(login__account_id=ida.person.id)
    await ida.page.get_by_role("button", name="Notify me in this browser").click()
    await ida.sees("1 browser takes your notifications")
    assert await own.count() == 1
    await ida.page.get_by_role("button", name="No more in this browser").click()
    await eventually(lambda: _none(ida))


async def _none(ida: Expert) -> bool:
    return not await Subscription.filter(login__account_id=ida.person.id).exists()


async def test_the_worker_shows_what_a_page_says(stage: Stage) -> None:
    ida = await _ready(stage)
    cdp = await ida.page.context.new_cdp_session(ida.page)
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def registered(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    cdp.on("ServiceWorker.workerRegistrationUpdated", registered)
    await cdp.send("ServiceWorker.enable")
    await ida.page.get_by_role("button", name="Notify me in this browser").click()
    await ida.sees("1 browser takes your notifications")
    async with asyncio.timeout(30):
        number = await found
    told = {"origin": ida.url, "registrationId": number, "data": json.dumps(NOTE)}
    await cdp.send("ServiceWorker.deliverPushMessage", told)

    async def shown() -> bool:
        return bool(await ida.page.evaluate(SHOWN) == [[NOTE["title"], NOTE["body"], NOTE["tag"]]])

    await eventually(shown)
