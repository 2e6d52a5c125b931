"""A waiting question's reward grows where the brand wants it, and what the card shows when it is claimed is paid."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatmarket.client import Offer, Offers
from chatmarket.flows import raising
from chatmarket.models import Brand, Chat
from tests.cast import PATIENT, Cast, Customer, Shop
from tests.stories.browsing import browser
from tests.stories.listening import eventually, heard


async def _growing(cast: Cast, *, budget: int | None = None, after: int = 60) -> Shop:
    shop = await cast.brand(wait_limit_s=3600)
    await Brand.filter(id=shop.id).update(dispatch={**PATIENT, "ramp": [after, 10, 100, budget]})
    return shop


async def _waited(asked: Customer, seconds: float) -> None:
    """It was asked so long ago, and its reward is looked at now."""
    now = datetime.now(UTC)
    await Chat.filter(id=asked.chat).update(asked_at=now - timedelta(seconds=seconds), grows_at=now)


async def test_the_card_shows_what_has_grown_and_the_claim_fixes_what_is_paid(cast: Cast) -> None:
    shop = await _growing(cast)
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.customer(shop)
        assert (await heard(lobby, Offer, chat=ana.chat)).reward == 140
        await _waited(ana, 361.0)
        grown = await heard(lobby, Offer, chat=ana.chat)
        assert grown.reward == 210
        async with browser(cast.here, email=ida.email) as page:
            assert "grown by waiting" in (await page.open("/lobby")).text
        await ida.claim(ana)
    await Chat.filter(id=ana.chat).update(grows_at=datetime.now(UTC) - timedelta(minutes=9))
    await raising.due(cast.house)
    assert (await Chat.get(id=ana.chat)).reward == 300, "nothing grows once it is claimed"
    await ana.end()
    await ana.rate(resolved=True)
    assert (await ida.api.earnings(ida.token)).balances == {"EUR": 210}
    mo = await cast.moderator(shop)
    accounts = {one.account.split(":")[0]: one.sum for one in (await mo.api.ledger(mo.token)).accounts}
    assert accounts == {"brand": -300, "expert": 210, "platform": 90}


@pytest.mark.parametrize(
    ("waited", "budget", "reward"), [(59.0, None, 200), (3000.0, None, 400), (3000.0, 250, 250), (3000.0, 150, 200)]
)
async def test_it_grows_within_its_bounds_and_never_falls(
    cast: Cast, waited: float, budget: int | None, reward: int
) -> None:
    shop = await _growing(cast, budget=budget)
    ana = await cast.customer(shop)
    await _waited(ana, waited)

    async def looked() -> bool:
        kept = await Chat.get(id=ana.chat)
        return kept.asked_reward is not None

    await eventually(looked)
    kept = await Chat.get(id=ana.chat)
    assert (kept.reward, kept.asked_reward) == (reward, 200)
    assert (kept.grows_at is None) == (waited > 60), "what has reached its bound is not looked at again"


async def test_many_clocks_grow_it_once_and_show_it_once(cast: Cast) -> None:
    shop = await _growing(cast)
    ana = await cast.customer(shop)
    chat = await Chat.get(id=ana.chat).select_related("brand", "topic")
    now = chat.asked_at + timedelta(seconds=121)
    shown: list[Any] = await asyncio.gather(*(raising._grow(cast.house, chat, now) for _ in range(6)))
    assert len(shown) == 6 and (await Chat.get(id=ana.chat)).reward == 220


async def test_without_a_ramp_nothing_grows(cast: Cast) -> None:
    shop = await cast.brand()
    ana = await cast.customer(shop)
    kept = await Chat.get(id=ana.chat)
    assert (kept.grows_at, kept.reward) == (None, 200)


async def test_minutes_with_an_expert_do_not_raise_what_it_pays(cast: Cast) -> None:
    shop = await _growing(cast)
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    long_ago = datetime.now(UTC) - timedelta(minutes=15)
    await Chat.filter(id=ana.chat).update(asked_at=long_ago, grows_at=long_ago + timedelta(minutes=1))
    await ida.api.hand_back(ana.chat, ida.token, reason="topic")
    await raising.due(cast.house)
    kept = await Chat.get(id=ana.chat)
    assert (kept.status, kept.reward) == ("waiting", 200)


async def test_what_had_grown_before_a_hand_back_stays(cast: Cast) -> None:
    shop = await _growing(cast)
    ida = await cast.expert(shop)
    ana = await cast.customer(shop)
    await _waited(ana, 361.0)
    await eventually(lambda: Chat.filter(id=ana.chat, reward=300).exists())
    await ida.claim(ana)
    await ida.api.hand_back(ana.chat, ida.token, reason="topic")
    await raising.due(cast.house)
    assert (await Chat.get(id=ana.chat)).reward == 300
