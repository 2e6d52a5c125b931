"""An attempt at an exam, read from its rows: what was answered, which question comes next, and what is decided."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.flows.examining import JUDGED, SCORED, questions_of
from chatmarket.models import Answer, Attempt, Exam, Question
from matching import assessment
from matching.assessment import Outcome
from matching.chance import Dice

MOST_SHORT, MOST_WRITTEN = 200, 2000


@dataclass(frozen=True, slots=True)
class Sheet:
    """All questions drawn for an attempt, in the order in which they come, and the answers so far."""

    attempt: Attempt
    questions: Sequence[Question]
    answers: Mapping[int, Answer]

    @property
    def scored(self) -> list[bool]:
        """What was right of the questions that are scored at once, in order."""
        asked = [one for one in self.questions if one.kind in SCORED and one.id in self.answers]
        return [bool(self.answers[one.id].right) for one in asked]

    @property
    def most(self) -> int:
        return sum(one.kind in SCORED for one in self.questions)

    @property
    def outcome(self) -> Outcome:
        """Of the scored part; where there is none, people decide alone."""
        if self.attempt.case_id is not None:
            return self._way_back()
        if not self.most:
            return Outcome.PASSED
        return assessment.outcome(self.scored, assessment.Exam(most=self.most))

    def _way_back(self) -> Outcome:
        """All are asked: an exam that ends early would tell which answers were right."""
        if len(self.scored) < assessment.REQUALIFYING_QUESTIONS:
            return Outcome.OPEN
        return Outcome.PASSED if assessment.requalified(sum(self.scored), len(self.scored)) else Outcome.FAILED

    @property
    def judged(self) -> list[Question]:
        return [one for one in self.questions if one.kind in JUDGED]

    @property
    def next(self) -> Question | None:
        """The question that waits for its answer: another scored one while that part is open, then what is judged."""
        if self.outcome is Outcome.FAILED:
            return None
        wanted = SCORED if self.outcome is Outcome.OPEN else JUDGED
        return next((one for one in self.questions if one.kind in wanted and one.id not in self.answers), None)

    def verdict(self) -> Outcome:
        """Of the whole: failed at the first part or the first judgement that fails it, passed when all are good."""
        judged = [self.answers[one.id].right if one.id in self.answers else None for one in self.judged]
        if self.outcome is Outcome.FAILED or any(right is False for right in judged):
            return Outcome.FAILED
        whole = self.outcome is Outcome.PASSED and all(judged)
        return Outcome.PASSED if whole else Outcome.OPEN

    def certified(self) -> list[int]:
        """The topics that passing certifies."""
        asked: dict[int, list[bool]] = defaultdict(list)
        for one in self.questions:
            if one.kind in SCORED and one.id in self.answers and one.topic_id is not None:
                asked[one.topic_id].append(bool(self.answers[one.id].right))
        return assessment.certified(asked, self.attempt.topics)

    def reasons(self, why: str) -> dict[str, Any]:
        """What the applicant is told: how much was right, by kind; never which, for questions come again."""
        kinds: dict[str, list[bool]] = defaultdict(list)
        for one in self.questions:
            if one.kind in SCORED and one.id in self.answers:
                kinds["language" if one.kind == "language" else "knowledge"].append(bool(self.answers[one.id].right))
        return {
            "why": why,
            "right": sum(self.scored),
            "asked": len(self.scored),
            "kinds": {kind: [sum(right), len(right)] for kind, right in kinds.items()},
            "certified": self.certified() if why == "passed" else [],
        }


def question_view(question: Question) -> dict[str, Any]:
    """Without what is right, and without what is looked for."""
    chosen = question.kind in ("choice", "language")
    return {
        "id": question.id,
        "kind": question.kind,
        "text": question.text,
        "options": question.options if chosen else [],
        "many": chosen and len(question.right) > 1,
    }


async def draw(exam: Exam, topics: Sequence[int], seen: Sequence[int], rng: Dice) -> list[int]:
    """The questions of a new attempt: by lot, those not `seen` in earlier ones first, people's part last."""
    pool = [one for one in await questions_of(exam) if one.topic_id is None or one.topic_id in topics]
    scored = [one.id for one in pool if one.kind in SCORED]
    drawn = assessment.questions(scored, min(exam.most, len(scored)), rng, set(seen))
    for kind in JUDGED:
        drawn += (
            assessment.questions([one.id for one in pool if one.kind == kind], 1, rng, set(seen))
            if any(one.kind == kind for one in pool)
            else []
        )
    return drawn


async def sheet_of(attempt: Attempt) -> Sheet:
    found = {one.id: one for one in await Question.filter(id__in=attempt.drawn)}
    answers = {one.question_id: one for one in await Answer.filter(attempt_id=attempt.id)}
    return Sheet(attempt, [found[number] for number in attempt.drawn], answers)


def read(question: Question, form: Mapping[str, Any], chosen: Sequence[Any]) -> tuple[Any, bool | None]:
    """What was given as the answer, and whether it is right; None where people judge. Raises Wrong."""
    if question.kind in ("choice", "language"):
        if not chosen:
            raise Wrong(
                N_("Choose an answer. If you do not know it, choose the likeliest."), code="empty", field="given"
            )
        places = sorted({fields.number(one, "given", least=0, most=len(question.options) - 1) for one in chosen})
        if len(places) < len(chosen):
            raise Wrong(N_("Choose each answer once."), code="bad_field", field="given")
        return {"chosen": places}, places == list(question.right)
    if question.kind == "short":
        given = fields.text(form.get("given"), "given", most=MOST_SHORT)
        return {"text": given}, assessment.same_answer(given, question.right)
    return {"text": fields.text(form.get("given"), "given", most=MOST_WRITTEN)}, None
