"""What is usual: the shares of resolved chats that an expert's own are held against."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from chatmarket.house import House
from chatmarket.models import Rating
from matching import reputation
from matching.reputation import Tally

BASELINE_DAYS = 90  # ratings older than this say little about today's product (research 1.5)
NOBODY = 0


async def baseline_of(house: House, brand_id: int, topic_id: int, expert_id: int) -> float:
    """The share of resolved chats to expect on this topic, from the others' ratings of the last 90 days."""
    by_topic = await _counted(Rating.filter(brand_id=brand_id).exclude(expert_id=expert_id), "topic_id")
    everything = Tally(
        sum(tally.count for tally in by_topic.values()), sum(tally.positive for tally in by_topic.values())
    )
    topic = by_topic.get((topic_id,), Tally(0, 0))
    return reputation.baseline(topic, everything, enough=house.settings.gate_ratings)


async def usual(house: House, brand_id: int, topic_id: int) -> float:
    """What may be expected of anybody on this topic, counted at most once a minute: it orders offers, and no more."""
    kept = house.usual.get(topic_id)
    if kept is None:
        kept = await baseline_of(house, brand_id, topic_id, NOBODY)
        house.usual.put(topic_id, kept)
    return kept


async def tallies_of_brands(house: House, brands: Collection[int]) -> dict[int, Tally]:
    """All ratings of each brand, counted at most once a minute: a typical share moves slowly."""
    found = {brand: kept for brand in brands if (kept := house.tallies.get(brand)) is not None}
    missing = set(brands) - set(found)
    if missing:
        counted = await _counted(Rating.filter(brand_id__in=missing), "brand_id")
        for brand in missing:
            found[brand] = counted.get((brand,), Tally(0, 0))
            house.tallies.put(brand, found[brand])
    return found


async def own_tallies(experts: Collection[int]) -> defaultdict[tuple[int, ...], Tally]:
    counted = await _counted(Rating.filter(expert_id__in=experts), "expert_id", "brand_id")
    return defaultdict(lambda: Tally(0, 0), counted)


async def _counted(ratings: QuerySet[Rating], *by: str) -> dict[tuple[int, ...], Tally]:
    """Ratings of the last 90 days and the resolved ones among them, by these columns."""
    since = datetime.now(UTC) - timedelta(days=BASELINE_DAYS)
    counted = ratings.filter(at__gte=since).annotate(n=Count("chat_id"), yes=Count("chat_id", _filter=Q(resolved=True)))
    found = await counted.group_by(*by).values(*by, "n", "yes")
    return {tuple(row[name] for name in by): Tally(row["n"], row["yes"]) for row in found}
