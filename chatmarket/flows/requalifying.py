"""The exam on the way back from a pause: ten questions of the brand's own exam that are scored at once, eight right."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import IntegrityError

from chatmarket.errors import N_
from chatmarket.flows import assessing, casing, counting, examining, retrying
from chatmarket.flows.assessing import NotNow
from chatmarket.house import House
from chatmarket.models import (
    Account,
    Application,
    Attempt,
    AttemptState,
    Case,
    Exam,
    ExamState,
    Expert,
    Skill,
    Standing,
)
from chatmarket.store import Conflict, unit_of_work
from matching import assessment
from matching.chance import Dice

QUESTIONS = assessment.REQUALIFYING_QUESTIONS
AFTER = timedelta(days=7)  # to learn in, from the decision, and again from a failed attempt


async def pool(case: Case) -> tuple[Exam, list[int]] | None:
    """A published exam in a language of the expert, and its questions on their topics; None where none has enough."""
    skills = Skill.filter(expert_id=case.expert_id, topic__brand_id=case.brand_id)
    topics = {row["topic_id"] for row in await skills.values("topic_id")}
    spoken = (await Expert.get(account_id=case.expert_id)).languages
    exams = await Exam.filter(brand_id=case.brand_id, state=ExamState.PUBLISHED, language__in=spoken).order_by("id")
    for exam in exams:
        asked = [one for one in await examining.questions_of(exam) if one.kind in examining.SCORED]
        found = [one.id for one in asked if one.topic_id is None or one.topic_id in topics]
        if len(found) >= QUESTIONS:
            return exam, found
    return None


async def begin(
    house: House, account: Account, number: int, *, rng: Dice | None = None, now: datetime | None = None
) -> Attempt:
    """The attempt that is under way, else a new one. Raises NotNow, or NotThere for another's case."""
    await casing.of_expert(account, number)
    return await _begin(account, number, rng or secrets.SystemRandom(), now or datetime.now(UTC))


@unit_of_work
async def _begin(account: Account, number: int, rng: Dice, now: datetime) -> Attempt:
    case = await Case.filter(id=number).select_for_update().get()
    sat = await Attempt.filter(case_id=case.id).order_by("began_at")
    if sat and sat[-1].state == AttemptState.OPEN and sat[-1].ends_at > now:
        return sat[-1]
    open_at = await opens_at(case, sat)
    if open_at is None:
        raise NotNow(N_("There is no exam to sit for this case."))
    if open_at > now:
        told = N_("There is a pause between two attempts. The next is open from %(day)s.")
        raise NotNow(told, day=open_at.date().isoformat())
    found = await pool(case)
    if found is not None and await Attempt.exists(sitting=assessing.sitting_of(account.id, found[0])):
        raise NotNow(N_("Another exam of this brand is under way. Finish it first."))
    if found is None:
        raise NotNow(N_("The brand's exam has too few questions just now. Ask the brand's people, or appeal."))
    exam, questions = found
    seen = {one for attempt in sat for one in attempt.drawn}
    application = await Application.get_or_none(expert_id=account.id, brand_id=case.brand_id)
    if application is None:
        languages = (await Expert.get(account_id=account.id)).languages
        application = await Application.create(
            expert_id=account.id, brand_id=case.brand_id, languages=languages, at=now
        )
    try:
        return await Attempt.create(
            exam_id=exam.id,
            application_id=application.id,
            expert_id=account.id,
            case_id=case.id,
            topics=[],
            drawn=assessment.questions(questions, QUESTIONS, rng, seen),
            sitting=assessing.sitting_of(account.id, exam),
            reasons={},
            began_at=now,
            ends_at=now + timedelta(minutes=exam.minutes),
        )
    except IntegrityError:
        raise Conflict("begun twice at once") from None


async def opens_at(case: Case, sat: Sequence[Attempt]) -> datetime | None:
    """From when on the exam may be sat; None when there is none to sit."""
    shut = await Standing.filter(expert_id=case.expert_id, brand_id=case.brand_id, state="paused").exists()
    if case.exam_from is None or not shut:
        return None
    return _opens(case.exam_from, sat)


def _opens(exam_from: datetime, sat: Sequence[Attempt]) -> datetime:
    failed = [one.decided_at + AFTER for one in sat if one.state == AttemptState.FAILED and one.decided_at]
    return max([exam_from, *failed])


async def next_at(account: Account, attempt: Attempt, now: datetime) -> datetime | None:
    """From when a failed attempt may be followed by another; None for any other, and where there is none to sit."""
    if attempt.state != AttemptState.FAILED:
        return None
    if attempt.case_id is not None:
        sat = await Attempt.filter(case_id=attempt.case_id).order_by("began_at")
        return await opens_at(await Case.get(id=attempt.case_id), sat)
    exam = await assessing.published(attempt.exam.brand_id, attempt.exam.language)
    if exam is None:
        return None
    application = await assessing.application_of(account, exam.brand_id, now)
    if not await assessing.open_topics(account.id, exam, application):
        return None
    return retrying.opens_at(exam, await retrying.earlier(account, exam, now))


async def decided(standings: Sequence[Standing]) -> dict[tuple[int, int], datetime | None]:
    """Of the pauses among these that a person has decided, as (expert, brand): from when the exam on the way back may
    be sat, None where no exam leads back. One that waits for a person, or for an appeal, is not among them."""
    shut = {(one.expert_id, one.brand_id) for one in standings if one.state == "paused"}
    if not shut:
        return {}
    cases = await Case.filter(expert_id__in={expert for expert, _ in shut}).order_by("id")
    last = {(case.expert_id, case.brand_id): case for case in cases if (case.expert_id, case.brand_id) in shut}
    waiting = {(case.expert_id, case.brand_id) for case in cases if case.state in counting.WAITING}
    done = {pair: case for pair, case in last.items() if pair not in waiting}
    failed = await Attempt.filter(case_id__in=[case.id for case in done.values()], state=AttemptState.FAILED)
    return {
        pair: case.exam_from and _opens(case.exam_from, [one for one in failed if one.case_id == case.id])
        for pair, case in done.items()
    }
