"""What the browser does while nobody answers: it waits politely, says so, and loses and doubles nothing."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Error, Locator, WebSocketRoute, expect

from chatmarket.client import Message
from tests.alone import Alone, Talk, alone, talk_at
from tests.browser.looking import faults
from tests.browser.people import Customer, Somebody
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.only("sqlite")]

WAITING = "Connection lost, trying again in {n} s. What you write is kept."
CROWDED = "Too many windows are open at once. Close one of them; trying again in {n} s."
NEVER_LUCKY = "Math.random = () => 0.999"  # every pause is the longest that its attempt may take
UNACKED = 12_000  # milliseconds: 5 s of patience for an ack, and a busy machine
UNANSWERED = 25_000  # a ping after 10 s, patience of 5, and a busy machine


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Alone]:
    async with alone(tmp_path) as started:
        yield started


async def _sits_down(stage: Stage, talk: Talk, language: str = "en") -> Customer:
    """Opens the chat as its customer, in a browser that holds its token."""
    ana = await stage.customer(language, at=talk.url)
    await ana.page.context.add_cookies([{"name": f"chat_{talk.chat}", "value": talk.customer, "url": talk.url}])
    await ana.opens(f"/chats/{talk.chat}")
    return ana


async def _kept(talk: Talk) -> list[str]:
    """All messages of the chat, read from the start by its expert."""
    async with talk.experts_room() as room:
        await room.live.wait()
        await room.close()
        return [event.text async for event in room if isinstance(event, Message)]


def _pending(person: Somebody) -> Locator:
    return person.page.locator("#messages [data-pending]")


def _try_now(person: Somebody) -> Locator:
    return person.button("Try now")


def _counting(source: str, person: Somebody) -> re.Pattern[str]:
    return re.compile(re.escape(person.words(source)).replace(re.escape("{n}"), r"\d+"))


async def _intercept(person: Somebody, opened: Callable[[WebSocketRoute], object]) -> None:
    """What the network does to this page's sockets, from the next one on."""
    await person.page.route_web_socket(re.compile("/live$"), opened)


def _drops_once(kinds: set[str]) -> Callable[[WebSocketRoute], None]:
    """A network that loses the first frame of each of these kinds and carries everything else."""

    def opened(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            kind = json.loads(frame)["type"]
            if kind in kinds:
                kinds.discard(kind)
            else:
                socket.send(frame)

        server.on_message(pass_on)

    return opened


async def test_what_is_said_while_the_server_is_down_survives_a_reload_and_arrives_once(
    stage: Stage, server: Alone
) -> None:
    talk = await talk_at(server.url)
    ana = await _sits_down(stage, talk)
    await ana.is_connected()
    server.kill()
    await ana.says("Is anybody there?", "It blinks")
    await expect(_pending(ana)).to_have_count(2)
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        await ana.page.reload()
    await server.start()
    await ana.opens(f"/chats/{talk.chat}")
    await ana.reads_messages("How do I reset it?", "Is anybody there?", "It blinks")
    await ana.page.reload()
    await ana.reads_messages("How do I reset it?", "Is anybody there?", "It blinks")
    assert await _kept(talk) == ["How do I reset it?", "Is anybody there?", "It blinks"]


async def test_a_server_that_freezes_is_noticed_and_what_was_said_to_it_arrives_once(
    stage: Stage, server: Alone
) -> None:
    talk = await talk_at(server.url)
    ana, silent = await _sits_down(stage, talk), await _sits_down(stage, talk)
    for person in (ana, silent):
        await person.is_connected()
    server.freeze()
    await ana.says("Into the void")
    # One says something and misses its ack after 5 s, the other only pings and misses the answer after 15.
    for person, patience in ((ana, UNACKED), (silent, UNANSWERED)):
        await expect(person.banner()).to_have_text(re.compile("Connecting again|Connection lost"), timeout=patience)
    await expect(_pending(ana)).to_contain_text(ana.words("Waiting for the connection"))
    server.go_on()
    for person in (ana, silent):
        await expect(person.page.locator("#messages .message__text")).to_have_text(
            ["How do I reset it?", "Into the void"], timeout=UNANSWERED
        )
        await expect(_pending(person)).to_have_count(0)
    assert await _kept(talk) == ["How do I reset it?", "Into the void"]


async def test_try_now_does_not_wait_for_the_countdown(stage: Stage, server: Alone) -> None:
    talk = await talk_at(server.url)
    ana = await stage.customer(at=talk.url)
    await ana.page.add_init_script(NEVER_LUCKY)
    await ana.page.context.add_cookies([{"name": f"chat_{talk.chat}", "value": talk.customer, "url": talk.url}])
    await ana.opens(f"/chats/{talk.chat}")
    await ana.is_connected()
    server.kill()
    await ana.says("Still here")
    # 1, 2, 4, 8 and 16 seconds: the last two are long enough to try out a button.
    await expect(ana.page.get_by_role("timer")).to_have_text(re.compile(r"1[3-6]"), timeout=UNANSWERED)
    await expect(ana.banner()).to_have_text(_counting(WAITING, ana))
    await server.start()
    await expect(ana.page.get_by_role("timer")).to_have_text(re.compile(r"\d+"))
    await _try_now(ana).click()
    await expect(ana.banner()).to_have_text(ana.words("Connected again."), timeout=5_000)
    await expect(_try_now(ana)).to_be_hidden()
    await ana.reads_messages("How do I reset it?", "Still here")


async def test_a_message_lost_on_the_way_is_noticed_by_the_position(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    missing = {"message"}
    await _intercept(ana, _drops_once(missing))
    await ana.opens(f"/chats/{chat}")
    await expect(ana.page.locator("#messages .message")).to_have_count(1)
    await ida.says("Have you tried the reset?")
    await expect(ana.page.locator("#messages .message__text")).to_have_text(
        ["How do I reset it?", "Have you tried the reset?"], timeout=UNANSWERED
    )
    assert not missing, "the frame was never lost"


async def test_a_message_whose_ack_was_lost_is_not_shown_twice_after_a_reload(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    await _intercept(ana, _drops_once({"ack", "message"}))
    await ana.opens(f"/chats/{chat}")
    await ana.says("It blinks")
    await ida.reads_messages("How do I reset it?", "It blinks")
    await expect(_pending(ana)).to_have_count(1)
    # From here on her server is silent: what the page shows, it shows by itself.
    await _intercept(ana, lambda socket: None)
    await ana.page.reload()
    assert await ana.messages() == ["How do I reset it?", "It blinks"]
    await expect(_pending(ana)).to_have_count(0)


async def test_too_many_windows_are_told_and_wait_long(stage: Stage) -> None:
    ana, _, chat = await stage.in_a_room()
    tries: list[WebSocketRoute] = []

    async def refuse(socket: WebSocketRoute) -> None:
        tries.append(socket)
        await socket.close(code=4429, reason="too_many")

    await _intercept(ana, refuse)
    await ana.opens(f"/chats/{chat}")
    await expect(ana.banner()).to_have_text(_counting(CROWDED, ana))
    left = int(await ana.page.get_by_role("timer").inner_text())
    assert 25 < left <= 60
    await asyncio.sleep(3)
    assert len(tries) == 1
    await _try_now(ana).click()
    await expect(ana.banner()).to_have_text(_counting(CROWDED, ana))
    assert len(tries) == 2


async def test_a_busy_server_is_given_a_breath_and_coming_back_to_the_tab_cuts_it_short(stage: Stage) -> None:
    ana, _, chat = await stage.in_a_room()
    busy, tries = True, 0

    async def refuse(socket: WebSocketRoute) -> None:
        nonlocal tries
        tries += 1
        if busy:
            await socket.close(code=1013, reason="retry")
        else:
            socket.connect_to_server()

    await ana.page.add_init_script(NEVER_LUCKY)
    await _intercept(ana, refuse)
    await ana.opens(f"/chats/{chat}")
    # Pauses of 4 and 8 s; were the code not listened to, those of 1 and 2 s would come before.
    await expect(ana.page.get_by_role("timer")).to_have_text(re.compile("[78]"))
    assert tries == 2
    busy = False
    await ana.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(ana.banner()).to_have_text(ana.words("Connected again."), timeout=3_000)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_countdown_is_read_out_once_and_fits_everywhere(stage: Stage, language: str) -> None:
    shop = await stage.cast.brand()
    ida = await stage.cast.expert(shop, languages=(language,))
    ana = await stage.customer(language)
    chat = await ana.asks(shop, "How do I reset it?")
    await ida.api.claim(chat, ida.token)
    await _intercept(ana, _closes(4429))
    await ana.opens(f"/chats/{chat}")
    await expect(ana.banner()).to_have_text(_counting(CROWDED, ana))
    assert await faults(ana.page) == []
    # What changes each second has the role of a timer, which is not read out by itself.
    assert await ana.banner().get_attribute("role") == "status"
    await expect(ana.banner().get_by_role("timer")).to_have_text(re.compile(r"^\d+$"))


def _closes(code: int) -> Callable[[WebSocketRoute], Awaitable[None]]:
    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=code)

    return refuse


async def test_a_duplicated_tab_does_not_send_what_the_first_one_sends(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    answering = asyncio.Event()
    sent: list[str] = []

    async def opened(socket: WebSocketRoute) -> None:
        await answering.wait()
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            heard = json.loads(frame)
            if heard["type"] == "send":
                sent.append(heard["cid"])
            server.send(frame)

        socket.on_message(pass_on)

    await ana.page.context.route_web_socket(re.compile("/live$"), opened)
    await ana.opens(f"/chats/{chat}")
    await ana.says("Apples", "Pears", "Plums", "Figs")
    await expect(_pending(ana)).to_have_count(4)
    # A window opened by a page begins with a copy of its sessionStorage, as a duplicated tab does.
    async with ana.page.expect_popup() as opening:
        await ana.page.evaluate("window.open(location.href)")
    tab = await opening.value
    await expect(tab.locator("#messages [data-pending]")).to_have_count(4)
    answering.set()
    said = ["How do I reset it?", "Apples", "Pears", "Plums", "Figs"]
    for page in (ana.page, tab):
        await expect(page.locator("#messages [data-pending]")).to_have_count(0)
        await expect(page.locator("#messages .message__text")).to_have_text(said)
        kept = await page.evaluate(f"sessionStorage.getItem('outbox:/chats/{chat}/live')")
        assert kept == "[]"
    await ida.reads_messages(*said)
    assert len(set(sent)) == 4 and len(sent) <= 5, "what the younger had begun to say may be said twice, no more"


async def test_what_the_first_tab_would_have_sent_is_sent_by_the_other_when_it_closes(stage: Stage) -> None:
    ana, ida, chat = await stage.in_a_room()
    mute = True

    def opened(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if not (mute and json.loads(frame)["type"] == "send"):
                server.send(frame)

        socket.on_message(pass_on)

    await ana.page.context.route_web_socket(re.compile("/live$"), opened)
    await ana.opens(f"/chats/{chat}")
    await ana.says("Apples", "Pears")
    async with ana.page.expect_popup() as opening:
        await ana.page.evaluate("window.open(location.href)")
    tab = await opening.value
    await expect(tab.locator("#messages [data-status=sending]")).to_have_count(2)
    mute = False
    await ana.page.close(run_before_unload=True)
    await expect(tab.locator("#messages [data-pending]")).to_have_count(0)
    await ida.reads_messages("How do I reset it?", "Apples", "Pears")
