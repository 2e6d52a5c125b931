"""A message as the finders read it: its skeleton, its words, its language, and what was asked before it."""

from dataclasses import dataclass, field
from functools import cached_property

from chatmarket.privacy.packs import FALLBACK
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton

# Letters with the apostrophes and hyphens inside them, and digits glued to them ("o'callaghan-nunez", "b2").
_WORD = pattern(r"[a-z0-9\xff]+(?:['-][a-z0-9\xff]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a message: where it stands in the skeleton, folded, and how it was written."""

    start: int
    end: int
    text: str
    capital: bool  # its first letter was written large
    shouted: bool  # all its letters were, and there are two of them at least


@dataclass(frozen=True)
class Reading:
    """One message, read once for all finders. `asked` holds what the other side's open question asks for."""

    bones: Skeleton
    language: str = FALLBACK
    asked: frozenset[Kind] = frozenset()
    author: str = "customer"
    # Where something is found already, in the skeleton; later finders read `scan` without it.
    taken: list[tuple[int, int, Kind]] = field(default_factory=list)

    @cached_property
    def words(self) -> list[Word]:
        """Its words in order."""
        folded, scan, original = self.bones.folded, self.bones.scan, self.bones.original
        found = []
        for start, end in places(_WORD, scan):
            at, after = self.bones.way_back(start, end)
            written = original[at:after]
            found.append(
                Word(start, end, folded[start:end], written[:1].isupper(), len(written) > 1 and written.isupper())
            )
        return found
