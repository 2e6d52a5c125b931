"""Where a message is said: by whom, in which language, after which others, under which rules."""

from dataclasses import dataclass, field
from typing import Any

from chatmarket.privacy.packs import FALLBACK
from chatmarket.privacy.rules import STANDARD, Rules
from chatmarket.privacy.segments import Segment
from chatmarket.privacy.spans import Span

# How many earlier messages are looked back on: for what was asked, for values split over messages, and for masking
# anew what a later message gives away.
MEMORY = 20
EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that was said before, as it may be read now. `author` is customer or expert.

    `own` is how its expert reads it, where others are not shown as much (echoes.py); None where all read the same.
    `unsaid` are the words of the expert right after it that were not delivered: the customer has not read them, but
    who was refused a question asks for the answer in other words next.
    """

    author: str
    segments: tuple[Segment, ...]
    unsaid: tuple[str, ...] = ()
    own: tuple[Segment, ...] | None = None
    # What its words tell by themselves, by whoever asked: the same for every later message, and not found out anew.
    tells: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The surroundings of one message. `turns` are the last MEMORY ones before it, the oldest first."""

    author: str = "customer"
    language: str = FALLBACK
    turns: tuple[Turn, ...] = ()
    rules: Rules = STANDARD


@dataclass(frozen=True, slots=True)
class Hindsight:
    """An earlier message, masked anew by what a later one gave away; `back` counts from the last turn, which is 1.

    `spans` tell what is new in it: which of its former segments, and the value's place in that segment's text.
    """

    back: int
    segments: tuple[Segment, ...]
    spans: tuple[tuple[int, Span], ...] = ()
