"""A message as the finders read it: its skeleton, its words, its language, and what was asked before it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, cast

from chatmarket.privacy.packs import FALLBACK
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import FOREIGN_LETTER, Skeleton

# Letters with the apostrophes and hyphens inside them, and digits glued to them ("o'callaghan-nunez", "b2").
_WORD = pattern(r"[a-z0-9\xff]+(?:['-][a-z0-9\xff]+)*")
# The same by hand, many times quicker: everything else becomes a space.
_INSIDE = b"abcdefghijklmnopqrstuvwxyz0123456789\xff'-"
_SPACING = bytes(byte if byte in _INSIDE else 32 for byte in range(256))
# Only these need the pattern: an apostrophe or hyphen beside another parts two words.
_PARTING = (b"--", b"''", b"-'", b"'-")


class CardTalk(Enum):
    """What was said of a card before: nothing, some of its digits, all of them, or a question for it; or a card is only
    named in the same message, as "my card ends in 1111" is."""

    NONE = "none"
    NAMED = "named"
    ASKED = "asked"
    PART = "part"
    GIVEN = "given"


class Word(NamedTuple):
    """A word of a message: where it stands in the skeleton, folded, and how it was written."""

    start: int
    end: int
    text: str
    capital: bool  # its first letter was written large
    shouted: bool  # all its letters were, and there are two of them at least


# What a named tuple is made with, without its own way there: there are many words.
_word = cast(Callable[[type[Word], tuple[int, int, str, bool, bool]], Word], tuple.__new__)


# Made for every message, often several times: frozen, it would take as long to make as to search.
@dataclass(slots=True, eq=False)
class Reading:
    """One message, read once for all finders. `asked` holds what the other side's open question asks for."""

    bones: Skeleton
    language: str = FALLBACK
    asked: frozenset[Kind] = frozenset()
    author: str = "customer"
    card: CardTalk = CardTalk.NONE
    # The PIN, code or password that was spoken of before.
    secret: Kind | None = None
    # Where something is found already, in the skeleton; later finders read `scan` without it.
    taken: list[tuple[int, int, Kind]] = field(default_factory=list)
    # Whether the message may hold a secret without its word: a customer's, with digits or quotes.
    bare: bool = False
    # Whether it answers a security question, whatever else is asked for.
    recalled: bool = False
    _tokens: list[str] | None = field(default=None, init=False)
    _words: list[Word] | None = field(default=None, init=False)

    @property
    def tokens(self) -> list[str]:
        """The texts of its words in order, foreign letters as in the scan: what sets of words are asked with."""
        if self._tokens is None:
            self._tokens = self._cut()
        return self._tokens

    def _cut(self) -> list[str]:
        scan = self.bones.scan
        if b"'" not in scan and b"-" not in scan and self.bones.folded.isascii():
            return self.bones.words
        tokens = scan.translate(_SPACING).decode("latin-1").split()
        if b"'" not in scan and b"-" not in scan:
            return tokens
        if any(parting in scan for parting in _PARTING):
            return [scan[start:end].decode("latin-1") for start, end in places(_WORD, scan)]
        return [bare for bare in (token.strip("'-") for token in tokens) if bare]

    @property
    def words(self) -> list[Word]:
        """Its words in order."""
        if self._words is None:
            self._words = self._placed()
        return self._words

    def _placed(self) -> list[Word]:
        bones = self.bones
        folded, original = bones.folded, bones.original
        line = folded if folded.isascii() else bones.scan.decode("latin-1")
        small, even = original == folded, bones.starts is None
        found, at = [], 0
        for token in self.tokens:
            start = line.index(token, at)
            at = start + len(token)
            if small:
                found.append(_word(Word, (start, at, folded[start:at], False, False)))
                continue
            # Most words are written as they are folded: small.
            if even and original[start:at] == token:
                found.append(_word(Word, (start, at, token, False, False)))
                continue
            before, after = (start, at) if even else bones.way_back(start, at)
            capital = original[before].isupper()
            shouted = original[after - 1].isupper() and after - before > 1 and original[before:after].isupper()
            text = token if FOREIGN_LETTER not in token else folded[start:at]
            found.append(_word(Word, (start, at, text, capital, shouted)))
        return found
