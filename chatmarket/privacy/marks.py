"""What is kept nowhere is known again here by keyed marks: not the value, only whether the same was typed once more.

A PIN has ten thousand possible values: whoever holds the key can try them all. Marks are for the life of a chat, and
whoever keeps them must keep them sealed.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from chatmarket.privacy.known import Known, spellings
from chatmarket.privacy.packs import languages
from chatmarket.privacy.phrases import places_of, spelled
from chatmarket.privacy.rules import ALWAYS_DROPPED
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton, spaced
from chatmarket.privacy.spans import MARKED, Span, crowd
from chatmarket.privacy.wordlists import is_ordinary

# 64 bits: among a million words that are looked at, none is taken for another.
DIGEST_BYTES = 8
_SIZE = DIGEST_BYTES + 1
# A value is typed in groups: "48 21", "A-55 K9"; and longer ones are told by their beginning.
MOST_TOGETHER = 8
LONGEST = 127
_EVERYDAY = 128
# "blue" may be somebody's password. It is hidden where it is nearly all that is said, and not in "the blue cable".
MOST_AROUND = 3
# From so many on a message is made of nothing but candidates: it is an attack, and hidden whole.
MOST_TRIES = 4_000
# Words that are no value of a chat's, so that their digests are made once.
REMEMBERED = 1_000


def everyday(kind: Kind, spelling: str) -> bool:
    """Whether a secret is a word that anybody says, in any language of ours."""
    return (
        kind in ALWAYS_DROPPED
        and spelling.isalpha()
        and any(is_ordinary(spelling, language) for language in languages())
    )


def in_passing(kind: Kind, value: str, text: str) -> bool:
    """Whether an everyday word stands there among others, and not as the secret that it is elsewhere."""
    return everyday(kind, spelled(value)) and len(spelled(text).split()) > MOST_AROUND


def marks_of(key: bytes, known: Known) -> bytes:
    """The marks of a value's spellings, as they are kept: of each its length, whether it is an everyday word, and an
    HMAC-SHA-256 under the chat's key, truncated."""
    marks = []
    for spelling in sorted(set(spellings(known))):
        together = spelling.replace(" ", "")[:LONGEST]
        size = len(together) | (_EVERYDAY if everyday(known.kind, spelling) else 0)
        marks.append(bytes([size]) + _digest(key, together))
    return b"".join(dict.fromkeys(marks))


def _digest(key: bytes, together: str) -> bytes:
    return hmac.digest(key, together.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]


@dataclass(frozen=True, slots=True)
class _Marked:
    kind: Kind
    n: int
    everyday: bool


class Marks:
    """The marks of what a chat has dropped, ready to be found."""

    def __init__(self, key: bytes, entries: Iterable[Known]) -> None:
        self._key = key
        self._others: set[str] = set()
        self._marked: dict[bytes, _Marked] = {}
        for known in entries:
            for at in range(0, len(known.marks), _SIZE):
                size, digest = known.marks[at], known.marks[at + 1 : at + _SIZE]
                self._marked.setdefault(digest, _Marked(known.kind, known.n, size >= _EVERYDAY))
        self._sizes = {known.marks[at] % _EVERYDAY for known in entries for at in range(0, len(known.marks), _SIZE)}

    def __bool__(self) -> bool:
        return bool(self._marked)

    def number(self, kind: Kind, value: str) -> int | None:
        """The number that an equal value of the kind has."""
        for spelling in spellings(Known(kind, 0, value)):
            found = self._marked.get(_digest(self._key, spelling.replace(" ", "")[:LONGEST]))
            if found is not None and found.kind is kind:
                return found.n
        return None

    def find(self, bones: Skeleton) -> list[Span]:
        """Where such values stand in a message, whole word by whole word; time is linear in it."""
        words = bones.words
        places: list[tuple[int, int]] = []
        found, tries = [], 0
        for first, last in self._candidates(words):
            tries += 1
            if tries > MOST_TRIES:
                return [crowd(bones)]
            marked = self._told("".join(words[first : last + 1]))
            if marked is None or (marked.everyday and len(words) > MOST_AROUND):
                continue
            places = places or places_of(words, spaced(bones.folded))
            back = bones.way_back(places[first][0], places[last][1])
            found.append(Span(*back, marked.kind, known=True, why=MARKED))
        return found

    def _told(self, together: str) -> _Marked | None:
        """What the words are the mark of. People say the same small words again and again: those are none."""
        if together in self._others:
            return None
        marked = self._marked.get(_digest(self._key, together))
        if marked is None and len(self._others) < REMEMBERED:
            self._others.add(together)
        return marked

    def _candidates(self, words: list[str]) -> Iterator[tuple[int, int]]:
        """The words, alone and together, that are as long as a value: few, and only they are worth a digest."""
        ends = {end: last for last, end in enumerate(accumulate(map(len, words)))}
        start = 0
        for first, word in enumerate(words):
            for size in self._sizes:
                last = ends.get(start + size)
                if last is not None and last - first < MOST_TOGETHER:
                    yield first, last
            start += len(word)
