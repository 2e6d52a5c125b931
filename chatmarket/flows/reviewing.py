"""The queue of what a person should look at, and what they decide: a false alarm is released, abuse is upheld.

A decision is made once, for the state of its review changes once; it is a row that nothing changes, an audit row, and
the entries that move the held money.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate
from chatmarket.flows import auditing, barring, noting, withholding
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Chat, Evidence, Rating, Report, Review, ReviewDecision, ReviewState, Role
from chatmarket.store import after_commit, unit_of_work
from chatmarket.templating import translate
from matching.fraud import Kind
from realtime import channels

BY_CUSTOMER, BY_EXPERT = "by_customer", "by_expert"  # reports: who tells
LATELY = timedelta(days=30)
MOST_NOTE = 300
MOST_SHOWN = 100
MOST_CHATS = 50
SHOWN = ("open", "decided")  # what the list can be narrowed to

# As matching.fraud says them, for people who read other languages.
REASONS = {
    Kind.PAIR: N_(
        "%(seen)s of this customer's %(of)s questions were claimed by one expert; by chance it were %(usual)s"
    ),
    Kind.SHORT_PRAISE: N_(
        "%(seen)s of %(of)s five-star chats had fewer than 2 customer messages or took less than 30 s"
    ),
    Kind.NEW_CUSTOMERS: N_("%(seen)s of %(of)s claims are of customers who came the same day; usual were %(usual)s"),
    Kind.DUPLICATES: N_("%(seen)s of %(of)s questions this expert answered are nearly word for word the same"),
    Kind.SHARED_DEVICE: N_("%(seen)s customers of this expert's %(of)s used a device the expert uses too"),
    BY_CUSTOMER: N_("A customer reported this expert"),
    BY_EXPERT: N_("This expert reported a customer"),
}


class DecidedBefore(TooLate):
    code = "decided"
    text = N_("Somebody has decided this already.")


async def open_count(house: House, brand: int | None) -> int:
    """How many reviews wait for the brand's people: every page of theirs says so, and it is counted when it changes."""
    if brand is None:
        return 0
    known = house.open_reviews.get(brand)
    if known is not None and not known[0].is_set():
        return known[1]
    told = house.switchboard.ear(channels.reviews(brand))  # before the count: what changes meanwhile is told to it
    count = await Review.filter(brand_id=brand, state=ReviewState.OPEN).count()
    house.open_reviews.put(brand, (told, count))
    return count


def changed(house: House, brand: int) -> None:
    """Inside the unit of work that opens or closes a review: whoever remembers how many there are counts anew."""
    after_commit(lambda: house.switchboard.wake(channels.reviews(brand)))


async def of_brand(account: Account, review: int) -> Review:
    """The review, if it is of the account's brand; another brand's is not there."""
    found = await Review.get_or_none(id=review, brand_id=account.brand_id or 0).select_related("expert")
    if found is None:
        raise NotThere
    return found


async def queue(account: Account, shown: str, language: str) -> list[View]:
    """The brand's reviews: the open ones, the oldest first, or what was decided last."""
    own = Review.filter(brand_id=account.brand_id or 0).select_related("expert")
    if shown == "open":
        found = await own.filter(state=ReviewState.OPEN).order_by("id").limit(MOST_SHOWN)
    else:
        found = await own.exclude(state=ReviewState.OPEN).order_by("-closed_at").limit(MOST_SHOWN)
    return await _views(found, language)


async def _views(found: Sequence[Review], language: str) -> list[View]:
    ids = [one.id for one in found]
    chats = Counter([one.review_id for one in await Evidence.filter(review_id__in=ids)] if ids else [])
    decided = ReviewDecision.filter(review_id__in=ids).select_related("actor")
    decisions = {one.review_id: one for one in (await decided if ids else [])}
    return [_view(one, chats[one.id], decisions.get(one.id), language) for one in found]


def _view(one: Review, chats: int, decision: ReviewDecision | None, language: str) -> View:
    numbers = {"seen": one.seen, "of": one.of, "usual": round(one.usual, 1)} if one.kind in withholding.SIGNALS else {}
    return {
        "id": one.id,
        "kind": one.kind,
        "signal": one.kind in withholding.SIGNALS,
        "reason": translate(REASONS[one.kind], language, numbers),
        "expert": one.expert_id,
        "expert_name": one.expert.name,
        "state": one.state,
        "at": one.at,
        "chats": chats,
        "decision": decision and {"by": decision.actor.name, "note": decision.note, "at": decision.at},
    }


async def whole(account: Account, number: int, language: str) -> View:
    """A review with its evidence, masked as the chats are, and what else is known of its expert at the brand."""
    review = await of_brand(account, number)
    (view,) = await _views([review], language)
    rested = [one.chat_id for one in await Evidence.filter(review_id=review.id).order_by("-chat_id")]
    earlier = Review.filter(brand_id=review.brand_id, expert_id=review.expert_id).exclude(id=review.id)
    others = await earlier.order_by("-id").limit(MOST_SHOWN).select_related("expert")
    return {
        **view,
        "evidence": await _chats(rested[:MOST_CHATS], language),
        "report": await _report(review),
        "held": await _held(review, rested),
        "history": await _history(review),
        "others": await _views(others, language),
        "blocks": await barring.blocks_of(account, review.expert_id),
    }


async def _chats(chats: Collection[int], language: str) -> list[View]:
    found = await Chat.filter(id__in=list(chats)).order_by("-id").select_related("topic") if chats else []
    ratings = {one.chat_id: one for one in await Rating.filter(chat_id__in=list(chats))} if chats else {}
    return [
        {
            "chat": one.id,
            "topic": one.topic.name(language),
            "question": one.question,
            "asked_at": one.asked_at,
            "stars": ratings[one.id].stars if one.id in ratings else None,
            "resolved": ratings[one.id].resolved if one.id in ratings else None,
        }
        for one in found
    ]


async def _report(review: Review) -> View | None:
    told = await Report.get_or_none(review_id=review.id)
    return {"reason": told.reason, "words": told.words} if told else None


async def _held(review: Review, chats: Collection[int]) -> list[View]:
    """What is held of these chats, by currency."""
    sums: Counter[str] = Counter()
    for moved in (await withholding.moved(chats)).values():
        for (account, currency), cents in moved.items():
            if account == withholding.held(review.expert_id):
                sums[currency] += cents
    return [{"currency": currency, "cents": cents} for currency, cents in sums.items() if cents]


async def _history(review: Review) -> View:
    """The expert's last 30 days at the brand."""
    since = datetime.now(UTC) - LATELY
    own = {"brand_id": review.brand_id, "expert_id": review.expert_id}
    rated = Rating.filter(**own, at__gt=since)
    return {
        "chats": await Chat.filter(**own, claimed_at__gt=since, practice=False).count(),
        "ratings": await rated.count(),
        "resolved": await rated.filter(resolved=True).count(),
    }


async def decide(house: House, account: Account, number: int, what: Any, note: Any) -> None:
    """Releases a review as a false alarm, or upholds it, which only staff may. Raises Wrong, OnlyStaff, NotThere, or
    DecidedBefore."""
    what = fields.choice(what, "what", (ReviewState.RELEASED, ReviewState.UPHELD))
    note = fields.text(note, "note", most=MOST_NOTE)
    review = await of_brand(account, number)
    if what == ReviewState.UPHELD and account.role != Role.STAFF:
        raise barring.OnlyStaff
    rested = await Evidence.filter(review_id=review.id).order_by("-chat_id").limit(MOST_CHATS)
    note = await noting.without_values(house, note, [one.chat_id for one in rested])
    await _decide(house, account, review, what, note)


@unit_of_work
async def _decide(house: House, account: Account, review: Review, what: str, note: str) -> None:
    await withholding.lock(review.expert_id, review.brand_id)
    now = datetime.now(UTC)
    closed = {"state": what, "place": None, "closed_at": now}
    if not await Review.filter(id=review.id, state=ReviewState.OPEN).update(**closed):
        raise DecidedBefore
    await ReviewDecision.create(review_id=review.id, actor_id=account.id, what=what, note=note, at=now)
    upheld = what == ReviewState.UPHELD
    chats = await (withholding.reverse if upheld else withholding.release)(review)
    changed(house, review.brand_id)
    facts = {"expert": review.expert_id, "review": review.id, "kind": review.kind, "payments": chats, "reason": note}
    action = "uphold_review" if upheld else "release_review"
    await auditing.write_down(house, review.brand_id, account.id, action, facts=facts)


async def looked_at(expert: int) -> list[View]:
    """What an expert is told of what was upheld against them, the newest first: the words of who decided."""
    found = ReviewDecision.filter(
        review__expert_id=expert, what=ReviewState.UPHELD, review__kind__in=withholding.SIGNALS
    )
    latest = await found.order_by("-at").limit(MOST_CHATS).select_related("review__brand")
    return [{"brand": one.review.brand.name, "note": one.note, "at": one.at} for one in latest]
