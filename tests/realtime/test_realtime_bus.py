"""Redis may be killed, emptied or frozen at any moment: nobody misses anything, and it is noticed."""

import asyncio
import time
from dataclasses import replace

import pytest
import uvloop
from buses import Witness, witness
from offices import QUICK, eventually, seated, visit
from redis.asyncio import Redis

from realtime import bus, channels, strand
from realtime.bus import Pace
from realtime.envelope import BadEnvelope, Envelope, Kind, unpack
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
        assert time.monotonic() - began < 1
        assert await _texts(luis, 1) == ["mine"]
        assert time.monotonic() - began < 4


async def test_a_frozen_redis_is_noticed_in_three_seconds_and_caught_up_after(open_office, valkey):
    here, there = await open_office(valkey.url, pace=Pace()), await open_office(valkey.url, pace=Pace())
    async with seated(here, 7) as ana, seated(there, 7) as luis:
        epoch = there.switchboard.bus.epoch
        valkey.freeze()
        began = time.monotonic()
        await here.say(7, "during")
        assert await _texts(ana, 1) == ["during"]
        assert time.monotonic() - began < 2
        await eventually(lambda: not there.switchboard.bus.hears, within=10)
        assert time.monotonic() - began < 5  # three seconds, and what a busy machine adds
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
        here.switchboard.hang_up(4401, channels.login(7))
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


STRANGE = (b"", b"\xff\n{}", b"[]\n", b"[" * 9_000, b'["no",[],1,2]\n', b'["frame",7,1,2]\n', b'["frame",["\xff"],1,2]')


@pytest.mark.parametrize("raw", STRANGE)
def test_what_is_no_envelope_is_a_bad_one(raw):
    with pytest.raises(BadEnvelope):
        unpack(raw)


async def test_strange_envelopes_are_let_fall(open_office, redis_url, request):
    office = await open_office()
    async with seated(office, 7) as ana, Redis.from_url(redis_url) as redis:
        for raw in STRANGE:
            await redis.publish(request.node.name, raw)
        await office.say(7, "fine")
        assert await _texts(ana, 1) == ["fine"]


async def test_what_was_published_last_is_sent_before_closing(open_office, redis_url, request):
    there = await open_office()
    async with seated(there, 7) as luis:
        async with Switchboard(redis_url, channel=request.node.name, pace=QUICK).running() as leaving:
            for n in range(300):
                leaving.publish(frame("n", n=n), channels.room(7, "expert", "en"))
        assert [(await luis.next())["n"] for _ in range(300)] == list(range(300))


# The bus by itself.


async def test_others_hear_what_one_says_and_it_does_not_hear_itself(redis_url, request):
    name = request.node.name
    async with witness(redis_url, name) as here, witness(redis_url, name) as there:
        said = [here.say("hola ñ", "room:7", "login:1", seq=3), here.say("\n[\n", *(f"lobby:{n}" for n in range(5000)))]
        here.bus.publish(Envelope(Kind.HANG_UP, ("login:1",), code=4401))
        await there.hears(*said)
        await here.hears(there.say("and back"))
        assert there.heard == [*said, Envelope(Kind.HANG_UP, ("login:1",), code=4401)]
        assert [one.payload for one in here.heard] == [b"and back"]


async def test_all_that_is_heard_in_one_read_is_received_at_once(redis_url, request):
    name = request.node.name
    async with witness(redis_url, name) as here, witness(redis_url, name) as there:
        said = [here.say(str(n), seq=n) for n in range(2000)]
        await there.hears(said[-1])
        assert there.heard == said
        assert max(map(len, there.reads)) > 20
        await eventually(lambda: here.bus.published == 2000)
        assert there.bus.heard == 2000 and here.bus.refused == there.bus.heard - 2000 == 0


# Says what it owes only after everybody is back: who comes back later has read everything and hears no name.
LATE = replace(QUICK, canary=3)


async def test_what_redis_never_answered_is_caught_up_by_name(valkey):
    async with witness(valkey.url, pace=LATE) as here, witness(valkey.url) as there:
        valkey.freeze()
        for n in range(3):
            here.say("sent, not answered", f"room:{n}")
        await asyncio.sleep(0.05)
        assert here.bus.hears and here.bus.refused == 0
        valkey.kill()
        await eventually(lambda: here.bus.refused == 3)
        here.say("not even sent", "room:9")
        valkey.start()
        await eventually(lambda: there.heard)
        assert [(one.kind, sorted(one.channels)) for one in there.heard] == [
            (Kind.CATCH_UP, ["room:0", "room:1", "room:2", "room:9"])
        ]
        await there.hears(here.say("after"))
        assert len(there.heard) == 2


async def test_beyond_so_many_channels_everyone_catches_up(valkey, monkeypatch):
    monkeypatch.setattr(bus, "MOST_OWED", 5)
    async with witness(valkey.url, pace=LATE) as here, witness(valkey.url) as there:
        valkey.kill()
        await eventually(lambda: not here.bus.hears)
        for n in range(9):
            here.say("lost", f"room:{n}")
        valkey.start()
        await eventually(lambda: there.bus.heard)
        assert there.reads[-1] == [Envelope(Kind.CATCH_UP)]


async def test_no_more_waits_for_redis_than_fits(valkey, monkeypatch):
    monkeypatch.setattr(strand, "MOST_WAITING", 10)
    pace = Pace(canary=0.1)
    async with witness(valkey.url, pace=pace) as here, witness(valkey.url, pace=pace) as there:
        valkey.freeze()
        for n in range(15):
            here.say(str(n), f"room:{n}")
        assert here.bus.refused >= 5
        await asyncio.sleep(0.4)
        assert here.bus.hears
        valkey.thaw()
        await eventually(lambda: len(there.heard) >= 10)
        owed = here.bus.refused
        await eventually(lambda: there.heard[-1].kind is Kind.CATCH_UP)
        assert len(there.heard[-1].channels) == owed


async def test_hang_ups_are_repeated_until_everyone_can_have_come_back(valkey):
    hang_up = Envelope(Kind.HANG_UP, ("login:1",), code=4401)
    async with witness(valkey.url) as here:
        valkey.kill()
        await eventually(lambda: not here.bus.hears)
        here.bus.publish(hang_up)
        valkey.start()
        await eventually(lambda: here.bus.hears)
        async with witness(valkey.url) as late:
            await late.hears(hang_up)
            await asyncio.sleep(QUICK.deaf_after + QUICK.answer + QUICK.reconnect + 3 * QUICK.canary)
            heard = len(late.heard)
            await asyncio.sleep(5 * QUICK.canary)
            assert len(late.heard) == heard > 1


async def test_a_hang_up_of_those_who_may_come_back_is_said_once(valkey):
    again = Envelope(Kind.HANG_UP, ("room:1",), code=1012)
    patient = replace(QUICK, canary=60)  # mends nothing by itself: here it is told to, when the other one listens
    async with witness(valkey.url, pace=patient) as here, witness(valkey.url) as there:
        valkey.kill()
        await eventually(lambda: not here.bus.hears)
        here.bus.publish(again)
        valkey.start()
        await eventually(lambda: here.bus.hears and there.bus.hears)
        for _ in range(3):
            here.bus._settle(here.bus._strands[0])
        await there.hears(here.say("after"))
        assert there.heard.count(again) == 1


async def test_more_hang_ups_than_are_remembered_are_left_to_the_survey(valkey, monkeypatch, caplog):
    monkeypatch.setattr(bus, "MOST_OWED", 5)
    async with witness(valkey.url) as here:
        valkey.kill()
        await eventually(lambda: not here.bus.hears)
        for n in range(6):
            here.bus.publish(Envelope(Kind.HANG_UP, (f"login:{n}",), code=4401))
        here.bus.publish(Envelope(Kind.HANG_UP, ("login:9",), code=4401))
        assert here.bus._owed == {4401: {"login:9"}}
        assert [(one.code, one.channels) for one in caplog.records if one.msg == "hang_ups_forgotten"] == [(4401, 6)]


async def test_a_refused_publish_breaks_the_line_at_once_and_is_caught_up(valkey):
    patient = Pace(canary=30, reconnect=0.1)
    async with witness(valkey.url, pace=patient) as here, witness(valkey.url) as there:
        async with Redis.from_url(valkey.url) as redis:
            await redis.execute_command("ACL SETUSER default -publish")
            here.say("refused", "room:7")
            await eventually(lambda: here.bus.reconnects, within=1)
            assert here.bus.refused == 1
            await redis.execute_command("ACL SETUSER default +publish")
        await eventually(lambda: here.bus.hears)
        here.bus._settle(here.bus._strands[0])  # as the bus will with its next canary
        await there.hears(Envelope(Kind.CATCH_UP, ("room:7",)))


async def test_one_who_may_not_subscribe_is_deaf_and_says_why_once(valkey, caplog):
    async with Redis.from_url(valkey.url) as redis:
        await redis.execute_command("ACL SETUSER default -subscribe")
        async with witness(valkey.url) as here:
            await eventually(lambda: here.bus.reconnects > 3)
            assert not here.bus.hears
            assert [record.said for record in caplog.records if record.msg == "bus_deaf"] == ["NOPERM"]
            await redis.execute_command("ACL SETUSER default +subscribe")
            await eventually(lambda: here.bus.hears)


async def test_an_emptied_redis_is_nothing_to_the_bus(redis_url, valkey):
    async with witness(valkey.url) as here, witness(valkey.url) as there, Redis.from_url(valkey.url) as redis:
        await redis.flushall()
        await there.hears(here.say("still here"))
        assert here.bus.epoch == there.bus.epoch == 1 and here.bus.refused == here.bus.reconnects == 0


async def test_the_moment_a_silence_is_noticed_everyone_looks_at_the_truth(valkey):
    async with witness(valkey.url, pace=replace(QUICK, poll=60)) as here:
        epoch, told = here.bus.epoch, here.caught_up_at
        valkey.freeze()
        await eventually(lambda: not here.bus.hears)
        await eventually(lambda: here.caught_up_at > told, within=0.5)
        assert here.bus.epoch == epoch + 1
        valkey.thaw()


async def test_while_deaf_the_epoch_rises_with_every_poll(valkey):
    async with witness(valkey.url) as here:
        valkey.kill()
        await eventually(lambda: not here.bus.hears)
        epoch, reads = here.bus.epoch, len(here.reads)
        await asyncio.sleep(5 * QUICK.poll)
        assert 4 <= here.bus.epoch - epoch <= 6
        assert here.reads[reads:] == [[Envelope(Kind.CATCH_UP)]] * (here.bus.epoch - epoch)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_loop_that_was_held_up_does_not_blame_redis(redis_url, loop):
    async def be_held_up():
        async with witness(redis_url) as here:
            for _ in range(3):  # every turn of the loop takes longer than Redis may
                time.sleep(QUICK.deaf_after * 1.2)
                await asyncio.sleep(0)
            await asyncio.sleep(0.2)
            assert here.bus.hears and here.bus.epoch == 1 and here.bus.reconnects == 0

    with asyncio.Runner(loop_factory=loop) as runner:  # uvloop looks at its timers before it reads, asyncio after
        runner.run(be_held_up())


async def test_the_lag_is_how_long_a_canary_takes_or_is_waited_for(valkey):
    async with witness(valkey.url, pace=Pace(canary=0.1)) as here:
        await eventually(lambda: 0 < here.bus.lag < 0.05)
        valkey.freeze()
        await asyncio.sleep(0.4)
        assert here.bus.lag > 0.2 and here.bus.hears
        valkey.thaw()
        await eventually(lambda: here.bus.lag < 0.05)


async def test_all_that_was_said_is_sent_before_the_bus_closes(redis_url, request):
    async with witness(redis_url, request.node.name) as there:
        async with witness(redis_url, request.node.name, Pace(answer=5)) as leaving:
            said = [leaving.say("x" * 1000, seq=n) for n in range(2000)]
        assert leaving.bus.published == 2000
        await there.hears(said[-1])
        assert there.heard == said


async def test_a_fault_of_the_receiver_does_not_end_the_bus(redis_url, request, caplog):
    name = request.node.name
    async with witness(redis_url, name) as here, witness(redis_url, name) as there:
        well, there.bus._receive = there.bus._receive, lambda envelopes: 1 / 0
        here.say("too much")
        await eventually(lambda: "bus_receive_failed" in caplog.text)
        there.bus._receive = well
        await there.hears(here.say("fine"))
        assert there.bus.reconnects == 0


async def test_what_was_said_before_it_ran_is_caught_up(redis_url, request):
    async with witness(redis_url, request.node.name) as there:
        early = Witness(redis_url, request.node.name, QUICK)
        early.say("nobody carries this yet", "room:7")
        async with early.bus.running():
            await there.hears(Envelope(Kind.CATCH_UP, ("room:7",)))
