"""A pause is a case: its dossier is frozen when the gate shuts, and it waits until a person of the brand decides."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chatmarket.errors import NotThere
from chatmarket.flows import auditing, counting, explaining, measuring
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Case, CaseState, Decided, Decision, Movement, Plea, Standing
from chatmarket.templating import iso
from matching import reputation
from matching.reputation import Reputation

EVIDENCE = 50  # movements of a dossier: a rating 53 ratings back weighs half
MOST_SHOWN = 200
APPEALABLE = (Decided.REQUALIFY, Decided.CLOSE)


def subject(standing: Standing) -> str:
    """One case at a time for an expert and a brand."""
    return f"{standing.expert_id}/{standing.brand_id}"


async def begin(house: House, standing: Standing, now: datetime) -> None:
    """Opens the case of a gate that shuts; within the unit of work that shuts it, and last in it.

    The standing's row is held, so of two verdicts at once one opens it; an appeal that waits is the same case.
    """
    if await Case.exists(subject=subject(standing)):
        return
    case = await Case.create(
        expert_id=standing.expert_id,
        brand_id=standing.brand_id,
        subject=subject(standing),
        dossier=await _dossier(house, standing),
        opened_at=now,
    )
    facts = {"expert": standing.expert_id, "case": case.id}
    await auditing.write_down(house, standing.brand_id, (await auditing.machine()).id, "open_case", facts=facts)
    counting.changed(house, standing.brand_id)


async def _dossier(house: House, standing: Standing) -> dict[str, Any]:
    """What is known now: later ratings, and a baseline that moves, change nothing in it."""
    usual = await measuring.usual_of_others(house, standing.brand_id, standing.expert_id)
    known = Reputation(standing.mu, standing.v)
    mine = Movement.filter(expert_id=standing.expert_id, brand_id=standing.brand_id).order_by("-id")
    moved = await mine.limit(EVIDENCE).values(*explaining.FACTS)
    return {
        "mu": standing.mu,
        "v": standing.v,
        "score": round(reputation.score(known)),
        "at_best": round(100 * reputation.expected(Reputation(reputation.at_best(known)), reputation.USUAL_BASELINE)),
        "bar": round(reputation.score(Reputation(reputation.PAUSE_BELOW))),
        "usual": round(100 * usual),
        "clears": reputation.positives_to_clear(known, usual),
        "ratings": standing.ratings,
        "resolved": standing.resolved,
        "movements": [{**row, "at": iso(row["at"])} for row in moved],
    }


# What people see of it


async def of_brand(staff: Account, number: int) -> Case:
    """A case of the account's brand; another brand's is not there."""
    found = await Case.get_or_none(id=number, brand_id=staff.brand_id or 0).select_related("expert", "brand")
    if found is None:
        raise NotThere
    return found


async def of_expert(account: Account, number: int) -> Case:
    found = await Case.get_or_none(id=number, expert_id=account.id).select_related("brand")
    if found is None:
        raise NotThere
    return found


async def queue(staff: Account, decided: bool) -> list[View]:
    """The brand's cases that wait, the oldest first; or those that are decided, the newest first."""
    mine = Case.filter(brand_id=staff.brand_id).select_related("expert")
    if decided:
        found = await mine.filter(state=CaseState.DECIDED).order_by("-decided_at").limit(MOST_SHOWN)
    else:
        found = await mine.filter(state__in=counting.WAITING).order_by("opened_at").limit(MOST_SHOWN)
    numbers = [case.id for case in found]
    last = {one.case_id: one for one in await Decision.filter(case_id__in=numbers).order_by("round")}
    answered = {one.case_id for one in await Plea.filter(case_id__in=numbers, what="answer")}
    return [
        {
            **_view(case),
            "name": case.expert.name,
            "answered": case.id in answered,
            "decided": last[case.id].what if case.id in last else None,
        }
        for case in found
    ]


async def cases_of(expert: int, brand: int) -> list[View]:
    """All cases of one expert with a brand, the newest first, with what was decided."""
    found = await Case.filter(expert_id=expert, brand_id=brand).order_by("-id").limit(MOST_SHOWN)
    decisions = Decision.filter(case__id__in=[case.id for case in found]).order_by("round")
    last = {one.case_id: one.what for one in await decisions}
    return [{**_view(case), "decided": last.get(case.id)} for case in found]


async def newest_of(account: Account, brand: int) -> Case | None:
    """The case that this expert reads on the page about their standing: the one that waits, else the last one."""
    mine = Case.filter(expert_id=account.id, brand_id=brand)
    return await mine.filter(state__in=counting.WAITING).first() or await mine.order_by("-id").first()


def _view(case: Case) -> View:
    names = ("id", "state", "opened_at", "decided_at", "exam_from")
    return {"expert": case.expert_id, **{name: getattr(case, name) for name in names}}


async def whole(case: Case, language: str, *, blind: bool) -> View:
    """A case with its dossier, pleas and decisions; `blind` as its expert reads it: nobody's name, no chat, and no
    rating before it is final."""
    rows = dated(case.dossier.get("movements", ()))
    shown = explaining.final(rows, datetime.now(UTC)) if blind else rows
    decisions = await Decision.filter(case_id=case.id).order_by("round").select_related("by")
    pleas = {one.what: one for one in await Plea.filter(case_id=case.id)}
    return {
        **_view(case),
        "dossier": {name: value for name, value in case.dossier.items() if name != "movements"},
        "movements": await explaining.views(shown, case.brand_id, language, blind=blind),
        "hidden": len(rows) - len(shown),
        "pleas": {what: {"text": one.text, "at": one.at} for what, one in pleas.items()},
        "decisions": [
            {"what": one.what, "reason": one.reason, "at": one.at, "by": None if blind else one.by.name}
            for one in decisions
        ],
        "offered": offered(decisions[0] if decisions else None) if case.state in counting.WAITING else (),
        "may_answer": case.state == CaseState.OPEN and "answer" not in pleas,
        "may_appeal": await may_appeal(case, decisions),
    }


def offered(first: Decision | None) -> tuple[Decided, ...]:
    """What may be decided: of a new case, or after an appeal against the `first` decision, which makes none worse."""
    if first is None:
        return (Decided.REOPEN, Decided.REENTER, Decided.REQUALIFY, Decided.CLOSE)
    milder = (Decided.REQUALIFY,) if first.what == Decided.CLOSE else ()
    return (Decided.UPHOLD, Decided.REOPEN, Decided.REENTER, *milder)


async def may_appeal(case: Case, decisions: Sequence[Decision]) -> bool:
    """Against a first decision that leaves the gate shut, once, and while it is shut."""
    if case.state != CaseState.DECIDED or len(decisions) != 1 or decisions[0].what not in APPEALABLE:
        return False
    return await Standing.filter(expert_id=case.expert_id, brand_id=case.brand_id, state__in=SHUT).exists()


def chats_of(case: Case) -> list[int]:
    """The chats that its dossier rests on."""
    return sorted({row["chat_id"] for row in case.dossier.get("movements", ()) if row["chat_id"] is not None})


def dated(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The movements of a dossier as they were before JSON had them."""
    return [{**row, "at": datetime.fromisoformat(row["at"])} for row in rows]
