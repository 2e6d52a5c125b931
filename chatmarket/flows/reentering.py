"""A shut gate is opened again, by a person or by the exam that a person allowed; each is a step of the history."""

from datetime import datetime

from chatmarket.models import SHUT, Attempt, Case, CaseState, Movement, Standing, What
from matching import reputation
from matching.probation import NEWCOMER_CAPACITY
from matching.reputation import REENTRY, Reputation


async def reopen(expert: int, brand: int, now: datetime) -> None:
    """Offers come again, and the score stays: a further no below the gate shuts it again."""
    standing = await held(expert, brand)
    known = Reputation(standing.mu, standing.v)
    shut_or_near = reputation.standing(known) is not reputation.Standing.OPEN or reputation.near_pause(known)
    await _let_in(standing, What.REOPENED, known, now, state="warning" if shut_or_near else "open")


async def reenter(expert: int, brand: int, what: What, now: datetime) -> None:
    """Offers come again from a score a little below a newcomer's, one chat at a time for 20 ratings (research 1.5)."""
    standing = await held(expert, brand)
    more = {"capacity": NEWCOMER_CAPACITY, "reentered": standing.ratings}
    await _let_in(standing, what, REENTRY, now, state="open", **more)


async def requalify(attempt: Attempt, now: datetime) -> None:
    """The exam on the way back is passed. Where people have decided otherwise meanwhile, it changes nothing."""
    # The case before the standing, as whoever decides takes them.
    case = await Case.filter(id=attempt.case_id).select_for_update().get()
    standing = await held(case.expert_id, case.brand_id)
    if case.exam_from is not None and case.state == CaseState.DECIDED and standing.state == "paused":
        await reenter(case.expert_id, case.brand_id, What.REQUALIFIED, now)
        await Case.filter(id=case.id).update(exam_from=None)


async def held(expert: int, brand: int) -> Standing:
    return await Standing.filter(expert_id=expert, brand_id=brand).select_for_update().get()


async def _let_in(standing: Standing, what: What, after: Reputation, now: datetime, **changed: object) -> None:
    if standing.state not in SHUT:
        return
    await Standing.filter(id=standing.id).update(mu=after.mu, v=after.v, changed_at=now, **changed)
    await Movement.create(
        expert_id=standing.expert_id,
        brand_id=standing.brand_id,
        what=what,
        mu_before=standing.mu,
        v_before=standing.v,
        mu_after=after.mu,
        v_after=after.v,
        at=now,
    )
