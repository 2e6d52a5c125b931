"""What holds for every story."""

from collections.abc import Iterator

import pytest

from tests.serving import Town, nothing_goes_wrong_unseen
from tests.stories.listening import MOST_S, QUIET_S

__all__ = ["nothing_goes_wrong_unseen"]


@pytest.fixture
def holding(town: Town) -> Iterator[None]:
    """Both servers hold a customer's words for a moment; the other stories measure the path without it."""
    for house in town.houses:
        house.held._quiet, house.held._most, house.held.holds = QUIET_S, MOST_S, True
    yield
    for house in town.houses:
        house.held.release_all()
        house.held._quiet = house.held._most = 0.0
