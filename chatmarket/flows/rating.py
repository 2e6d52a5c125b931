"""The customer's verdict, in one transaction: the rating, the reward it pays, and the reputation it moves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, TooLate, Wrong
from chatmarket.flows import excluding, measuring, moving, offering, paying, requalifying, showing, vaulting
from chatmarket.flows.moving import Evidence
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Blames, Brand, Chat, Rating, Standing, Status, What
from chatmarket.privacy.segments import to_json
from chatmarket.store import after_commit, unit_of_work
from matching import reputation
from matching.probation import PROBATION_RATINGS
from matching.ratings import RATING_SECONDS
from matching.reputation import Tally

MOST_COMMENT = 1000


class RatedBefore(TooLate):
    code = "rated_before"
    text = N_("You have rated this chat already. Thank you!")


class NotEnded(TooLate):
    code = "not_ended"
    text = N_("A chat can be rated when it has ended.")


class RatingOver(TooLate):
    code = "rating_over"
    text = N_("A chat can be rated for 30 days after its end.")


async def rate(house: House, chat_id: int, resolved: Any, stars: Any, comment: Any = "", blames: Any = None) -> None:
    """Rates an ended chat once; `blames` (models.Blames) is what was wrong, with a no alone. Raises NotEnded,
    RatedBefore, RatingOver, or Wrong with the field."""
    resolved = fields.flag(resolved, "resolved")
    stars = fields.number(stars, "stars", most=5)
    comment = fields.text(comment, "comment", most=MOST_COMMENT, least=0)
    blamed = Blames(fields.choice(blames, "blames", tuple(Blames))) if blames else None
    if resolved and blamed:
        told = N_("What was wrong is said with a no: a resolved chat blames nothing.")
        raise Wrong(told, code="bad_field", field="blames")
    try:
        await _rate(house, chat_id, resolved, stars, comment, blamed)
    except IntegrityError:
        # Two verdicts at once: the chat's one rating is unique in the database.
        raise RatedBefore from None


@unit_of_work
async def _rate(house: House, chat_id: int, resolved: bool, stars: int, comment: str, blames: Blames | None) -> None:
    chat = await Chat.get(id=chat_id)
    now = datetime.now(UTC)
    if chat.status != Status.ENDED or chat.expert_id is None or chat.ended_at is None:
        raise NotEnded
    if await Rating.exists(chat_id=chat_id):
        raise RatedBefore
    if (now - chat.ended_at).total_seconds() > RATING_SECONDS:
        raise RatingOver
    # Without words nothing needs the vault: a chat whose customer was erased can be rated, and its expert paid.
    said = to_json((await (await vaulting.opened(house, chat.id)).mask(comment)).segments) if comment else []
    await vaulting.forget_marks(chat.id)
    if resolved:
        await paying.pay_reward(chat)
    evidence = Evidence(What.RATED, resolved, blames_brand=blames is Blames.PRODUCT)
    moved = await moving.weigh(house, chat, evidence)
    assert moved is not None
    await Rating.create(
        chat_id=chat.id,
        brand_id=chat.brand_id,
        topic_id=chat.topic_id,
        expert_id=chat.expert_id,
        resolved=resolved,
        stars=stars,
        comment=said,
        blames=blames,
        baseline=moved.baseline,
        mu_after=moved.mu_after,
        at=now,
    )
    after_commit(lambda: _announce(house, chat_id))


async def standings_of(house: House, account: Account) -> Sequence[showing.View]:
    """How this expert stands with each brand."""
    kept = await Standing.filter(expert_id=account.id).select_related("brand").order_by("brand_id")
    return (await standing_views(house, kept))[account.id]


async def standing_of(house: House, account: Account, brand: int) -> showing.View | None:
    """How this expert stands with one brand."""
    kept = await Standing.filter(expert_id=account.id, brand_id=brand).select_related("brand")
    return (await standing_views(house, kept))[account.id][0] if kept else None


async def standing_views(house: House, standings: Sequence[Standing]) -> dict[int, list[showing.View]]:
    """How these experts stand, by expert: beside what is usual at the brand, by the others' ratings."""
    views: dict[int, list[showing.View]] = defaultdict(list)
    if not standings:
        return views
    everyone = await measuring.tallies_of_brands(house, {standing.brand_id for standing in standings})
    own = await measuring.own_tallies({standing.expert_id for standing in standings})
    decided = await requalifying.decided(standings)
    blocks = await excluding.told({standing.expert_id for standing in standings})
    for standing in standings:
        mine, all_ = own[standing.expert_id, standing.brand_id], everyone[standing.brand_id]
        others = reputation.others(all_, mine)
        usual = reputation.baseline(Tally(0, 0), others, enough=house.settings.gate_ratings)
        pair = standing.expert_id, standing.brand_id
        block = next((one for one in blocks[standing.expert_id] if one["slug"] == standing.brand.slug), None)
        more = {"decided": pair in decided, "exam_at": decided.get(pair), "block": block}
        views[standing.expert_id].append({**standing_view(standing, standing.brand, usual), **more})
    return views


def standing_view(standing: Standing, brand: Brand, baseline: float) -> showing.View:
    known = reputation.Reputation(standing.mu, standing.v)
    since = standing.ratings - (standing.reentered or 0)
    below = reputation.PAUSE_BELOW if standing.state in SHUT else reputation.WARN_BELOW
    return {
        "brand": brand.name,
        "slug": brand.slug,
        "state": standing.state,
        "score": reputation.score(known),
        "ratings": standing.ratings,
        "resolved": standing.resolved,
        "baseline": 100 * baseline,
        "capacity": standing.capacity,
        "probation": max(0, PROBATION_RATINGS - since),
        "clears": max(1, reputation.positives_to_clear(known, baseline, below)),
    }


async def _announce(house: House, chat_id: int) -> None:
    chat = await showing.chat_whole(chat_id)
    await showing.tell_room(house, chat)
    await showing.tell_board(house, chat)
    if chat.expert:
        await offering.refresh(house, chat.expert.id)
