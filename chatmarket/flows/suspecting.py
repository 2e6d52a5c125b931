"""The clock looks at chats that ended or were rated since the last time, for what a person should see.

Only experts of whom there is something new are looked at, each by a bounded number of their brand's newest chats. What
matching.fraud notices becomes one open review for each expert, brand and kind, with the chats it rests on; while it is
open, what those chats paid is held. Chats of which a person has decided count for no further signal of the same kind.
Any number of clocks may look: a second one finds the same, and writes nothing.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.functions import Count

from chatmarket.flows import recognising, withholding
from chatmarket.flows.proposing import bare_question
from chatmarket.models import Chat, Device, Evidence, Message, Rating, Review, ReviewState
from chatmarket.store import StoreBusy, rows, unit_of_work
from matching import fraud
from matching.fraud import Signal
from matching.topics import words

logger = logging.getLogger(__name__)

LATELY = timedelta(days=30)
SETTLED = timedelta(seconds=2)  # what ended later than this may yet be committed behind what was seen
BRANDS = 50  # read at a time
AT_ONCE = 200  # ended or rated chats in one look at a brand; the next look takes the rest
MOST_CLAIMS = 5000  # the newest of a brand, against which an expert's are compared
MOST_OWN = 200  # the newest of one expert whose words and ratings are read
MOST_OTHERS = 400  # newest questions of the others, which tell what everybody asks
TELLING_WORDS = 8  # "how do I reset it" is what everybody writes
A_DAY = timedelta(days=1)
PRAISE = 5

Found = tuple[Signal, set[int]]  # and the chats it rests on


@dataclass(frozen=True, slots=True)
class Claim:
    """A chat that an expert had. `mark` is of the browser it was asked from, where there is one; by it, or by having
    come back, its `person` is known."""

    chat: int
    expert: int
    topic: int
    asked_at: datetime
    mark: str | None
    person: str
    fresh: bool = False  # who asked had come within the day


_TOLD = ("id", "expert_id", "topic_id", "asked_at", "customer_id")
_NEWS = """
SELECT b.id, COALESCE(p.seen_at, ?) AS seen_at FROM brand b LEFT JOIN patrol p ON p.brand_id = b.id WHERE b.id > ? AND (
EXISTS (SELECT 1 FROM chat c WHERE c.brand_id = b.id AND c.ended_at > COALESCE(p.seen_at, ?) AND c.ended_at <= ?
AND c.expert_id IS NOT NULL)
OR EXISTS (SELECT 1 FROM rating r WHERE r.brand_id = b.id AND r.at > COALESCE(p.seen_at, ?) AND r.at <= ?))
ORDER BY b.id LIMIT ?
"""
_EVENTS = """
SELECT expert_id, at FROM (SELECT expert_id, ended_at AS at FROM chat WHERE brand_id = ? AND ended_at > ?
AND ended_at <= ? AND expert_id IS NOT NULL ORDER BY ended_at LIMIT ?) ended
UNION ALL SELECT expert_id, at FROM (SELECT expert_id, at FROM rating WHERE brand_id = ? AND at > ? AND at <= ?
ORDER BY at LIMIT ?) rated ORDER BY at LIMIT ?
"""
_SEEN = """
INSERT INTO patrol (brand_id, seen_at) VALUES (?, ?)
ON CONFLICT (brand_id) DO UPDATE SET seen_at = excluded.seen_at WHERE patrol.seen_at < excluded.seen_at
RETURNING brand_id
"""


async def look() -> int:
    """Looks at every brand with something new; at how many. Goes on behind one that fails."""
    until = datetime.now(UTC) - SETTLED
    since, done, last = until - LATELY, 0, 0
    while some := await rows(_NEWS, since, last, since, until, since, until, BRANDS):
        for brand in some:
            done += await _in_peace(brand["id"], brand["seen_at"], until)
        last = some[-1]["id"]
    return done


async def _in_peace(brand: int, since: Any, until: datetime) -> bool:
    try:
        await _look_at(brand, since, until)
        return True
    except StoreBusy:
        raise
    except Exception:
        logger.exception("a brand was not looked at", extra={"brand": brand})
        return False


async def _look_at(brand: int, since: Any, until: datetime) -> None:
    window = (brand, since, until, AT_ONCE)
    events = await rows(_EVENTS, *window, *window, AT_ONCE)
    claims = await _claims(brand)
    for expert in sorted({event["expert_id"] for event in events}):
        decided = await _decided(brand, expert)
        for signal, chats in await _signals(brand, expert, claims, decided):
            await _raise(brand, expert, signal, chats)
    await _seen(brand, events[-1]["at"])


@unit_of_work
async def _seen(brand: int, at: Any) -> None:
    await rows(_SEEN, brand, at)


async def _claims(brand: int) -> list[Claim]:
    """The brand's newest chats that had an expert, the oldest first."""
    since = datetime.now(UTC) - LATELY
    ended = Chat.filter(brand_id=brand, expert_id__isnull=False, practice=False, ended_at__gt=since)
    found = await ended.order_by("-ended_at").limit(MOST_CLAIMS).values_list(*_TOLD)
    asked = Device.filter(brand_id=brand, side=recognising.CUSTOMER, at__gt=since)
    marks = dict(await asked.order_by("-id").limit(MOST_CLAIMS).values_list("chat_id", "mark"))
    first: dict[str, datetime] = {}
    claims = []
    for chat, expert, topic, asked_at, customer in sorted(found, key=lambda row: row[3]):
        mark = marks.get(chat)
        came = first.setdefault(mark, asked_at) if mark else asked_at - A_DAY
        person = mark or f"customer {customer}"
        claims.append(Claim(chat, expert, topic, asked_at, mark, person, asked_at - came < A_DAY))
    return claims


async def _decided(brand: int, expert: int) -> Mapping[str, set[int]]:
    """The chats of which a person has decided, by the kind of their signal."""
    found = Evidence.filter(review__brand_id=brand, review__expert_id=expert).exclude(review__state=ReviewState.OPEN)
    chats: dict[str, set[int]] = defaultdict(set)
    for kind, chat in await found.values_list("review__kind", "chat_id"):
        chats[kind].add(chat)
    return chats


async def _signals(brand: int, expert: int, claims: Sequence[Claim], decided: Mapping[str, set[int]]) -> list[Found]:
    def left(kind: fraud.Kind) -> list[Claim]:
        return [claim for claim in claims if claim.chat not in decided.get(kind, ())]

    found = [
        _pairs(expert, left(fraud.Kind.PAIR)),
        _newcomers(expert, left(fraud.Kind.NEW_CUSTOMERS)),
        await _praised(brand, expert, decided.get(fraud.Kind.SHORT_PRAISE, set())),
        await _alike(expert, left(fraud.Kind.DUPLICATES)),
        await _shared(brand, expert, left(fraud.Kind.SHARED_DEVICE)),
    ]
    return [one for one in found if one is not None]


def _pairs(expert: int, claims: Sequence[Claim]) -> Found | None:
    """The pair that met most often of all whose meeting is no luck, and the chats of all such pairs."""
    by_person: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_person[claim.person].append(claim)
    all_ = Counter(claim.topic for claim in claims)
    own = Counter(claim.topic for claim in claims if claim.expert == expert)
    signals: list[Signal] = []
    chats: set[int] = set()
    for asked in by_person.values():
        won = {claim.chat for claim in asked if claim.expert == expert}
        topics = {claim.topic for claim in asked}
        share = sum(own[topic] for topic in topics) / sum(all_[topic] for topic in topics)
        signal = fraud.pair(len(won), len(asked), share)
        if signal is not None:
            signals.append(signal)
            chats |= won
    return (max(signals, key=lambda signal: signal.seen), chats) if signals else None


def _newcomers(expert: int, claims: Sequence[Claim]) -> Found | None:
    known = [claim for claim in claims if claim.mark]
    own = [claim for claim in known if claim.expert == expert]
    fresh = {claim.chat for claim in own if claim.fresh}
    usual = sum(claim.fresh for claim in known) / len(known) if known else 0.0
    signal = fraud.new_customers(len(fresh), len(own), usual)
    return (signal, fresh) if signal else None


async def _praised(brand: int, expert: int, decided: Collection[int]) -> Found | None:
    since = datetime.now(UTC) - LATELY
    rated = Rating.filter(expert_id=expert, brand_id=brand, stars=PRAISE, at__gt=since).order_by("-at")
    chats = [one.chat for one in await rated.limit(MOST_OWN).select_related("chat") if one.chat_id not in decided]
    said = Message.filter(chat_id__in=[chat.id for chat in chats], author="customer")
    counted = await said.annotate(many=Count("id")).group_by("chat_id").values_list("chat_id", "many") if chats else []
    messages = dict(counted)
    ended = {chat.id: fraud.Ended(messages.get(chat.id, 0), _seconds(chat)) for chat in chats}
    signal = fraud.short_praise(list(ended.values()))
    return (signal, {chat for chat, one in ended.items() if one.short}) if signal else None


def _seconds(chat: Chat) -> float:
    return (chat.ended_at - chat.claimed_at).total_seconds() if chat.ended_at and chat.claimed_at else 0.0


async def _alike(expert: int, claims: Sequence[Claim]) -> Found | None:
    """Questions that only this expert had: what others were asked as well, word for word, everybody asks."""
    newest = claims[::-1]
    own = [claim.chat for claim in newest if claim.expert == expert][:MOST_OWN]
    others = [claim.chat for claim in newest if claim.expert != expert][:MOST_OTHERS]
    found = await Chat.filter(id__in=[*own, *others]).values_list("id", "question") if own else []
    texts = {chat: bare_question(question) for chat, question in found}
    telling = {chat: text for chat, text in texts.items() if len(words(text)) >= TELLING_WORDS}
    return await asyncio.to_thread(_own_duplicates, telling, set(own))


def _own_duplicates(texts: Mapping[int, str], own: set[int]) -> Found | None:
    chats = set().union(*(group for group in fraud.groups(texts) if group <= own))
    signal = fraud.duplicates({chat: texts[chat] for chat in chats})
    return (replace(signal, of=len(own)), chats) if signal else None


async def _shared(brand: int, expert: int, claims: Sequence[Claim]) -> Found | None:
    since = datetime.now(UTC) - LATELY
    used = Device.filter(brand_id=brand, side=recognising.EXPERT, chat__expert_id=expert, at__gt=since)
    marks = {one.mark for one in await used.order_by("-id").limit(MOST_OWN)}
    own = [claim for claim in claims if claim.expert == expert and claim.mark]
    people = sorted({claim.mark or "" for claim in own})
    signal = fraud.shared_devices(marks, {number: {mark} for number, mark in enumerate(people)})
    return (signal, {claim.chat for claim in own if claim.mark in marks}) if signal else None


@unit_of_work
async def _raise(brand: int, expert: int, signal: Signal, chats: set[int]) -> None:
    """Opens a review, or brings the open one up to date; what its chats paid is held."""
    await withholding.lock(expert, brand)
    if chats & (await _decided(brand, expert)).get(signal.kind, set()):
        return  # somebody has decided meanwhile: the next look counts without these
    told: dict[str, Any] = {"seen": signal.seen, "of": signal.of, "usual": signal.usual}
    whose: dict[str, Any] = {"brand_id": brand, "expert_id": expert, "kind": str(signal.kind)}
    review = await Review.get_or_none(place=f"{brand}/{expert}/{signal.kind}")
    if review is None:
        place = f"{brand}/{expert}/{signal.kind}"
        review = await Review.create(**whose, **told, place=place, at=datetime.now(UTC))
    else:
        await Review.filter(id=review.id).update(**told)
    known = {one.chat_id for one in await Evidence.filter(review_id=review.id)}
    await Evidence.bulk_create([Evidence(review_id=review.id, chat_id=chat) for chat in sorted(chats - known)])
    await withholding.hold(review, sorted(chats - known))
