"""A message is cut into bare words here, quickly: letters and digits, and what stands between them."""

from chatmarket.privacy.finders.vocabulary import gathered
from chatmarket.privacy.once import once
from chatmarket.privacy.skeleton import Skeleton

_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789\xff")
_SPACED = bytes(byte if byte in _LETTERS else 32 for byte in range(256))
# Signs that end a phrase, except a full stop, which also ends an abbreviation.
_ENDING = frozenset("!?;:|=<>")
# House numbers, floors and doors: "22", "12345", "22b", "4od".
LONGEST_HOUSE = 6
LONGEST_LETTERS = 3
_ORDINAL_ENDS = frozenset(gathered("inside", "ordinal_ends", "addresses"))
# So many empty words stand behind the last, so that looking ahead needs no care.
AHEAD = 4


class Line:
    """The words of a message by their places in a row. Finding where they stand waits until somebody asks."""

    def __init__(self, bones: Skeleton) -> None:
        self.bones = bones
        # Foreign letters are one sign here; without any the words are those that all other finders share.
        found = bones.words if bones.folded.isascii() else bones.scan.translate(_SPACED).decode("latin-1").split()
        self.count = len(found)
        self.words = found + [""] * AHEAD

    @once
    def starts(self) -> list[int]:
        """Where each word begins in the skeleton."""
        spaced = self.bones.scan.translate(_SPACED).decode("latin-1")
        found, at = [], 0
        for word in self.words[: self.count]:
            at = spaced.index(word, at)
            found.append(at)
            at += len(word)
        return found

    @once
    def gaps(self) -> list[str]:
        """What stands before each word; the last one, and those ahead of it, end a line."""
        folded, before, found = self.bones.folded, 0, []
        for word, start in zip(self.words, self.starts, strict=False):
            found.append(folded[before:start])
            before = start + len(word)
        return found + [folded[before:] + "\n;"] * AHEAD

    def end(self, k: int) -> int:
        return self.starts[k] + len(self.words[k])

    def capital(self, k: int) -> bool:
        """Whether word k was written with a large first letter."""
        if k >= self.count:
            return False
        start = self.starts[k]
        at = start if self.bones.starts is None else self.bones.starts[start]
        return self.bones.original[at].isupper()

    def ends(self, k: int) -> bool:
        """Whether a phrase ends before word k, full stops aside."""
        gap = self.gaps[k]
        return gap != " " and not _ENDING.isdisjoint(gap)

    def dotted(self, k: int) -> bool:
        """Whether a full stop with a space behind it, or a new line, stands before word k."""
        gap = self.gaps[k]
        return gap != " " and (". " in gap or "\n" in gap)

    def house(self, k: int) -> bool:
        """Whether word k is a number as houses, floors and doors have: 22, 22b, 4od."""
        word = self.words[k]
        if not word[:1].isdigit():
            return False
        digits, letters = cut(word)
        return len(digits) <= LONGEST_HOUSE and len(letters) <= LONGEST_LETTERS and letters not in _ORDINAL_ENDS

    def ordinal(self, k: int) -> bool:
        """Whether word k is written as 42nd."""
        digits, letters = cut(self.words[k])
        return digits != "" and letters in _ORDINAL_ENDS


def cut(word: str) -> tuple[str, str]:
    """The digits a word begins with, and what follows them."""
    letters = word.lstrip("0123456789")
    return word[: len(word) - len(letters)], letters
