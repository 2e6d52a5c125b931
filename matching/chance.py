"""Where luck comes from: whoever asks brings it, so that the same dice give the same answer."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Dice(Protocol):
    """Anything that gives uniform numbers in [0, 1); a seeded `random.Random` is the usual one."""

    def random(self) -> float: ...


def drawn(items: Sequence[T], count: int, rng: Dice) -> list[T]:
    """`count` different items in random order, each set of them equally likely; all of them when there are fewer."""
    left = list(items)
    for place in range(min(count, len(left))):
        other = place + int(rng.random() * (len(left) - place))
        left[place], left[other] = left[other], left[place]
    return left[: max(count, 0)]
