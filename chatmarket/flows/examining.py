"""A brand's staff write its exams: drafts are edited, published ones are fixed and followed by another version."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotThere, TooLate, Wrong
from chatmarket.flows import auditing, recruiting
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Attempt, Exam, ExamState, Question, Topic
from chatmarket.store import Conflict, unit_of_work

SCORED = ("choice", "short", "language")  # at once, by the sequential test
JUDGED = ("written", "practice")  # by people
KINDS = (*SCORED, *JUDGED)

# A good applicant is known after eight questions on average; fifteen are enough for the undecided (research 1.5).
USUAL_MOST, LEAST_MOST, MOST_MOST = 15, 6, 15
USUAL_MINUTES, MOST_MINUTES = 30, 180  # two minutes for each question: to read and think, not to look everything up
USUAL_ATTEMPTS, MOST_ATTEMPTS = 3, 10  # in a year: luck passes one bad applicant in twenty, and more with each attempt
USUAL_PAUSE, MOST_PAUSE = 7, 90  # days: long enough to learn, as on the way back after a pause
MOST_QUESTIONS = 200
MOST_TEXT, MOST_LINE, MOST_LINES = 1000, 300, 10


class Published(TooLate):
    code = "published"
    text = N_("This exam is published and no longer changes: people were examined by it. Make a new version instead.")


async def exams_of(staff: Account) -> list[View]:
    """The brand's exams, by language and the newest version first."""
    exams = await Exam.filter(brand_id=staff.brand_id).order_by("language", "-version")
    counted = Counter(row["exam_id"] for row in await Question.filter(exam__brand_id=staff.brand_id).values("exam_id"))
    sat = Counter(row["exam_id"] for row in await Attempt.filter(exam__brand_id=staff.brand_id).values("exam_id"))
    return [{**exam_view(exam), "questions": counted[exam.id], "sat": sat[exam.id]} for exam in exams]


def exam_view(exam: Exam) -> View:
    names = ("id", "language", "version", "state", "most", "minutes", "attempts", "pause_days", "published_at")
    return {name: getattr(exam, name) for name in names}


async def exam_of(staff: Account, number: int) -> Exam:
    """An exam of this brand; to anybody else there is no such exam."""
    found = await Exam.get_or_none(id=number, brand_id=staff.brand_id)
    if found is None:
        raise NotThere
    return found


async def questions_of(exam: Exam) -> list[Question]:
    return await Question.filter(exam_id=exam.id).order_by("id")


async def draft(house: House, staff: Account, language: Any) -> Exam:
    """The draft in this language: the one there is, else a new version that begins as a copy of the newest."""
    brand = await recruiting.brand_of(staff)
    return await _draft(house, staff, fields.choice(language, "language", brand.languages))


@unit_of_work
async def _draft(house: House, staff: Account, language: str) -> Exam:
    newest = await Exam.filter(brand_id=staff.brand_id, language=language).order_by("-version").first()
    if newest is not None and newest.state == ExamState.DRAFT:
        return newest
    try:
        made = await Exam.create(
            brand_id=staff.brand_id,
            language=language,
            version=newest.version + 1 if newest else 1,
            most=newest.most if newest else USUAL_MOST,
            minutes=newest.minutes if newest else USUAL_MINUTES,
            attempts=newest.attempts if newest else USUAL_ATTEMPTS,
            pause_days=newest.pause_days if newest else USUAL_PAUSE,
            made_at=datetime.now(UTC),
        )
    except IntegrityError:
        raise Conflict("another draft was the first") from None
    copied = await questions_of(newest) if newest else []
    names = ("kind", "topic_id", "text", "options", "right", "guide")
    await Question.bulk_create(
        [Question(exam_id=made.id, **{name: getattr(one, name) for name in names}) for one in copied]
    )
    return made


async def _editable(staff: Account, number: int) -> Exam:
    """A draft of this brand, locked until the transaction is over. Raises Published."""
    exam = await Exam.filter(id=number, brand_id=staff.brand_id).select_for_update().first()
    if exam is None:
        raise NotThere
    if exam.state != ExamState.DRAFT:
        raise Published
    return exam


@unit_of_work
async def change(house: House, staff: Account, number: int, form: Mapping[str, Any]) -> None:
    """How long a draft is, how often and when it may be sat."""
    exam = await _editable(staff, number)
    await Exam.filter(id=exam.id).update(
        most=fields.number(form.get("most"), "most", least=LEAST_MOST, most=MOST_MOST),
        minutes=fields.number(form.get("minutes"), "minutes", least=5, most=MOST_MINUTES),
        attempts=fields.number(form.get("attempts"), "attempts", most=MOST_ATTEMPTS),
        pause_days=fields.number(form.get("pause_days"), "pause_days", least=0, most=MOST_PAUSE),
    )


@unit_of_work
async def write_question(house: House, staff: Account, number: int, form: Mapping[str, Any], question: int = 0) -> None:
    """Adds a question to a draft, or changes one of it. Raises Wrong with the field."""
    exam = await _editable(staff, number)
    written = await _question(exam, form)
    if question:
        if not await Question.filter(id=question, exam_id=exam.id).update(**written):
            raise NotThere
        return
    if await Question.filter(exam_id=exam.id).count() >= MOST_QUESTIONS:
        raise Wrong(N_("An exam holds at most %(most)s questions."), code="full", field="text", most=MOST_QUESTIONS)
    await Question.create(exam_id=exam.id, **written)


@unit_of_work
async def remove_question(house: House, staff: Account, number: int, question: int) -> None:
    exam = await _editable(staff, number)
    if not await Question.filter(id=question, exam_id=exam.id).delete():
        raise NotThere


async def _question(exam: Exam, form: Mapping[str, Any]) -> dict[str, Any]:
    kind = fields.choice(form.get("kind"), "kind", KINDS)
    topic = fields.number(form["topic"], "topic") if form.get("topic") else None
    if topic is not None and not await Topic.exists(id=topic, brand_id=exam.brand_id):
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field="topic")
    text = fields.text(form.get("text"), "text", most=MOST_TEXT)
    lines = _lines(form.get("lines"))
    guide = fields.text(form.get("guide") or "", "guide", most=MOST_TEXT, least=0)
    options, right = _answers(kind, lines)
    return {"kind": kind, "topic_id": topic, "text": text, "options": options, "right": right, "guide": guide}


def _lines(value: Any) -> list[str]:
    whole = fields.text(value or "", "lines", most=MOST_LINE * MOST_LINES, least=0)
    lines = [line.strip() for line in whole.splitlines() if line.strip()]
    if len(lines) > MOST_LINES or any(len(line) > MOST_LINE for line in lines):
        raise Wrong(
            N_("Write at most %(lines)s lines of at most %(most)s characters each."),
            code="too_long",
            field="lines",
            lines=MOST_LINES,
            most=MOST_LINE,
        )
    return lines


def _answers(kind: str, lines: Sequence[str]) -> tuple[list[str], list[Any]]:
    """Options and right answers, from lines of which those that begin with * are right."""
    if kind in ("choice", "language"):
        right = [place for place, line in enumerate(lines) if line.startswith("*")]
        options = [line.removeprefix("*").strip() for line in lines]
        if not len(options) >= 2 or not right or len(right) == len(options) or not all(options):
            told = N_("Write each choice on a line, and a * before each right one; leave at least one wrong.")
            raise Wrong(told, code="bad_field", field="lines")
        if len({" ".join(option.casefold().split()) for option in options}) < len(options):
            raise Wrong(N_("Two of these choices read the same: each must differ."), code="bad_field", field="lines")
        return options, list(right)
    if kind == "short":
        if not lines:
            raise Wrong(N_("Write each accepted answer on a line."), code="empty", field="lines")
        return [], list(lines)
    if kind == "practice" and not lines:
        told = N_("Write what the customer says next, one line after each answer.")
        raise Wrong(told, code="empty", field="lines")
    return (list(lines), []) if kind == "practice" else ([], [])


def lines_of(question: Question) -> str:
    """The lines of the form that made this question."""
    if question.kind in ("choice", "language"):
        return "\n".join(("* " if at in question.right else "") + text for at, text in enumerate(question.options))
    return "\n".join(question.right if question.kind == "short" else question.options)


@unit_of_work
async def put_in_force(house: House, staff: Account, number: int) -> None:
    """Applicants sit this version from now on; attempts under way go on with the one they began."""
    exam = await _editable(staff, number)
    asked = await questions_of(exam)
    lacking = await _lacking(exam, asked)
    if lacking:
        raise Wrong(
            N_("For an applicant of one topic this pool has %(found)s questions that are scored at once, of %(most)s."),
            code="too_few",
            field="publish",
            found=lacking[0],
            most=exam.most,
        )
    same = Exam.filter(brand_id=exam.brand_id, language=exam.language)
    await same.filter(state=ExamState.PUBLISHED).update(state=ExamState.RETIRED)
    await Exam.filter(id=exam.id).update(state=ExamState.PUBLISHED, published_at=datetime.now(UTC))
    facts = {"version": exam.version, "language": exam.language}
    await auditing.write_down(house, exam.brand_id, staff.id, "publish_exam", facts=facts)


async def _lacking(exam: Exam, asked: Sequence[Question]) -> list[int]:
    """For topics whose applicants the pool is too small for, how many questions it has; the fewest first."""
    counted = Counter(one.topic_id for one in asked if one.kind in SCORED)
    topics = await Topic.filter(brand_id=exam.brand_id).values_list("id", flat=True)
    found = [counted[None] + counted[int(str(topic))] for topic in topics] or [counted[None]]
    return sorted(one for one in found if one < exam.most)


@unit_of_work
async def retire(house: House, staff: Account, number: int) -> None:
    """Nobody begins this exam any more; the brand's people certify by hand again."""
    exam = await exam_of(staff, number)
    if await Exam.filter(id=exam.id, state=ExamState.PUBLISHED).update(state=ExamState.RETIRED):
        facts = {"version": exam.version, "language": exam.language}
        await auditing.write_down(house, exam.brand_id, staff.id, "retire_exam", facts=facts)
