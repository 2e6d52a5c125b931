"""Experts say the same again and again: their short messages in which nothing is to be found are known again here.

By digests, never by their words: an expert's text may hold what is personal, and a process lives for months.
"""

from collections.abc import Callable
from functools import cache, wraps
from hashlib import blake2b
from secrets import token_bytes
from typing import TypeVar

Judged = TypeVar("Judged")

# Experts ask the same things again and again; so many of their messages are remembered with what was judged of them.
REMEMBERED = 4_096
LONGEST_REMEMBERED = 200
_OF_PROCESS = token_bytes(32)


@cache
def plain(language: str) -> set[bytes]:
    """Messages of experts in which no finder finds anything, by their digests: what only the chat knows (for nothing of
    it is looked for in an expert's words) may be in them."""
    return set()


def digest(text: str) -> bytes:
    """By what a short message is known again, in this process only; nothing of a longer one."""
    return b"" if len(text) > LONGEST_REMEMBERED else _mark(text)


def _mark(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=_OF_PROCESS, digest_size=16).digest()


def remember(told: bytes, language: str) -> None:
    known = plain(language)
    if len(known) >= REMEMBERED:
        known.clear()
    known.add(told)


def by_digest(judge: Callable[[str, str], Judged]) -> Callable[[str, str], Judged]:
    """What was judged of an expert's text in a language, remembered without the text; nothing of it may be in the
    judgement."""
    told: dict[tuple[bytes, str], Judged] = {}

    @wraps(judge)
    def judged(text: str, language: str) -> Judged:
        key = _mark(text), language
        if key not in told:
            if len(told) >= REMEMBERED:
                told.clear()
            told[key] = judge(text, language)
        return told[key]

    return judged
