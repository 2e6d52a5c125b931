"""Experts say the same again and again: their short messages in which nothing is to be found are known again here."""

from functools import cache, lru_cache
from hashlib import blake2b
from secrets import token_bytes

from chatmarket.privacy import solicitation
from chatmarket.privacy.alike import Joined
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.spans import Span

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
    if len(text) > LONGEST_REMEMBERED:
        return b""
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
