"""Tries are counted before they are made; too many have to wait, and a flood of names costs no memory."""

import pytest

from chatmarket.errors import TooMuch
from chatmarket.tries import Tries


def test_the_try_after_the_last_has_to_wait() -> None:
    tries = Tries(3, window_s=60)
    for _ in range(3):
        tries.take("ana")
    with pytest.raises(TooMuch):
        tries.take("ana")
    tries.take("bea")


def test_a_success_forgets_and_a_window_ends() -> None:
    tries = Tries(1, window_s=60)
    tries.take("ana")
    tries.forget("ana")
    tries.take("ana")
    short = Tries(1, window_s=0)
    for _ in range(5):
        short.take("ana")


def test_no_limit_is_none() -> None:
    tries = Tries(0, window_s=60)
    for _ in range(100):
        tries.take("ana")


def test_a_flood_of_names_forgets_the_oldest() -> None:
    tries = Tries(1, window_s=60, names=2)
    for name in ("ana", "bea", "carla"):
        tries.take(name)
    tries.take("ana")
    with pytest.raises(TooMuch):
        tries.take("carla")
