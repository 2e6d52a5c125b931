"""Answers that no machine can score: a person of the brand decides, or two of its certified experts who agree.

Blind both ways: who judges sees neither the applicant's name nor another's vote, and the applicant sees no judge's.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.flows import assessing, sitting, talking
from chatmarket.flows.showing import View, message_view
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Answer, Attempt, AttemptState, Expert, Role, Skill, Standing, Vote
from chatmarket.privacy.conversation import converse
from chatmarket.privacy.finders.detectors import find
from chatmarket.privacy.masking import Known
from chatmarket.privacy.segments import Kind, to_json
from chatmarket.store import Conflict, unit_of_work

VOTES = 2  # of experts, when they agree; a person of the brand alone
MOST_WHY = 300
MOST_SHOWN = 50


class JudgedBefore(TooLate):
    code = "judged_before"
    text = N_("This answer is judged already.")


async def waiting(account: Account) -> list[View]:
    """The answers this person may judge, the oldest first."""
    found = (
        await (await _open(account))
        .order_by("at")
        .limit(MOST_SHOWN)
        .select_related("question", "attempt__exam__brand", "attempt__expert")
    )
    return [await _view(one) for one in found]


async def _open(account: Account) -> QuerySet[Answer]:
    own = Answer.filter(right=None, attempt__state=AttemptState.REVIEW).exclude(attempt__expert_id=account.id)
    if account.role != Role.EXPERT:
        return own.filter(attempt__exam__brand_id=account.brand_id)
    places = [
        Q(attempt__exam__brand_id=brand, attempt__exam__language=language)
        for brand, language in await _certified_in(account)
    ]
    if not places:
        return own.filter(id__in=[])
    here = own.filter(Q(*places, join_type="OR"))
    voters: dict[int, list[int]] = defaultdict(list)
    found = [row["id"] for row in await here.values("id")]
    for row in await Vote.filter(answer_id__in=found).values("answer_id", "voter_id"):
        voters[row["answer_id"]].append(row["voter_id"])
    done = [answer for answer, voted in voters.items() if len(voted) >= VOTES or account.id in voted]
    return here.exclude(id__in=done) if done else here


async def _certified_in(account: Account) -> set[tuple[int, str]]:
    """Brands and languages in which this expert is certified and not paused."""
    written = (await Expert.get(account_id=account.id)).languages
    shut = Standing.filter(expert_id=account.id, state__in=SHUT)
    paused = {row["brand_id"] for row in await shut.values("brand_id")}
    skills = await Skill.filter(expert_id=account.id, certified=True).select_related("topic__brand")
    return {
        (skill.topic.brand_id, language)
        for skill in skills
        if skill.topic.brand_id not in paused
        for language in skill.languages or written
    }


async def _view(answer: Answer) -> View:
    question, attempt = answer.question, answer.attempt
    view: View = {
        "id": answer.id,
        "kind": question.kind,
        "question": question.text,
        "guide": question.guide,
        "brand": attempt.exam.brand.name,
        "language": attempt.exam.language,
        "at": answer.at,
        "votes": await Vote.filter(answer_id=answer.id).count(),
        "lines": [],
        "segments": [],
    }
    if question.kind == "practice":
        view["lines"] = [message_view(line) for line in await talking.history(answer.given["chat"])]
    else:
        view["segments"] = _masked(answer.given["text"], attempt.expert.name, attempt.exam.language)
    return view


def _masked(text: str, name: str, language: str) -> Any:
    """An answer as others read it: without the applicant's name, or a way to reach them."""
    # As a customer's words: here it is the applicant whose name is known and must not be seen.
    shown = converse([("customer", text)], [Known(Kind.NAME, 1, name)], language)
    return to_json(next(iter(shown)).segments)


async def vote(house: House, account: Account, number: int, form: Mapping[str, Any]) -> None:
    """Judges one answer. Raises Wrong, JudgedBefore, or NotThere where it is not theirs to judge."""
    good = fields.flag(form.get("good"), "good")
    why = fields.text(form.get("why") or "", "why", most=MOST_WHY, least=0 if good else 1)
    if any(span.kind in (Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.HANDLE) for span in find(why)):
        raise Wrong(N_("The applicant reads this: no address, number or link."), code="bad_field", field="why")
    if await Answer.exists(id=number) and not await (await _open(account)).filter(id=number).exists():
        raise JudgedBefore if await _knows(account, number) else NotThere
    await _vote(house, account, number, good, why)


async def _knows(account: Account, number: int) -> bool:
    if account.role == Role.EXPERT:
        return await Vote.exists(answer_id=number, voter_id=account.id)
    return await Answer.exists(id=number, attempt__exam__brand_id=account.brand_id)


@unit_of_work
async def _vote(house: House, account: Account, number: int, good: bool, why: str) -> None:
    found = await Answer.get_or_none(id=number)
    if found is None:
        raise NotThere
    # The attempt's row is what two judges at once meet at.
    attempt = await Attempt.filter(id=found.attempt_id).select_for_update().get()
    answer = await Answer.get(id=number)
    if answer.right is not None or attempt.state != AttemptState.REVIEW:
        raise JudgedBefore
    now = datetime.now(UTC)
    try:
        await Vote.create(answer_id=number, voter_id=account.id, good=good, why=why, at=now)
    except IntegrityError:
        raise Conflict("judged twice at once") from None
    if account.role == Role.EXPERT and not await _agreed(number):
        return
    await Answer.filter(id=number).update(right=good)
    # Of two experts none is named, not even to the brand: their votes are blind.
    judge = None if account.role == Role.EXPERT else account
    await assessing.settle(house, await sitting.sheet_of(attempt), judge, now)


async def _agreed(number: int) -> bool:
    votes = [row["good"] for row in await Vote.filter(answer_id=number).values("good")]
    return len(votes) >= VOTES and len(set(votes)) == 1


async def notes(attempt: Attempt) -> list[View]:
    """What those who judged wrote, for the applicant and without names."""
    found = await Vote.filter(answer__attempt_id=attempt.id).order_by("id").select_related("answer__question")
    return [{"kind": one.answer.question.kind, "good": one.good, "why": one.why} for one in found if one.why]
