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
    be here, and the close code that tells them so.

    `shown` is about rooms where something is held back on purpose, for no longer than `hold_s`: the number up to which
    everyone must have everything.
    """

    positions: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    shown: Mapping[int, int] = field(default_factory=dict)
    hold_s: float = 0.0
    gone: Collection[int] = ()
    code: int = 0


Survey = Callable[[Collection[int], Collection[int]], Awaitable[Findings]]


class Surveyor:
    """Asks about all rooms and guests of this process every `every` seconds, or sooner when called for; never twice at
    once. Whoever is behind catches up.

    Where something is held back nobody is made to read it early: such a room is asked about once more when its hold is
    over. But when it is in doubt whether anything was heard at all, all of it is read at once.
    """

    def __init__(self, hub: Hub, survey: Survey, every: float = SURVEY_S) -> None:
        self._hub, self._survey, self._every = hub, survey, every
        self._wanted = asyncio.Event()
        self._held: set[int] = set()  # rooms of the last survey in which something was held back
        self._hold_s = 0.0
        self.surveys = 0

    def hurry(self) -> None:
        """Something may have been missed: ask now, or once more after the survey that is under way."""
        self._wanted.set()

    async def go_round(self) -> None:
        """Survey until cancelled."""
        wait, only = self._rest(), None
        while True:
            doubted = await self._called(within=wait)
            self._wanted.clear()
            only = None if doubted else only
            good = await self._all_asked(doubted, only)
            if good and self._held and only is None:
                wait, only = min(self._hold_s, self._every), self._held
            else:
                spent = wait if only is not None else 0.0
                wait, only = max(self._rest() - spent, 0.0) if good else min(AGAIN_S, self._every), None

    def _rest(self) -> float:
        return self._every * random.uniform(0.8, 1.0)  # noqa: S311 - jitter, not a secret

    async def _called(self, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                return await self._wanted.wait()
        except TimeoutError:
            return False

    async def _all_asked(self, doubted: bool, only: Collection[int] | None = None) -> bool:
        """Asks about every room and guest, or about `only` these rooms; whether that went well."""
        self.surveys += 1
        held: set[int] = set()
        try:
            for rooms, guests in _slices(list(self._hub), only):
                async with asyncio.timeout(ANSWER_S):
                    findings = await self._survey(rooms.keys(), guests.keys())
                shown = {} if doubted else findings.shown
                _tell(findings, shown, rooms, guests, again=only is not None)
                held |= shown.keys()
                self._hold_s = findings.hold_s
        except Exception as failed:
            log.warning("survey_failed", extra={"error": type(failed).__name__})
            return False
        finally:
            self._held = held
        return True


Served = dict[int, list[Connection]]


def _slices(connections: list[Connection], only: Collection[int] | None) -> Iterator[tuple[Served, Served]]:
    rooms: Served = {}
    guests: Served = {}
    for connection in connections:
        room = connection.room
        if room is not None and connection.position is not None and (only is None or room in only):
            rooms.setdefault(room, []).append(connection)
        if connection.guest is not None and only is None:
            guests.setdefault(connection.guest, []).append(connection)
    yield from zip_longest(_parts(rooms), _parts(guests), fillvalue={})


def _parts(served: Served) -> Iterator[Served]:
    numbers = list(served)
    for start in range(0, len(numbers), SLICE):
        yield {number: served[number] for number in numbers[start : start + SLICE]}


def _tell(findings: Findings, shown: Mapping[int, int], rooms: Served, guests: Served, *, again: bool) -> None:
    for room, (seq, mark) in findings.positions.items():
        # Catching up shows all there is: a state alone can wait for the hold, what is missing before it cannot.
        waits = room in shown and not again
        for connection in rooms.get(room, ()):
            if connection.is_behind(shown.get(room, seq), None if waits else mark):
                connection.catch_up()
    for guest in findings.gone:
        for connection in guests.get(guest, ()):
            connection.close(findings.code)
