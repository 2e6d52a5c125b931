"""Experts say the same again and again: their short messages in which nothing is to be found are known again here.

By digests, never by their words: an expert's text may hold what is personal, and a process lives for months.
"""

from collections.abc import Callable
from functools import cache, lru_cache, wraps
from hashlib import blake2b
from secrets import token_bytes
from typing import TypeVar

from chatmarket.privacy import solicitation
from chatmarket.privacy.alike import Joined
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.spans import Span

Judged = TypeVar("Judged")

# Experts ask the same things again and again; so many of their messages are remembered with what was judged of them.
REMEMBERED = 4_096
LONGEST_REMEMBERED = 200
# Brands with words of their own of whose experts this process remembers what leads nowhere.
BRANDS = 32
_OF_PROCESS = token_bytes(32)


@cache
def plain(language: str) -> set[bytes]:
    """Messages of experts in which no finder finds anything, by their digests: what only the chat knows (for nothing of
    it is looked for in an expert's words) may be in them."""
    return set()


@lru_cache(maxsize=BRANDS)
def harmless(allowed: frozenset[str]) -> set[bytes]:
    """Messages of experts that lead nowhere, by their digests, where a brand allows these words."""
    return set()


def digest(text: str) -> bytes:
    """By what a short message is known again, in this process only; nothing of a longer one."""
    return b"" if len(text) > LONGEST_REMEMBERED else _mark(text)


def _mark(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=_OF_PROCESS, digest_size=16).digest()


def remember(told: bytes, known: set[bytes]) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known.add(told)


def led_away(bones: Skeleton, parted: Joined | None, rules: Rules, told: bytes) -> tuple[Span, ...]:
    """An expert's words that lead away from here, also over a look-alike: "give me your [email 1] whatsapp"."""
    before = harmless(rules.allowed)
    if told and told in before:
        return ()
    found = tuple(solicitation.find(bones, rules))
    if parted is not None:
        found += tuple(parted.across(list(solicitation.find(parted.bones, rules))))
    if told and not found:
        remember(told, before)
    return found


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
