"""The exam: Wald's test with the published errors, and questions that do not come twice."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.assessment import Exam, Outcome, certified, outcome, questions, requalified, same_answer


def sat(knows: float, rng: Random) -> tuple[Outcome, int]:
    answers: list[bool] = []
    while outcome(answers) is Outcome.OPEN:
        answers.append(rng.random() < knows)
    return outcome(answers), len(answers)


def test_the_published_power_of_the_test() -> None:
    """By exact calculation 96.9 % of good applicants pass and 6.2 % of bad ones; 8.2 questions (research 1.5)."""
    rng = Random(1)
    good = [sat(0.9, rng) for _ in range(4000)]
    bad = [sat(0.5, rng) for _ in range(4000)]
    assert sum(end is Outcome.PASSED for end, _ in good) / 4000 == pytest.approx(0.969, abs=0.01)
    assert sum(end is Outcome.PASSED for end, _ in bad) / 4000 == pytest.approx(0.062, abs=0.012)
    assert sum(asked for _, asked in good) / 4000 == pytest.approx(8.2, abs=0.2)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("", Outcome.OPEN),
        ("11111", Outcome.OPEN),
        ("111111", Outcome.PASSED),  # 6 x 0.588 = 3.53, from 2.94 on
        ("00", Outcome.FAILED),  # 2 x -1.609 = -3.22
        ("01", Outcome.OPEN),
        ("011111", Outcome.OPEN),
        ("01111111", Outcome.OPEN),
        ("011111111", Outcome.PASSED),
        ("011011011011011", Outcome.FAILED),  # undecided to the end, and nearer to failing
    ],
)
def test_enough_is_known_when_a_bound_is_reached(answers: str, expected: Outcome) -> None:
    assert outcome([each == "1" for each in answers]) is expected


def test_the_last_question_always_decides() -> None:
    exam = Exam(most=3)
    assert outcome([True, True, True], exam) is Outcome.PASSED
    assert outcome([True, False, True], exam) is Outcome.FAILED
    with pytest.raises(ValueError, match="at most 3"):
        outcome([True] * 4, exam)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=15, max_size=15))
def test_fifteen_answers_leave_nothing_open(answers: list[bool]) -> None:
    assert outcome(answers) is not Outcome.OPEN


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=14), st.booleans())
def test_a_decision_stands_whatever_comes_after(answers: list[bool], more: bool) -> None:
    before = outcome(answers)
    if before is not Outcome.OPEN:
        assert outcome([*answers, more]) is before


@pytest.mark.parametrize(("right", "passed"), [(10, True), (8, True), (7, False), (0, False)])
def test_the_way_back_asks_for_eight_of_ten(right: int, passed: bool) -> None:
    assert requalified(right) is passed


@pytest.mark.parametrize(("right", "asked"), [(8, 9), (11, 10), (-1, 10)])
def test_an_exam_that_was_not_finished_is_refused(right: int, asked: int) -> None:
    with pytest.raises(ValueError, match="10 questions"):
        requalified(right, asked)


@settings(deadline=None)
@given(st.integers(15, 40), st.frozensets(st.integers(0, 39)), st.integers())
def test_no_question_comes_twice_and_new_ones_come_first(pool: int, seen: frozenset[int], seed: int) -> None:
    drawn = questions(range(pool), 15, Random(seed), seen)
    assert len(set(drawn)) == 15
    fresh = [one for one in range(pool) if one not in seen]
    assert sum(one not in seen for one in drawn) == min(15, len(fresh))


def test_two_applicants_get_different_questions() -> None:
    assert questions(range(60), 15, Random(1)) != questions(range(60), 15, Random(2))


def test_a_pool_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="the pool has 3 questions; the exam needs 15"):
        questions(range(3), 15, Random(1))


@pytest.mark.parametrize("wrong", [{"bad": 0.9}, {"good": 1.0}, {"refused_good": 0.5}, {"passed_bad": 0}, {"most": 0}])
def test_an_exam_that_cannot_tell_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="an exam"):
        Exam(**wrong)  # type: ignore[arg-type]


def test_a_topic_of_whose_questions_most_were_wrong_is_not_certified() -> None:
    asked = {1: [True, False], 2: [False, False, True], 3: [False]}
    assert certified(asked, [1, 2, 3, 4]) == [1, 4]


@pytest.mark.parametrize("given", ["Lámpara  azul", "lampara-azul.", " LAMPARA AZUL "])
def test_a_short_answer_is_right_however_it_is_spelt(given: str) -> None:
    assert same_answer(given, ["lámpara azul", "blue lamp"])


@pytest.mark.parametrize("given", ["", "!?", "azul", "lamparaazulada"])
def test_a_short_answer_that_says_something_else_is_wrong(given: str) -> None:
    assert not same_answer(given, ["lámpara azul", "?"])
