"""What one connection bears, and what it does not let others feel."""

import asyncio
from contextlib import suppress
from importlib.util import find_spec

import pytest
from offices import eventually, seated, served, visit
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from realtime import channels
from realtime.connection import Limits
from realtime.frames import frame
from realtime.line import MOST_REFUSED
from realtime.rfc6455 import MOST_FRAGMENTS


async def _still_answers(person):
    await person.say("ping")
    return (await person.until("pong"))[-1]["type"] == "pong"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x00\x01", "binary"),
        ("{broken", "bad_json"),
        ("[1]", "bad_json"),
        ("[" * 100_000, "bad_json"),
        ('{"n":' + "9" * 5_000 + "}", "bad_json"),
        ('{"type":"?","cid":"c-1"}', "unknown_type"),
    ],
    ids=["binary", "broken", "no_object", "deep", "long_number", "unknown"],
)
async def test_a_bad_frame_is_answered_and_the_connection_stays(open_office, sent, code):
    office = await open_office(server={"ws_max_size": 1_000_000})
    async with visit(office, "/rooms/7") as ana:
        await ana.line.send(sent)
        refusal = await ana.next()
        assert (refusal["type"], refusal["code"]) == ("error", code)
        assert await _still_answers(ana)


async def test_a_frame_over_the_limit_closes_with_1009(open_office):
    office = await open_office()
    async with visit(office, "/rooms/7") as ana:
        await ana.line.send("x" * 17_000)
        assert await ana.closed() == 1009


async def test_who_says_too_much_is_refused_frame_by_frame_and_the_connection_stays(open_office):
    office = await open_office(limits=Limits(rate=10, burst=20))
    async with visit(office, "/rooms/7") as ana:
        for _ in range(3):
            for n in range(50):
                await ana.line.send(frame("say", cid=str(n)))
            heard = [await ana.next() for _ in range(50)]
            refused = [one["cid"] for one in heard if one["code"] == "too_fast"]
            assert 25 < len(refused) <= 40 + 8 and "49" in refused
            await asyncio.sleep(1)
        assert await _still_answers(ana)


@pytest.mark.parametrize("server", [{}, {"ws": "websockets-sansio"}], ids=["our protocol class", "another"])
@pytest.mark.parametrize("sent", [frame("say"), "[1]", b"x"], ids=["too_fast", "bad_json", "binary"])
async def test_who_goes_on_after_so_many_refusals_is_closed_with_1008(open_office, sent, server):
    office = await open_office(limits=Limits(rate=0.001, burst=5), server=server)
    async with visit(office, "/rooms/7") as ana:
        with suppress(ConnectionClosed):
            for _ in range(500):
                await ana.line.send(sent)
        assert await ana.closed() == 1008
        await eventually(lambda: not len(office.switchboard.hub))
        answers = []
        with suppress(ConnectionClosed):
            while True:
                answers.append(await ana.line.recv())
        assert len(answers) <= 5 + MOST_REFUSED * 5


async def test_a_frame_that_is_accepted_forgives_the_refusals_before(open_office):
    office = await open_office(limits=Limits(rate=1000, burst=5))
    async with visit(office, "/rooms/7") as ana:
        for _ in range(5):
            for _ in range(MOST_REFUSED * 5):
                await ana.line.send("[1]")
            assert await _still_answers(ana)


async def test_a_busy_application_fills_the_inbox_and_the_reader_goes_on(open_office):
    office = await open_office(limits=Limits(inbox_frames=2))
    gate = asyncio.Event()

    async def wait(connection, said):
        await gate.wait()
        connection.send(frame("done", cid=said["cid"]))

    office.hear = wait
    async with visit(office, "/rooms/7") as ana:
        for n in range(5):
            await ana.say("say", cid=str(n))
            await asyncio.sleep(0.02)
        assert [(await ana.next())["code"] for _ in range(2)] == ["too_fast"] * 2
        gate.set()
        assert [(await ana.next())["cid"] for _ in range(3)] == ["0", "1", "2"]


async def test_frames_are_heard_one_after_the_other(open_office):
    office = await open_office()
    running = []

    async def slow(connection, said):
        running.append(said["cid"])
        await asyncio.sleep(0.02)
        assert running == [said["cid"]]
        running.clear()
        connection.send(frame("done", cid=said["cid"]))

    office.hear = slow
    async with visit(office, "/rooms/7") as ana:
        for n in range(5):
            await ana.say("say", cid=n)
        assert [(await ana.next())["cid"] for _ in range(5)] == list(range(5))


async def test_an_application_that_raises_closes_with_1011(open_office, caplog):
    office = await open_office()
    async with visit(office, "/rooms/7") as ana:
        await ana.say("trip")
        assert await ana.closed() == 1011
    assert "connection_failed" in caplog.text


async def test_last_words_are_heard_although_the_speaker_has_left(open_office):
    office = await open_office()
    heard = []

    async def slow(connection, said):
        await asyncio.sleep(0.1)
        heard.append(said["cid"])

    office.hear = slow
    async with visit(office, "/rooms/7") as ana:
        for n in range(4):
            await ana.say("say", cid=n)
    await eventually(lambda: heard == [0, 1, 2, 3])


async def _does_not_feel(office, person, big, times):
    for _ in range(times):
        written, seq = office.truth.write(7, big)
        office.switchboard.publish(written, channels.room(7, "expert", "en"), seq=seq)
        assert (await person.next(within=1))["seq"] == seq


@pytest.mark.parametrize("limits", [Limits(send=0.3), Limits(outbox_frames=8)], ids=["deadline", "outbox"])
async def test_a_slow_reader_is_let_go_and_nobody_else_feels_it(open_office, limits):
    office = await open_office(limits=limits)
    async with seated(office, 7) as quick, seated(office, 7):
        await _does_not_feel(office, quick, "x" * 60_000, times=150)
        await eventually(lambda: len(office.switchboard.hub) == 1)
        await office.say(7, "still here")
        assert (await quick.next())["text"] == "still here"


async def test_whoever_reads_but_too_little_is_told_to_come_back(open_office):
    office = await open_office(limits=Limits(outbox_frames=8), server={"ws": "websockets-sansio"})
    async with seated(office, 7) as ana:
        connection = next(iter(office.switchboard.hub))
        for n in range(20):
            connection.deliver(frame("typing", n=n))
        assert await ana.closed() == 1013


async def test_a_truth_that_does_not_answer_is_not_waited_for(open_office):
    office = await open_office(limits=Limits(read_missed=0.2))
    office.truth.messages = None
    async with visit(office, "/rooms/7") as ana:
        await ana.say("resume", seq=0)
        assert await ana.closed() == 1011


async def test_a_turn_that_never_comes_closes_with_1013(open_office):
    office = await open_office(limits=Limits(turn=0.2))
    office.switchboard.common.turn = asyncio.Semaphore(0)
    async with visit(office, "/rooms/7") as ana:
        await ana.say("resume", seq=0)
        assert await ana.closed() == 1013


async def test_lost_rights_found_while_catching_up_close_with_their_code(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        office.truth.revoked = True
        next(iter(office.switchboard.hub)).catch_up()
        assert await ana.closed() == 4401


@pytest.mark.parametrize("theirs", ["websockets-sansio", *(["wsproto"] if find_spec("wsproto") else [])])
async def test_it_works_without_our_protocol_class_too(open_office, theirs):
    office = await open_office(server={"ws": theirs, "http": "h11"})
    async with seated(office, 7) as ana, visit(office, "/lobby/3") as eva, seated(office, 7) as rui:
        for n in range(30):
            await office.say(7, str(n))
        office.switchboard.publish(frame("typing"), channels.room(7, "expert", "en"))
        assert [one.get("text") for one in await ana.until("typing")] == [*map(str, range(30)), None]
        for _ in range(40):
            await ana.say("ping")
        assert (await ana.until("error"))[-1]["code"] == "too_fast"
        assert (await eva.next())["type"] == "offers"
        await rui.line.close()
        await eventually(lambda: len(office.switchboard.hub) == 2)
        await office.switchboard.drain(over=0.5)
        assert await eva.closed() == 1012


async def test_a_bomb_of_empty_fragments_is_refused(open_office):
    office = await open_office()
    async with visit(office, "/rooms/7") as ana:

        async def bomb():
            for _ in range(MOST_FRAGMENTS * 3):
                yield ""

        with pytest.raises(Exception, match="too many fragments"):
            await ana.line.send(bomb())
            await ana.line.recv()
        assert await ana.closed() == 1009


async def test_a_peer_that_never_reads_is_cut_by_the_keepalive(open_office):
    office = await open_office(limits=Limits(send=60, outbox_frames=10_000, outbox_bytes=10**9))
    deaf = {"proxy": None, "max_queue": 1, "ping_interval": None, "close_timeout": 0.3}
    impatient = served(office.app, ws_ping_interval=0.2, ws_ping_timeout=0.3)
    async with impatient as url, connect(url + "/lobby/3", **deaf) as line:
        await line.recv()
        for _ in range(200):
            office.switchboard.publish(frame("x", x="x" * 60_000), channels.lobby(3))
        await eventually(lambda: not len(office.switchboard.hub))


async def test_a_cancelled_connection_leaves_nothing_behind(open_office):
    office = await open_office()
    before = asyncio.all_tasks()
    async with served(office.app) as url, connect(url + "/rooms/7", proxy=None) as line:
        await line.recv()
        mine = [task for task in asyncio.all_tasks() - before if "WireProtocol._run" in repr(task)]
        mine[0].cancel()
        await eventually(lambda: not len(office.switchboard.hub))
    await eventually(lambda: not {task for task in asyncio.all_tasks() - before if "Line." in repr(task)})
