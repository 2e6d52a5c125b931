"""Phrases are found in a message here, whole word by whole word, however they are spaced or punctuated."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from chatmarket.privacy.once import once
from chatmarket.privacy.patterns import Found
from chatmarket.privacy.skeleton import fold, spaced

T = TypeVar("T")

# With so many phrases of one first word a list of them is slower than an automaton, and could be made slow on purpose.
MOST_ALIKE = 8
# So few finds are placed one by one.
FEW = 4


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
        self._crowded = False
        for which, phrase in enumerate(self._phrases):
            alike = self._firsts.setdefault(phrase[1 : phrase.index(" ", 1)], [])
            alike.append(which)
            self._crowded = self._crowded or len(alike) > MOST_ALIKE

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def is_absent(self, words: list[str]) -> bool:
        """Whether no phrase begins with any of the words of a text."""
        return self._firsts.keys().isdisjoint(words)

    def find(self, folded: str, words: list[str] | None = None) -> Iterator[tuple[int, int, T]]:
        """Start and end of each phrase in a folded text, and what it means; in no order, and finds may overlap.

        `words` are those of the text, where they are known. Takes time linear in the text and the number of finds.
        """
        if not self._firsts:
            return
        words = spaced(folded).split() if words is None else words
        if self._firsts.keys().isdisjoint(words):
            return
        blank, line = spaced(folded), f" {' '.join(words)} "
        if self._crowded:
            yield from self._placed(words, blank, line, self._automaton.find_matches_as_indexes(line, overlapping=True))
            return
        found = self._in_line(line, set(words))
        if len(line) == len(blank) + 2:
            # One space between its words, as in most texts: each stands where it stood.
            yield from ((start, end - 2, self._meanings[which]) for which, start, end in found)
        else:
            yield from self._placed(words, blank, line, found)

    def _in_line(self, line: str, said: set[str]) -> Iterator[tuple[int, int, int]]:
        """Which phrases stand in the words with one space between and around them, and where, with their spaces."""
        for word in [word for word in self._firsts if word in said]:
            at = line.find(f" {word} ")
            while at >= 0:
                for which in self._firsts[word]:
                    if line.startswith(self._phrases[which], at):
                        yield which, at, at + len(self._phrases[which])
                at = line.find(f" {word} ", at + 1)

    def _placed(
        self, words: list[str], blank: str, line: str, found: Iterable[tuple[int, int, int]]
    ) -> Iterator[tuple[int, int, T]]:
        """Where the phrases that are found in the line of words stand in the text."""
        found = list(found)
        if len(found) <= FEW:
            for which, start, end in found:
                first, last = line.count(" ", 0, start), line.count(" ", 0, end - 1) - 1
                yield _start(blank, first), _start(blank, last) + len(words[last]), self._meanings[which]
            return
        places, in_line = places_of(words, blank), _places_in_line(words)
        for which, start, end in found:
            first, last = bisect_right(in_line, start + 1) - 1, bisect_right(in_line, end - 2) - 1
            yield places[first][0], places[last][1], self._meanings[which]

    @once
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(self._phrases, MatchKind.Standard, implementation=Implementation.NoncontiguousNFA)


def _start(blank: str, which: int) -> int:
    """Where a word stands in the message; quicker than where all of them do."""
    return len(blank) - len(blank.split(None, which)[which] if which else blank.lstrip())


def places_of(words: list[str], blank: str) -> list[Found]:
    """Where each word stands in the message."""
    found, at = [], 0
    for word in words:
        at = blank.index(word, at)
        found.append((at, at + len(word)))
        at += len(word)
    return found


def _places_in_line(words: list[str]) -> list[int]:
    """Where each word stands in the line of words with one space between, and before the first."""
    found, at = [], 1
    for word in words:
        found.append(at)
        at += len(word) + 1
    return found
