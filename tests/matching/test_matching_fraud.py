"""Signals come with reasons, and hold."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import fraud
from matching.fraud import (
    Ended,
    Kind,
    alike,
    chance,
    duplicates,
    groups,
    new_customers,
    pair,
    shared_devices,
    shingles,
    short_praise,
)

PARCEL = "My parcel number has not moved for nine days, who can tell me where it is now"


@pytest.mark.parametrize(
    ("seen", "of", "share", "expected"),
    [(3, 3, 0.02, 8e-6), (1, 2, 0.5, 0.75), (0, 5, 0.1, 1.0), (5, 5, 1.0, 1.0), (1, 9, 0.0, 0.0), (2, 2, 0.5, 0.25)],
)
def test_the_binomial_tail(seen: int, of: int, share: float, expected: float) -> None:
    assert chance(seen, of, share) == pytest.approx(expected, rel=1e-9)


@settings(deadline=None)
@given(st.integers(0, 300), st.floats(0, 1), st.data())
def test_a_tail_is_a_probability_and_falls(of: int, share: float, data: st.DataObject) -> None:
    seen = data.draw(st.integers(0, of))
    assert 0 <= chance(seen, of, share) <= 1
    if seen:
        assert chance(seen, of, share) <= chance(seen - 1, of, share) + 1e-12


@pytest.mark.parametrize(("seen", "of", "share"), [(4, 3, 0.1), (-1, 3, 0.1), (1, 3, 1.1)])
def test_impossible_counts_are_refused(seen: int, of: int, share: float) -> None:
    with pytest.raises(ValueError, match="a chance needs"):
        chance(seen, of, share)


def test_three_wins_of_three_at_two_percent_are_held() -> None:
    signal = pair(3, 3, 0.02)
    assert signal is not None
    assert signal.reason == "3 of this customer's 3 questions were claimed by one expert; by chance it were 0.1"


@pytest.mark.parametrize(
    ("wins", "questions", "share"), [(2, 2, 0.001), (3, 30, 0.1), (3, 3, 0.2)], ids=["twice", "usual", "small brand"]
)
def test_what_happens_by_chance_is_not_held(wins: int, questions: int, share: float) -> None:
    assert pair(wins, questions, share) is None


def test_many_brand_new_customers_are_held_where_few_are_usual() -> None:
    assert new_customers(10, 20, 0.05) is not None
    assert new_customers(10, 20, 0.5) is None


def test_praise_for_chats_too_short_to_help_is_held() -> None:
    honest, short, silent = Ended(4, 300.0), Ended(3, 12.0), Ended(1, 400.0)
    assert short_praise([honest] * 10 + [short, short]) is None
    signal = short_praise([honest] * 8 + [short, short, silent])
    assert signal is not None
    assert (signal.seen, signal.of) == (3, 11)
    assert short_praise([honest] * 30 + [short] * 3) is None


def test_questions_nearly_word_for_word_the_same_are_held() -> None:
    asked = {
        1: PARCEL,
        2: PARCEL.upper() + "!!",
        3: PARCEL + " please",
        4: "How do I change the address of my invoice?",
    }
    assert groups(asked) == [frozenset({1, 2, 3})]
    signal = duplicates(asked)
    assert signal is not None
    assert signal.kind is Kind.DUPLICATES
    assert duplicates({1: PARCEL, 2: PARCEL}) is None


def test_questions_about_the_same_thing_are_not_the_same_question() -> None:
    asked = {1: PARCEL, 2: "Where is my parcel? The number has not moved since Monday", 3: "my parcel is lost", 4: ""}
    assert groups(asked) == []


def test_the_same_beginning_is_not_the_same_question() -> None:
    other = "My parcel number has not moved for nine days, shall I order the lamp again or wait"
    assert 0.3 < alike(shingles(PARCEL), shingles(other)) < 0.7
    assert groups({1: PARCEL, 2: other}) == []


def test_a_thousand_equal_texts_cost_no_million_comparisons() -> None:
    asked = {number: f"{PARCEL} {'x' * (number % 7)}" for number in range(1000)}
    began = time.process_time()
    assert sum(len(group) for group in groups(asked)) == 1000
    assert time.process_time() - began < 2.0


@settings(deadline=None)
@given(st.text(), st.text())
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    first, second = shingles(one), shingles(other)
    assert 0 <= alike(first, second) <= 1
    assert alike(first, second) == alike(second, first)
    assert alike(first, first) == (1 if first else 0)


def test_a_device_that_expert_and_customers_share_is_held_but_not_a_library() -> None:
    signal = shared_devices({"phone", "library"}, {1: {"phone"}, 2: {"laptop"}, 3: {"phone", "tablet"}})
    assert signal is not None
    assert (signal.seen, signal.of) == (2, 3)
    assert shared_devices({"library"}, {number: {"library"} for number in range(6)}) is None
    assert shared_devices(set(), {1: {"phone"}}) is None


def test_every_kind_has_a_reason_and_no_function_takes_money() -> None:
    for kind in Kind:
        assert "3 " in fraud.Signal(kind, 3, 4, 1.0).reason
    assert not [name for name in dir(fraud) if any(word in name for word in ("forfeit", "close", "block", "void"))]
