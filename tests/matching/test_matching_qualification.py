"""Who may answer, and the order in which the reasons against are given."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.candidates import Candidate, Need
from matching.qualification import Refusal, qualified, refusal

NEED = Need(chat=1, brand=1, topic=10, language="es", status="waiting")
BEA = Candidate(
    expert=1,
    brands=frozenset({1, 2}),
    topics=frozenset({10, 11}),
    languages=frozenset({"es", "en"}),
    online=True,
    gate_open=True,
    load=1,
    capacity=2,
)

# In the order in which the reasons are given.
FAULTS: list[tuple[Refusal, dict[str, object]]] = [
    (Refusal.FOREIGN, {"brands": frozenset({2, 3})}),
    (Refusal.UNSKILLED, {"topics": frozenset({11})}),
    (Refusal.WRONG_LANGUAGE, {"languages": frozenset({"en"})}),
    (Refusal.PAUSED_GATE, {"gate_open": False}),
    (Refusal.PAUSED_SELF, {"online": False}),
    (Refusal.FULL, {"load": 2}),
]


def faulty(*faults: dict[str, object]) -> Candidate:
    changes = {field: value for fault in faults for field, value in fault.items()}
    return replace(BEA, **changes)  # type: ignore[arg-type]


def test_an_expert_with_brand_topic_language_and_room_may_answer() -> None:
    assert refusal(BEA, NEED) is None


@pytest.mark.parametrize(("reason", "fault"), FAULTS, ids=[reason for reason, _ in FAULTS])
def test_one_fault_is_refused_by_its_own_name(reason: Refusal, fault: dict[str, object]) -> None:
    assert refusal(faulty(fault), NEED) is reason


@pytest.mark.parametrize(("first", "second"), list(combinations(FAULTS, 2)), ids=lambda fault: fault[0])
def test_of_two_faults_the_earlier_is_named(
    first: tuple[Refusal, dict[str, object]], second: tuple[Refusal, dict[str, object]]
) -> None:
    assert refusal(faulty(first[1], second[1]), NEED) is first[0]


def test_whether_the_chat_still_waits_is_not_a_matter_of_qualification() -> None:
    assert refusal(BEA, replace(NEED, status="ended")) is None


def test_the_words_of_a_refusal_are_those_of_the_protocol() -> None:
    assert {reason.value for reason in Refusal} == {
        "taken",
        "full",
        "paused_self",
        "paused_gate",
        "resting",
        "unskilled",
        "wrong_language",
        "foreign",
    }


@settings(deadline=None)
@given(
    st.builds(
        Candidate,
        expert=st.integers(1, 3),
        brands=st.frozensets(st.integers(1, 2)),
        topics=st.frozensets(st.integers(10, 11)),
        languages=st.frozensets(st.sampled_from(["es", "en"])),
        online=st.booleans(),
        gate_open=st.booleans(),
        load=st.integers(0, 2),
        capacity=st.integers(0, 2),
    )
)
def test_only_an_expert_without_any_fault_is_qualified(candidate: Candidate) -> None:
    faultless = (
        NEED.brand in candidate.brands
        and NEED.topic in candidate.topics
        and NEED.language in candidate.languages
        and candidate.gate_open
        and candidate.online
        and candidate.load < candidate.capacity
    )
    assert (refusal(candidate, NEED) is None) == faultless
    assert qualified([candidate], NEED) == [candidate] * faultless
