"""The exam: which questions come, when enough is known, and the shorter exam on the way back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log
from typing import TypeVar
from unicodedata import normalize

from matching.chance import Dice, drawn

T = TypeVar("T")

REQUALIFYING_QUESTIONS = 10
REQUALIFYING_RIGHT = 8  # passed by 93 of 100 who know nine answers of ten, by 5 or 6 who know every second


class Outcome(StrEnum):
    """Where an exam stands."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Exam:
    """Wald's sequential test between two kinds of applicants (research 1.5)."""

    good: float = 0.9  # share of answers a good applicant knows
    bad: float = 0.5  # and one who would leave half of all chats unresolved
    refused_good: float = 0.05  # share of good applicants who may be refused
    passed_bad: float = 0.05  # share of bad ones who may pass
    most: int = 15  # questions: the undecided stop here; eight are asked on average

    def __post_init__(self) -> None:
        if not 0 < self.bad < self.good < 1:
            raise ValueError(f"an exam needs 0 < bad < good < 1; got {self.bad} and {self.good}")
        if not (0 < self.refused_good < 0.5 and 0 < self.passed_bad < 0.5):
            raise ValueError(f"an exam errs in less than half of all cases; got {self.refused_good}, {self.passed_bad}")
        if self.most < 1:
            raise ValueError(f"an exam has at least one question; got {self.most}")


USUAL = Exam()


def weight(right: int, wrong: int, exam: Exam = USUAL) -> float:
    """The log of how many times likelier these answers are from a good applicant than from a bad one."""
    return right * log(exam.good / exam.bad) + wrong * log((1 - exam.good) / (1 - exam.bad))


def outcome(answers: Sequence[bool], exam: Exam = USUAL) -> Outcome:
    """What the answers so far (True: right) decide; OPEN means that another question comes.

    Passed once the weight reaches log((1 - refused) / passed), failed at log(refused / (1 - passed)), with the shares
    of errors the exam allows; at the last question the nearer bound decides. Raises ValueError on more answers than
    questions. What comes after the decision changes nothing. Wald, "Sequential Analysis", 1947.
    """
    if len(answers) > exam.most:
        raise ValueError(f"an exam has at most {exam.most} questions; got {len(answers)} answers")
    pass_at = log((1 - exam.refused_good) / exam.passed_bad)
    fail_at = log(exam.refused_good / (1 - exam.passed_bad))
    right = 0
    for asked, answer in enumerate(answers, 1):
        right += answer
        known = weight(right, asked - right, exam)
        if known >= pass_at:
            return Outcome.PASSED
        if known <= fail_at:
            return Outcome.FAILED
        if asked == exam.most:
            return Outcome.PASSED if known - fail_at > pass_at - known else Outcome.FAILED
    return Outcome.OPEN


def requalified(right: int, asked: int = REQUALIFYING_QUESTIONS) -> bool:
    """Whether the exam on the way back is passed: 8 of 10. Raises ValueError when not all ten were asked."""
    if asked != REQUALIFYING_QUESTIONS or not 0 <= right <= asked:
        raise ValueError(f"the exam on the way back has {REQUALIFYING_QUESTIONS} questions; got {right} of {asked}")
    return right >= REQUALIFYING_RIGHT


def questions(pool: Sequence[T], count: int, rng: Dice, seen: Collection[T] = ()) -> list[T]:
    """`count` different questions of the pool in random order, those not `seen` in earlier attempts first.

    Raises ValueError when the pool is too small: an exam that repeats itself examines the memory.
    """
    if count > len(pool):
        raise ValueError(f"the pool has {len(pool)} questions; the exam needs {count}")
    fresh = drawn([one for one in pool if one not in seen], count, rng)
    known = drawn([one for one in pool if one in seen], count - len(fresh), rng)
    return [*fresh, *known]


def certified(asked: Mapping[T, Sequence[bool]], topics: Iterable[T]) -> list[T]:
    """The topics a passed exam certifies: all that were applied for but those of whose own questions most were wrong.

    `asked` holds the answers (True: right) by topic. A tie certifies, as the whole exam was passed.
    """
    return [topic for topic in topics if 2 * sum(asked.get(topic, ())) >= len(asked.get(topic, ()))]


def same_answer(given: str, accepted: Iterable[str]) -> bool:
    """Whether a short answer is one of the accepted ones: case, accents, spaces and punctuation make no difference."""
    return _bare(given) in {_bare(one) for one in accepted} - {""}


def _bare(text: str) -> str:
    return "".join(char for char in normalize("NFKD", text.casefold()) if char.isalnum())
