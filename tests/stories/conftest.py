"""What holds for every story."""

from collections.abc import Iterator

import pytest

from tests.serving import Town, nothing_goes_wrong_unseen
from tests.stories.listening import MOST_S, QUIET_S

__all__ = ["nothing_goes_wrong_unseen"]


@pytest.fixture
def holding(town: Town) -> Iterator[None]:
    """Both servers hold a customer's words for a moment; the other stories measure the path without it."""
    yield from _held(town, QUIET_S, MOST_S)


@pytest.fixture
def holding_long(town: Town) -> Iterator[None]:
    """So long that no loaded machine parts what is said in one breath."""
    yield from _held(town, 4 * QUIET_S, 4 * MOST_S)


def _held(town: Town, quiet_s: float, most_s: float) -> Iterator[None]:
    for house in town.houses:
        house.held._quiet, house.held._most, house.held.holds = quiet_s, most_s, True
    yield
    for house in town.houses:
        house.held.release_all()
        house.held._quiet = house.held._most = 0.0
