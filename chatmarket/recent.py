"""What was used last is kept in memory for a while, and what was not used for longest makes room."""

from collections import OrderedDict
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most `most` values by key, each for at most `seconds` after it was put."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[Key, tuple[Value, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        value, until = self._kept.get(key, (None, 0.0))
        if value is None:
            return None
        if monotonic() > until:
            self.drop(key)
            return None
        self._kept.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        self._kept[key] = (value, monotonic() + self._seconds)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def follow(self, key: Key, before: Value, value: Value) -> None:
        """Put `value` where `before` is, for the time that has left. Who dropped that meanwhile meant this one too."""
        kept, until = self._kept.get(key, (None, 0.0))
        if kept is before:
            self._kept[key] = (value, until)

    def drop(self, key: Key) -> None:
        """Forget it; what is not there is no error."""
        self._kept.pop(key, None)

    def drop_old(self) -> None:
        """Forget all whose time is up, used or not."""
        now = monotonic()
        for key in [key for key, (_, until) in self._kept.items() if now > until]:
            self.drop(key)
