"""A claim carries what only its card and its expert have, and works once; nobody claims faster than they answer."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chatmarket.client import Offer, Offers
from chatmarket.models import Chat, Expert, HandBack, Ticket
from chatmarket.models import Standing as Kept
from tests.cast import Cast, Customer, Person
from tests.serving import Town
from tests.stories.browsing import browser
from tests.stories.listening import heard
from tests.stories.test_rings import refused


async def _card(person: Person, customer: Customer) -> dict[str, str]:
    found = await person.api.offers(person.token)
    return {"card": next(one.card for one in found.offers if one.chat == customer.chat), "key": found.key}


async def test_the_card_and_the_lobbys_key_open_a_chat_together(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.customer(shop)
        card = (await heard(lobby, Offer, chat=ana.chat)).card
        assert lobby.key and card
        await ida.api.claim(ana.chat, ida.token, card=card, key=lobby.key)
    assert (await Chat.get(id=ana.chat)).expert_id == ida.id


@pytest.mark.parametrize(
    ("card", "key", "code"),
    [
        ("", "", "token_missing"),
        ("own", "", "token_foreign"),
        ("", "own", "token_foreign"),
        ("another's", "own", "token_foreign"),
        ("own", "another's", "token_foreign"),
    ],
)
async def test_half_a_token_or_somebody_elses_is_refused_and_the_chat_still_waits(
    cast: Cast, card: str, key: str, code: str
) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    ana, ben = await cast.customer(shop), await cast.customer(shop)
    cards = {"own": (await _card(ida, ana))["card"], "another's": (await _card(ida, ben))["card"], "": ""}
    keys = {"own": (await _card(ida, ana))["key"], "another's": (await _card(max_, ana))["key"], "": ""}
    assert await refused(ida.api.claim(ana.chat, ida.token, card=cards[card], key=keys[key])) == code
    assert (await Chat.get(id=ana.chat)).status == "waiting"
    assert not await Ticket.filter(chat_id=ana.chat).exists(), "a refused claim uses nothing up"
    await ida.claim(ana)


async def test_a_card_is_worth_nothing_once_the_chat_waits_again(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.customer(shop)
    old = await _card(max_, ana)
    await ida.claim(ana)
    await ida.api.hand_back(ana.chat, ida.token, reason="time")
    assert await refused(max_.api.claim(ana.chat, max_.token, **old)) == "token_foreign"
    assert await _card(max_, ana) != old
    await max_.claim(ana)


async def test_of_claims_that_wait_one_that_could_not_be_had_is_used_up(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    now = datetime.now(UTC)
    await Ticket.create(chat_id=ana.chat, returned=0, expert_id=ida.id, state="lost", at=now, heard_at=now)
    assert await refused(ida.claim(ana)) == "token_used"
    assert (await Chat.get(id=ana.chat)).status == "waiting"


async def test_the_page_without_scripts_carries_the_token_and_says_what_is_wrong_without(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    async with browser(cast.here, email=ida.email) as page:
        bare = await page.post(f"/offers/{ana.chat}/claim")
        assert bare.status_code == 409 and "button on the card" in bare.text
        assert (await page.claim(ana.chat)).headers["location"] == f"/rooms/{ana.chat}"


@pytest.fixture
def measured(town: Town) -> Iterator[None]:
    """Both servers count claims, over a time no loaded machine gets past."""
    before = [house.settings for house in town.houses]
    for house in town.houses:
        house.settings = replace(house.settings, claim_seconds=600.0)
    yield
    for house, settings in zip(town.houses, before, strict=True):
        house.settings = settings


async def test_claims_come_no_faster_than_an_expert_has_places(cast: Cast, measured: None) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    first, second, third = [await cast.customer(shop) for _ in range(3)]
    for asked in (first, second):
        await ida.claim(asked)
        await asked.end()
    assert await refused(ida.claim(third)) == "too_many_claims"
    assert (await Chat.get(id=third.chat)).status == "waiting"
    assert (await Expert.get(account_id=ida.id)).live == 0
    # One that was refused for the expert's own reason uses nothing up.
    await Ticket.filter(expert_id=ida.id, chat_id=first.chat).update(state="refused", refused="paused_self")
    await ida.claim(third)


async def test_claims_that_lost_count_as_well(cast: Cast, measured: None) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    await Kept.filter(expert_id=max_.id).update(capacity=1)
    ana, ben = await cast.customer(shop), await cast.customer(shop)
    await ida.claim(ana)
    assert await refused(max_.claim(ana)) == "taken"
    assert await refused(max_.claim(ben)) == "too_many_claims"


async def test_of_ten_claims_with_one_token_at_once_one_row_is_kept(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    token = await _card(ida, ana)
    places = [cast.api((cast.here, cast.there)[n % 2]) for n in range(10)]
    await asyncio.gather(*(place.claim(ana.chat, ida.token, **token) for place in places))
    assert await Ticket.filter(chat_id=ana.chat, state="won").count() == 1
    assert (await Expert.get(account_id=ida.id)).live == 1
    assert not await HandBack.filter(chat_id=ana.chat).exists()
