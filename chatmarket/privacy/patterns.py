"""Patterns over the bytes of a skeleton, compiled by RE2 so that searching is linear whatever is typed."""

from collections.abc import Iterable, Iterator
from typing import Any

import re2

Found = tuple[int, int]

_LATIN_1 = re2.Options()
_LATIN_1.encoding = re2.Options.Encoding.LATIN1
_ANCHOR = re2._re2.RE2.Anchor
_ANYWHERE, _THERE, _WHOLE = _ANCHOR.UNANCHORED, _ANCHOR.ANCHOR_START, _ANCHOR.ANCHOR_BOTH
_NOWHERE = (-1, -1)
_NONE: Iterator[Found] = iter(())


class Match:
    """Where a pattern matched, as `re` tells it."""

    __slots__ = ("_scan", "_spans")

    def __init__(self, scan: bytes, spans: list[Found]) -> None:
        self._scan, self._spans = scan, spans

    def span(self, group: int = 0) -> Found:
        return self._spans[group]

    def start(self, group: int = 0) -> int:
        return self._spans[group][0]

    def end(self, group: int = 0) -> int:
        return self._spans[group][1]

    def group(self, group: int = 0) -> bytes | None:
        start, end = self._spans[group]
        return self._scan[start:end] if start >= 0 else None

    @property
    def lastindex(self) -> int | None:
        """The last group that matched."""
        return max((n for n, span in enumerate(self._spans) if n and span != _NOWHERE), default=None)


class Pattern:
    """A compiled pattern. RE2's own wrapper takes as long over a short message as the search itself; this does not."""

    __slots__ = ("_match",)

    def __init__(self, source: bytes, options: Any) -> None:
        compiled = re2._re2.RE2(source, options)
        if not compiled.ok():
            raise re2.error(compiled.error())
        self._match = compiled.Match

    def search(self, scan: bytes, at: int = 0) -> Match | None:
        return self._first(_ANYWHERE, scan, at)

    def match(self, scan: bytes, at: int = 0) -> Match | None:
        return self._first(_THERE, scan, at)

    def fullmatch(self, scan: bytes, at: int = 0) -> Match | None:
        return self._first(_WHOLE, scan, at)

    def _first(self, anchor: Any, scan: bytes, at: int) -> Match | None:
        end = len(scan)
        spans = self._match(anchor, scan, at if at < end else end, end)
        return None if spans[0] == _NOWHERE else Match(scan, spans)

    def places(self, scan: bytes) -> Iterator[Found]:
        """Where it matches, left to right, without overlaps."""
        found = self._match(_ANYWHERE, scan, 0, len(scan))[0]
        # Most patterns match nowhere: that is told without a generator.
        return _NONE if found == _NOWHERE else self._places(scan, found)

    def _places(self, scan: bytes, found: Found) -> Iterator[Found]:
        at, last, match = 0, len(scan), self._match
        while found != _NOWHERE:
            yield found
            if at == last:
                return
            at = found[1] if found[1] > at else at + 1
            found = match(_ANYWHERE, scan, at, last)[0]

    def finditer(self, scan: bytes) -> Iterator[Match]:
        """Every match, left to right, without overlaps."""
        at, last = 0, len(scan)
        while at <= last:
            spans = self._match(_ANYWHERE, scan, at, last)
            start, end = spans[0]
            if start < 0:
                return
            yield Match(scan, spans)
            if at == last:
                return
            at = end if end > at else at + 1


class Gate:
    """Which of several patterns stand in a text: asked in one look, which costs as much as asking for one of them."""

    __slots__ = ("_match",)

    def __init__(self, sources: Iterable[str]) -> None:
        patterns = re2._re2.Set(_ANYWHERE, _LATIN_1)
        for source in sources:
            if patterns.Add(source.encode("latin-1")) < 0:
                raise re2.error(source)
        if not patterns.Compile():
            raise re2.error("The patterns are too large together.")
        self._match = patterns.Match

    def stands(self, scan: bytes) -> list[int]:
        """The numbers of the patterns that match somewhere, in no order."""
        return self._match(scan)  # type: ignore[no-any-return]


# Matches nothing; what a language does not say has this pattern.
NEVER = r"[^\x00-\xff]"


def pattern(source: str) -> Any:
    """Compile a pattern over Latin-1 bytes: one byte is one character of the skeleton."""
    return Pattern(source.encode("latin-1"), _LATIN_1)


def places(compiled: Any, scan: bytes) -> Iterator[Found]:
    """Where the pattern matches, left to right, without overlaps."""
    found: Iterator[Found] = compiled.places(scan)
    return found
