"""A claim is good when the expert is qualified and the chat is still waiting."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.candidates import Candidate, Need
from matching.claims import judge
from matching.qualification import Refusal, refusal

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
STRANGER = replace(BEA, brands=frozenset({2}))
UNSKILLED = replace(BEA, topics=frozenset())
FULL = replace(BEA, load=2)
GONE = ["live", "ended", "withdrawn", "escalated"]


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [(BEA, None), (STRANGER, Refusal.FOREIGN), (UNSKILLED, Refusal.UNSKILLED), (FULL, Refusal.FULL)],
)
def test_a_waiting_chat_goes_to_whoever_is_qualified(candidate: Candidate, expected: Refusal | None) -> None:
    assert judge(NEED, candidate) is expected


@pytest.mark.parametrize("status", GONE)
@pytest.mark.parametrize("candidate", [BEA, UNSKILLED, FULL], ids=["qualified", "unskilled", "full"])
def test_a_chat_that_no_longer_waits_is_taken(status: str, candidate: Candidate) -> None:
    assert judge(replace(NEED, status=status), candidate) is Refusal.TAKEN


@settings(deadline=None)
@given(
    status=st.sampled_from(["waiting", *GONE]),
    topics=st.frozensets(st.integers(10, 11)),
    languages=st.frozensets(st.sampled_from(["es", "en"])),
    online=st.booleans(),
    gate_open=st.booleans(),
    load=st.integers(0, 3),
)
def test_the_chat_of_another_brand_tells_nothing(
    status: str, topics: frozenset[int], languages: frozenset[str], online: bool, gate_open: bool, load: int
) -> None:
    stranger = replace(STRANGER, topics=topics, languages=languages, online=online, gate_open=gate_open, load=load)
    assert judge(replace(NEED, status=status), stranger) is Refusal.FOREIGN


@settings(deadline=None)
@given(
    candidate=st.builds(
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
def test_while_the_chat_waits_the_judge_asks_for_qualification_and_nothing_else(candidate: Candidate) -> None:
    assert judge(NEED, candidate) is refusal(candidate, NEED)
