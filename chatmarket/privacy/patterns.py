"""Patterns over the bytes of a skeleton, compiled by RE2 so that searching is linear whatever is typed."""

from collections.abc import Iterator
from typing import Any

import re2

Found = tuple[int, int]

_LATIN_1 = re2.Options()
_LATIN_1.encoding = re2.Options.Encoding.LATIN1


# Matches nothing; what a language does not say has this pattern.
NEVER = r"[^\x00-\xff]"


def pattern(source: str) -> Any:
    """Compile a pattern over Latin-1 bytes: one byte is one character of the skeleton."""
    return re2.compile(source.encode("latin-1"), _LATIN_1)


def places(compiled: Any, scan: bytes) -> Iterator[Found]:
    """Where the pattern matches, left to right, without overlaps."""
    for match in compiled.finditer(scan):
        yield match.span()
