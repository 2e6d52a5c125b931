"""From time to time a process asks the truth whether its people show what it holds: nobody stays behind in silence."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from realtime.connection import Connection
from realtime.hub import Hub

SURVEY_S = 10.0  # the promise: a client is complete, or told so within this time
AGAIN_S = 1.0  # after one that failed
ANSWER_S = 10.0  # for the application to find what was asked
SLICE = 1_000  # rooms and guests in one question

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the truth holds: (last sequence number, mark of the state) by room; the guests who have lost their right to
    be here, and the close code that tells them so."""

    positions: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    gone: Collection[int] = ()
    code: int = 0


Survey = Callable[[Collection[int], Collection[int]], Awaitable[Findings]]


class Surveyor:
    """Asks about all rooms and guests of this process every `every` seconds, or sooner when called for; never twice at
    once. Whoever is behind catches up."""

    def __init__(self, hub: Hub, survey: Survey, every: float = SURVEY_S) -> None:
        self._hub, self._survey, self._every = hub, survey, every
        self._wanted = asyncio.Event()
        self.surveys = 0

    def hurry(self) -> None:
        """Something may have been missed: ask now, or once more after the survey that is under way."""
        self._wanted.set()

    async def go_round(self) -> None:
        """Survey until cancelled."""
        pause = self._every
        while True:
            await self._called(within=pause * random.uniform(0.8, 1.0))  # noqa: S311 - jitter, not a secret
            self._wanted.clear()
            pause = self._every if await self._all_asked() else min(AGAIN_S, self._every)

    async def _called(self, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                await self._wanted.wait()
        except TimeoutError:
            return

    async def _all_asked(self) -> bool:
        self.surveys += 1
        try:
            for rooms, guests in _slices(list(self._hub)):
                async with asyncio.timeout(ANSWER_S):
                    findings = await self._survey(rooms.keys(), guests.keys())
                _tell(findings, rooms, guests)
        except Exception as failed:
            log.warning("survey_failed", extra={"error": type(failed).__name__})
            return False
        return True


Served = dict[int, list[Connection]]


def _slices(connections: list[Connection]) -> Iterator[tuple[Served, Served]]:
    rooms: Served = {}
    guests: Served = {}
    for connection in connections:
        if connection.room is not None and connection.position is not None:
            rooms.setdefault(connection.room, []).append(connection)
        if connection.guest is not None:
            guests.setdefault(connection.guest, []).append(connection)
    yield from zip_longest(_parts(rooms), _parts(guests), fillvalue={})


def _parts(served: Served) -> Iterator[Served]:
    numbers = list(served)
    for start in range(0, len(numbers), SLICE):
        yield {number: served[number] for number in numbers[start : start + SLICE]}


def _tell(findings: Findings, rooms: Served, guests: Served) -> None:
    for room, (seq, mark) in findings.positions.items():
        for connection in rooms.get(room, ()):
            if connection.is_behind(seq, mark):
                connection.catch_up()
    for guest in findings.gone:
        for connection in guests.get(guest, ()):
            connection.close(findings.code)
