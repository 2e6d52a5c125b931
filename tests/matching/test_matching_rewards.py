"""A reward is shared to the cent."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.rewards import Ramp, ramped, split


@pytest.mark.parametrize(
    ("reward", "expert", "fee"),
    [
        (0, 0, 0),
        (1, 1, 0),  # 0.7
        (2, 1, 1),  # 1.4
        (5, 4, 1),  # 3.5, to the even 4
        (15, 10, 5),  # 10.5, to the even 10
        (25, 18, 7),  # 17.5, to the even 18
        (35, 24, 11),  # 24.5, to the even 24
        (200, 140, 60),
        (201, 141, 60),  # 140.7
        (202, 141, 61),  # 141.4
        (205, 144, 61),  # 143.5, to the even 144
        (6000, 4200, 1800),
    ],
)
def test_the_expert_gets_seventy_percent_rounded_half_to_even(reward: int, expert: int, fee: int) -> None:
    assert split(reward) == (expert, fee)


@pytest.mark.parametrize(
    ("reward", "share", "parts"),
    [(200, 0, (0, 200)), (200, 100, (200, 0)), (200, 15, (30, 170)), (1, 50, (0, 1)), (3, 50, (2, 1))],
)
def test_another_share_may_be_agreed(reward: int, share: int, parts: tuple[int, int]) -> None:
    assert split(reward, share) == parts


def test_from_two_to_sixty_every_cent_arrives() -> None:
    for reward in range(200, 6001):
        expert, fee = split(reward)
        assert expert + fee == reward
        assert abs(100 * expert - 70 * reward) <= 50


def test_over_all_rewards_rounding_favours_nobody() -> None:
    gained = sum(Fraction(split(reward)[0]) - Fraction(7 * reward, 10) for reward in range(200, 2200))
    assert gained == 0


@pytest.mark.parametrize(
    ("reward", "share", "complaint"),
    [(-1, 70, "got -1 cents"), (200, -1, "got -1"), (200, 101, "got 101")],
)
def test_nonsense_is_refused_with_what_came(reward: int, share: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        split(reward, share)


@settings(deadline=None)
@given(st.integers(0, 10**15), st.integers(0, 100))
def test_no_cent_is_lost_and_nobody_pays_in(reward: int, share: int) -> None:
    expert, fee = split(reward, share)
    assert expert + fee == reward
    assert expert >= 0
    assert fee >= 0
    assert expert == round(Fraction(reward * share, 100))  # Python's round is half to even


# --- waiting


@pytest.mark.parametrize(
    ("seconds", "reward"),
    [(0, 200), (60, 200), (90, 210), (120, 220), (660, 400), (6000, 400), (123, 221)],
)
def test_a_reward_grows_a_tenth_a_minute_from_the_first_on_and_at_most_doubles(seconds: float, reward: int) -> None:
    assert ramped(200, seconds, Ramp()) == reward


def test_the_budget_stops_the_growth_and_takes_nothing_back() -> None:
    assert ramped(200, 660, Ramp(), budget_cents=250) == 250
    assert ramped(200, 660, Ramp(), budget_cents=100) == 200


def test_a_ramp_that_falls_or_a_negative_reward_is_refused() -> None:
    with pytest.raises(ValueError, match="a ramp"):
        Ramp(percent_per_minute=-1)
    with pytest.raises(ValueError, match="got -1 cents"):
        ramped(-1, 0, Ramp())


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 5000), st.floats(0, 5000), st.none() | st.integers(0, 10**6))
def test_who_waits_longer_is_never_worth_less(reward: int, first: float, more: float, budget: int | None) -> None:
    now, later = (ramped(reward, seconds, Ramp(), budget) for seconds in (first, first + more))
    assert reward <= now <= later <= 2 * reward
