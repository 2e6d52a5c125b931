"""Nobody stays behind in silence: the truth is asked where everyone should be."""

import asyncio

from offices import eventually, seated, visit

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


async def test_without_a_survey_every_room_catches_up_by_itself(open_office):
    office = await open_office()
    async with seated(office, 7) as ana:
        office.truth.write(7, "said elsewhere")
        office.switchboard._doubt_all()
        assert (await ana.until("message", within=1))[-1]["text"] == "said elsewhere"


async def test_surveys_never_overlap_and_one_that_fails_is_tried_again(open_office, caplog):
    running, most, failures = [], [], [1]

    async def survey(rooms, guests):
        running.append(1)
        most.append(len(running))
        await asyncio.sleep(0.1)
        running.pop()
        if failures:
            failures.pop()
            raise ConnectionError("the database is away")
        return await open_office.truth.survey(rooms, guests)

    office = await open_office(survey=survey, **SOON)
    async with seated(office, 7) as ana:
        office.truth.write(7, "missed")
        for _ in range(5):
            office.switchboard._surveyor.hurry()
            await asyncio.sleep(0.02)
        assert (await ana.until("message", within=3))[-1]["text"] == "missed"
        assert max(most) == 1
    assert "survey_failed" in caplog.text and "the database" not in caplog.text
