"""A frame reaches everyone it is for, on any process, in order and once."""

import asyncio
import json
from contextlib import AsyncExitStack

from offices import eventually, seated, visit

from realtime import channels, hub
from realtime.frames import frame


async def test_what_one_process_publishes_is_heard_on_the_other(open_office):
    here, there = await open_office(), await open_office()
    async with seated(here, 7) as ana, seated(there, 7) as luis:
        await here.say(7, "hola ñ")
        await there.say(7, "qué tal")
        for person in (ana, luis):
            assert [(await person.next())["text"] for _ in range(2)] == ["hola ñ", "qué tal"]


async def test_a_frame_reaches_only_its_channel(open_office):
    office = await open_office()
    async with seated(office, 7) as ana, seated(office, 8) as eva:
        await office.say(7, "secret")
        await office.say(8, "mine")
        assert (await eva.next())["text"] == "mine"
        assert (await ana.next())["text"] == "secret"


async def test_somebody_on_two_of_the_named_channels_hears_a_frame_once(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        office.switchboard.publish(frame("typing"), channels.room(7, "expert", "en"), channels.login(7))
        office.switchboard.publish(frame("end"), channels.login(7))
        assert [heard["type"] for heard in await ana.until("end")] == ["typing", "end"]


async def test_nothing_but_answers_comes_before_the_first_resume(open_office):
    office = await open_office()
    async with visit(office, "/rooms/7") as ana:
        await office.say(7, "first")
        office.switchboard.publish(frame("typing"), channels.room(7, "expert", "en"))
        await asyncio.sleep(0.2)
        await ana.say("ping")
        assert await ana.next() == {"type": "pong", "seq": None}
        await ana.say("resume", seq=0)
        assert [heard["type"] for heard in await ana.until("resumed")] == ["state", "message", "resumed"]


async def test_resume_sends_only_what_is_missing_page_by_page(open_office):
    office = await open_office()
    office.truth.page = 3
    for n in range(10):
        office.truth.write(7, str(n))
    async with visit(office, "/rooms/7") as ana:
        await ana.say("resume", seq=2)
        heard = await ana.until("resumed")
        assert [one["seq"] for one in heard[1:-1]] == list(range(3, 11))
        assert heard[-1]["seq"] == 10


async def test_a_gap_is_filled_in_order_and_repeats_are_dropped(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        written = [office.truth.write(7, str(n)) for n in range(5)]
        for n in (2, 0, 1, 2, 4, 3, 4):
            office.switchboard.publish(written[n][0], channels.room(7, "expert", "en"), seq=written[n][1])
        office.switchboard.publish(frame("end"), channels.room(7, "expert", "en"))
        assert [heard.get("seq") for heard in await ana.until("end")] == [1, 2, 3, 4, 5, None]


async def test_a_number_the_truth_does_not_know_ends_the_connection(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        office.switchboard.publish(frame("message", seq=9), channels.room(7, "expert", "en"), seq=9)
        assert await ana.closed() == 1011


async def test_a_second_resume_repeats_what_was_asked_for(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        await office.say(7, "one")
        await ana.until("message")
        await ana.say("resume", seq=0)
        assert [heard["type"] for heard in await ana.until("resumed")] == ["state", "message", "resumed"]


async def test_the_lobby_shows_everything_at_once_and_then_the_changes(open_office):
    here, there = await open_office(), await open_office()
    here.truth.offers[3] = [7, 8]
    async with visit(here, "/lobby/3") as eva:
        assert await eva.next() == {"type": "offers", "offers": [7, 8]}
        there.switchboard.publish(frame("offer", chat=9), channels.lobby(3))
        assert await eva.next() == {"type": "offer", "chat": 9}


async def test_hang_up_closes_connections_on_another_process_with_the_code(open_office):
    here, there = await open_office(), await open_office()
    async with seated(there, 7) as luis, seated(there, 8) as eva:
        here.switchboard.hang_up(4401, channels.login(7))
        assert await luis.closed() == 4401
        await eventually(lambda: len(there.switchboard.hub) == 1)
        await here.say(8, "still here")
        assert (await eva.next())["text"] == "still here"


async def test_a_drained_process_tells_everyone_when_to_come_back(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        await office.switchboard.drain(over=2.0)
        told = await ana.next()
        assert told["type"] == "drain" and 0 <= told["retry_ms"] <= 2000
        assert await ana.closed() == 1012


async def test_a_lone_surrogate_hurts_nobody(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        await office.say(7, json.loads('"\\ud800"'))
        assert (await ana.next())["text"] == "?"


async def test_whoever_leaves_is_forgotten(open_office):
    office = await open_office()
    async with seated(office, 7):
        assert office.switchboard.hub.listeners([channels.room(7, "expert", "en")])
    await eventually(lambda: not len(office.switchboard.hub))
    assert not office.switchboard.hub.listeners([channels.room(7, "expert", "en")])


async def test_a_broadcast_of_many_slices_reaches_all(open_office, monkeypatch):
    monkeypatch.setattr(hub, "SLICE", 2)
    office = await open_office()
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(seated(office, 7)) for _ in range(5)]
        await office.say(7, "all")
        assert [(await person.next())["text"] for person in crowd] == ["all"] * 5
