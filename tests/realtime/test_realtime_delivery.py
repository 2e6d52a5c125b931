"""A frame reaches everyone it is for, on any process, in order and once."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from offices import eventually, seated, visit

from realtime import channels, hub
from realtime.connection import Connection, Limits
from realtime.frames import frame, together


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


@pytest.mark.parametrize("slices", [128, 1], ids=["at once", "as a broadcast"])
async def test_frames_together_are_given_together_or_not_at_all(open_office, monkeypatch, slices):
    monkeypatch.setattr(hub, "SLICE", slices)
    here, there = await open_office(), await open_office()
    async with seated(here, 7) as ana, seated(here, 7) as rui, seated(there, 7) as luis, seated(there, 7) as eva:
        people, room = (ana, rui, luis, eva), channels.room(7, "expert", "en")
        text, seq = here.truth.write(7, "number one")
        there.truth.messages[7].append("number one")
        for _ in range(2):  # the second time everybody has number one already, and so what came with it
            here.switchboard.publish(together(frame("edit", n=1), frame("edit", n=2), text), room, seq=seq)
        here.switchboard.publish(frame("end"), room)
        for person in people:
            assert [one.get("n", one["type"]) for one in await person.until("end")] == [1, 2, "message", "end"]


async def test_frames_that_overtook_each_other_on_the_bus_are_put_in_order_without_reading_the_truth(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        reads = office.truth.reads
        written = [office.truth.write(7, str(n)) for n in range(6)]
        for n in (3, 1, 0, 5, 2, 1, 4):
            office.switchboard.publish(written[n][0], channels.room(7, "expert", "en"), seq=written[n][1])
        assert [(await ana.next())["seq"] for _ in range(6)] == [1, 2, 3, 4, 5, 6]
        assert office.truth.reads == reads


async def test_a_frame_whose_predecessor_never_comes_is_read_from_the_truth_soon(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        office.truth.write(7, "lost on its way")
        written, seq = office.truth.write(7, "arrived")
        office.switchboard.publish(written, channels.room(7, "expert", "en"), seq=seq)
        assert [(await ana.next(within=2))["text"] for _ in range(2)] == ["lost on its way", "arrived"]
        await office.say(7, "and on")
        assert (await ana.next())["seq"] == 3


async def test_too_many_early_frames_are_not_held_but_read(open_office):
    office = await open_office(limits=Limits(early_frames=3, overtaken=60.0))
    async with seated(office, 7) as ana:
        written = [office.truth.write(7, str(n)) for n in range(6)]
        for text, seq in written[1:]:
            office.switchboard.publish(text, channels.room(7, "expert", "en"), seq=seq)
        assert [(await ana.next(within=2))["seq"] for _ in range(6)] == [1, 2, 3, 4, 5, 6]


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


async def test_what_was_said_before_a_drain_is_answered_before_the_close(open_office):
    office = await open_office()
    heard = asyncio.Event()

    async def slow(connection, said):
        heard.set()
        await asyncio.sleep(0.3)
        connection.send(frame("ack", cid=said["cid"]))

    async with seated(office, 7) as ana, seated(office, 8) as eva:
        office.hear = slow
        for cid in "abc":
            await ana.say("send", cid=cid)
        await heard.wait()
        await asyncio.sleep(0.05)
        draining = asyncio.create_task(office.switchboard.drain(over=2.0))
        told = await ana.until("ack", cid="c")
        assert [one.get("cid") for one in told] == [None, "a", "b", "c"] and told[0]["type"] == "drain"
        assert await ana.closed() == 1012 and await eva.closed() == 1012
        async with asyncio.timeout(1.5):
            await draining


async def test_whoever_comes_while_a_process_drains_is_sent_away_too(open_office):
    office = await open_office()
    await office.switchboard.drain(over=0.5)
    async with visit(office, "/rooms/7") as late:
        assert (await late.next())["type"] == "drain"
        assert await late.closed() == 1012


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
    async with _crowd(office, 7, 5) as crowd:
        await office.say(7, "all")
        assert [(await person.next())["text"] for person in crowd] == ["all"] * 5


@asynccontextmanager
async def _crowd(office, chat, count):
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(seated(office, chat)) for _ in range(count)]


async def test_a_numbered_frame_passes_a_running_broadcast_and_the_others_keep_their_order(open_office, monkeypatch):
    monkeypatch.setattr(hub, "SLICE", 2)
    monkeypatch.setattr(hub, "MOST_JOINED", 1)
    office = await open_office()
    room, everyone = channels.room(7, "expert", "en"), channels.room(8, "expert", "en")
    async with _crowd(office, 8, 7) as crowd, seated(office, 7) as ana:
        for connection in office.switchboard.hub.listeners([room]):
            office.switchboard.hub.join(connection, [room, everyone])
        for n in range(5):
            office.switchboard.publish(frame("offer", n=n), everyone)
        office.switchboard.publish(frame("typing"), room)
        await office.say(7, "at once")
        order = [one.get("text", one.get("n")) for one in await ana.until("typing")]
        assert order == ["at once", 0, 1, 2, 3, 4, None]
        for person in crowd:
            assert [(await person.next())["n"] for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_broadcasts_that_wait_for_each_other_leave_in_one_write(open_office, monkeypatch):
    monkeypatch.setattr(hub, "SLICE", 2)
    office = await open_office()
    async with _crowd(office, 7, 5) as crowd:
        carried = []
        monkeypatch.setattr(Connection, "carry", lambda self, outgoing, **_: carried.append(len(outgoing.payloads)))
        for n in range(4):
            office.switchboard.publish(frame("offer", n=n), channels.room(7, "expert", "en"))
        await eventually(lambda: len(carried) == 5)
        monkeypatch.undo()
        assert carried == [4] * 5
        monkeypatch.setattr(hub, "SLICE", 2)
        for n in range(4):
            office.switchboard.publish(frame("offer", n=n), channels.room(7, "expert", "en"))
        for person in crowd:
            assert [(await person.next())["n"] for _ in range(4)] == [0, 1, 2, 3]


async def test_more_broadcasts_than_may_wait_become_one_catch_up(open_office, monkeypatch):
    monkeypatch.setattr(hub, "SLICE", 1)
    monkeypatch.setattr(hub, "MOST_BROADCASTS", 3)
    office = await open_office()
    async with visit(office, "/lobby/3") as eva, visit(office, "/lobby/3") as rui:
        for person in (eva, rui):
            await person.until("offers")
        office.truth.offers[3] = [9]
        for n in range(50):
            office.switchboard.publish(frame("offer", n=n), channels.lobby(3))
        for person in (eva, rui):
            assert [9] in [one.get("offers") for one in await person.until("offers")]
        assert len(office.switchboard.hub._broadcasts) <= 3


async def test_nothing_older_follows_what_was_read_because_too_many_broadcasts_waited(open_office, monkeypatch):
    monkeypatch.setattr(hub, "SLICE", 1)
    monkeypatch.setattr(hub, "MOST_BROADCASTS", 5)
    monkeypatch.setattr(hub, "MOST_JOINED", 1)
    office = await open_office()
    lobby, both = [channels.lobby(3)], [channels.lobby(3), channels.lobby(4)]
    async with (
        visit(office, "/lobby/3") as eva,
        visit(office, "/lobby/4") as rui,
        visit(office, "/lobby/5") as lea,
        visit(office, "/lobby/3") as twin,
        visit(office, "/lobby/5"),
    ):
        for person in (eva, rui, lea, twin):
            await person.until("offers")
        office.truth.offers[3] = office.truth.offers[4] = [9]
        office.switchboard.publish(frame("offer", n=0), *both)
        await asyncio.sleep(0)  # this one is under way, and the others wait for it
        office.switchboard.publish(frame("bystander"), channels.lobby(5))
        for n in range(1, 5):
            office.switchboard.publish(frame("offer", n=n), *(both if n % 2 else lobby))
        for person in (eva, rui, twin):
            await person.until("offers", offers=[9])
        await lea.until("bystander")
        office.switchboard.publish(frame("end"), *both)
        for person in (eva, rui, twin):
            assert [one["type"] for one in await person.until("end")] == ["end"]


async def test_of_several_resumes_that_wait_the_last_counts(open_office):
    office = await open_office()
    for n in range(9):
        office.truth.write(7, str(n))
    async with visit(office, "/rooms/7") as ana:
        office.switchboard.common.turn = asyncio.Semaphore(0)
        await ana.say("resume", seq=0)
        await eventually(lambda: next(iter(office.switchboard.hub)).position == 0)
        for seq in (1, 2, 3, 8):
            await ana.say("resume", seq=seq)
        await ana.say("ping")
        await asyncio.sleep(0.1)
        assert next(iter(office.switchboard.hub)).waiting == 2  # one resume, one pong
        office.switchboard.common.turn.release()
        await ana.until("resumed")
        assert [one["type"] for one in await ana.until("pong")] == ["state", "message", "resumed", "pong"]


async def test_whoever_waits_for_a_turn_loses_nothing_and_is_not_drowned(open_office):
    office = await open_office(limits=Limits(outbox_frames=8, read_missed=0.2))
    async with seated(office, 7) as ana:
        connection = next(iter(office.switchboard.hub))
        office.switchboard.common.turn = asyncio.Semaphore(0)
        connection.catch_up()
        await eventually(lambda: connection._waits)
        for n in range(30):
            await office.say(7, str(n))
        await asyncio.sleep(0.4)  # waiting does not count against the time to read
        connection.send(frame("pong"), ahead=True)
        assert (await ana.next())["type"] == "pong"
        office.switchboard.common.turn.release()
        assert [one["seq"] for one in (await ana.until("state"))[:-1]] == list(range(1, 31))


async def test_an_idle_connection_keeps_no_task_and_no_queue(open_office):
    office = await open_office()
    async with seated(office, 7) as ana, visit(office, "/lobby/3") as eva:
        await eva.until("offers")
        await ana.say("ping")
        await ana.until("pong")
        await eventually(lambda: not [task for task in asyncio.all_tasks() if "Line." in repr(task)])
        for connection in office.switchboard.hub:
            assert (connection._outbox, connection._inbox, connection.waiting) == (None, None, 0)


async def test_what_befell_the_connections_is_counted(open_office):
    office = await open_office(limits=Limits(burst=2, rate=0.1))
    async with seated(office, 7) as ana:
        for _ in range(3):
            await ana.say("ping")
        await ana.until("error", code="too_fast")
        office.switchboard.wake(channels.room(7, "expert", "en"))
        await ana.until("state")
        board = office.switchboard
        assert (board.too_fast, board.catch_ups, board.slow_readers, board.surveys) == (2, 1, 0, 0)
        assert (len(board.hub), board.hub.channels, board.hub.largest_outbox) == (1, 2, 0)
