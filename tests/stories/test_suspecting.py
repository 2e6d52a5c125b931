"""What the clock notices in ended chats: each kind of signal, once, with its chats, whose money waits for a person."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chatmarket.flows import suspecting
from chatmarket.models import Chat, Customer, Device, Entry, Evidence, Posting, Review, Standing
from tests.cast import Cast, Person, Shop
from tests.cast import Customer as Asked
from tests.stories.keeping import only
from tests.stories.listening import eventually

LONG = "My parcel number has not moved for nine days now, what shall I do about it?"


async def _past(shop: Shop, experts: list[Person], many: int, *, marks: list[str] | None = None) -> None:
    """Chats that ended two days ago, turn about with these experts; each from another browser, or from these."""
    at = datetime.now(UTC) - timedelta(days=2)
    for n in range(many):
        customer = await Customer.create(brand_id=shop.id)
        chat = await Chat.create(
            brand_id=shop.id,
            topic_id=shop.topic,
            customer_id=customer.id,
            expert_id=experts[n % len(experts)].id,
            status="ended",
            language="en",
            question=[],
            reward=200,
            currency="EUR",
            asked_at=at,
            claimed_at=at,
            ended_at=at,
            said_at=at,
            expires_at=at,
        )
        if marks:
            mark = marks[n % len(marks)]
            await Device.create(brand_id=shop.id, chat_id=chat.id, side="customer", mark=mark, at=at)


async def _resolved(cast: Cast, shop: Shop, ida: Person, question: str, **told: object) -> Asked:
    asked = await cast.live(shop, ida, question, **told)
    await asked.end()
    await asked.rate(resolved=True)
    return asked


async def _noticed(expert: Person, kind: str, chats: list[Asked]) -> Review:
    """The open review of this kind, once it rests on exactly these chats and holds what they paid."""

    async def there() -> Review | None:
        review = await Review.get_or_none(expert_id=expert.id, kind=kind, state="open")
        rests = await Evidence.filter(review_id=review.id).count() if review else 0
        return review if rests == len(chats) else None

    review: Review = await eventually(there)
    on = {one.chat_id for one in await Evidence.filter(review_id=review.id)}
    assert on == {one.chat for one in chats}
    return await Review.get(id=review.id)  # as it was when the last of them had come


async def test_the_same_long_question_again_and_again_is_noticed_and_what_it_paid_waits(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    other = await _resolved(cast, shop, ida, "How do I change the address of my last invoice, please, and where?")
    chats = [await _resolved(cast, shop, ida, LONG) for _ in range(3)]
    review = await _noticed(ida, "duplicates", chats)
    assert (review.seen, review.of) == (3, 4)

    async def held() -> bool:
        return (await ida.api.earnings(ida.token)).held == {"EUR": 3 * 140}

    await eventually(held)
    earned = await ida.api.earnings(ida.token)
    assert earned.balances == {"EUR": 140}
    assert {entry.chat for entry in earned.entries if entry.deed == "hold"} == {one.chat for one in chats}
    assert [entry.amount for entry in earned.entries if entry.chat == other.chat] == [140]
    ledger = await mo.api.ledger(mo.token)
    assert ledger.sums == {"EUR": 0}
    assert {row.account: row.sum for row in ledger.accounts}[f"expert:{ida.id}:held"] == 3 * 140


async def test_what_everybody_asks_is_no_signal(cast: Cast) -> None:
    shop = await cast.brand()
    ida, eva = await cast.experts(shop, 2)
    for expert in (ida, ida, eva, ida, eva):
        await _resolved(cast, shop, expert, LONG)  # everybody does
    for _ in range(4):
        await _resolved(cast, shop, ida, "How do I reset it?")  # too short to say anything
    await _looked_at(shop)
    assert not await Review.filter(brand_id=shop.id).exists()


async def _looked_at(shop: Shop) -> None:
    """Until the clock has seen all that ended by now."""
    now = datetime.now(UTC)
    mark = await Chat.filter(brand_id=shop.id, ended_at__lt=now).order_by("-ended_at").first()
    assert mark is not None
    await eventually(lambda: _seen(shop, mark.ended_at))


async def _seen(shop: Shop, at: datetime | None) -> bool:
    seen = await only("SELECT COUNT(*) FROM patrol WHERE brand_id = ? AND seen_at >= ?", shop.id, at)
    return bool(seen)


async def test_five_stars_for_chats_too_short_to_help_are_noticed(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = []
    for _ in range(3):
        asked = await cast.live(shop, ida)
        await asked.end()
        await asked.rate(resolved=True, stars=5)
        chats.append(asked)
    review = await _noticed(ida, "short_praise", chats)
    assert (review.seen, review.of) == (3, 3)


async def test_a_browser_from_which_somebody_asks_and_answers_is_noticed(cast: Cast) -> None:
    shop, foreign = await cast.brand(), await cast.brand()
    ida, eva = await cast.expert(shop), await cast.expert(foreign)
    same, another = await cast.customer(shop, device="laptop"), await cast.customer(shop, device="phone")
    await ida.api.claim(same.chat, ida.token, device="laptop")
    await ida.api.claim(another.chat, ida.token, device="laptop")
    elsewhere = await cast.customer(foreign, device="laptop")
    await eva.api.claim(elsewhere.chat, eva.token, device="phone")
    for one in (same, another, elsewhere):
        await one.end()
    review = await _noticed(ida, "shared_device", [same])
    assert (review.seen, review.of) == (1, 2)
    await _looked_at(foreign)
    assert not await Review.filter(brand_id=foreign.id).exists()
    marks = [one.mark for one in await Device.filter(chat_id__in=[same.chat, elsewhere.chat], side="customer")]
    assert len(set(marks)) == 2, "two brands cannot tell that they have the same visitor"
    assert not any("laptop" in mark for mark in marks)


async def test_a_pair_that_meets_more_often_than_luck_would_have_it_is_noticed(cast: Cast) -> None:
    shop = await cast.brand()
    ida, eva = await cast.expert(shop), await cast.expert(shop)
    await _past(shop, [eva], 150)
    chats = [await _resolved(cast, shop, ida, "How do I reset it?", device="friend") for _ in range(3)]
    review = await _noticed(ida, "pair", chats)
    assert (review.seen, review.of) == (3, 3)
    assert 0 < review.usual < 0.1
    assert not await Review.filter(expert_id=eva.id).exists()


async def test_a_customer_who_comes_back_is_known_without_a_browser_of_their_own(cast: Cast) -> None:
    shop = await cast.brand()
    ida, eva = await cast.expert(shop), await cast.expert(shop)
    await _past(shop, [eva], 150)
    first = await _resolved(cast, shop, ida, "How do I reset it?")
    chats = [first, *[await _resolved(cast, shop, ida, "And how do I dim it?", again=first) for _ in range(2)]]
    await _noticed(ida, "pair", chats)


async def test_many_who_came_the_same_day_are_noticed_where_few_do(cast: Cast) -> None:
    shop = await cast.brand()
    ida, eva = await cast.expert(shop), await cast.expert(shop)
    # Three regulars came before the day of their other questions.
    await _past(shop, [eva], 3, marks=["a", "b", "c"])
    await Device.filter(brand_id=shop.id).update(at=datetime.now(UTC) - timedelta(days=9))
    await Chat.filter(brand_id=shop.id).update(asked_at=datetime.now(UTC) - timedelta(days=9))
    await _past(shop, [eva], 150, marks=["a", "b", "c"])
    chats = [await _resolved(cast, shop, ida, "How do I reset it?", device=f"new {n}") for n in range(4)]
    review = await _noticed(ida, "new_customers", chats)
    assert (review.seen, review.of) == (4, 4)


async def test_a_chat_that_is_paid_while_it_is_looked_at_waits_as_well(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    asked = []
    for _ in range(3):
        asked.append(await cast.live(shop, ida, LONG))
        await asked[-1].end()
    await _noticed(ida, "duplicates", asked)
    await asked[0].rate(resolved=True)
    assert (await ida.api.earnings(ida.token)).held == {"EUR": 140}
    assert (await ida.api.earnings(ida.token)).balances == {"EUR": 0}


async def test_many_clocks_notice_a_thing_once_and_hold_its_money_once(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = [await _resolved(cast, shop, ida, LONG) for _ in range(3)]
    review = await _noticed(ida, "duplicates", chats)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    await Chat.filter(brand_id=shop.id).update(ended_at=datetime.now(UTC) - timedelta(seconds=10))
    await asyncio.gather(*(suspecting._look_at(cast.house, shop.id, long_ago, datetime.now(UTC)) for _ in range(4)))
    assert await Review.filter(brand_id=shop.id).count() == 1
    assert await Entry.filter(key__startswith=f"review:{review.id}:hold:").count() == 3
    held = await Posting.filter(account=f"expert:{ida.id}:held")
    assert sum(one.amount for one in held) == 3 * 140


async def test_a_signal_moves_neither_offers_nor_reputation(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = [await _resolved(cast, shop, ida, LONG) for _ in range(3)]
    before = await Standing.get(expert_id=ida.id)
    await _noticed(ida, "duplicates", chats)
    await cast.live(shop, ida)
    after = await Standing.get(expert_id=ida.id)
    assert (before.mu, before.v, before.state) == (after.mu, after.v, after.state)


async def test_a_brand_behind_many_others_is_looked_at_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """More brands with something new than are read at a time."""
    monkeypatch.setattr(suspecting, "BRANDS", 2)
    at = datetime.now(UTC) - timedelta(seconds=5)
    shops = [await cast.brand(topics=1) for _ in range(5)]
    ida = await cast.expert(shops[-1])
    for shop in shops:
        await _past(shop, [ida], 1)
        await Chat.filter(brand_id=shop.id).update(ended_at=at)
    await asyncio.gather(*(eventually(lambda shop=shop: _seen(shop, at)) for shop in shops))
