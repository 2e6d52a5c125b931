"""How likely an expert is to resolve a chat on one topic: what orders the rings, and nothing else.

Distinct from the gate on purpose. The expert's own ratings on the topic count, but only as far as there are any: ten
ratings' worth of what the reputation expects stand against them, because a raw mean of few ratings is worse than none
(research 1.6: choosing the best of ten resolves 92 to 94 of 100 shrunk, fewer by the overall skill alone).
"""

from dataclasses import dataclass
from math import isfinite

from matching.reputation import Reputation, expected

BORROWED = 10.0  # ratings' worth of the expected share: the least error at 30, 100 and 300 ratings
KEPT = 0.99  # of each count at every further rating on the topic: a hundred ratings back counts a third
PROVEN_RATINGS = 5  # from so many on (decayed), an uncertified expert may have shown to know a topic
PROVEN_SHARE = 0.75  # and by resolving this share


@dataclass(frozen=True, slots=True)
class Record:
    """An expert's decayed ratings on one topic: `positive` of `count`."""

    count: float = 0.0
    positive: float = 0.0

    def __post_init__(self) -> None:
        if not (isfinite(self.count) and 0 <= self.positive <= self.count):
            raise ValueError(f"a record needs 0 <= positive <= count; got {self.positive!r} of {self.count!r}")


def noted(record: Record, resolved: bool) -> Record:
    """The record after one more rating on its topic: what was fades by a hundredth, then the rating counts one."""
    count = KEPT * record.count + 1
    return Record(count, min(count, KEPT * record.positive + resolved))


def resolution(record: Record, reputation: Reputation, baseline: float) -> float:
    """The share (0 to 1) of chats on the topic this expert would resolve, `baseline` (0 to 1, excluded) being usual.

    r = (positive + 10 sigmoid(logit(baseline) + mu)) / (count + 10). Raises ValueError on a baseline outside (0, 1).
    """
    return (record.positive + BORROWED * expected(reputation, baseline)) / (record.count + BORROWED)


def knows(certified: bool, record: Record, share: float) -> bool:
    """Whether a topic is among an expert's: certified, or proven by ratings; `share` is their `resolution` on it."""
    return certified or (record.count >= PROVEN_RATINGS and share >= PROVEN_SHARE)
