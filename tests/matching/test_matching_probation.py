"""Capacity, the first reply, strikes and hand-backs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.probation import capacity, cooling_until, on_probation, return_counts


@pytest.mark.parametrize(
    ("ratings", "rank", "reentered", "wished", "chats"),
    [
        (0, 0.0, False, None, 1),
        (19, 0.0, False, 3, 1),
        (20, 0.5, False, None, 2),
        (20, 0.099, False, None, 3),
        (20, 0.1, False, None, 2),
        (500, 0.0, True, None, 1),
        (500, 0.0, False, 1, 1),
        (500, 0.9, False, 3, 2),
    ],
)
def test_one_for_newcomers_two_for_most_three_for_the_best_and_never_more_than_wished(
    ratings: int, rank: float, reentered: bool, wished: int | None, chats: int
) -> None:
    assert capacity(ratings, rank=rank, reentered=reentered, wished=wished) == chats


def test_no_chat_at_all_is_a_pause() -> None:
    with pytest.raises(ValueError, match="pauses"):
        capacity(100, wished=0)


def test_probation_ends_with_the_twentieth_rating() -> None:
    assert on_probation(19)
    assert not on_probation(20)


@pytest.mark.parametrize(
    ("strikes", "now", "until"),
    [
        ([], 0.0, None),
        ([100.0], 100.0, None),
        ([100.0, 200.0], 200.0, 800.0),
        ([100.0, 200.0], 799.0, 800.0),
        ([100.0, 200.0], 800.0, None),
        ([100.0, 3699.0], 3699.0, 4299.0),
        ([100.0, 3700.0], 3700.0, None),
        ([100.0, 3699.0], 3800.0, 4299.0),
        ([100.0, 200.0, 500.0], 600.0, 1100.0),
    ],
)
def test_two_strikes_in_an_hour_are_ten_minutes_of_rest(strikes: list[float], now: float, until: float | None) -> None:
    assert cooling_until(strikes, now) == until


@settings(deadline=None)
@given(st.lists(st.floats(0, 10_000)), st.floats(0, 12_000))
def test_a_rest_never_ends_later_than_ten_minutes_after_now(strikes: list[float], now: float) -> None:
    until = cooling_until(strikes, now)
    assert until is None or now < until <= now + 600


def test_the_first_chats_handed_back_are_not_noted() -> None:
    assert [return_counts(earlier) for earlier in range(4)] == [False, False, True, True]
