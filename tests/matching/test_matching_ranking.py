"""Broadcast: everyone qualified hears, the best first."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.candidates import Candidate, Need
from matching.qualification import refusal
from matching.ranking import hears

NEED = Need(chat=1, brand=1, topic=10, language="es", status="waiting")
BEA = Candidate(
    expert=1,
    brands=frozenset({1}),
    topics=frozenset({10}),
    languages=frozenset({"es"}),
    online=True,
    gate_open=True,
    load=0,
    capacity=2,
)


def crowd(*experts: tuple[int, float]) -> list[Candidate]:
    return [replace(BEA, expert=expert, mu=mu) for expert, mu in experts]


@pytest.mark.parametrize(
    ("experts", "order"),
    [
        ([], []),
        ([(1, 0.0)], [1]),
        ([(1, 0.1), (2, 0.9), (3, 0.5)], [2, 3, 1]),
        ([(1, -0.4), (2, 0.0), (3, -0.1)], [2, 3, 1]),
        ([(9, 0.5), (3, 0.5), (7, 0.5)], [3, 7, 9]),
        ([(4, 0.0), (2, 0.0), (3, 1.0), (1, -1.0)], [3, 2, 4, 1]),
    ],
)
def test_the_best_hears_first_and_between_equals_the_lower_id(
    experts: list[tuple[int, float]], order: list[int]
) -> None:
    assert [candidate.expert for candidate in hears(crowd(*experts), NEED)] == order


def test_who_may_not_answer_does_not_hear_however_good() -> None:
    good = crowd((2, 3.0), (3, 3.0), (4, 3.0), (5, 3.0))
    away, full, paused, stranger = good
    unfit = [
        replace(away, online=False),
        replace(full, load=2),
        replace(paused, gate_open=False),
        replace(stranger, brands=frozenset({2})),
    ]
    assert hears([*unfit, BEA], NEED) == [BEA]


def test_a_crowd_may_come_as_a_stream() -> None:
    assert hears(iter([BEA]), NEED) == [BEA]


CROWDS = st.lists(
    st.builds(
        Candidate,
        expert=st.integers(1, 10_000),
        brands=st.frozensets(st.integers(1, 2)),
        topics=st.just(frozenset({10})),
        languages=st.just(frozenset({"es"})),
        online=st.booleans(),
        gate_open=st.booleans(),
        load=st.integers(0, 2),
        capacity=st.integers(1, 2),
        mu=st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]),
    ),
    max_size=20,
    unique_by=lambda candidate: candidate.expert,
)


@settings(deadline=None)
@given(CROWDS)
def test_everyone_qualified_hears_exactly_once_and_nobody_else(candidates: list[Candidate]) -> None:
    heard = hears(candidates, NEED)
    qualified = {candidate.expert for candidate in candidates if refusal(candidate, NEED) is None}
    assert len(heard) == len(qualified)
    assert {candidate.expert for candidate in heard} == qualified


@settings(deadline=None)
@given(CROWDS, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_arrival(candidates: list[Candidate], rng: object) -> None:
    shuffled = list(candidates)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert hears(shuffled, NEED) == hears(candidates, NEED)
