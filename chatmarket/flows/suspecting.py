"""The clock looks at chats that ended or were rated since the last time, for what a person should see.

Only experts of whom there is something new are looked at, each by a bounded number of their brand's newest chats, all
in so many reads (sighting). What matching.fraud notices becomes one open review for each expert, brand and kind, with
the chats it rests on; while it is open, what those chats paid is held. Chats of which a person has decided count for no
further signal of the same kind. Any number of clocks may look: a second one finds the same, and writes nothing.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket.flows import reviewing, sighting, withholding
from chatmarket.flows.sighting import LATELY, MOST_OTHERS, MOST_OWN, Sight
from chatmarket.house import House
from chatmarket.models import Evidence, Review, ReviewState
from chatmarket.store import StoreBusy, rows, unit_of_work
from matching import fraud
from matching.fraud import Kind, Signal

logger = logging.getLogger(__name__)

SETTLED = timedelta(seconds=2)  # what ended later than this may yet be committed behind what was seen
BRANDS = 50  # read at a time
AT_ONCE = 200  # ended or rated chats in one look at a brand; the next look takes the rest

Found = tuple[Signal, set[int]]  # and the chats it rests on

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


async def look(house: House) -> int:
    """Looks at every brand with something new; at how many. Goes on behind one that fails."""
    until = datetime.now(UTC) - SETTLED
    since, done, last = until - LATELY, 0, 0
    while some := await rows(_NEWS, since, last, since, until, since, until, BRANDS):
        for brand in some:
            done += await _in_peace(house, brand["id"], brand["seen_at"], until)
        last = some[-1]["id"]
    return done


async def _in_peace(house: House, brand: int, since: Any, until: datetime) -> bool:
    try:
        await _look_at(house, brand, since, until)
        return True
    except StoreBusy:
        raise
    except Exception:
        logger.exception("a brand was not looked at", extra={"brand": brand})
        return False


async def _look_at(house: House, brand: int, since: Any, until: datetime) -> None:
    window = (brand, since, until, AT_ONCE)
    events = await rows(_EVENTS, *window, *window, AT_ONCE)
    experts = sorted({event["expert_id"] for event in events})
    sight = await sighting.read(brand, experts)
    for expert in experts:
        for signal, chats in await _signals(expert, sight):
            if sight.open_.get((expert, signal.kind)) != sighting.told(signal, chats):
                await _raise(house, brand, expert, signal, chats)
    await _seen(brand, events[-1]["at"])


@unit_of_work
async def _seen(brand: int, at: Any) -> None:
    await rows(_SEEN, brand, at)


async def _signals(expert: int, sight: Sight) -> list[Found]:
    found = [
        _pairs(expert, sight),
        _newcomers(expert, sight),
        _praised(expert, sight),
        await asyncio.to_thread(_alike, expert, sight),
        _shared(expert, sight),
    ]
    return [one for one in found if one is not None]


def _pairs(expert: int, sight: Sight) -> Found | None:
    """The pair that met most often of all whose meeting is no luck, and the chats of all such pairs."""
    own, out = sight.own(expert, Kind.PAIR), sight.out(expert, Kind.PAIR)
    mine = Counter(claim.topic for claim in own)
    all_ = sight.claims.topics - Counter(claim.topic for claim in sight.judged(expert, Kind.PAIR))
    signals: list[Signal] = []
    chats: set[int] = set()
    for person in dict.fromkeys(claim.person for claim in own):
        asked = [claim for claim in sight.claims.by_person[person] if claim.chat not in out]
        won = {claim.chat for claim in asked if claim.expert == expert}
        topics = {claim.topic for claim in asked}
        share = sum(mine[topic] for topic in topics) / sum(all_[topic] for topic in topics)
        signal = fraud.pair(len(won), len(asked), share)
        if signal is not None:
            signals.append(signal)
            chats |= won
    return (max(signals, key=lambda signal: signal.seen), chats) if signals else None


def _newcomers(expert: int, sight: Sight) -> Found | None:
    out = [claim for claim in sight.judged(expert, Kind.NEW_CUSTOMERS) if claim.mark]
    known = sight.claims.known - len(out)
    own = [claim for claim in sight.own(expert, Kind.NEW_CUSTOMERS) if claim.mark]
    fresh = {claim.chat for claim in own if claim.fresh}
    usual = (sight.claims.fresh - sum(claim.fresh for claim in out)) / known if known else 0.0
    signal = fraud.new_customers(len(fresh), len(own), usual)
    return (signal, fresh) if signal else None


def _praised(expert: int, sight: Sight) -> Found | None:
    out = sight.out(expert, Kind.SHORT_PRAISE)
    ended = {chat: one for chat, one in sight.praised.get(expert, {}).items() if chat not in out}
    signal = fraud.short_praise(list(ended.values()))
    return (signal, {chat for chat, one in ended.items() if one.short}) if signal else None


def _alike(expert: int, sight: Sight) -> Found | None:
    """Questions that only this expert had: what others were asked as well, word for word, everybody asks."""
    newest = sight.claims.newest_of(expert, MOST_OWN, sight.out(expert, Kind.DUPLICATES))
    own = {claim.chat for claim in newest}
    others = [claim.chat for claim in sight.claims.newest_but(expert, MOST_OTHERS)]
    texts = {chat: sight.texts[chat] for chat in [*own, *others] if chat in sight.texts}
    chats = set().union(*(group for group in fraud.groups(texts) if group <= own))
    signal = fraud.duplicates({chat: texts[chat] for chat in chats})
    return (replace(signal, of=len(own)), chats) if signal else None


def _shared(expert: int, sight: Sight) -> Found | None:
    marks = sight.marks.get(expert, set())
    own = [claim for claim in sight.own(expert, Kind.SHARED_DEVICE) if claim.mark]
    people = sorted({claim.mark or "" for claim in own})
    signal = fraud.shared_devices(marks, {number: {mark} for number, mark in enumerate(people)})
    return (signal, {claim.chat for claim in own if claim.mark in marks}) if signal else None


@unit_of_work
async def _raise(house: House, brand: int, expert: int, signal: Signal, chats: set[int]) -> None:
    """Opens a review, or brings the open one up to date; what its chats paid is held."""
    await withholding.lock(expert, brand)
    judged = Evidence.filter(review__brand_id=brand, review__expert_id=expert, review__kind=str(signal.kind))
    if await judged.filter(chat_id__in=list(chats)).exclude(review__state=ReviewState.OPEN).exists():
        return  # somebody has decided meanwhile: the next look counts without these
    told: Mapping[str, Any] = {"seen": signal.seen, "of": signal.of, "usual": signal.usual}
    place = f"{brand}/{expert}/{signal.kind}"
    review = await Review.get_or_none(place=place)
    if review is None:
        whose: Mapping[str, Any] = {"brand_id": brand, "expert_id": expert, "kind": str(signal.kind)}
        review = await Review.create(**whose, **told, place=place, at=datetime.now(UTC))
        reviewing.changed(house, brand)
    else:
        await Review.filter(id=review.id).update(**told)
    known = {one.chat_id for one in await Evidence.filter(review_id=review.id)}
    await Evidence.bulk_create([Evidence(review_id=review.id, chat_id=chat) for chat in sorted(chats - known)])
    await withholding.hold(review, sorted(chats - known))
