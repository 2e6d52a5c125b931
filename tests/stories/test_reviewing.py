"""A person decides: a false alarm is released, abuse is upheld; each once, each with its reason, each in the audit."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from chatmarket.flows import erasing, qualifying
from chatmarket.models import Audit, Chat, Entry, Evidence, Posting, Review, ReviewDecision
from chatmarket.models import Customer as Kept
from chatmarket.store import rows
from tests.cast import Cast, Customer, Person, Shop
from tests.stories.browsing import Browser, browser
from tests.stories.listening import eventually

LONG = "My parcel number has not moved for nine days now, what shall I do about it?"
NOTE = "three colleagues asked in training"


async def _signal(cast: Cast, shop: Shop, ida: Person) -> Review:
    """An open review about this expert, with three paid chats."""
    chats: list[Customer] = []
    for _ in range(3):
        asked = await cast.live(shop, ida, LONG)
        await asked.end()
        await asked.rate(resolved=True)
        chats.append(asked)

    async def held() -> Review | None:
        if (await ida.api.earnings(ida.token)).held != {"EUR": 420}:
            return None
        return await Review.get_or_none(expert_id=ida.id, kind="duplicates", state="open")

    review: Review = await eventually(held)
    return review


async def _decide(page: Browser, review: Review, what: str, note: str = NOTE) -> int:
    return int((await page.post(f"/reviews/{review.id}", {"what": what, "note": note})).status_code)


async def test_a_false_alarm_pays_what_was_held_and_is_not_raised_again(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    review = await _signal(cast, shop, ida)
    async with browser(cast.here, email=ida.email) as page:
        assert "Held, being looked at" in (await page.open("/earnings")).text
        assert "Held, being looked at" in (await page.open("/standing")).text
    async with browser(cast.here, email=mo.email) as page:
        listed = await page.open("/reviews")
        assert "3 of 3 questions this expert answered are nearly word for word the same" in listed.text
        assert '<span class="nav__count"' in listed.text
        one = await page.open(f"/reviews/{review.id}")
        assert "€4.20" in one.text and LONG in one.text and f"/watch/{await _first(review)}" in one.text
        assert await _decide(page, review, "released") == 303
        assert NOTE in (await page.open("/reviews?show=decided")).text
        empty = (await page.open("/reviews")).text
        assert "Nothing waits for you" in empty and "nav__count" not in empty
    earned = await ida.api.earnings(ida.token)
    assert (earned.balances, earned.held) == ({"EUR": 420}, {})
    assert Counter(entry.deed for entry in earned.entries) == {"settle": 3, "hold": 3, "release": 3}
    await _rated(cast, shop, ida)
    await _looked_at(shop)
    assert await Review.filter(brand_id=shop.id).count() == 1, "decided chats count for no other signal of the kind"
    noted = await Audit.get(brand_id=shop.id, action="release_review")
    assert noted.facts["reason"] == NOTE and noted.facts["payments"] == 3 and noted.actor_id == mo.id


async def _first(review: Review) -> int:
    one = await Evidence.filter(review_id=review.id).order_by("chat_id").first()
    assert one is not None
    return one.chat_id


async def _rated(cast: Cast, shop: Shop, ida: Person) -> None:
    asked = await cast.live(shop, ida, LONG)
    await asked.end()
    await asked.rate(resolved=True)


async def _looked_at(shop: Shop) -> None:
    last = await Chat.filter(brand_id=shop.id).order_by("-ended_at").first()
    assert last is not None
    seen = "SELECT 1 AS yes FROM patrol WHERE brand_id = ? AND seen_at >= ?"
    await eventually(lambda: rows(seen, shop.id, last.ended_at))


async def test_what_staff_uphold_returns_to_the_brand_whole(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await cast.moderator(shop, role="staff")
    review = await _signal(cast, shop, ida)
    async with browser(cast.here, email=sam.email) as page:
        assert await _decide(page, review, "upheld") == 303
    earned = await ida.api.earnings(ida.token)
    assert (earned.balances, earned.held) == ({"EUR": 0}, {})
    sums = {row.account: row.sum for row in (await sam.api.ledger(sam.token)).accounts}
    assert set(sums.values()) == {0}, "the brand has its rewards back, and the house keeps no fee"
    per_entry = await rows(
        "SELECT SUM(p.amount) AS cents FROM posting p JOIN entry e ON e.id = p.entry_id WHERE e.brand_id = ? "
        "GROUP BY p.entry_id",
        shop.id,
    )
    assert {int(row["cents"]) for row in per_entry} == {0}
    async with browser(cast.here, email=ida.email) as page:
        told = (await page.open("/earnings")).text
        assert NOTE in told and "Held, being looked at" not in told
    assert await Audit.filter(brand_id=shop.id, action="uphold_review", actor_id=sam.id).exists()


async def test_a_chat_rated_after_its_signal_was_upheld_pays_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await cast.moderator(shop, role="staff")
    ana = await cast.live(shop, ida)
    await ana.end()
    review = await Review.create(brand_id=shop.id, expert_id=ida.id, kind="duplicates", at=datetime.now(UTC))
    await Evidence.create(review_id=review.id, chat_id=ana.chat)
    async with browser(cast.here, email=sam.email) as page:
        assert await _decide(page, review, "upheld") == 303
    await ana.rate(resolved=True)
    assert not await Entry.filter(chat_id=ana.chat).exists()
    earned = await ida.api.earnings(ida.token)
    assert not any(earned.balances.values()) and not any(earned.held.values())
    await cast.rated(shop, ida, resolved=True)
    assert (await ida.api.earnings(ida.token)).balances == {"EUR": 140}, "another chat is paid as ever"


async def test_a_note_about_several_customers_is_masked_though_one_was_erased(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    kept = await cast.customer(shop, known={"known": ["kt-wagtail"]})
    erased = await cast.customer(shop, known={"known": ["kt-dunnock"]})
    review = await Review.create(brand_id=shop.id, expert_id=ida.id, kind="pair", at=datetime.now(UTC))
    for chat in (kept.chat, erased.chat):  # the newest is looked at first
        await Evidence.create(review_id=review.id, chat_id=chat)
    whose = await Chat.get(id=erased.chat)
    assert await erasing.erase(cast.house, await Kept.get(id=whose.customer_id), mo.id, by=erasing.BY_PERSON)
    async with browser(cast.here, email=mo.email) as page:
        assert await _decide(page, review, "released", "only kt-wagtail knew of it") == 303
        assert "kt-wagtail" not in (await page.open("/reviews?show=decided")).text
    assert (await ReviewDecision.get(review_id=review.id)).note == "only [known] knew of it"


async def test_only_staff_uphold_and_nobody_decides_another_brands(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    foreign = await cast.moderator(other, role="staff")
    review = await _signal(cast, shop, ida)
    async with browser(cast.here, email=mo.email) as page:
        refused = await page.post(f"/reviews/{review.id}", {"what": "upheld", "note": NOTE})
        assert refused.status_code == 403 and NOTE in refused.text, "what was typed is not lost"
        assert 'value="upheld"' not in refused.text
        assert await _decide(page, review, "released", "  ") == 422
        assert await _decide(page, review, "burnt") == 422
    async with browser(cast.there, email=foreign.email) as page:
        assert (await page.open(f"/reviews/{review.id}")).status_code == 404
        assert await _decide(page, review, "released") == 404
        assert "nav__count" not in (await page.open("/reviews")).text
    async with browser(cast.there, email=ida.email) as page:
        assert await _decide(page, review, "released") == 403
    assert (await Review.get(id=review.id)).state == "open"
    assert not await ReviewDecision.filter(review_id=review.id).exists()
    assert not await Audit.filter(brand_id=shop.id, action__in=["release_review", "uphold_review"]).exists()


async def test_of_many_decisions_at_once_one_counts(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await cast.moderator(shop, role="staff")
    review = await _signal(cast, shop, ida)
    async with browser(cast.here, email=sam.email) as here, browser(cast.there, email=sam.email) as there:
        tries = [_decide(page, review, what) for page in (here, there) for what in ("released", "upheld") * 2]
        assert Counter(await asyncio.gather(*tries)) == {303: 1, 409: 7}
    assert await ReviewDecision.filter(review_id=review.id).count() == 1
    moved = await Entry.filter(key__startswith=f"review:{review.id}:").exclude(key__contains=":hold:")
    assert len(moved) == 3
    assert sum(one.amount for one in await Posting.filter(account=f"expert:{ida.id}:held")) == 0


async def test_a_decision_is_never_changed(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    review = await Review.create(brand_id=shop.id, expert_id=ida.id, kind="by_customer", at=datetime.now(UTC))
    async with browser(cast.here, email=mo.email) as page:
        assert await _decide(page, review, "released") == 303
    for sql in ("UPDATE reviewdecision SET note = 'other'", "DELETE FROM reviewdecision"):
        with pytest.raises(Exception, match="only ever added"):
            await rows(f"{sql} WHERE review_id = {review.id} RETURNING review_id")


async def test_money_that_another_open_signal_holds_stays_held(cast: Cast) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    review = await _signal(cast, shop, ida)
    other = await Review.create(brand_id=shop.id, expert_id=ida.id, kind="pair", at=datetime.now(UTC))
    await Evidence.create(review_id=other.id, chat_id=await _first(review))
    async with browser(cast.here, email=mo.email) as page:
        assert await _decide(page, review, "released") == 303
        assert (await ida.api.earnings(ida.token)).held == {"EUR": 140}
        assert await _decide(page, other, "released") == 303
    assert (await ida.api.earnings(ida.token)).balances == {"EUR": 420}


async def test_what_was_paid_out_is_not_held(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    paid = await cast.rated(shop, ida, resolved=True, question=LONG)
    entry = await Entry.create(key=f"payout:{ida.id}:1", brand_id=shop.id, at=datetime.now(UTC))
    moves = ((f"expert:{ida.id}:payable", -140), ("platform:paid", 140))
    await Posting.bulk_create(
        [Posting(entry_id=entry.id, account=account, currency="EUR", amount=cents) for account, cents in moves]
    )
    for _ in range(2):
        asked = await cast.live(shop, ida, LONG)
        await asked.end()
    await eventually(lambda: Review.filter(expert_id=ida.id, kind="duplicates", state="open").exists())
    assert (await ida.api.earnings(ida.token)).held == {}
    assert await Evidence.filter(chat_id=paid.chat).exists()


async def test_being_held_and_released_is_no_income(cast: Cast) -> None:
    """Income of the last hour lowers an expert's place in a ring: it must not be counted twice."""
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    review = await _signal(cast, shop, ida)
    async with browser(cast.here, email=mo.email) as page:
        assert await _decide(page, review, "released") == 303
    assert (await qualifying._earned(shop.id))[ida.id] == 420
