"""What a chat already knows is found again here, however it is spelt: in other case, accents, spacing or grouping."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.runs import GAP, Run
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import REMEMBERED, Skeleton, fold
from chatmarket.privacy.spans import Span


@dataclass(frozen=True, slots=True)
class Known:
    """The n-th value of its kind in a chat, as it was first typed. Never shown in a repr."""

    kind: Kind
    n: int
    value: str = field(repr=False)


# Shorter values are in every sentence: masking them would hide the language and not the person.
SHORTEST = 3
# From here on a number is found inside a longer one; a shorter one must stand between whole groups of digits.
DIGITS_ANYWHERE = 7
SHORTEST_DIGITS = 4
_IN_DIGIT_SPACE = frozenset({Kind.CARD, Kind.PHONE, Kind.NUMBER, Kind.PIN, Kind.DNI, Kind.IBAN})
_BY_DIGITS_ALONE = frozenset({Kind.KNOWN, Kind.POSTCODE, Kind.BIRTHDATE})
# Found by their detectors whenever they are typed; as loose words ("marca es") they would hide ordinary language.
_NOT_AS_WORDS = frozenset({Kind.URL, Kind.IP})
_FEWEST_WORDS_OF_MAIL = 3
# Parts of names that are ordinary words of Spanish or English.
_ORDINARY = "del los las san von van der den dos das the and mrs miss don dona doctor senor senora hijo junior"
_PARTICLES = frozenset(_ORDINARY.split())
_RUN = pattern(rf"[0-9](?:{GAP}[0-9]){{{SHORTEST_DIGITS - 1},}}")
# Longer values are not looked for in other spellings: no name or address has so many letters, no number so many digits.
LONGEST_SPELLING = 200
LONGEST_DIGITS = 40


class _Spacing(dict[int, str]):
    """Letters and digits stay, everything else becomes a space."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        spaced = letter if letter.isalnum() else " "
        if len(self) < REMEMBERED:
            self[code] = spaced
        return spaced


_SPACING = _Spacing()


class Lexicon:
    """The spellings of some values, ready to be found: whole words in word space, numbers in digit space.

    `find` takes time linear in the message and the number of finds (Aho-Corasick).
    """

    def __init__(self, values: Iterable[Known]) -> None:
        words: dict[str, Kind] = {}
        numbers: dict[str, Kind] = {}
        for known in values:
            for spelling in _spellings(known):
                words.setdefault(f" {spelling} ", known.kind)
            for number in _numbers(known):
                numbers.setdefault(number, known.kind)
        long = [number for number in numbers if len(number) >= DIGITS_ANYWHERE]
        self._words, self._long = list(words.values()), [numbers[number] for number in long]
        self._short = {number: kind for number, kind in numbers.items() if len(number) < DIGITS_ANYWHERE}
        self._word_finder = _finder(list(words), MatchKind.Standard)
        self._number_finder = _finder(long, MatchKind.LeftmostLongest)

    def find(self, bones: Skeleton) -> list[Span]:
        """Where the values stand in a folded message; finds may overlap."""
        found = [*self._in_words(bones), *self._in_digits(bones)]
        return [Span(*bones.way_back(start, end), kind, known=True) for start, end, kind in found]

    def _in_words(self, bones: Skeleton) -> Iterator[tuple[int, int, Kind]]:
        if self._word_finder is None:
            return
        words = bones.folded.translate(_SPACING).split()
        line = f" {' '.join(words)} "
        finds = self._word_finder.find_matches_as_indexes(line, overlapping=True)
        if not finds:
            return
        places_of_words, in_line = _places_of(words, bones.folded)
        for which, start, end in finds:
            first, last = bisect_right(in_line, start + 1) - 1, bisect_right(in_line, end - 2) - 1
            yield places_of_words[first][0], places_of_words[last][1], self._words[which]

    def _in_digits(self, bones: Skeleton) -> Iterator[tuple[int, int, Kind]]:
        if not self._long and not self._short:
            return
        for start, end in places(_RUN, bones.scan):
            groups = Run(bones.scan, start, end).groups()
            if self._short:
                yield from self._in_groups(bones.folded, groups)
            if self._number_finder is not None:
                at = [i for first, after in groups for i in range(first, after)]
                line = "".join(bones.folded[first:after] for first, after in groups)
                for which, first, after in self._number_finder.find_matches_as_indexes(line):
                    yield at[first], at[after - 1] + 1, self._long[which]

    def _in_groups(self, folded: str, groups: list[Found]) -> Iterator[tuple[int, int, Kind]]:
        for first, (start, _) in enumerate(groups):
            number = ""
            for group, end in groups[first : first + DIGITS_ANYWHERE - 1]:
                number += folded[group:end]
                if len(number) >= DIGITS_ANYWHERE:
                    break
                if number in self._short:
                    yield start, end, self._short[number]


def _finder(spellings: list[str], matching: MatchKind) -> AhoCorasick | None:
    # The quickest to build: a lexicon lives for one message, or for a few.
    return AhoCorasick(spellings, matching, implementation=Implementation.NoncontiguousNFA) if spellings else None


def _places_of(words: list[str], folded: str) -> tuple[list[Found], list[int]]:
    """Where each word stands in the message, and where in the line of words with one space between."""
    spaced = folded.translate(_SPACING)
    found, in_line, at, line_at = [], [], 0, 1
    for word in words:
        at = spaced.index(word, at)
        found.append((at, at + len(word)))
        in_line.append(line_at)
        at += len(word)
        line_at += len(word) + 1
    return found, in_line


def _spellings(known: Known) -> Iterator[str]:
    words = fold(known.value).translate(_SPACING).split()
    if known.kind in _NOT_AS_WORDS or (known.kind is Kind.EMAIL and len(words) < _FEWEST_WORDS_OF_MAIL):
        return
    if SHORTEST <= sum(map(len, words)) <= LONGEST_SPELLING:
        yield " ".join(words)
    if known.kind is Kind.NAME:
        yield from (word for word in words if len(word) >= SHORTEST and word not in _PARTICLES)


def _numbers(known: Known) -> Iterator[str]:
    folded = fold(known.value)
    digits = "".join(letter for letter in folded if "0" <= letter <= "9")
    by_digits = known.kind in _IN_DIGIT_SPACE or (
        known.kind in _BY_DIGITS_ALONE and not any(letter.isalpha() for letter in folded)
    )
    if by_digits and SHORTEST_DIGITS <= len(digits) <= LONGEST_DIGITS:
        yield digits
