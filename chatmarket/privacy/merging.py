"""Overlapping finds become tokens here: one each, but for what must not be kept as a part of something else.

An address that took in a card would bring the card into the vault. What nobody may keep, or the brand does not keep,
is a token of its own wherever it stands; what is left of the wider find on its sides keeps its kind.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import attrgetter

from chatmarket.privacy.finders import cues
from chatmarket.privacy.known import DIGITS_ANYWHERE
from chatmarket.privacy.rules import ALWAYS_DROPPED, UNKEPT
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import fold, spaced
from chatmarket.privacy.spans import MARKED, Span

# Between finds of equal length: what was known beforehand, then a brand's own pattern, then the order in which the
# kinds are declared.
_RANK = {kind: rank for rank, kind in enumerate(Kind)} | {Kind.BRAND: -1}
_LAST = len(_RANK)
# What may be kept of a card may stay in something longer, too: "1420 Baker Street" after a question for a card.
_KEPT_OF_CARD = 4
# What is a number and nothing else.
FIGURES = frozenset({Kind.CARD, Kind.IBAN, Kind.DNI, Kind.SSN, Kind.DOCUMENT, Kind.PHONE, Kind.ACCOUNT, Kind.NUMBER})
# Whole by their own shape: "lumen2024@mail.example" is an address, though somebody's password is lumen2024.
OWN = frozenset({Kind.EMAIL, Kind.PHONE, Kind.CARD, Kind.IBAN, Kind.DNI, Kind.SSN, Kind.IP, Kind.MAC})
_OPENING, _CLOSING = "+(", ")"
_SEVERAL = 2


def merged(finds: Iterable[Span], text: str, apart: frozenset[Kind] = UNKEPT) -> list[Span]:
    """The tokens of a text, in its order: overlapping finds are one that covers them all, of the kind of the longest.

    Finds of the kinds `apart` keep their own characters. Time is linear but for sorting.
    """
    ordered = sorted(finds, key=attrgetter("start"))
    if len(ordered) < _SEVERAL:
        return ordered
    whole: list[Span] = []
    for cluster in _clusters(ordered):
        if len(cluster) == 1:
            whole.append(cluster[0])
            continue
        counting = _counting(cluster, text)
        for rest in [cluster] if counting is cluster else _clusters(counting):
            whole += _tokens(rest, text, apart)
    return whole


def _counting(cluster: list[Span], text: str) -> list[Span]:
    """Without what is found again by its marks as a mere part of what is a value of its own."""
    marked = [span for span in cluster if span.why == MARKED]
    if not marked:
        return cluster
    others = [span for span in cluster if span.why != MARKED]
    parts = [span for span in marked if any(_is_own(span, other, text) for other in others)]
    return [span for span in cluster if not any(span is part for part in parts)] if parts else cluster


def _is_own(span: Span, other: Span, text: str) -> bool:
    """Whether the wider find is kept as it is, with the characters of the marked one in it: "123 Main Street" is no
    security code and a street. A password that no word is ("hunter22") is none of a street's words."""
    if not (other.start <= span.start and span.end <= other.end and span.end - span.start < other.end - other.start):
        return False
    written = text[span.start : span.end]
    letters = any(map(str.isalpha, written))
    digits = sum(map(str.isdigit, written))
    if not letters and digits < DIGITS_ANYWHERE:
        return other.kind not in FIGURES  # one of several: "9917, 4821"
    return other.kind in OWN or (other.kind is Kind.ADDRESS and not (letters and digits))


def _clusters(ordered: list[Span]) -> Iterator[list[Span]]:
    """Finds that overlap one another, or do so through others."""
    cluster: list[Span] = []
    end = 0
    for span in ordered:
        if cluster and span.start >= end:
            yield cluster
            cluster = []
        cluster.append(span)
        end = max(end, span.end)
    if cluster:
        yield cluster


def _tokens(cluster: list[Span], text: str, apart: frozenset[Kind]) -> Iterator[Span]:
    if not any([span.why == MARKED or span.kind in apart for span in cluster]):
        yield _one(cluster)
        return
    heaviest = max(cluster, key=_weight)
    guards, others = list[Span](), list[Span]()
    for span in cluster:
        stands = span.why == MARKED or (span.kind in apart and _stands_apart(span, heaviest))
        (guards if stands else others).append(span)
    if not guards:
        yield _one(cluster)
        return
    at = 0
    for guard in [*map(_one, _clusters(guards)), None]:
        end = guard.start if guard else len(text)
        beside = [_within(span, at, end) for span in others if span.start < end and at < span.end]
        for rest in _clusters(sorted(beside, key=attrgetter("start"))):
            left = _trimmed(_one(rest), text)
            if left is not None:
                yield left
        if guard:
            yield guard
            at = guard.end


def _stands_apart(span: Span, heaviest: Span) -> bool:
    """Whether a find of a kind that is not kept is no mere part of what is known already; nor is it one where it is
    only found again, as the PIN 1234 is in +1 555 123 1234."""
    if span.kind is Kind.CARD and not span.value and (span.known or span.end - span.start <= _KEPT_OF_CARD):
        return span is heaviest
    if span is heaviest:
        return True
    smaller = span.end - span.start < heaviest.end - heaviest.start or heaviest.kind is Kind.KNOWN
    within = smaller and heaviest.start <= span.start and span.end <= heaviest.end
    return not (span.known or (within and heaviest.known))


def _one(cluster: list[Span]) -> Span:
    heaviest = max(cluster, key=_weight)
    start, end = cluster[0].start, max([span.end for span in cluster])
    if heaviest.start == start and heaviest.end == end:
        return heaviest
    return replace(heaviest, start=start, end=end)


def _weight(span: Span) -> tuple[bool, int, int, int]:
    # The end of a card that is known may be a code, too: what may be kept nowhere goes before it.
    piece = span.known and span.kind is Kind.CARD and not span.value and span.end - span.start <= _KEPT_OF_CARD
    sure = 2 if span.known and not piece else int(piece or span.kind in ALWAYS_DROPPED)
    return span.value != "", span.end - span.start, sure, -_LAST if piece else -_RANK[span.kind]


def _within(span: Span, start: int, end: int) -> Span:
    return replace(span, start=max(span.start, start), end=min(span.end, end))


def _trimmed(span: Span, text: str) -> Span | None:
    """What is left of a find, without the signs around it; none when only words that lead up to a value are left."""
    start, end = span.start, span.end
    while start < end and not (text[start].isalnum() or text[start] in _OPENING):
        start += 1
    while start < end and not (text[end - 1].isalnum() or text[end - 1] in _CLOSING):
        end -= 1
    left = fold(text[start:end])
    if not any(map(str.isalnum, left)) or cues.lead_only(spaced(left).split()):
        return None
    return replace(span, start=start, end=end)
