"""How often something was tried under a name: too often in a window, and it has to wait."""

import time
from collections import OrderedDict

from chatmarket.errors import TooOften


class Tries:
    """Counts per process and in memory; bounded, so that a flood of names forgets the oldest instead."""

    def __init__(self, most: int, *, window_s: float, names: int = 10_000) -> None:
        self._most, self._window_s, self._names = most, window_s, names
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Counts a try before it is made, so that many at once are many. Raises TooOften; 0 at most means no limit."""
        count, since = self._counts.pop(name, (0, time.monotonic()))
        if time.monotonic() - since >= self._window_s:
            count, since = 0, time.monotonic()
        self._counts[name] = (count + 1, since)
        while len(self._counts) > self._names:
            self._counts.popitem(last=False)
        if self._most and count >= self._most:
            raise TooOften(since + self._window_s - time.monotonic())

    def forget(self, name: str) -> None:
        self._counts.pop(name, None)
