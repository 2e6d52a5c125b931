"""The customer's verdict, in one transaction: the rating, the reputation it moves, and the reward it pays."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from chatmarket import fields
from chatmarket.errors import N_, TooLate
from chatmarket.flows import offering, paying, showing, vaulting
from chatmarket.house import House
from chatmarket.models import Account, Chat, Rating, Standing, Status
from chatmarket.privacy.segments import to_json
from chatmarket.store import after_commit, unit_of_work
from matching import probation, reputation
from matching.reputation import Reputation, Tally

BASELINE_DAYS = 90  # ratings older than this say little about today's product (research 1.5)
MOST_COMMENT = 1000


class RatedBefore(TooLate):
    code = "rated_before"
    text = N_("You have rated this chat already. Thank you!")


class NotEnded(TooLate):
    code = "not_ended"
    text = N_("A chat can be rated when it has ended.")


async def rate(house: House, chat_id: int, resolved: Any, stars: Any, comment: Any = "") -> None:
    """Rates an ended chat once. Raises NotEnded, RatedBefore, or Wrong with the field."""
    resolved = fields.flag(resolved, "resolved")
    stars = fields.number(stars, "stars", most=5)
    comment = fields.text(comment, "comment", most=MOST_COMMENT, least=0)
    try:
        await _rate(house, chat_id, resolved, stars, comment)
    except IntegrityError:
        # Two verdicts at once: the chat's one rating is unique in the database.
        raise RatedBefore from None


@unit_of_work
async def _rate(house: House, chat_id: int, resolved: bool, stars: int, comment: str) -> None:
    chat = await Chat.get(id=chat_id)
    if chat.status != Status.ENDED or chat.expert_id is None:
        raise NotEnded
    if await Rating.exists(chat_id=chat_id):
        raise RatedBefore
    # Locked before the rating is written: two verdicts on one expert move the reputation one after the other.
    standing = await _standing(chat)
    baseline = await baseline_of(house, chat.brand_id, chat.topic_id, chat.expert_id)
    after = reputation.after(Reputation(standing.mu, standing.v), resolved, baseline)
    # Without words nothing needs the vault: a chat whose customer was erased can be rated, and its expert paid.
    said = to_json((await (await vaulting.opened(house, chat.id)).mask(comment)).segments) if comment else []
    await Rating.create(
        chat_id=chat.id,
        brand_id=chat.brand_id,
        topic_id=chat.topic_id,
        expert_id=chat.expert_id,
        resolved=resolved,
        stars=stars,
        comment=said,
        baseline=baseline,
        mu_after=after.mu,
        at=datetime.now(UTC),
    )
    await _move(house, standing, after, resolved)
    if resolved:
        await paying.pay_reward(chat)
    after_commit(lambda: _announce(house, chat_id))


async def _standing(chat: Chat) -> Standing:
    kept = await Standing.filter(expert_id=chat.expert_id, brand_id=chat.brand_id).select_for_update().first()
    return kept or await Standing.create(expert_id=chat.expert_id, brand_id=chat.brand_id)


async def _move(house: House, standing: Standing, after: Reputation, resolved: bool) -> None:
    """Writes the new reputation. Only a brand with enough ratings has a gate; a person reopens it, no rating does."""
    state = str(reputation.standing(after))
    enough = house.settings.gate_ratings
    if len(await Rating.filter(brand_id=standing.brand_id).limit(enough).values_list("chat_id")) < enough:
        state = "open"
    if standing.state == "paused":
        state = "paused"
    changed_at = standing.changed_at if state == standing.state else datetime.now(UTC)
    await Standing.filter(id=standing.id).update(
        mu=after.mu,
        v=after.v,
        ratings=standing.ratings + 1,
        resolved=standing.resolved + int(resolved),
        state=state,
        changed_at=changed_at,
        capacity=probation.capacity(standing.ratings + 1, rank=await _rank(standing, after.mu)),
    )


async def _rank(standing: Standing, mu: float) -> float:
    """The place among the brand's experts who are past their probation, from 0, the best, to 1."""
    seasoned = Standing.filter(brand_id=standing.brand_id, ratings__gte=probation.PROBATION_RATINGS)
    others = seasoned.exclude(id=standing.id)
    count = await others.count()
    return await others.filter(mu__gte=mu).count() / count if count else 1.0


async def baseline_of(house: House, brand_id: int, topic_id: int, expert_id: int) -> float:
    """The share of resolved chats to expect on this topic, from the others' ratings of the last 90 days."""
    by_topic = await _counted(Rating.filter(brand_id=brand_id).exclude(expert_id=expert_id), "topic_id")
    everything = Tally(
        sum(tally.count for tally in by_topic.values()), sum(tally.positive for tally in by_topic.values())
    )
    topic = by_topic.get((topic_id,), Tally(0, 0))
    return reputation.baseline(topic, everything, enough=house.settings.gate_ratings)


async def standings_of(house: House, account: Account) -> Sequence[showing.View]:
    """How this expert stands with each brand."""
    kept = await Standing.filter(expert_id=account.id).select_related("brand").order_by("brand_id")
    return (await standing_views(house, kept))[account.id]


async def standing_views(house: House, standings: Sequence[Standing]) -> dict[int, list[showing.View]]:
    """How these experts stand, by expert: beside what is usual at the brand, by the others' ratings."""
    views: dict[int, list[showing.View]] = defaultdict(list)
    if not standings:
        return views
    everyone = await _tallies_of_brands(house, {standing.brand_id for standing in standings})
    own = await _own_tallies({standing.expert_id for standing in standings})
    for standing in standings:
        mine, all_ = own[standing.expert_id, standing.brand_id], everyone[standing.brand_id]
        count = max(0, all_.count - mine.count)  # one's own newest rating may not be among all of them yet
        others = Tally(count, min(count, max(0, all_.positive - mine.positive)))
        usual = reputation.baseline(Tally(0, 0), others, enough=house.settings.gate_ratings)
        views[standing.expert_id].append(showing.standing_view(standing, standing.brand, usual))
    return views


async def _tallies_of_brands(house: House, brands: Collection[int]) -> dict[int, Tally]:
    """All ratings of each brand, counted at most once a minute: a typical share moves slowly."""
    found = {brand: kept for brand in brands if (kept := house.tallies.get(brand)) is not None}
    missing = set(brands) - set(found)
    if missing:
        counted = await _counted(Rating.filter(brand_id__in=missing), "brand_id")
        for brand in missing:
            found[brand] = counted.get((brand,), Tally(0, 0))
            house.tallies.put(brand, found[brand])
    return found


async def _own_tallies(experts: Collection[int]) -> defaultdict[tuple[int, ...], Tally]:
    counted = await _counted(Rating.filter(expert_id__in=experts), "expert_id", "brand_id")
    return defaultdict(lambda: Tally(0, 0), counted)


async def _counted(ratings: QuerySet[Rating], *by: str) -> dict[tuple[int, ...], Tally]:
    """Ratings of the last 90 days and the resolved ones among them, by these columns."""
    since = datetime.now(UTC) - timedelta(days=BASELINE_DAYS)
    counted = ratings.filter(at__gte=since).annotate(n=Count("chat_id"), yes=Count("chat_id", _filter=Q(resolved=True)))
    found = await counted.group_by(*by).values(*by, "n", "yes")
    return {tuple(row[name] for name in by): Tally(row["n"], row["yes"]) for row in found}


async def recent(account: Account, slug: str, language: str, most: int = 30) -> list[showing.View]:
    """What an expert's last ratings with a brand were."""
    latest = Rating.filter(expert_id=account.id, brand__slug=slug).order_by("-at").limit(most)
    return [
        {"at": one.at, "resolved": one.resolved, "stars": one.stars, "topic": one.chat.topic.name(language)}
        for one in await latest.select_related("chat__topic")
    ]


async def _announce(house: House, chat_id: int) -> None:
    chat = await showing.chat_whole(chat_id)
    await showing.tell_room(house, chat)
    await showing.tell_board(house, chat)
    if chat.expert:
        await offering.refresh(house, chat.expert.id)
