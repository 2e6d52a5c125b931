"""What holds for every story."""

from collections.abc import Collection, Iterator

import pytest

from realtime.survey import Findings
from tests.serving import Town, nothing_goes_wrong_unseen
from tests.stories.listening import MOST_S, QUIET_S

__all__ = ["nothing_goes_wrong_unseen"]


async def _nothing(rooms: Collection[int], guests: Collection[int]) -> Findings:
    return Findings()


@pytest.fixture
def holding(town: Town) -> Iterator[None]:
    """Both servers hold a customer's words for a moment; the other stories measure the path without it.

    A position check, every ten seconds, brings who is behind up to date, held or not: here it finds nothing, or one
    story in twenty would be about that.
    """
    surveyors = [house.switchboard._surveyor for house in town.houses]
    asked = [surveyor._survey for surveyor in surveyors]
    for house, surveyor in zip(town.houses, surveyors, strict=True):
        house.held._quiet, house.held._most, house.held.holds = QUIET_S, MOST_S, True
        surveyor._survey = _nothing
    yield
    for surveyor, survey in zip(surveyors, asked, strict=True):
        surveyor._survey = survey
    for house in town.houses:
        house.held.release_all()
        house.held.holds = False
