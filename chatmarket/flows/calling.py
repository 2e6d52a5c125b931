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

from chatmarket.flows import excluding, paging
from chatmarket.house import House
from chatmarket.models import SHUT, Brand, Chat, Expert, Notice, Reach, Skill, Standing, Status, Subscription, Way
from chatmarket.store import unit_of_work
from matching.paging import Paging, Resting, is_quiet, paged, surges

DICE = random.Random()  # noqa: S311 - who is drawn is luck, not a secret

MOST_CALLED = 200  # experts of one brand in one look
MOST_WAITING = 2000  # questions looked at for it: more call no more


@dataclass(frozen=True, slots=True)
class Need:
    """What waits at one brand: how many questions of which topics and languages, and since when the newest."""

    chats: Sequence[Chat]
    fresh: int

    @property
    def topics(self) -> set[int]:
        return {topic for topic, _ in self.spoken}

    @property
    def spoken(self) -> set[tuple[int, str]]:
        return {(chat.topic_id, chat.language) for chat in self.chats if chat.topic_id is not None}


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
    if not await Reach.filter(_switched_on()).exists():
        return 0
    waiting = Chat.filter(status=Status.WAITING, expires_at__gt=now)
    called = 0
    for brand in await Brand.filter(id__in=[row["brand_id"] for row in await waiting.distinct().values("brand_id")]):
        called += await _look(house, brand, now)
    return called


def _switched_on() -> Q:
    return Q(mail=True) | Q(push=True) | Q(webhook=True)


async def _look(house: House, brand: Brand, now: datetime) -> int:
    summons = paging.summons_of(brand)
    until = now - timedelta(seconds=summons.policy.patience_seconds)
    if not summons.on:
        return 0
    need = await _need(brand, until, now)
    if not need.fresh:
        return 0
    here = await house.switchboard.presence.online()
    online = len(await _able(need, here, brand, Q(available=True)))
    if not surges(len(need.chats), online, summons.policy):
        return 0
    away = await _away(house, brand, need, here, summons, now)
    drawn = _drawn(away, need, online, summons.policy, now)
    return await _call(brand, drawn, until, now, summons.policy) if drawn else 0


async def _need(brand: Brand, until: datetime, now: datetime) -> Need:
    waiting = Chat.filter(brand_id=brand.id, status=Status.WAITING, expires_at__gt=now, asked_at__lte=until)
    chats = await waiting.order_by("id").limit(MOST_WAITING)
    return Need(chats, sum(brand.paged_until is None or chat.asked_at > brand.paged_until for chat in chats))


async def _able(need: Need, experts: Collection[int], brand: Brand, ready: Q) -> dict[int, int]:
    """Which of these may answer some of it now, and on which topic: certified, not on a break of their own,
    not resting, paused or blocked. Who was set away is the one to be called."""
    skills = await Skill.filter(topic_id__in=need.topics, certified=True, expert_id__in=list(experts)).order_by("id")
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
    ready = Reach.filter(_switched_on(), Q(paged_at=None) | Q(paged_at__lte=rested), account__disabled_at=None)
    skilled = Q(account__skills__topic_id__in=need.topics, account__skills__certified=True)
    reaches = {one.account_id: one for one in await ready.filter(skilled) if one.account_id not in here}
    able = await _able(need, reaches, brand, Q(available=True) | Q(away__not_isnull=True))
    zones = dict(await Expert.filter(account_id__in=list(able)).values_list("account_id", "time_zone"))
    browsers = await _browsers(able, now)
    there = _ways_of(house, summons)
    found = []
    for expert, topic in able.items():
        reach, own = reaches[expert], browsers.get(expert, ())
        ways = reach.ways() & there - (set() if own else {Way.PUSH})
        if ways and not _sleeps(reach, str(zones[expert] or "UTC"), now):
            found.append(Away(expert, topic, reach.paged_at, ways, own))
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
        waiting=len(need.chats),
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
    notices: list[Notice] = []
    called = 0
    for one in sorted(drawn, key=lambda away: away.expert):  # one order: two clocks never wait for each other
        free = Reach.filter(Q(paged_at=None) | Q(paged_at__lte=rested), account_id=one.expert)
        if await free.update(paged_at=now):
            called += 1
            notices += _notices(brand.id, one, now)
    await Notice.bulk_create(notices)
    return called


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
