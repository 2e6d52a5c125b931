"""What a chat says of its expert: it is judged, kept as a movement with its reasons, and may shut the gate.

Whoever moves a standing holds its row, so that two verdicts on one expert move it one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chatmarket.flows import casing, measuring
from chatmarket.house import House
from chatmarket.models import SHUT, Chat, Movement, Skill, Standing, What
from matching import probation, ratings, reputation
from matching.ratings import Left, Verdict
from matching.reputation import Reputation
from matching.routing import Record, noted

STEPS = (What.RATED, What.CAME_BACK)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the customer `said`, where they did; `again`: when they came back on the same topic."""

    what: What
    said: bool
    blames_brand: bool = False
    again: datetime | None = None


async def weigh(house: House, chat: Chat, evidence: Evidence) -> Movement | None:
    """Moves the standing of the chat's expert by what one chat says; what was counted before is not counted again.

    Within a unit of work, and last of what takes locks in it: a pause is written into the audit. None when a customer
    who came back had said no already.
    """
    (moved,) = await weigh_all(house, [(chat, evidence)])
    return moved


async def weigh_all(house: House, said: Sequence[tuple[Chat, Evidence]]) -> list[Movement | None]:
    """As `weigh`, of several chats. Locks are taken in one order everywhere: first the standings, by the number of the
    expert, then what hangs on them, and at the very end the audit. One who held the audit of a pause and then waited
    for the next standing could wait for somebody who waits for that audit."""
    for chat in sorted({chat.expert_id or 0: chat for chat, _ in said}.values(), key=lambda one: one.expert_id or 0):
        await _held(chat)
    moved, paused = [], []
    for chat, evidence in said:
        kept, shut = await _weigh(house, chat, evidence)
        moved.append(kept)
        paused += [shut] if shut else []
    for standing in paused:
        await casing.begin(house, await Standing.get(id=standing.id), datetime.now(UTC))
    return moved


async def _weigh(house: House, chat: Chat, evidence: Evidence) -> tuple[Movement | None, Standing | None]:
    """What was moved, and the standing whose gate it shut."""
    standing = await _held(chat)
    baseline = await measuring.baseline_of(house, chat)
    if evidence.what is What.CAME_BACK and await Movement.exists(chat_id=chat.id, what=What.CAME_BACK):
        return None, None  # once is enough, whether it counted or not
    counted = await measuring.counting().filter(chat_id=chat.id).first()
    verdict = await _judged(chat, evidence)
    if counted is not None and not (verdict.counts and evidence.what is What.CAME_BACK and counted.resolved):
        if evidence.what is What.CAME_BACK:
            return None, None  # it counts as a no already
        verdict = Verdict(verdict.resolved, Left.CAME_BACK)
        counted = None
    known = Reputation(standing.mu, standing.v)
    after = await _after(known, verdict, baseline, counted)
    kept = await _keep(standing, chat, evidence.what, verdict, baseline, after)
    if not verdict.counts:
        return kept, None
    await _note(chat, verdict.resolved, counted is not None)
    shut = await _move(house, standing, after, verdict.resolved, counted is None)
    return kept, standing if shut else None


async def _held(chat: Chat) -> Standing:
    kept = await Standing.filter(expert_id=chat.expert_id, brand_id=chat.brand_id).select_for_update().first()
    return kept or await Standing.create(expert_id=chat.expert_id, brand_id=chat.brand_id)


async def _judged(chat: Chat, evidence: Evidence) -> Verdict:
    pair = measuring.counting().filter(expert_id=chat.expert_id, chat__customer_id=chat.customer_id)
    last = await pair.exclude(chat_id=chat.id).order_by("-at").first()
    assert chat.ended_at is not None
    return ratings.verdict(
        evidence.said,
        blames_brand=evidence.blames_brand,
        ended=chat.ended_at.timestamp(),
        pair_counted=last.at.timestamp() if last else None,
        again=evidence.again.timestamp() if evidence.again else None,
    )


async def _after(known: Reputation, verdict: Verdict, baseline: float, yes: Movement | None) -> Reputation:
    """The reputation as it is then; `yes` is what counted for this chat, and turns out a no."""
    if not verdict.counts:
        return known
    if yes is None:
        return reputation.after(known, verdict.resolved, baseline)
    await Movement.filter(id=yes.id).update(undone=True)
    later = await Movement.filter(expert_id=yes.expert_id, brand_id=yes.brand_id, id__gt=yes.id).order_by("id")
    if any(one.what not in STEPS for one in later):
        return known  # the score began anew since then
    return reputation.taken_back(known, yes.v_after, [(one.v_before, one.v_after) for one in later])


async def _keep(
    standing: Standing, chat: Chat, what: What, verdict: Verdict, baseline: float, after: Reputation
) -> Movement:
    return await Movement.create(
        expert_id=standing.expert_id,
        brand_id=standing.brand_id,
        chat_id=chat.id,
        topic_id=chat.topic_id,
        what=what,
        resolved=verdict.resolved,
        left=verdict.left,
        baseline=baseline,
        mu_before=standing.mu,
        v_before=standing.v,
        mu_after=after.mu,
        v_after=after.v,
        at=datetime.now(UTC),
    )


async def _note(chat: Chat, resolved: bool, instead: bool) -> None:
    """What orders the offers of this topic; the standing is held, so verdicts on one expert come in turn."""
    skill = await Skill.get_or_none(expert_id=chat.expert_id, topic_id=chat.topic_id)
    if skill is None:
        return
    if instead:
        after = Record(skill.count, max(0.0, skill.positive - 1))
    else:
        after = noted(Record(skill.count, skill.positive), resolved)
    await Skill.filter(id=skill.id).update(count=after.count, positive=after.positive)


async def _move(house: House, standing: Standing, after: Reputation, resolved: bool, new: bool) -> bool:
    """Writes the new reputation; `new` unless it takes an earlier yes back. Whether the gate shut, which is a case."""
    now = datetime.now(UTC)
    state = await _state(house, standing, after, resolved)
    count = standing.ratings + int(new)
    changed: dict[str, Any] = {
        "mu": after.mu,
        "v": after.v,
        "ratings": count,
        "resolved": standing.resolved + (int(resolved) if new else -1),
        "state": state,
        "changed_at": standing.changed_at if state == standing.state else now,
        "capacity": probation.capacity(
            count, rank=await _rank(standing, after.mu), reentered=reentered(standing, count)
        ),
    }
    await Standing.filter(id=standing.id).update(**changed)
    return state == "paused" and standing.state != "paused"


def reentered(standing: Standing, ratings: int) -> bool:
    """Whether the expert is on probation again, after a way back."""
    return standing.reentered is not None and probation.on_probation(ratings - standing.reentered)


async def _state(house: House, standing: Standing, after: Reputation, resolved: bool) -> str:
    """Only a brand with enough ratings has a gate. A yes shuts none, and who is shut out, a person lets in."""
    if standing.state in SHUT:
        return standing.state
    if not await measuring.gate_is_live(house, standing.brand_id):
        return "open"
    found = reputation.standing(after)
    if found is reputation.Standing.PAUSED:
        return "warning" if resolved else "paused"
    warned = found is reputation.Standing.WARNING or reputation.near_pause(after)
    return "warning" if warned else "open"


async def _rank(standing: Standing, mu: float) -> float:
    """The place among the brand's experts who are past their probation, from 0, the best, to 1."""
    seasoned = Standing.filter(brand_id=standing.brand_id, ratings__gte=probation.PROBATION_RATINGS)
    others = seasoned.exclude(id=standing.id)
    count = await others.count()
    return await others.filter(mu__gte=mu).count() / count if count else 1.0
