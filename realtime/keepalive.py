"""Pings for all connections of a server under one timer, and an end for those that answer nothing."""

import asyncio
from collections import deque
from typing import Protocol

TICK_S = 0.25  # how late a ping may be: connections share one timer instead of holding two each
MOST_PINGS = 512  # in one turn: a herd that came at once must not hold the loop at each of its pings


class Pinged(Protocol):
    """A connection as the keepalive sees it."""

    def ping(self) -> bool:
        """Ask for a sign of life; False when the line is closed and needs no more watching."""
        ...

    def answered(self) -> bool:
        """Whether anything was heard since the ping, or the line is closed."""
        ...

    def lose(self) -> None:
        """Give the peer up for dead."""
        ...


class Keepalive:
    """Pings each line every `interval` seconds (None or 0: never) and gives it `timeout`, at most as long, to answer.

    All pauses of one kind are equally long, so what was put in first comes due first: two queues and no sorting.
    """

    def __init__(self, interval: float | None, timeout: float | None) -> None:
        self._interval = interval or 0.0
        self._timeout = min(timeout or self._interval, self._interval)
        self._pings: deque[tuple[float, Pinged]] = deque()
        self._answers: deque[tuple[float, Pinged]] = deque()
        self._tick = min(TICK_S, self._timeout / 4)
        self._ticking = False

    def watch(self, line: Pinged) -> None:
        """Begin to ping this line; it is forgotten by itself once closed."""
        if self._interval:
            loop = asyncio.get_running_loop()
            self._pings.append((loop.time() + self._interval, line))
            if not self._ticking:
                self._ticking = True
                loop.call_later(self._tick, self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._answers and self._answers[0][0] <= now:
            line = self._answers.popleft()[1]
            if not line.answered():
                line.lose()
        for _ in range(min(MOST_PINGS, len(self._pings))):
            if self._pings[0][0] > now:
                break
            line = self._pings.popleft()[1]
            if line.ping():
                self._pings.append((now + self._interval, line))
                self._answers.append((now + self._timeout, line))
        self._ticking = bool(self._pings)
        if self._ticking:
            loop.call_later(self._tick, self._turn, loop)
