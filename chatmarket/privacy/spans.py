"""Where values stand in a message, and how they are cut out of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chatmarket.privacy.segments import Kind, Segment, Text, Token
from chatmarket.privacy.skeleton import Skeleton


# Many are made for a message with values, and none is written to; frozen, each would take thrice as long to make.
@dataclass(slots=True, unsafe_hash=True)
class Span:
    """The characters `start` up to `end` (offsets in the original text) are a value of this kind."""

    start: int
    end: int
    kind: Kind
    known: bool = False
    # Which stage found it, for explaining; says nothing about what is equal.
    why: str = field(default="", compare=False)
    # All of a value of which this is a piece, where several make it up; what is kept is the same for each.
    value: str = field(default="", repr=False, compare=False)


# More finds in one message are a table or an attack. Telling them apart would take longer than all else together.
MOST_FINDS = 100
CROWDED = "crowd"
# What was kept nowhere must not come into the vault in the company of what may: "9917, 4821" is no number to be kept.
MARKED = "marked"


def crowd(bones: Skeleton) -> Span:
    """All of a message, as what nobody may read or keep: among so many values there may be some of those."""
    return Span(0, len(bones.original), Kind.CODE, why=CROWDED)


def cut(text: str, spans: Iterable[Span], numbers: Iterable[int]) -> list[Segment]:
    """The text with a token of the given number for each span; the spans are in order and apart."""
    segments: list[Segment] = []
    at = 0
    for span, n in zip(spans, numbers, strict=True):
        if at < span.start:
            segments.append(Text(text[at : span.start]))
        segments.append(Token(span.kind, n))
        at = span.end
    if at < len(text):
        segments.append(Text(text[at:]))
    return segments
