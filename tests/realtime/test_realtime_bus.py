"""Redis may be killed, emptied or frozen at any moment: nobody misses anything, and it is noticed."""

import asyncio
import time

from offices import QUICK, eventually, seated, visit
from redis.asyncio import Redis

from realtime import channels
from realtime.bus import Pace
from realtime.envelope import Envelope, Kind
from realtime.frames import frame
from realtime.switchboard import Switchboard


async def _texts(person, count):
    heard = []
    while len(heard) < count:
        one = await person.next()
        heard += [one["text"]] if one["type"] == "message" else []
    return heard


async def test_delivery_goes_on_after_redis_was_killed_and_started_again(open_office, valkey):
    here, there = await open_office(valkey.url), await open_office(valkey.url)
    async with seated(here, 7) as ana, seated(there, 7) as luis:
        await here.say(7, "before")
        valkey.kill()
        for n in range(5):
            await here.say(7, f"during {n}")
        valkey.start()
        await eventually(lambda: here.switchboard.bus.hears and there.switchboard.bus.hears, within=3)
        await there.say(7, "after")
        expected = ["before", *(f"during {n}" for n in range(5)), "after"]
        assert await _texts(ana, 7) == expected
        assert await _texts(luis, 7) == expected


async def test_while_redis_is_down_ones_own_people_hear_at_once_and_others_soon(open_office, valkey):
    here, there = await open_office(valkey.url), await open_office(valkey.url)
    async with seated(here, 7) as ana, seated(there, 7) as luis:
        valkey.kill()
        await eventually(lambda: not here.switchboard.bus.hears and not there.switchboard.bus.hears)
        began = time.monotonic()
        await here.say(7, "mine")
        assert await _texts(ana, 1) == ["mine"]
        assert time.monotonic() - began < 0.1
        assert await _texts(luis, 1) == ["mine"]
        assert time.monotonic() - began < 2


async def test_a_frozen_redis_is_noticed_in_three_seconds_and_caught_up_after(open_office, valkey):
    here, there = await open_office(valkey.url, pace=Pace()), await open_office(valkey.url, pace=Pace())
    async with seated(here, 7) as ana, seated(there, 7) as luis:
        epoch = there.switchboard.bus.epoch
        valkey.freeze()
        began = time.monotonic()
        await here.say(7, "during")
        assert await _texts(ana, 1) == ["during"]
        assert time.monotonic() - began < 2
        await eventually(lambda: not there.switchboard.bus.hears, within=5)
        assert time.monotonic() - began < 3
        valkey.thaw()
        await eventually(lambda: there.switchboard.bus.hears)
        assert there.switchboard.bus.epoch > epoch
        assert await _texts(luis, 1) == ["during"]
        await here.say(7, "after")
        assert await _texts(luis, 1) == ["after"]


async def test_a_cut_subscription_is_caught_up_with_state_and_messages(open_office, redis_url):
    here, there = await open_office(), await open_office()
    async with seated(there, 7) as luis, visit(there, "/lobby/3") as eva, visit(there, "/rooms/7") as unresumed:
        await eva.until("offers")
        epoch = there.switchboard.bus.epoch
        there.truth.write(7, "never published")
        there.truth.state[7], there.truth.offers[3] = "ended", [9]
        async with Redis.from_url(redis_url) as redis:
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await eventually(lambda: there.switchboard.bus.epoch > epoch)
        assert await _texts(luis, 1) == ["never published"]
        assert (await luis.until("state", status="ended"))[-1]["type"] == "state"
        assert (await eva.until("offers", offers=[9]))[-1]["offers"] == [9]
        await unresumed.say("ping")
        assert (await unresumed.next())["type"] == "pong"
        await here.say(7, "live again")
        assert await _texts(luis, 1) == ["live again"]


async def test_others_catch_up_when_only_the_publisher_was_cut_off(open_office):
    here, there = await open_office(), await open_office()
    async with seated(there, 7) as luis:
        there.truth.write(7, "committed")
        epoch = there.switchboard.bus.epoch
        here.switchboard.bus.owe(Envelope(Kind.FRAME, (channels.room(7, "expert", "en"),)))
        assert await _texts(luis, 1) == ["committed"]
        assert there.switchboard.bus.epoch == epoch


async def test_a_hang_up_that_redis_did_not_take_is_repeated(open_office, valkey):
    here, there = await open_office(valkey.url), await open_office(valkey.url)
    async with seated(there, 7) as luis:
        valkey.kill()
        await eventually(lambda: not here.switchboard.bus.hears)
        await here.switchboard.hang_up(4401, channels.login(7))
        await asyncio.sleep(0.2)
        valkey.start()
        assert await luis.closed() == 4401


async def test_an_office_opens_without_redis_and_finds_it_later(open_office, valkey):
    valkey.kill()
    office = await open_office(valkey.url)
    async with seated(office, 7) as ana:
        await office.say(7, "alone")
        assert await _texts(ana, 1) == ["alone"]
        valkey.start()
        await eventually(lambda: office.switchboard.bus.hears)


async def test_strange_envelopes_are_let_fall(open_office, redis_url, request):
    office = await open_office()
    async with seated(office, 7) as ana, Redis.from_url(redis_url) as redis:
        for raw in (b"", b"\xff\n{}", b"[]\n", b"[" * 9_000, b'["no",[],1,2]\n', b'["frame",7,1,2]\n'):
            await redis.publish(request.node.name, raw)
        await office.say(7, "fine")
        assert await _texts(ana, 1) == ["fine"]


async def test_what_was_published_last_is_sent_before_closing(open_office, redis_url, request):
    there = await open_office()
    async with seated(there, 7) as luis:
        async with Switchboard(redis_url, channel=request.node.name, pace=QUICK).running() as leaving:
            for n in range(300):
                await leaving.publish(frame("n", n=n), channels.room(7, "expert", "en"))
        assert [(await luis.next())["n"] for _ in range(300)] == list(range(300))
