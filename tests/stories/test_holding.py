"""A customer's words reach the expert a moment later: what comes in a burst is masked as one text. All else is now."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from chatmarket.client import Message, Room
from chatmarket.flows.committing import Edit
from chatmarket.flows.holding import MOST_HELD
from tests.cast import Cast, Customer, Person
from tests.serving import Town
from tests.stories.listening import A_WHILE_S, MOST_S, PATIENCE_S, QUIET_S, bare, heard, overheard


async def _chat(cast: Cast) -> tuple[Customer, Person]:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    return await cast.live(shop, ida), ida


async def _ready(*rooms: Room) -> None:
    for room in rooms:
        await heard(room, Message, seq=1)
        await room.live.wait()


@pytest.mark.usefixtures("holding")
async def test_everyone_but_the_expert_sees_a_customers_words_at_once(cast: Cast, town: Town) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        began = time.monotonic()
        ack = await customer.send("hello")
        await heard(customer, Message, seq=ack.seq)
        assert time.monotonic() - began < 4 * QUIET_S, "it was held after all"
        assert len(town.house.held) == 1
        await heard(expert, Message, seq=ack.seq)
        assert time.monotonic() - began >= QUIET_S
        assert len(town.house.held) == 0


@pytest.mark.usefixtures("holding")
async def test_a_burst_is_shown_after_the_last_word_of_it_and_never_later_than_the_most(cast: Cast) -> None:
    bursts = [await _burst(cast) for _ in range(3)]
    assert all(came[0] < MOST_S + 0.6 for came in bursts), "no word waits for longer than the most"
    assert all(came[0] > QUIET_S for came in bursts), "the first word waits for quiet"
    assert all(came[2] - came[0] < 0.3 for came in bursts), "the burst comes together"


@pytest.fixture
def looking(town: Town) -> Iterator[None]:
    """Position checks come in quick succession, as they would if the story went on for an hour."""
    surveyors = [house.switchboard._surveyor for house in town.houses]
    usual = [surveyor._every for surveyor in surveyors]
    for surveyor in surveyors:
        surveyor._every = 0.1
        surveyor.hurry()  # the one that comes now is the last of the old pace
    yield
    for surveyor, every in zip(surveyors, usual, strict=True):
        surveyor._every = every


@pytest.mark.usefixtures("holding", "looking")
async def test_a_held_burst_is_never_shown_in_pieces_by_a_position_check(cast: Cast, town: Town) -> None:
    done = town.house.switchboard.surveys
    came = await _burst(cast)
    assert town.house.switchboard.surveys > done + 5
    assert came[0] > QUIET_S and came[2] - came[0] < 0.3


@pytest.mark.usefixtures("holding", "looking")
async def test_who_missed_what_was_held_is_given_it_when_the_hold_is_over(
    cast: Cast, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        for house in town.houses:  # what is held is lost, as with a process that is killed
            monkeypatch.setattr(house.held, "keep", lambda *_: None)
        began = time.monotonic()
        await customer.send("hello")
        await heard(expert, Message, seq=2)
        assert MOST_S < time.monotonic() - began < MOST_S + PATIENCE_S


async def _burst(cast: Cast) -> list[float]:
    """How long after the first word of somebody who keeps talking its first three came to the expert, in seconds."""
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        began, came = time.monotonic(), []
        telling = asyncio.create_task(_keeps_talking(customer, MOST_S + QUIET_S))
        for seq in range(2, 5):
            await heard(expert, Message, seq=seq)
            came.append(time.monotonic() - began)
        await telling
    return came


async def _keeps_talking(customer: Room, seconds: float) -> None:
    async with asyncio.timeout(seconds + 5):
        for n in range(int(seconds / 0.2)):
            await customer.send(f"word {n}")
            await asyncio.sleep(0.2)


@pytest.mark.usefixtures("holding")
async def test_the_experts_own_word_shows_first_what_was_said_before_it(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        began = time.monotonic()
        await customer.send("one")
        await customer.send("two")
        await expert.send("three")
        told = [(await heard(expert, Message)).text for _ in range(3)]
        assert told == ["one", "two", "three"] and time.monotonic() - began < QUIET_S
        assert expert.wire.gaps == 0


@pytest.mark.usefixtures("holding")
async def test_a_burst_without_end_is_held_to_a_number(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        began = time.monotonic()
        await asyncio.gather(*(customer.send(f"word {n}") for n in range(MOST_HELD)))
        sent = time.monotonic() - began
        await heard(expert, Message, seq=MOST_HELD + 1)
        assert time.monotonic() - began < sent + QUIET_S


@pytest.mark.usefixtures("holding")
async def test_an_expert_on_another_server_hears_it_as_well_and_who_comes_back_reads_all(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room(at=cast.there) as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        await customer.send("held over there")
        async with bare(f"{ida.url}/rooms/{ana.chat}/live", ida.token) as socket:
            await socket.say("resume", seq=0)
            assert (await socket.hears("message", seq=2))["seq"] == 2  # early: the database is the truth
        await heard(expert, Message, seq=2)
        assert [event for event in await overheard(expert, A_WHILE_S) if isinstance(event, Message)] == []
        assert expert.wire.duplicates == 0


@pytest.mark.usefixtures("holding_long")
async def test_a_process_that_goes_shows_what_it_holds(cast: Cast, town: Town) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        began = time.monotonic()
        await customer.send("a last word")
        town.house.held.release_all()
        await heard(expert, Message, seq=2)
        await customer.send("and another")
        await heard(expert, Message, seq=3)
        assert time.monotonic() - began < 4 * QUIET_S, "it was held after all"


async def test_without_a_hold_an_expert_hears_at_once(cast: Cast, town: Town) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer, expert)
        await customer.send("hello")
        await heard(expert, Message, seq=2)
        assert len(town.house.held) == 0


@pytest.mark.usefixtures("holding")
async def test_a_correction_renders_what_it_changes_and_nothing_else(cast: Cast, town: Town) -> None:
    ana, _ = await _chat(cast)
    async with ana.room() as customer:
        for text in ("one", "my number is 612", "345678"):
            await customer.send(text)
    burst = town.house.held._bursts[ana.chat].messages
    (_, one), (halved, corrected) = burst[2], burst[3]
    assert "612" not in "".join(corrected)
    town.house.held.amend(ana.chat, [Edit(3, halved.segments)])
    assert burst[2][1] is one and burst[3][1] is not corrected
