"""An applicant sits an exam: drawn at random, against the clock, question by question, and all of it in the database.

Time is `now`, an argument. An attempt that ran out is decided by whoever looks first, the clock or its owner.
"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.flows import auditing, offering, reentering, retrying, sitting
from chatmarket.flows.sitting import Sheet
from chatmarket.house import House
from chatmarket.models import (
    Account,
    Answer,
    Application,
    Attempt,
    AttemptState,
    Brand,
    Chat,
    Exam,
    ExamState,
    Expert,
    Skill,
    Standing,
)
from chatmarket.store import Conflict, StoreBusy, after_commit, unit_of_work
from matching.assessment import Outcome
from matching.chance import Dice

logger = logging.getLogger(__name__)

NO_QUESTIONS = N_("This exam has no questions about your topics yet. The brand's people certify you, or add some.")
AT_ONCE = 100  # attempts that ran out, in one look of the clock


class TimeUp(TooLate):
    code = "time_up"
    text = N_("The time for this exam is up. What you had answered counts.")


class Decided(TooLate):
    code = "decided"
    text = N_("This exam is over. Your result is below.")


class AnsweredBefore(TooLate):
    code = "answered_before"
    text = N_("This question is answered already; the first answer stays.")


class NotNow(TooLate):
    """An exam cannot be begun, and why."""

    code = "not_now"


class NotApplied(NotThere):
    code = "not_applied"
    text = N_("You have not applied with this brand. Apply first, then you may sit its exam.")


class NoExam(NotThere):
    code = "no_exam"
    text = N_("This brand has no exam in this language.")


async def begin(
    house: House, account: Account, slug: str, language: str, *, rng: Dice | None = None, now: datetime | None = None
) -> Attempt:
    """The attempt that is under way, else a new one. Raises NotThere for a foreign brand's exam, or NotNow."""
    brand = await Brand.get_or_none(slug=slug)
    standing = await Standing.get_or_none(expert_id=account.id, brand_id=brand.id) if brand else None
    if brand is None:
        raise NotThere
    if standing is None:
        raise NotApplied
    exam = await published(brand.id, language)
    if exam is None:
        raise NoExam
    now = now or datetime.now(UTC)
    under_way = await Attempt.get_or_none(sitting=sitting_of(account.id, exam))
    if under_way is not None:
        return under_way
    return await _begin(account, exam, rng or secrets.SystemRandom(), now)


async def published(brand: int, language: str) -> Exam | None:
    return await Exam.get_or_none(brand_id=brand, language=language, state=ExamState.PUBLISHED)


def sitting_of(expert: int, exam: Exam) -> str:
    """One attempt at a time for an expert, brand and language."""
    return f"{expert}/{exam.brand_id}/{exam.language}"


@unit_of_work
async def _begin(account: Account, exam: Exam, rng: Dice, now: datetime) -> Attempt:
    application = await application_of(account, exam.brand_id, now)
    why, values = await refusal(account, exam, application, now)
    if why:
        raise NotNow(why, **values)
    topics = await open_topics(account.id, exam, application)
    seen = [one for row in await retrying.earlier(account, exam, now) for one in row.drawn]
    drawn = await sitting.draw(exam, topics, seen, rng)
    if not drawn:
        raise NotNow(NO_QUESTIONS)
    if application.pk is None:
        await application.save()
    try:
        return await Attempt.create(
            exam_id=exam.id,
            application_id=application.id,
            expert_id=account.id,
            topics=topics,
            drawn=drawn,
            sitting=sitting_of(account.id, exam),
            reasons={},
            began_at=now,
            ends_at=now + timedelta(minutes=exam.minutes),
        )
    except IntegrityError:
        raise Conflict("begun twice at once") from None


async def application_of(account: Account, brand: int, now: datetime) -> Application:
    """What was applied for; experts from before there were applications have one that is not kept yet."""
    found = await Application.get_or_none(expert_id=account.id, brand_id=brand)
    if found is not None:
        return found
    languages = (await Expert.get(account_id=account.id)).languages
    return Application(expert_id=account.id, brand_id=brand, languages=languages, at=now)


async def open_topics(expert: int, exam: Exam, application: Application) -> list[int]:
    """The topics applied for and not certified in the exam's language yet."""
    if exam.language not in application.languages:
        return []
    skills = await Skill.filter(expert_id=expert, topic__brand_id=exam.brand_id).order_by("topic_id")
    return [skill.topic_id for skill in skills if not (skill.certified and skill.speaks(exam.language))]


async def refusal(account: Account, exam: Exam, application: Application, now: datetime) -> tuple[str, dict[str, Any]]:
    """Why the exam cannot be begun now, as a sentence and its values; an empty sentence when it can."""
    if exam.language not in application.languages:
        return N_("You have not applied to answer in this language."), {}
    if not await open_topics(account.id, exam, application):
        return N_("You are certified for every topic you applied for."), {}
    return retrying.refusal(exam, await retrying.earlier(account, exam, now), now)


async def attempt_of(account: Account, number: int) -> Attempt:
    """An attempt of this expert; to anybody else there is no such attempt."""
    found = await Attempt.get_or_none(id=number, expert_id=account.id).select_related("exam__brand")
    if found is None:
        raise NotThere
    return found


async def look(house: House, account: Account, number: int, now: datetime | None = None) -> Sheet:
    """Where an attempt stands now; one that ran out, or has nothing left to ask, is decided first."""
    now = now or datetime.now(UTC)
    await attempt_of(account, number)
    await run_out(house, number, now)
    sheet = await sitting.sheet_of(await attempt_of(account, number))
    if sheet.attempt.state == AttemptState.OPEN and sheet.next is None:
        await _run_out(house, number, now)
        sheet = await sitting.sheet_of(await attempt_of(account, number))
    return sheet


async def answer(
    house: House,
    account: Account,
    number: int,
    form: Mapping[str, Any],
    chosen: Sequence[Any] = (),
    *,
    now: datetime | None = None,
) -> Sheet:
    """Keeps the answer to the question that waits. Raises Wrong, AnsweredBefore, TimeUp, Decided."""
    now = now or datetime.now(UTC)
    await attempt_of(account, number)
    if await run_out(house, number, now):
        raise TimeUp
    return await _answer(house, account, number, form, chosen, now)


@unit_of_work
async def _answer(
    house: House, account: Account, number: int, form: Mapping[str, Any], chosen: Sequence[Any], now: datetime
) -> Sheet:
    attempt = await Attempt.filter(id=number).select_for_update().get()
    sheet = await sitting.sheet_of(attempt)
    asked = str(form.get("question") or "")
    if asked in {str(one) for one in sheet.answers}:
        raise AnsweredBefore
    if attempt.state != AttemptState.OPEN:
        raise Decided
    question = sheet.next
    if question is None or asked != str(question.id):
        raise Wrong(N_("This is not the question that waits for an answer."), code="bad_field", field="given")
    if question.kind == "practice":
        given, right = await _practised(attempt), None
    else:
        given, right = sitting.read(question, form, chosen)
    try:
        await Answer.create(attempt_id=attempt.id, question_id=question.id, given=given, right=right, at=now)
    except IntegrityError:
        raise Conflict("answered twice at once") from None
    sheet = await sitting.sheet_of(attempt)
    await settle(house, sheet, None, now)
    return sheet


async def _practised(attempt: Attempt) -> Any:
    chat = await Chat.get_or_none(id=attempt.chat_id) if attempt.chat_id else None
    if chat is None or chat.status != "ended":
        raise Wrong(N_("Finish the practice chat first."), code="bad_field", field="given")
    return {"chat": chat.id}


@unit_of_work
async def settle(house: House, sheet: Sheet, judge: Account | None, now: datetime, *, late: bool = False) -> None:
    """Decides an attempt if it can be: by its answers, or because its time is over. `judge` is who judged last."""
    verdict = sheet.verdict()
    if not sheet.questions:
        await _decide(house, sheet, "nothing", judge, now)
    elif verdict is Outcome.OPEN and late and sheet.next is not None:
        await _decide(house, sheet, "time", judge, now)
    elif verdict is Outcome.FAILED:
        await _decide(house, sheet, "scored" if sheet.outcome is Outcome.FAILED else "judged", judge, now)
    elif verdict is Outcome.PASSED:
        await _decide(house, sheet, "passed", judge, now)
    elif sheet.next is None:
        await Attempt.filter(id=sheet.attempt.id, state=AttemptState.OPEN).update(state=AttemptState.REVIEW)


async def _decide(house: House, sheet: Sheet, why: str, judge: Account | None, now: datetime) -> None:
    attempt, passed = sheet.attempt, why == "passed"
    undecided = Attempt.filter(id=attempt.id, state__in=(AttemptState.OPEN, AttemptState.REVIEW))
    state = AttemptState.PASSED if passed else AttemptState.FAILED
    reasons = sheet.reasons(why)
    if not await undecided.update(state=state, sitting=None, reasons=reasons, decided_at=now):
        return
    exam = await Exam.get(id=attempt.exam_id)
    if passed and attempt.case_id is not None:
        await reentering.requalify(attempt, now)
    elif passed:
        await _certify(attempt.expert_id, exam.language, reasons["certified"])
    if passed:
        after_commit(lambda: offering.refresh(house, attempt.expert_id))
    actor = judge.id if judge else (await auditing.machine()).id
    facts = {"expert": attempt.expert_id, "version": exam.version, "language": exam.language, "why": why}
    await auditing.write_down(house, exam.brand_id, actor, "pass_exam" if passed else "fail_exam", facts=facts)


async def _certify(expert: int, language: str, topics: Sequence[int]) -> None:
    """The exam proves one language; those proved before stay."""
    for skill in await Skill.filter(expert_id=expert, topic_id__in=list(topics)):
        proved = skill.languages if skill.certified and skill.languages else []
        skill.certified, skill.languages = True, [*proved, *([] if language in proved else [language])]
        await skill.save(update_fields=["certified", "languages"])


async def run_out(house: House, number: int, now: datetime) -> bool:
    """Decides an attempt whose time is over; whether it was one."""
    if not await Attempt.exists(id=number, state=AttemptState.OPEN, ends_at__lte=now):
        return False
    await _run_out(house, number, now)
    return True


@unit_of_work
async def _run_out(house: House, number: int, now: datetime) -> None:
    attempt = await Attempt.filter(id=number).select_for_update().get()
    if attempt.state == AttemptState.OPEN:
        await settle(house, await sitting.sheet_of(attempt), None, now, late=True)


async def due(house: House, now: datetime | None = None) -> None:
    """Attempts whose owners never came back."""
    now = now or datetime.now(UTC)
    late = await Attempt.filter(state=AttemptState.OPEN, ends_at__lte=now).limit(AT_ONCE).values("id")
    for row in late:
        try:
            await run_out(house, row["id"], now)
        except StoreBusy:
            raise
        except Exception:  # one that cannot be decided must not keep the others
            logger.exception("an exam's time failed", extra={"attempt": row["id"]})
