"""Needs and candidates are plain values."""

from dataclasses import FrozenInstanceError

import pytest

from matching.candidates import Candidate, Need
from matching.reputation import USUAL_BASELINE

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


@pytest.mark.parametrize(
    ("status", "waits"),
    [("waiting", True), ("live", False), ("ended", False), ("withdrawn", False), ("escalated", False)],
)
def test_a_need_waits_only_while_its_chat_is_waiting(status: str, waits: bool) -> None:
    assert Need(chat=1, brand=1, topic=10, language="es", status=status).waits is waits


@pytest.mark.parametrize(
    ("load", "capacity", "full"),
    [(0, 1, False), (1, 1, True), (1, 2, False), (2, 2, True), (3, 2, True), (0, 0, True)],
)
def test_an_expert_is_full_when_the_load_reaches_the_capacity(load: int, capacity: int, full: bool) -> None:
    candidate = Candidate(
        expert=1,
        brands=frozenset(),
        topics=frozenset(),
        languages=frozenset(),
        online=True,
        gate_open=True,
        load=load,
        capacity=capacity,
    )
    assert candidate.full is full


def test_an_expert_without_ratings_stands_on_the_baseline() -> None:
    assert BEA.resolution == USUAL_BASELINE


@pytest.mark.parametrize(("value", "field"), [(NEED, "status"), (BEA, "load")])
def test_values_never_change(value: Need | Candidate, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)
    assert not hasattr(value, "__dict__")
