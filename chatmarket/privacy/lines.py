"""A message is cut into bare words here, quickly: letters and digits, and what stands between them."""

from functools import cached_property

from chatmarket.privacy.skeleton import Skeleton

_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789\xff")
_SPACED = bytes(byte if byte in _LETTERS else 32 for byte in range(256))
# Signs that end a phrase, except a full stop, which also ends an abbreviation.
_ENDING = frozenset("!?;:|=<>")
LONGEST_HOUSE = 6
LONGEST_LETTERS = 3
_ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th"})


class Line:
    """The words of a message by their places in a row. Finding where they stand waits until somebody asks."""

    def __init__(self, bones: Skeleton) -> None:
        self.bones = bones
        self.words = bones.scan.translate(_SPACED).decode("latin-1").split()

    @cached_property
    def starts(self) -> list[int]:
        """Where each word begins in the skeleton."""
        spaced = self.bones.scan.translate(_SPACED).decode("latin-1")
        found, at = [], 0
        for word in self.words:
            at = spaced.index(word, at)
            found.append(at)
            at += len(word)
        return found

    def end(self, k: int) -> int:
        return self.starts[k] + len(self.words[k])

    def gap(self, k: int) -> str:
        """What stands before word k; for the number of words, what stands behind the last."""
        start = self.end(k - 1) if k else 0
        return self.bones.folded[start : self.starts[k] if k < len(self.words) else None]

    def capital(self, k: int) -> bool:
        """Whether word k was written with a large first letter."""
        at, _ = self.bones.way_back(self.starts[k], self.starts[k] + 1)
        return self.bones.original[at].isupper()

    def ends(self, k: int) -> bool:
        """Whether a phrase ends before word k, full stops aside."""
        return k >= len(self.words) or not _ENDING.isdisjoint(self.gap(k))

    def dotted(self, k: int) -> bool:
        """Whether a full stop with a space behind it, or a new line, stands before word k."""
        gap = self.gap(k)
        return ". " in gap or "\n" in gap

    def house(self, k: int) -> bool:
        """Whether word k is a number as houses, floors and doors have: 22, 22b, 4od."""
        if k >= len(self.words) or not self.words[k][0].isdigit():
            return False
        digits, letters = cut(self.words[k])
        return len(digits) <= LONGEST_HOUSE and len(letters) <= LONGEST_LETTERS and letters not in _ORDINAL_ENDS

    def ordinal(self, k: int) -> bool:
        """Whether word k is written as 42nd."""
        digits, letters = cut(self.words[k])
        return bool(digits) and letters in _ORDINAL_ENDS


def cut(word: str) -> tuple[str, str]:
    """The digits a word begins with, and what follows them."""
    letters = word.lstrip("0123456789")
    return word[: len(word) - len(letters)], letters
