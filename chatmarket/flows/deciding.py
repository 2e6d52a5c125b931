"""People decide a case, the expert answers it and may appeal once. Nothing here is done by a clock or a score."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, TooLate, Wrong
from chatmarket.flows import auditing, casing, noting, offering, reentering, requalifying
from chatmarket.house import House
from chatmarket.models import Account, Case, CaseState, Decided, Decision, Plea, Role, Standing, What
from chatmarket.privacy.finders.detectors import find
from chatmarket.privacy.segments import Kind
from chatmarket.store import Conflict, after_commit, unit_of_work

MOST_WORDS = 2000
A_YEAR = timedelta(days=365)
MOST_REENTRIES = 2  # in a year (research 1.5): after them a person decides for good
# The expert reads the reason: nothing in it may lead to a person.
REACHES = frozenset({Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.HANDLE, Kind.CARD, Kind.IBAN, Kind.DNI})


class CaseDecided(TooLate):
    code = "case_decided"
    text = N_("This case is decided already.")


class SaidBefore(TooLate):
    code = "said_before"
    text = N_("You have answered this case already. What you wrote stays.")


class NoAppeal(TooLate):
    code = "no_appeal"
    text = N_("There is nothing to appeal against, or it was appealed already.")


class AnotherDecides(NotAllowed):
    code = "another_decides"
    text = N_("An appeal is decided by another person than the first decision.")


class StaffClose(NotAllowed):
    code = "staff_close"
    text = N_("Only the brand's staff may end the work with an expert.")


async def decide(house: House, staff: Account, number: int, form: Mapping[str, Any]) -> None:
    """A person of the brand decides, and says why. Raises Wrong, NotAllowed, CaseDecided, or NotThere."""
    what = Decided(fields.choice(form.get("what"), "what", tuple(Decided)))
    reason = fields.text(form.get("reason"), "reason", most=MOST_WORDS)
    if any(span.kind in REACHES for span in find(reason)):
        told = N_("The expert reads this: no address, number or link.")
        raise Wrong(told, code="bad_field", field="reason")
    case = await casing.of_brand(staff, number)
    # The decision outlives the customers whose ratings it is about: it quotes nothing of theirs.
    reason = await noting.without_values(house, reason, casing.chats_of(case))
    await _decide(house, staff, number, what, reason)


@unit_of_work
async def _decide(house: House, staff: Account, number: int, what: Decided, reason: str) -> None:
    case = await Case.filter(id=number, brand_id=staff.brand_id).select_for_update().get()
    if case.state == CaseState.DECIDED:
        raise CaseDecided
    first = await Decision.get_or_none(case_id=case.id, round=1)
    await _allowed(staff, case, what, first)
    now = datetime.now(UTC)
    exam_from = await _apply(case, what, first, now)
    done = {"state": CaseState.DECIDED, "subject": None, "decided_at": now, "exam_from": exam_from}
    await Case.filter(id=case.id).update(**done)
    try:
        await Decision.create(
            case_id=case.id, round=2 if first else 1, by_id=staff.id, what=what, reason=reason, at=now
        )
    except IntegrityError:
        raise Conflict("decided twice at once") from None
    facts = {"expert": case.expert_id, "case": case.id, "what": str(what)}
    await auditing.write_down(house, case.brand_id, staff.id, "decide_case", facts=facts)
    after_commit(lambda: offering.refresh(house, case.expert_id))


async def _allowed(staff: Account, case: Case, what: Decided, first: Decision | None) -> None:
    if what not in casing.offered(first):
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="what")
    if what is Decided.CLOSE and staff.role != Role.STAFF:
        raise StaffClose
    if first is not None and first.by_id == staff.id and await _others(staff):
        raise AnotherDecides
    if what in (Decided.REENTER, Decided.REQUALIFY) and await ways_back(case) >= MOST_REENTRIES:
        told = N_("There were %(most)s ways back within a year, as many as there may be: lift the pause, or end it.")
        raise Wrong(told, code="no_way_back", field="what", most=MOST_REENTRIES)
    if what is Decided.REQUALIFY and await requalifying.pool(case) is None:
        told = N_("No published exam in a language of this expert has %(most)s questions that are scored at once.")
        raise Wrong(told, code="too_few", field="what", most=requalifying.QUESTIONS)


async def _others(staff: Account) -> bool:
    """Whether the brand has anybody else who decides."""
    people = Account.filter(brand_id=staff.brand_id, role__in=(Role.MODERATOR, Role.STAFF), disabled_at=None)
    return await people.exclude(id=staff.id).exists()


async def ways_back(case: Case) -> int:
    """How often this expert was let back in with a new score, or sent to the exam, within a year."""
    mine = Decision.filter(case__expert_id=case.expert_id, case__brand_id=case.brand_id)
    back = (Decided.REENTER, Decided.REQUALIFY)
    return await mine.filter(what__in=back, at__gt=datetime.now(UTC) - A_YEAR).count()


async def _apply(case: Case, what: Decided, first: Decision | None, now: datetime) -> datetime | None:
    """What the decision does; from when on the exam on the way back may be sat, where it leads there."""
    if what is Decided.REOPEN:
        await reentering.reopen(case.expert_id, case.brand_id, now)
    elif what is Decided.REENTER:
        await reentering.reenter(case.expert_id, case.brand_id, What.REENTERED, now)
    elif what is Decided.CLOSE:
        standing = await reentering.held(case.expert_id, case.brand_id)
        await Standing.filter(id=standing.id).update(state="closed", changed_at=now)
    elif what is Decided.REQUALIFY:
        return now + requalifying.AFTER
    return case.exam_from if what is Decided.UPHOLD else None


# What the expert says


async def answer(house: House, account: Account, number: int, text: Any) -> None:
    """The expert's view of the case, once, before it is decided. Raises Wrong, SaidBefore, CaseDecided, NotThere."""
    text = fields.text(text, "text", most=MOST_WORDS)
    await casing.of_expert(account, number)
    await _plead(house, account, number, "answer", text)


async def appeal(house: House, account: Account, number: int, text: Any) -> None:
    """Asks for a second decision, once. Raises Wrong, NoAppeal, NotThere."""
    text = fields.text(text, "text", most=MOST_WORDS)
    await casing.of_expert(account, number)
    await _plead(house, account, number, "appeal", text)


@unit_of_work
async def _plead(house: House, account: Account, number: int, what: str, text: str) -> None:
    case = await Case.filter(id=number).select_for_update().get()
    decisions = await Decision.filter(case_id=case.id)
    if what == "answer":
        if await Plea.exists(case_id=case.id, what=what):
            raise SaidBefore
        if case.state != CaseState.OPEN:
            raise CaseDecided
    else:
        subject = f"{case.expert_id}/{case.brand_id}"
        if not await casing.may_appeal(case, decisions) or await Case.exists(subject=subject):
            raise NoAppeal
        await Case.filter(id=case.id).update(state=CaseState.APPEALED, subject=subject)
    await Plea.create(case_id=case.id, what=what, text=text, at=datetime.now(UTC))
    facts = {"expert": account.id, "case": case.id}
    await auditing.write_down(house, case.brand_id, account.id, f"{what}_case", facts=facts)
