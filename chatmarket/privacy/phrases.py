"""Phrases are found in a message here, whole word by whole word, however they are spaced or punctuated."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from chatmarket.privacy.patterns import Found
from chatmarket.privacy.skeleton import REMEMBERED, fold

T = TypeVar("T")

# With so many phrases of one first word a list of them is slower than an automaton, and could be made slow on purpose.
MOST_ALIKE = 8


class _Spacing(dict[int, str]):
    """Letters and digits stay, everything else becomes a space."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        spaced = letter if letter.isalnum() else " "
        if len(self) < REMEMBERED:
            self[code] = spaced
        return spaced


_SPACING = _Spacing()


def spaced(folded: str) -> str:
    """The folded text with a space for each character that is no letter and no digit; as long as before."""
    return folded.translate(_SPACING)


def spelled(text: str) -> str:
    """The words of a text, folded, with one space between them."""
    return " ".join(spaced(fold(text)).split())


class Phrases(Generic[T]):
    """Phrases as `spelled` writes them, each with what it means.

    Quick to make, for most live for one message only, and nearly free where none of their first words stands.
    """

    def __init__(self, meanings: Mapping[str, T]) -> None:
        self._phrases = [f" {phrase} " for phrase in meanings if phrase]
        self._meanings = [meaning for phrase, meaning in meanings.items() if phrase]
        self._firsts: dict[str, list[int]] = {}
        for which, phrase in enumerate(self._phrases):
            self._firsts.setdefault(phrase[1 : phrase.index(" ", 1)], []).append(which)

    def find(self, folded: str) -> Iterator[tuple[int, int, T]]:
        """Start and end of each phrase in a folded text, and what it means; finds may overlap.

        Takes time linear in the text and the number of finds.
        """
        if not self._firsts:
            return
        blank = spaced(folded)
        words = blank.split()
        if self._firsts.keys().isdisjoint(words):
            return
        line = f" {' '.join(words)} "
        places, in_line = _places_of(words, blank)
        for which, start, end in self._in_line(line, words, in_line):
            first, last = bisect_right(in_line, start + 1) - 1, bisect_right(in_line, end - 2) - 1
            yield places[first][0], places[last][1], self._meanings[which]

    def _in_line(self, line: str, words: list[str], in_line: list[int]) -> Iterator[tuple[int, int, int]]:
        if self._automaton is not None:
            yield from self._automaton.find_matches_as_indexes(line, overlapping=True)
            return
        for word, at in zip(words, in_line, strict=True):
            for which in self._firsts.get(word, ()):
                if line.startswith(self._phrases[which], at - 1):
                    yield which, at - 1, at - 1 + len(self._phrases[which])

    @cached_property
    def _automaton(self) -> AhoCorasick | None:
        if max(map(len, self._firsts.values())) <= MOST_ALIKE:
            return None
        return AhoCorasick(self._phrases, MatchKind.Standard, implementation=Implementation.NoncontiguousNFA)


def _places_of(words: list[str], blank: str) -> tuple[list[Found], list[int]]:
    """Where each word stands in the message, and where in the line of words with one space between."""
    found, in_line, at, line_at = [], [], 0, 1
    for word in words:
        at = blank.index(word, at)
        found.append((at, at + len(word)))
        in_line.append(line_at)
        at += len(word)
        line_at += len(word) + 1
    return found, in_line
