"""The customer's verdict, in one transaction: the rating, the reputation it moves, and the reward it pays."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, TooLate
from chatmarket.flows import measuring, offering, paying, showing, vaulting
from chatmarket.house import House
from chatmarket.models import Account, Chat, Rating, Skill, Standing, Status
from chatmarket.privacy.segments import to_json
from chatmarket.store import after_commit, unit_of_work
from matching import probation, reputation
from matching.reputation import Reputation, Tally
from matching.routing import Record, noted

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
    baseline = await measuring.baseline_of(house, chat.brand_id, chat.topic_id, chat.expert_id)
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
    await vaulting.forget_marks(chat.id)
    await _move(house, standing, after, resolved)
    await _note(chat, resolved)
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


async def _note(chat: Chat, resolved: bool) -> None:
    """What orders the offers of this topic; the standing above is locked, so verdicts on one expert come in turn."""
    skill = await Skill.get_or_none(expert_id=chat.expert_id, topic_id=chat.topic_id)
    if skill is not None:
        after = noted(Record(skill.count, skill.positive), resolved)
        await Skill.filter(id=skill.id).update(count=after.count, positive=after.positive)


async def _rank(standing: Standing, mu: float) -> float:
    """The place among the brand's experts who are past their probation, from 0, the best, to 1."""
    seasoned = Standing.filter(brand_id=standing.brand_id, ratings__gte=probation.PROBATION_RATINGS)
    others = seasoned.exclude(id=standing.id)
    count = await others.count()
    return await others.filter(mu__gte=mu).count() / count if count else 1.0


async def standings_of(house: House, account: Account) -> Sequence[showing.View]:
    """How this expert stands with each brand."""
    kept = await Standing.filter(expert_id=account.id).select_related("brand").order_by("brand_id")
    return (await standing_views(house, kept))[account.id]


async def standing_views(house: House, standings: Sequence[Standing]) -> dict[int, list[showing.View]]:
    """How these experts stand, by expert: beside what is usual at the brand, by the others' ratings."""
    views: dict[int, list[showing.View]] = defaultdict(list)
    if not standings:
        return views
    everyone = await measuring.tallies_of_brands(house, {standing.brand_id for standing in standings})
    own = await measuring.own_tallies({standing.expert_id for standing in standings})
    for standing in standings:
        mine, all_ = own[standing.expert_id, standing.brand_id], everyone[standing.brand_id]
        count = max(0, all_.count - mine.count)  # one's own newest rating may not be among all of them yet
        others = Tally(count, min(count, max(0, all_.positive - mine.positive)))
        usual = reputation.baseline(Tally(0, 0), others, enough=house.settings.gate_ratings)
        views[standing.expert_id].append(showing.standing_view(standing, standing.brand, usual))
    return views


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
