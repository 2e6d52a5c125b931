"""A claim is good when the expert is qualified and the chat is still waiting."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.candidates import Candidate, Need
from matching.claims import Claim, judge, lost_by, scripted, too_many, winner
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


# --- several claims


def claim(expert: int, seconds: float, score: float = 0.9) -> Claim:
    return Claim(expert, delivered=100.0, at=100.0 + seconds, score=score)


def test_a_window_goes_to_the_best_and_not_to_the_first() -> None:
    assert winner([claim(1, 1.0, 0.8), claim(2, 2.5, 0.9)], Random(1)).expert == 2


def test_a_script_wins_only_where_no_person_came() -> None:
    script = claim(1, 0.2, score=0.99)
    assert winner([script, claim(2, 1.9, score=0.5)], Random(1)).expert == 2
    assert winner([script], Random(1)) is script


def test_between_equals_luck_decides() -> None:
    won = {winner([claim(1, 1.0), claim(2, 1.5)], Random(seed)).expert for seed in range(20)}
    assert won == {1, 2}


def test_a_window_without_claims_is_refused() -> None:
    with pytest.raises(ValueError, match="got none"):
        winner([], Random(1))


@pytest.mark.parametrize(("seconds", "prompt"), [(0.0, True), (0.79, True), (0.81, False), (12.0, False)])
def test_nobody_reads_in_less_than_eight_tenths(seconds: float, prompt: bool) -> None:
    assert claim(1, seconds).prompt is prompt


@pytest.mark.parametrize(("prompt", "claims", "seen"), [(9, 9, False), (2, 10, False), (3, 10, True), (20, 101, False)])
def test_more_than_a_fifth_of_ten_claims_are_looked_at(prompt: int, claims: int, seen: bool) -> None:
    assert scripted(prompt, claims) is seen


def test_so_many_claims_in_ten_seconds_as_chats_at_once() -> None:
    assert not too_many([89.9, 95.0], capacity=2, now=100.0)
    assert too_many([90.1, 95.0], capacity=2, now=100.0)


def test_who_lost_learns_by_how_much() -> None:
    assert lost_by(claim(1, 2.0313), claim(2, 2.0)) == 31
    assert lost_by(claim(1, 1.0), claim(2, 2.0)) == 0
