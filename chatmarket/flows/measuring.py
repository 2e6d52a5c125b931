"""What is usual: the shares of resolved chats that an expert's own are held against."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from chatmarket.house import House
from chatmarket.models import Chat, Movement, What
from matching import reputation
from matching.reputation import Tally

BASELINE_DAYS = 90  # ratings older than this say little about today's product (research 1.5)
NOBODY = 0


def counting() -> QuerySet[Movement]:
    """What counts: ratings and customers who came back, once for each chat."""
    return Movement.filter(left=None, undone=False, chat_id__isnull=False)


async def baseline_of(house: House, chat: Chat) -> float:
    """The share of resolved chats to expect of this chat, from the others' ratings of the last 90 days, and from how
    its customer rated the others."""
    topic, everything = await _others(chat.brand_id, chat.topic_id, chat.expert_id or NOBODY)
    bar = reputation.baseline(topic, everything, enough=house.settings.gate_ratings)
    theirs = counting().filter(chat__customer_id=chat.customer_id, what=What.RATED).exclude(expert_id=chat.expert_id)
    given = await theirs.values("resolved")
    if not given:
        return bar
    tally = Tally(len(given), sum(row["resolved"] for row in given))
    usual = reputation.baseline(Tally(0, 0), everything, enough=house.settings.gate_ratings)
    return reputation.for_customer(bar, tally, usual)


async def _others(brand: int, topic: int, expert: int) -> tuple[Tally, Tally]:
    """The ratings on a topic and in all of the brand without this expert's."""
    by_topic = await _tallied(counting().filter(brand_id=brand).exclude(expert_id=expert), "topic_id")
    everything = Tally(
        sum(tally.count for tally in by_topic.values()), sum(tally.positive for tally in by_topic.values())
    )
    return by_topic.get((topic,), Tally(0, 0)), everything


async def gate_is_live(house: House, brand: int) -> bool:
    """Whether the brand has the ratings that a gate needs."""
    enough = house.settings.gate_ratings
    return len(await counting().filter(brand_id=brand).limit(enough).values_list("id")) >= enough


async def usual(house: House, brand_id: int, topic_id: int) -> float:
    """What may be expected of anybody on this topic, counted at most once a minute: it orders offers, and no more."""
    kept = house.usual.get(topic_id)
    if kept is None:
        topic, everything = await _others(brand_id, topic_id, NOBODY)
        kept = reputation.baseline(topic, everything, enough=house.settings.gate_ratings)
        house.usual.put(topic_id, kept)
    return kept


async def tallies_of_brands(house: House, brands: Collection[int]) -> dict[int, Tally]:
    """All ratings of each brand, counted at most once a minute: a typical share moves slowly."""
    found = {brand: kept for brand in brands if (kept := house.tallies.get(brand)) is not None}
    missing = set(brands) - set(found)
    if missing:
        counted = await _tallied(counting().filter(brand_id__in=missing), "brand_id")
        for brand in missing:
            found[brand] = counted.get((brand,), Tally(0, 0))
            house.tallies.put(brand, found[brand])
    return found


async def alarming(house: House, brand: int) -> int | None:
    """The share in a hundred below which a brand's people must look for themselves, when it is; a gate that holds
    experts against each other cannot see it."""
    everyone = (await tallies_of_brands(house, {brand}))[brand]
    low = reputation.alarming(everyone, enough=house.settings.gate_ratings)
    return round(100 * reputation.ALARMING_MEAN) if low else None


async def own_tallies(experts: Collection[int]) -> defaultdict[tuple[int, ...], Tally]:
    counted = await _tallied(counting().filter(expert_id__in=experts), "expert_id", "brand_id")
    return defaultdict(lambda: Tally(0, 0), counted)


async def _tallied(movements: QuerySet[Movement], *by: str) -> dict[tuple[int, ...], Tally]:
    """Those of the last 90 days and the resolved ones among them, by these columns."""
    since = datetime.now(UTC) - timedelta(days=BASELINE_DAYS)
    counted = movements.filter(at__gte=since).annotate(n=Count("id"), yes=Count("id", _filter=Q(resolved=True)))
    found = await counted.group_by(*by).values(*by, "n", "yes")
    return {tuple(row[name] for name in by): Tally(row["n"], row["yes"]) for row in found}
