"""Nobody stays behind in silence: the truth is asked where everyone should be."""

import asyncio
import time

import pytest
from offices import eventually, seated, visit

from realtime import switchboard
from realtime.bus import Pace
from realtime.survey import Findings

SOON = {"survey_s": 0.2}
NEVER = {"survey_s": 60.0}


async def test_whoever_missed_a_message_is_given_it_by_the_next_survey(open_office):
    office = await open_office(survey=open_office.truth.survey, **SOON)
    async with seated(office, 7) as ana, seated(office, 8) as eva:
        office.truth.write(7, "published by nobody")
        assert (await ana.until("message", within=1))[-1]["text"] == "published by nobody"
        await eva.say("ping")
        assert [heard["type"] for heard in await eva.until("pong")] == ["pong"]


async def test_whoever_missed_a_state_is_shown_it_once(open_office):
    office = await open_office(survey=open_office.truth.survey, **SOON)
    async with seated(office, 7) as ana:
        office.truth.state[7], office.truth.marks[7] = "ended", 3
        assert (await ana.next(within=1)) == {"type": "state", "status": "ended"}
        reads = office.truth.reads
        done = office.switchboard.surveys
        await eventually(lambda: office.switchboard.surveys > done + 3)
        assert office.truth.reads == reads


async def test_nobody_who_is_complete_or_has_not_resumed_is_bothered(open_office):
    office = await open_office(survey=open_office.truth.survey, **SOON)
    office.truth.write(7, "old")
    async with visit(office, "/rooms/7") as newcomer, seated(office, 7):
        reads, done = office.truth.reads, office.switchboard.surveys
        await eventually(lambda: office.switchboard.surveys > done + 3)
        assert office.truth.reads == reads
        await newcomer.say("ping")
        assert (await newcomer.next())["type"] == "pong"


async def test_a_guest_who_has_lost_the_right_to_be_here_is_hung_up(open_office):
    office = await open_office(survey=open_office.truth.survey, **SOON)
    async with seated(office, 7) as ana, visit(office, "/rooms/8") as eva:
        office.truth.gone = {7, 8, 9}
        assert await ana.closed() == 4401
        assert await eva.closed() == 4401


async def test_one_question_names_every_room_and_guest_once(open_office):
    asked = []

    async def survey(rooms, guests):
        asked.append((sorted(rooms), sorted(guests)))
        return Findings()

    office = await open_office(survey=survey, **NEVER)
    async with seated(office, 7), seated(office, 7), seated(office, 8), visit(office, "/rooms/9"):
        asked.clear()
        office.switchboard._surveyor.hurry()
        await eventually(lambda: asked)
        assert asked == [([7, 8], [7, 8, 9])]


async def test_thousands_of_rooms_are_asked_about_in_slices(open_office, monkeypatch):
    monkeypatch.setattr("realtime.survey.SLICE", 2)
    asked = []

    async def survey(rooms, guests):
        asked.append(len(rooms))
        return await open_office.truth.survey(rooms, guests)

    office = await open_office(survey=survey, **NEVER)
    async with seated(office, 1), seated(office, 2), seated(office, 3) as last:
        asked.clear()
        office.truth.write(3, "missed")
        office.switchboard._surveyor.hurry()
        assert (await last.until("message", within=1))[-1]["text"] == "missed"
        assert asked == [2, 1]


async def test_a_deaf_bus_costs_a_survey_and_not_a_read_for_every_room(open_office, valkey):
    pace = Pace(canary=0.1, deaf_after=0.6, answer=0.5, reconnect=0.1, poll=0.2)
    office = await open_office(valkey.url, pace=pace, survey=open_office.truth.survey, **NEVER)
    async with seated(office, 7) as ana, seated(office, 8), visit(office, "/lobby/3") as eva:
        await eva.until("offers")
        reads = office.truth.reads
        valkey.kill()
        office.truth.write(7, "said elsewhere")
        assert (await ana.until("message", within=2))[-1]["text"] == "said elsewhere"
        assert office.truth.reads == reads + 1
        assert (await eva.next())["type"] == "offers"


@pytest.mark.parametrize("surveyed", [True, False])
async def test_while_the_bus_is_deaf_lobbies_are_read_anew_only_now_and_then(
    open_office, valkey, monkeypatch, surveyed
):
    monkeypatch.setattr(switchboard, "REFRESH_S", 1.0)
    office = await open_office(valkey.url, survey=open_office.truth.survey if surveyed else None, **NEVER)
    async with seated(office, 7) as ana, visit(office, "/lobby/3") as eva:
        await eva.until("offers")
        for _ in range(2):  # the second silence is noticed as soon as the first
            valkey.kill()
            silent = time.monotonic()
            await eva.until("offers", within=0.9)
            reads = office.switchboard.bus.epoch
            office.truth.write(7, "said elsewhere")
            await ana.until("message", within=0.6)
            await eva.until("offers", within=2)
            assert time.monotonic() - silent > 0.9 and office.switchboard.bus.epoch > reads + 2
            valkey.start()
            await eventually(lambda: office.switchboard.bus.hears)
            await eva.until("offers", within=0.5)


async def test_without_a_survey_every_room_catches_up_by_itself(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        office.truth.write(7, "said elsewhere")
        office.switchboard._doubt_all()
        assert (await ana.until("message", within=1))[-1]["text"] == "said elsewhere"


async def test_surveys_never_overlap_and_a_call_during_one_is_not_forgotten(open_office):
    running, most = [], []

    async def survey(rooms, guests):
        running.append(1)
        most.append(len(running))
        await asyncio.sleep(0.1)
        running.pop()
        return await open_office.truth.survey(rooms, guests)

    office = await open_office(survey=survey, **NEVER)
    async with seated(office, 7):
        most.clear()
        for _ in range(5):
            office.switchboard._surveyor.hurry()
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.4)
        assert most == [1, 1]


async def test_a_survey_that_fails_is_logged_and_asked_again_soon(open_office, caplog):
    failures = [1]

    async def survey(rooms, guests):
        if failures.pop():
            failures.append(0)
            raise ConnectionError("the database is away")
        failures.append(0)
        return await open_office.truth.survey(rooms, guests)

    office = await open_office(survey=survey, **NEVER)
    async with seated(office, 7) as ana:
        office.truth.write(7, "missed")
        office.switchboard._surveyor.hurry()
        assert (await ana.until("message", within=3))[-1]["text"] == "missed"
    assert "survey_failed" in caplog.text and "the database" not in caplog.text


async def test_what_is_held_back_is_asked_about_only_when_its_hold_is_over(open_office):
    truth, asked = open_office.truth, []

    async def survey(rooms, guests):
        asked.append((sorted(rooms), sorted(guests)))
        return await truth.survey(rooms, guests)

    office = await open_office(survey=survey, survey_s=0.5)
    async with seated(office, 7) as ana, seated(office, 8) as eva:
        truth.hold_s, truth.shown = 0.4, {7: 0}
        truth.write(7, "held"), truth.write(8, "missed")
        truth.state[7], truth.marks[7] = "ended", 3
        asked.clear()
        assert (await eva.until("message", within=2))[-1]["text"] == "missed"
        assert truth.reads == 3, "two who came, and one who was behind"
        truth.shown = {}
        assert (await ana.until("message", within=2))[-1]["text"] == "held"
        assert ([7, 8], [7, 8]) in asked and ([7], []) in asked


async def test_what_was_missed_before_the_hold_does_not_wait_for_its_end(open_office):
    office = await open_office(survey=open_office.truth.survey, **NEVER)
    open_office.truth.hold_s = 60.0
    async with seated(office, 7) as ana:
        open_office.truth.shown = {7: 1}
        open_office.truth.write(7, "missed"), open_office.truth.write(7, "held")
        await office.switchboard._surveyor._all_asked(doubted=False)
        assert (await ana.until("message", within=2))[-1]["text"] == "missed"


async def test_in_doubt_whether_anything_was_heard_nothing_is_held_back(open_office):
    office = await open_office(survey=open_office.truth.survey, **NEVER)
    open_office.truth.hold_s = 60.0
    async with seated(office, 7) as ana:
        open_office.truth.shown = {7: 0}
        open_office.truth.write(7, "held")
        office.switchboard._surveyor.hurry()
        assert (await ana.until("message", within=2))[-1]["text"] == "held"


async def test_a_room_in_which_somebody_never_stops_is_no_reason_to_ask_more_often(open_office):
    truth = open_office.truth
    office = await open_office(survey=truth.survey, survey_s=0.2)
    truth.hold_s = 0.1
    async with seated(office, 7):
        truth.shown = {7: 0}
        truth.write(7, "held")
        reads, done = truth.reads, office.switchboard.surveys
        await eventually(lambda: office.switchboard.surveys > done + 5)
        assert truth.reads == reads or truth.reads == reads + 1
