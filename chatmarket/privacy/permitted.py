"""What was found, and a brand lets be read all the same: kinds that it shows, and words of its own."""

from chatmarket.privacy.patterns import Found
from chatmarket.privacy.rules import NEVER_ALLOWED, Rules, outside
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.spans import Span

# In them stands what has a kind of its own, and may be shown.
_IN_OTHERS = frozenset({Kind.NAME, Kind.HANDLE, Kind.URL, Kind.ADDRESS})


def hidden(finds: list[Span], rules: Rules) -> list[Span]:
    # Before overlapping finds become one: what may be read must neither show nor name what may not.
    if not rules.visible:
        return finds
    readable = [(span.start, span.end) for span in finds if span.kind in rules.visible]
    left = [span for span in finds if span.kind not in rules.visible]
    if not readable:
        return left
    return [span for span in left if span.known or span.kind not in _IN_OTHERS or _is_more(span, readable)]


def _is_more(span: Span, readable: list[Found]) -> bool:
    """Whether a find is no mere part of something that may be read: the name in "ana@lumen.example" is one."""
    size = span.end - span.start
    return not any(start <= span.start and span.end <= end and size < end - start for start, end in readable)


def not_allowed(finds: list[Span], bones: Skeleton, rules: Rules) -> list[Span]:
    permitted = [bones.way_back(*found) for found in rules.permits(bones)]
    return [span for span in finds if span.kind in NEVER_ALLOWED or outside(span.start, span.end, permitted)]
