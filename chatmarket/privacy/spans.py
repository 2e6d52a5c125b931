"""Where values stand in a message, and how overlapping finds become one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from chatmarket.privacy.rules import ALWAYS_DROPPED
from chatmarket.privacy.segments import Kind, Segment, Text, Token
from chatmarket.privacy.skeleton import Skeleton


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` up to `end` (offsets in the original text) are a value of this kind."""

    start: int
    end: int
    kind: Kind
    known: bool = False
    # Which stage found it, for explaining; says nothing about what is equal.
    why: str = field(default="", compare=False)


# Between finds of equal length: what was known beforehand, then a brand's own pattern, then the order in which the
# kinds are declared.
_RANK = {kind: rank for rank, kind in enumerate(Kind)} | {Kind.BRAND: -1}

# Never kept whole (or at all); a longer find of another kind must not take most of one into the vault.
NOT_WHOLE = ALWAYS_DROPPED | {Kind.CARD}


# More finds in one message are a table or an attack. Telling them apart would take longer than all else together.
MOST_FINDS = 100
CROWDED = "crowd"


def crowd(bones: Skeleton) -> Span:
    """All of a message, as what nobody may read or keep: among so many values there may be some of those."""
    return Span(0, len(bones.original), Kind.CODE, why=CROWDED)


def _weight(span: Span) -> tuple[int, bool, int]:
    return span.end - span.start, span.known, -_RANK[span.kind]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Overlapping spans become one that covers them all, of the kind of the longest; in order of the text."""
    whole: list[Span] = []
    cluster: list[Span] = []
    end = 0
    for span in sorted(spans, key=attrgetter("start")):
        if cluster and span.start >= end:
            whole.append(_one(cluster, end))
            cluster = []
        cluster.append(span)
        end = max(end, span.end)
    return [*whole, _one(cluster, end)] if cluster else whole


def _one(cluster: list[Span], end: int) -> Span:
    if len(cluster) == 1:
        return cluster[0]
    heaviest = max(cluster, key=_weight)
    if not heaviest.known and heaviest.kind not in NOT_WHOLE:
        most = (heaviest.end - heaviest.start) // 2
        heaviest = next((one for one in cluster if one.kind in NOT_WHOLE and one.end - one.start > most), heaviest)
    return Span(cluster[0].start, end, heaviest.kind, heaviest.known, heaviest.why)


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
