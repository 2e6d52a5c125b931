"""Words that look like one of our tokens, "[email 1]", are cut out of what is looked through here, and put back.

They are no values. But whoever types them, or quotes a token, between two halves of a number must not part it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chatmarket.privacy.merging import FIGURES
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.rules import ALWAYS_DROPPED
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton, skeleton
from chatmarket.privacy.spans import Span

_LOOK_ALIKE = pattern(rf"\[(?:{'|'.join(Kind)}) [0-9]{{1,4}}\]")
_BLOT = "\ufffc"
# "[pin [pin 1]1]" is one again when its inside is gone; deeper ones are mere noise, and would cost a look each.
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Joined:
    """A message as if nobody had typed look-alikes in it; `origins` are its characters' offsets in the message."""

    bones: Skeleton
    origins: list[int]

    def across(self, finds: list[Span]) -> Iterator[Span]:
        """The finds that go on over a look-alike, at their places in the message; all others it shows by itself.

        But what may be kept nowhere, which a word before the look-alike may lead up to: "4111 ... [card 1] 123".
        """
        for span in finds:
            start, end = self.origins[span.start], self.origins[span.end - 1] + 1
            if end - start > span.end - span.start or span.kind in ALWAYS_DROPPED:
                yield replace(span, start=start, end=end)


def look_alikes(bones: Skeleton) -> list[Found]:
    """Where in the original words stand that look like tokens."""
    if b"[" not in bones.scan:
        return []
    return [bones.way_back(*found) for found in places(_LOOK_ALIKE, bones.scan)]


def blotted(text: str, alike: list[Found]) -> Skeleton:
    """The message with a sign that means nothing for each letter of its look-alikes."""
    for start, end in alike:
        text = f"{text[:start]}{_BLOT * (end - start)}{text[end:]}"
    return skeleton(text)


def joined(text: str, alike: list[Found]) -> Joined:
    """The message without its look-alikes: what stood before one goes on behind it."""
    origins = list(range(len(text)))
    bones = skeleton(text)
    for _ in range(_DEEPEST):
        for start, end in reversed(alike):
            # Of the spaces on both sides of a word that goes, one is left.
            while start and text[start - 1] == " " and text[end : end + 1] in (" ", ""):
                start -= 1
            del origins[start:end]
            text = text[:start] + text[end:]
        bones = skeleton(text)
        alike = look_alikes(bones)
        if not alike:
            break
    return Joined(bones, origins)


def bare(text: str, start: int, end: int, alike: list[Found]) -> str:
    """The characters `start` up to `end` without the look-alikes among them."""
    value = text[start:end]
    for first, last in reversed(alike):
        if start <= first and last <= end:
            value = value[: first - start] + value[last - start :]
    return value


def beside(finds: list[Span], alike: list[Found], text: str) -> list[Span]:
    """The finds without what looks like a token in them."""
    left = []
    for span in finds:
        pieces = [span]
        for first, last in alike:
            if pieces and first < span.end and span.start < last:
                pieces = [part for piece in pieces for part in _cut_out(piece, first, last, text)]
        left += pieces
    return left


def without_parts(finds: list[Span], across: list[Span]) -> list[Span]:
    """The finds that are no mere part of a number which goes on over a look-alike: "[pin 1]" led up to no PIN in it."""
    numbers = [span for span in across if span.kind in FIGURES]
    return [one for one in finds if not any(span.start <= one.start and one.end <= span.end for span in numbers)]


def _cut_out(span: Span, first: int, last: int, text: str) -> Iterator[Span]:
    if span.end <= first or last <= span.start:
        yield span
        return
    for start, end in ((span.start, min(first, span.end)), (max(last, span.start), span.end)):
        if start < end and any(map(str.isalnum, text[start:end])):
            yield replace(span, start=start, end=end)
