"""Who is called when too many chats wait."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.paging import Paging, Resting, is_quiet, paged, surges

RESTED = [Resting(number) for number in range(200)]


def call(
    offline: list[Resting], waiting: int = 10, online: int = 80, fresh: int = 10, now: float = 5000.0
) -> list[int]:
    return paged(offline, waiting=waiting, online=online, fresh=fresh, now=now, rng=Random(1))


@pytest.mark.parametrize(
    ("waiting", "online", "surge"), [(4, 80, False), (5, 80, True), (0, 0, False), (1, 0, True), (1, 19, True)]
)
def test_a_surge_is_more_than_a_twentieth_of_those_online(waiting: int, online: int, surge: bool) -> None:
    assert surges(waiting, online) is surge


def test_nobody_is_called_while_it_is_calm() -> None:
    assert call(RESTED, waiting=4) == []


def test_a_hundred_are_called_for_ten_new_chats() -> None:
    called = call(RESTED)
    assert len(called) == 100
    assert len(set(called)) == 100


def test_nobody_is_called_twice_in_half_an_hour() -> None:
    offline = [Resting(1, 3201.0), Resting(2, 3200.0), Resting(3)]
    assert sorted(call(offline)) == [2, 3]


def test_negative_paging_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Paging(rest_seconds=-1)


@pytest.mark.parametrize(
    ("minute", "start", "end", "quiet"),
    [
        (23 * 60, 22 * 60, 8 * 60, True),
        (7 * 60 + 59, 22 * 60, 8 * 60, True),
        (8 * 60, 22 * 60, 8 * 60, False),
        (12 * 60, 22 * 60, 8 * 60, False),
        (13 * 60, 13 * 60, 15 * 60, True),
        (15 * 60, 13 * 60, 15 * 60, False),
        (3, None, None, False),
        (3, 60, 60, False),
    ],
)
def test_quiet_hours_may_go_over_midnight(minute: int, start: int | None, end: int | None, quiet: bool) -> None:
    assert is_quiet(minute, start, end) is quiet


@settings(deadline=None)
@given(
    st.lists(st.builds(Resting, st.integers(0, 99), st.none() | st.floats(0, 5000)), unique_by=lambda one: one.expert),
    st.integers(0, 50),
    st.integers(0, 20),
)
def test_only_the_rested_are_called_and_never_more_than_needed(
    offline: list[Resting], waiting: int, fresh: int
) -> None:
    called = call(offline, waiting=waiting, fresh=fresh)
    rested = {one.expert for one in offline if one.paged is None or 5000 - one.paged >= 1800}
    assert set(called) <= rested
    assert len(called) == len(set(called)) <= 10 * fresh
