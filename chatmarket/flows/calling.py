"""Too many questions wait: experts who are away are paged, by lot, and none of them twice in half an hour.

Whoever keeps the clock looks. A brand's questions call once: whose conditional update is the first does it, and each
expert's own row settles that no two brands and no two clocks page them in one rest.
"""

import random
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from chatmarket.flows import excluding, paging
from chatmarket.house import House
from chatmarket.models import SHUT, Brand, Expert, Notice, Reach, Skill, Standing, Subscription, Way
from chatmarket.store import dialect, rows, unit_of_work
from matching.paging import Paging, Resting, is_quiet, paged, surges

DICE = random.Random()  # noqa: S311 - who is drawn is luck, not a secret

MOST_CALLED = 200  # experts of one brand in one look
MOST_DRAWN = 5 * MOST_CALLED  # of whom those are left out whom no way reaches now, or who sleep
AT_ONCE = 200  # skills of those who are here, counted only until there are enough

# Brands with a question that has not called yet: nothing else is read while there is none.
_PRESSED = """
SELECT c.brand_id FROM chat c JOIN brand b ON b.id = c.brand_id WHERE c.status = 'waiting' AND c.expires_at > ?
AND (b.paged_until IS NULL OR c.asked_at > b.paged_until) GROUP BY c.brand_id
"""
_NEED = """
SELECT topic_id, language, COUNT(*) AS waiting, SUM(CASE WHEN asked_at > ? THEN 1 ELSE 0 END) AS fresh FROM chat
WHERE brand_id = ? AND status = 'waiting' AND expires_at > ? AND asked_at <= ? GROUP BY topic_id, language
"""
_REACHABLE = """
SELECT r.account_id FROM reach r JOIN account a ON a.id = r.account_id WHERE (r.mail = ? OR r.push = ? OR r.webhook = ?)
AND (r.paged_at IS NULL OR r.paged_at <= ?) AND a.disabled_at IS NULL AND EXISTS (SELECT 1 FROM skill s
WHERE s.expert_id = r.account_id AND s.certified = ? AND s.topic_id IN ({topics}))
"""
_CALLED = """
UPDATE reach SET paged_at = ? WHERE account_id IN (SELECT account_id FROM reach WHERE account_id IN ({experts})
AND (paged_at IS NULL OR paged_at <= ?) ORDER BY account_id {held}) RETURNING account_id
"""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Need:
    """What waits at one brand: how many questions, how many of them have not called yet, on which topics and in which
    languages."""

    waiting: int
    fresh: int
    spoken: frozenset[tuple[int, str]]

    @property
    def topics(self) -> list[int]:
        return sorted({topic for topic, _ in self.spoken})


@dataclass(frozen=True, slots=True)
class Away:
    """An expert who is not here and may be paged: for which topic, by which ways, into which browsers."""

    expert: int
    topic: int
    paged_at: datetime | None
    ways: Collection[Way]
    subscriptions: Sequence[int]


async def due(house: House, now: datetime | None = None) -> int:
    """Pages for every brand whose questions wait too long; how many experts were called."""
    now = now or datetime.now(UTC)
    pressed = [row["brand_id"] for row in await rows(_PRESSED, now)]
    called = 0
    for brand in await Brand.filter(id__in=pressed) if pressed else []:
        called += await _look(house, brand, now)
    return called


async def _look(house: House, brand: Brand, now: datetime) -> int:
    summons = paging.summons_of(brand)
    until = now - timedelta(seconds=summons.policy.patience_seconds)
    rested = now - timedelta(seconds=summons.policy.rest_seconds)
    if not summons.on:
        return 0
    need = await _need(brand, until, now)
    if not need.fresh or not await _reachable(need, rested, "LIMIT 1"):
        return 0
    here = await house.switchboard.presence.online()
    online = await _online(need, here, brand, summons.policy)
    if not surges(need.waiting, online, summons.policy):
        return 0
    away = await _away(house, brand, need, here, summons, now)
    drawn = _drawn(away, need, online, summons.policy, now)
    return await _call(brand, drawn, until, now, summons.policy) if drawn else 0


async def _need(brand: Brand, until: datetime, now: datetime) -> Need:
    counted = await rows(_NEED, brand.paged_until or _LONG_AGO, brand.id, now, until)
    return Need(
        sum(row["waiting"] for row in counted),
        sum(int(row["fresh"]) for row in counted),
        frozenset((row["topic_id"], row["language"]) for row in counted),
    )


async def _reachable(need: Need, rested: datetime, part: str) -> list[int]:
    """Who is certified for some of it and let themselves be called, the `part` of them that is wanted."""
    found = _REACHABLE.format(topics=_marks(need.topics)) + part
    return [row["account_id"] for row in await rows(found, True, True, True, rested, True, *need.topics)]


def _marks(values: Sequence[int]) -> str:
    return ", ".join("?" for _ in values)


async def _online(need: Need, here: Collection[int], brand: Brand, policy: Paging) -> int:
    """How many who are here may answer some of it now: counted no further than until they are enough."""
    able: dict[int, int] = {}
    last = 0
    while surges(need.waiting, len(able), policy):
        skills = await _skilled(need, here).filter(id__gt=last).limit(AT_ONCE)
        if not skills:
            break
        able |= await _able(need, skills, brand, Q(available=True))
        last = skills[-1].id
    return len(able)


def _skilled(need: Need, experts: Collection[int]) -> QuerySet[Skill]:
    return Skill.filter(topic_id__in=need.topics, certified=True, expert_id__in=list(experts)).order_by("id")


async def _able(need: Need, skills: Sequence[Skill], brand: Brand, ready: Q) -> dict[int, int]:
    """Whose of these skills answer some of it now, and on which topic: not on a break of their own, not resting,
    paused or blocked. Who was set away is the one to be called."""
    if not skills:
        return {}
    ids = list({skill.expert_id for skill in skills})
    there = Expert.filter(ready, account_id__in=ids)
    known = {one.account_id: one for one in await there if not one.resting}
    for standing in await Standing.filter(brand_id=brand.id, expert_id__in=ids, state__in=SHUT):
        known.pop(standing.expert_id, None)
    for expert_id, _ in await excluding.excluded(ids, brand.id):
        known.pop(expert_id, None)
    able: dict[int, int] = {}
    for skill in skills:
        expert = known.get(skill.expert_id)
        if expert and any(skill.topic_id == topic and _speaks(expert, skill, code) for topic, code in need.spoken):
            able.setdefault(skill.expert_id, skill.topic_id)
    return able


def _speaks(expert: Expert, skill: Skill, language: str) -> bool:
    return language in expert.languages and skill.speaks(language)


async def _away(
    house: House, brand: Brand, need: Need, here: Collection[int], summons: paging.Summons, now: datetime
) -> list[Away]:
    rested = now - timedelta(seconds=summons.policy.rest_seconds)
    lot = set(await _reachable(need, rested, f"ORDER BY RANDOM() LIMIT {MOST_DRAWN}")) - set(here)
    skills = await _skilled(need, lot)
    able = await _able(need, skills, brand, Q(available=True) | Q(away__not_isnull=True))
    reaches = {one.account_id: one for one in await Reach.filter(account_id__in=list(able))}
    zones = dict(await Expert.filter(account_id__in=list(able)).values_list("account_id", "time_zone"))
    browsers = await _browsers(able, now)
    there = _ways_of(house, summons)
    found = []
    for expert, reach in reaches.items():
        own = browsers.get(expert, ())
        ways = reach.ways() & there - (set() if own else {Way.PUSH})
        if ways and not _sleeps(reach, str(zones[expert] or "UTC"), now):
            found.append(Away(expert, able[expert], reach.paged_at, ways, own))
    return found


def _ways_of(house: House, summons: paging.Summons) -> set[Way]:
    """The ways that this house and this brand have."""
    has = {Way.MAIL: house.outside.letters, Way.PUSH: house.outside.pushes, Way.WEBHOOK: summons.webhook}
    return {way for way, there in has.items() if there}


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _sleeps(reach: Reach, zone: str, now: datetime) -> bool:
    local = now.astimezone(_zone(zone))
    return is_quiet(local.hour * 60 + local.minute, reach.quiet_from, reach.quiet_to)


async def _browsers(experts: Collection[int], now: datetime) -> Mapping[int, list[int]]:
    """The subscriptions of their logins that still hold."""
    open_ = Subscription.filter(login__account_id__in=list(experts), login__revoked_at=None, login__ends_at__gt=now)
    found: dict[int, list[int]] = defaultdict(list)
    for row in await open_.values("id", "login__account_id"):
        found[row["login__account_id"]].append(row["id"])
    return found


def _drawn(away: Sequence[Away], need: Need, online: int, policy: Paging, now: datetime) -> list[Away]:
    resting = [Resting(one.expert, one.paged_at.timestamp() if one.paged_at else None) for one in away]
    drawn = paged(
        resting,
        waiting=need.waiting,
        online=online,
        fresh=need.fresh,
        now=now.timestamp(),
        rng=DICE,
        paging=policy,
    )
    called = set(drawn[:MOST_CALLED])
    return [one for one in away if one.expert in called]


@unit_of_work
async def _call(brand: Brand, drawn: Sequence[Away], until: datetime, now: datetime, policy: Paging) -> int:
    unseen = Q(paged_until=None) if brand.paged_until is None else Q(paged_until=brand.paged_until)
    if not await Brand.filter(unseen, id=brand.id).update(paged_until=until):
        return 0  # another clock has
    rested = now - timedelta(seconds=policy.rest_seconds)
    by_expert = {one.expert: one for one in drawn}
    # In one order: two clocks never wait for each other.
    held = "FOR UPDATE" if dialect() == "postgres" else ""
    free = _CALLED.format(experts=_marks([*by_expert]), held=held)
    called = [by_expert[row["account_id"]] for row in await rows(free, now, *by_expert, rested)]
    await Notice.bulk_create([notice for one in called for notice in _notices(brand.id, one, now)])
    return len(called)


def _notices(brand: int, one: Away, now: datetime) -> list[Notice]:
    into: list[tuple[Way, int | None]] = [(way, None) for way in sorted(one.ways) if way is not Way.PUSH]
    if Way.PUSH in one.ways:
        into += [(Way.PUSH, subscription) for subscription in one.subscriptions]
    return [
        Notice(
            brand_id=brand,
            kind="page",
            way=way,
            expert_id=one.expert,
            topic_id=one.topic,
            subscription_id=subscription,
            due_at=now,
            made_at=now,
        )
        for way, subscription in into
    ]
