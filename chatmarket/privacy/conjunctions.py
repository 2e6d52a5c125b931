"""Which of many lists of words a message meets in full is asked here in one look, whatever their number."""

from collections.abc import Iterable, Iterator, Sequence


class Conjunctions:
    """Lists of places, each with the words that may fill it; a list is met when every place of it is filled.

    Every list has a bit in as many planes as the longest has places. A word is a whole number with the bits of all the
    places it fills; those of a message's words together, their planes laid over each other, leave the lists that are
    met. Time is linear in the words, and hardly depends on how many lists there are.
    """

    __slots__ = ("_folds", "_given", "_low", "_of")

    def __init__(self, lists: Sequence[Sequence[Iterable[str]]]) -> None:
        planes, size = 1, len(lists)
        self._folds: list[int] = []
        while planes < max(map(len, lists), default=0):
            self._folds.insert(0, planes * size)
            planes *= 2
        self._low = (1 << size) - 1
        self._of: dict[str, int] = {}
        self._given = 0
        for which, places in enumerate(lists):
            for plane in range(planes):
                bit = 1 << (plane * size + which)
                if plane >= len(places):
                    self._given |= bit  # a list that is shorter lacks nothing there
                    continue
                for word in places[plane]:
                    self._of[word] = self._of.get(word, 0) | bit

    def met(self, words: Iterable[str]) -> Iterator[int]:
        """The numbers of the lists that these words meet, in order."""
        have, of = self._given, self._of
        for word in words:
            if word in of:
                have |= of[word]
        for fold in self._folds:
            have &= have >> fold
        left = have & self._low
        while left:
            lowest = left & -left
            yield lowest.bit_length() - 1
            left ^= lowest
