"""Experts who went without a word are set away, and back with one press; they take fewer chats when they say so."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatmarket.client import Desk, Offers
from chatmarket.flows import attending
from chatmarket.models import Expert
from tests.cast import Cast, Person
from tests.serving import Town
from tests.stories.browsing import browser
from tests.stories.listening import eventually, heard
from tests.stories.test_rings import refused

AGO = timedelta(minutes=5)


@pytest.fixture
def strict(town: Town) -> Iterator[None]:
    """Away after a minute without a lobby, and after four without a deed."""
    before = [house.settings for house in town.houses]
    for house in town.houses:
        house.settings = replace(house.settings, away_lost_seconds=60.0, away_minutes=4.0)
    yield
    for house, settings in zip(town.houses, before, strict=True):
        house.settings = settings


async def _of(person: Person, **now: Any) -> Expert:
    if now:
        await Expert.filter(account_id=person.id).update(**now)
    return await Expert.get(account_id=person.id)


async def test_who_does_nothing_for_long_is_set_away_told_and_back_with_one_press(cast: Cast, strict: None) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Desk, available=True)
        await _of(ida, seen_at=datetime.now(UTC) - AGO)
        await attending.due(cast.house)
        assert (await heard(lobby, Desk, available=False)).away == "idle"
        ana = await cast.customer(shop)
        assert await refused(ida.claim(ana)) == "paused_self"
        async with browser(cast.here, email=ida.email) as page:
            told = (await page.open("/lobby")).text
            assert "You were set away" in told and "I am back" in told
            await page.post("/lobby/availability", {"online": "yes"})
        await heard(lobby, Desk, available=True, away=None)
        await attending.due(cast.house)
        assert (await _of(ida)).available
        await ida.claim(ana)


async def test_a_sign_of_life_is_enough(cast: Cast, strict: None) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        await _of(ida, seen_at=datetime.now(UTC) - AGO + timedelta(seconds=90))
        await lobby.active()
        since = datetime.now(UTC) - timedelta(minutes=1)
        await eventually(lambda: Expert.filter(account_id=ida.id, seen_at__gt=since).exists())


async def test_who_is_in_a_chat_is_not_away_whatever_their_lobby_does(cast: Cast, strict: None) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    await _of(ida, seen_at=datetime.now(UTC) - AGO, lost_at=datetime.now(UTC) - AGO)
    await attending.due(cast.house)
    assert (await _of(ida)).available
    await ida.api.end(ana.chat, ida.token)


@pytest.mark.parametrize("by", ["customer", "expert"])
async def test_whoever_ends_a_chat_its_expert_is_not_set_away_at_once(cast: Cast, strict: None, by: str) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.live(shop, ida)
        await _of(ida, seen_at=datetime.now(UTC) - AGO)  # their lobby was out of sight all the while
        await (ana.end() if by == "customer" else ida.api.end(ana.chat, ida.token))
        await attending.due(cast.house)
        now = await _of(ida)
        assert (now.available, now.away) == (True, None)
        await _of(ida, seen_at=datetime.now(UTC) - AGO)
        await attending.due(cast.house)
        assert (await heard(lobby, Desk, available=False)).away == "idle"


async def test_a_lobby_that_is_gone_is_noticed_and_after_a_while_its_expert_is_away(cast: Cast, strict: None) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        await attending.due(cast.house)
        assert (await _of(ida)).lost_at is None
    await eventually(lambda: _lost(cast, ida))
    assert (await _of(ida)).available, "a line may break for a moment"
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        await eventually(lambda: Expert.filter(account_id=ida.id, lost_at=None).exists())
    await eventually(lambda: _lost(cast, ida))
    await _of(ida, lost_at=datetime.now(UTC) - AGO)
    await attending.due(cast.house)
    gone = await _of(ida)
    assert (gone.available, gone.away) == (False, "lost")
    async with ida.lobby() as lobby:
        assert (await heard(lobby, Desk)).away == "lost"
        await ida.api.availability(ida.token, online=True)
        await heard(lobby, Desk, available=True)


async def _lost(cast: Cast, person: Person) -> bool:
    await attending.due(cast.house)
    return (await _of(person)).lost_at is not None


async def test_who_was_never_in_the_lobby_and_who_takes_a_break_are_left_alone(cast: Cast, strict: None) -> None:
    shop = await cast.brand()
    program, ida = await cast.expert(shop), await cast.expert(shop)
    await ida.api.availability(ida.token, online=False)
    await _of(ida, seen_at=datetime.now(UTC) - AGO, lost_at=datetime.now(UTC) - AGO)
    await attending.due(cast.house)
    assert (await _of(program)).available
    assert (await _of(ida)).away is None, "a break is their own"


async def test_where_nobody_can_say_who_is_here_nobody_is_set_away(cast: Cast, strict: None, town: Town) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    presences = [house.switchboard.presence for house in town.houses]
    for presence in presences:
        presence._open = False  # as while Redis does not answer
    try:
        await _of(ida, seen_at=datetime.now(UTC), lost_at=datetime.now(UTC) - AGO)
        await attending.due(cast.house)
        assert (await _of(ida)).available
    finally:
        for presence in presences:
            presence._open = True
    await attending.due(cast.house)
    assert not (await _of(ida)).available


async def test_fewer_chats_at_once_are_one_press_in_the_lobby(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with browser(cast.here, email=ida.email) as page, ida.lobby() as lobby:
        assert 'name="chats"' in (await page.open("/lobby")).text
        answer = await page.post("/standing/capacity", {"chats": "1"})
        assert answer.headers["location"] == "/lobby?saved"
        assert "Saved. Chats at once, at most: 1." in (await page.open("/lobby?saved")).text
        more = await page.post("/standing/capacity", {"chats": "3"})
        assert more.status_code == 422 and "Your brands allow you 2 at once." in more.text
        assert "a number from 1 to 3" in (await page.post("/standing/capacity", {"chats": "9"})).text
        await heard(lobby, Desk, capacity=1)
    await cast.live(shop, ida)
    assert await refused(ida.claim(await cast.customer(shop))) == "full"
