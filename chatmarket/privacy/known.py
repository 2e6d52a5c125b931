"""What a chat already knows is found again here, however it is spelt: in other case, accents, spacing or grouping."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple, cast

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from chatmarket.privacy import variants
from chatmarket.privacy.finders.runs import GAP, Run
from chatmarket.privacy.once import once
from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.phrases import Phrases
from chatmarket.privacy.rules import ALWAYS_DROPPED
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton, fold, spaced
from chatmarket.privacy.spans import MOST_FINDS, Span, crowd
from chatmarket.privacy.standing import Parts, is_large, parts_of, stands
from chatmarket.privacy.wordlists import is_anybodys


@dataclass(frozen=True, slots=True)
class Known:
    """The n-th value of its kind in a chat, as it was first typed; empty when it was dropped. Never shown in a repr.

    `marks` tell a dropped one when it is typed again (marks.py). What was `given` beforehand, by a form or
    the brand, is whole.
    """

    kind: Kind
    n: int
    value: str = field(repr=False)
    marks: bytes = field(default=b"", repr=False)
    given: bool = False
    # Asked for whenever the chat learns something new; it goes with the value.
    _spelled: "Spelled | None" = field(default=None, init=False, repr=False, compare=False)

    @property
    def spelled(self) -> "Spelled":
        """Its spellings."""
        if self._spelled is None:
            object.__setattr__(self, "_spelled", _spelled(self))
        return cast(Spelled, self._spelled)


class Spelled(NamedTuple):
    """How one value is typed again: as words and as digits; and of a name what else tells of it."""

    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    parts: Parts = {}
    shortened: tuple[tuple[str, str], ...] = ()
    inside: tuple[str, ...] = ()


_NOTHING = Spelled()
# Shorter values are in every sentence: masking them would hide the language and not the person.
SHORTEST = 3
# From here on a number is found inside a longer one; a shorter one must stand between whole groups of digits.
DIGITS_ANYWHERE = 7
SHORTEST_DIGITS = 4
_IN_DIGIT_SPACE = frozenset(
    {Kind.CARD, Kind.PHONE, Kind.NUMBER, Kind.PIN, Kind.CODE, Kind.CVV, Kind.SSN, Kind.DNI, Kind.IBAN}
)
_BY_DIGITS_ALONE = frozenset({Kind.KNOWN, Kind.POSTCODE, Kind.BIRTHDATE, Kind.ACCOUNT, Kind.DOCUMENT, Kind.BRAND})
# Typed in one piece as well as in groups: "A-55-K9" and "a55k9".
_GLUED = frozenset({Kind.ACCOUNT, Kind.DOCUMENT, Kind.KNOWN, Kind.BRAND})
# Found by their detectors whenever they are typed; as loose words ("marca es") they would hide ordinary language.
_NOT_AS_WORDS = frozenset({Kind.URL, Kind.IP, Kind.MAC})
_FEWEST_WORDS_OF_MAIL = 3
# The part of an address before the @ says who somebody is, unless it is a mere word ("info", "orders").
SHORTEST_LOCAL = 6
# Parts of names that are ordinary words, and tell of nobody by themselves.
_PARTICLES = frozenset(word for language in languages() for word in table(language, "names")["parts"].split())
_RUN = pattern(rf"[0-9](?:{GAP}[0-9]){{{SHORTEST_DIGITS - 1},}}")
# Longer values are not looked for in other spellings: no name or address has so many letters, no number so many digits.
LONGEST_SPELLING = 200
LONGEST_DIGITS = 40
# Longer ones are no values but whole messages that were masked as one; folding them again would cost more than finding.
LONGEST_VALUE = 1_000
# So many parts of names are looked for within other words; each is looked for by itself.
MOST_INSIDE = 64
# A word longer than this is none that a name was glued into.
LONGEST_AROUND = 40
# So many long numbers are looked for one by one; making an automaton costs more than that.
FEW_NUMBERS = 8


class Lexicon:
    """The spellings of some values, ready to be found: whole words in word space, numbers in digit space.

    `find` takes time linear in the message and the number of finds.
    """

    def __init__(self, values: Iterable[Known]) -> None:
        words: dict[str, Kind] = {}
        numbers: dict[str, Kind] = {}
        inside: set[str] = set()
        self._parts: Parts = {}
        self._shortened: dict[str, str] = {}
        for known in values:
            spelled = known.spelled
            # Of equal values the one that may be kept nowhere counts, in whatever order they were said.
            last = known.kind in ALWAYS_DROPPED
            words.update({one: known.kind for one in spelled.words if last or one not in words})
            numbers.update({one: known.kind for one in spelled.numbers if last or one not in numbers})
            if known.kind is Kind.NAME:
                for part, others in spelled.parts.items():
                    self._parts[part] = self._parts.get(part, frozenset()) | others
                self._shortened.update(spelled.shortened)
                inside.update(spelled.inside)
        self._words = Phrases(words)
        self._inside = sorted(inside)[:MOST_INSIDE]
        self._long = [(number, kind) for number, kind in numbers.items() if len(number) >= DIGITS_ANYWHERE]
        self._short = {number: kind for number, kind in numbers.items() if len(number) < DIGITS_ANYWHERE}

    def __bool__(self) -> bool:
        return bool(self._words or self._long or self._short)

    def _is_absent(self, bones: Skeleton) -> bool:
        """Whether it is plain that none of the values stands there, as in most messages."""
        if not self._words.is_absent(bones.words) or (bones.digits and (self._long or self._short)):
            return False
        folded = bones.folded
        return not any([part in folded for part in self._inside])

    def find(self, bones: Skeleton) -> list[Span]:
        """Where the values stand in a folded message; finds may overlap, and of too many the whole message is one."""
        if self._is_absent(bones):
            return []
        worded = self._words.find(bones.folded, bones.words)
        if self._parts:
            worded = (place for place in worded if stands(bones, place[0], place[1], self._parts))
        if self._shortened:
            worded = (place for place in worded if self._may_be_short(bones, place[0], place[1]))
        finds = chain(worded, self._in_digits(bones), self._in_words(bones.folded))
        found = list(islice(finds, MOST_FINDS + 1))
        if len(found) > MOST_FINDS:
            return [crowd(bones)]
        return [Span(*bones.way_back(start, end), kind, known=True, why="known") for start, end, kind in found]

    @staticmethod
    def _is_strange(part: str, word: str) -> bool:
        return not is_anybodys(part) and not is_anybodys(word)

    def _may_be_short(self, bones: Skeleton, start: int, end: int) -> bool:
        """Whether it is none of "a price" and "the banks", which are ordinary words but for their capitals."""
        part = self._shortened.get(bones.folded[start:end])
        return part is None or is_large(bones, start, end) or not is_anybodys(part)

    def _in_words(self, folded: str) -> Iterator[tuple[int, int, Kind]]:
        """Parts of names within other words: "novakfamily", "@the_novaks"; not within a word that is one: "martini"."""
        for part in self._inside:
            at = folded.find(part)
            while at >= 0:
                start, end = at, at + len(part)
                while start and folded[start - 1].isalnum():
                    start -= 1
                while end < len(folded) and folded[end].isalnum():
                    end += 1
                if (
                    end - start > len(part)
                    and end - start <= LONGEST_AROUND
                    and self._is_strange(part, folded[start:end])
                ):
                    yield start, end, Kind.NAME
                at = folded.find(part, end)

    def _in_digits(self, bones: Skeleton) -> Iterator[tuple[int, int, Kind]]:
        if (not self._long and not self._short) or not bones.digits:
            return
        for start, end in places(_RUN, bones.scan):
            groups = Run(bones.scan, start, end).groups()
            if self._short:
                yield from self._in_groups(bones.folded, groups)
            if self._long and sum(after - first for first, after in groups) >= DIGITS_ANYWHERE:
                at = [i for first, after in groups for i in range(first, after)]
                line = "".join(bones.folded[first:after] for first, after in groups)
                for which, first, after in self._in_line(line):
                    yield at[first], at[after - 1] + 1, self._long[which][1]

    def _in_line(self, line: str) -> Iterator[tuple[int, int, int]]:
        if len(self._long) > FEW_NUMBERS:
            yield from self._automaton.find_matches_as_indexes(line, overlapping=True)
            return
        for which, (number, _) in enumerate(self._long):
            at = line.find(number)
            while at >= 0:
                yield which, at, at + len(number)
                at = line.find(number, at + 1)

    @once
    def _automaton(self) -> AhoCorasick:
        numbers = [number for number, _ in self._long]
        return AhoCorasick(numbers, MatchKind.Standard, implementation=Implementation.NoncontiguousNFA)

    def _in_groups(self, folded: str, groups: list[Found]) -> Iterator[tuple[int, int, Kind]]:
        for first, (start, _) in enumerate(groups):
            number = ""
            for group, end in groups[first : first + DIGITS_ANYWHERE - 1]:
                number += folded[group:end]
                if len(number) >= DIGITS_ANYWHERE:
                    break
                if number in self._short:
                    yield start, end, self._short[number]


def spellings(known: Known) -> Iterator[str]:
    """How a value may be typed again, as folded words with one space between, or as digits alone."""
    yield from known.spelled.words
    yield from known.spelled.numbers


def _spelled(known: Known) -> Spelled:
    if len(known.value) > LONGEST_VALUE:
        return _NOTHING
    folded = fold(known.value)
    words, numbers = tuple(_spellings(known.kind, folded)), tuple(_numbers(known.kind, folded))
    if known.kind is not Kind.NAME or len(known.value) > LONGEST_SPELLING:
        return Spelled(words, numbers)
    more = parts_of([folded]), tuple(variants.shortened(folded)), tuple(variants.inside(folded))
    return Spelled(words, numbers, *more)


def _spellings(kind: Kind, folded: str) -> Iterator[str]:
    words = spaced(folded).split()
    letters = sum(map(len, words))
    if kind is Kind.EMAIL:
        yield from _local_part(folded)
    if not SHORTEST <= letters <= LONGEST_SPELLING or kind in _NOT_AS_WORDS:
        return
    if letters < SHORTEST_DIGITS and kind not in ALWAYS_DROPPED and all(map(str.isdigit, words)):
        return  # "500" is a price as well
    if kind is not Kind.EMAIL or len(words) >= _FEWEST_WORDS_OF_MAIL:
        yield " ".join(words)
    if kind is Kind.NAME:
        yield from (word for word in words if len(word) >= SHORTEST and word not in _PARTICLES)
        yield from variants.names(folded)
    elif kind is Kind.ADDRESS:
        yield from variants.streets(folded)
    elif kind is Kind.POSTCODE:
        yield from variants.half(folded)
    if kind is Kind.KNOWN and not any(map(str.isdigit, folded)):
        yield from variants.firms(folded)
    if kind in _GLUED and len(words) > 1 and any(word.isdigit() for word in words):
        yield "".join(words)


def _local_part(folded: str) -> Iterator[str]:
    local, at, _ = folded.partition("@")
    words = spaced(local).split()
    telling = len(words) > 1 or any(map(str.isdigit, local))
    if at and telling and SHORTEST_LOCAL <= sum(map(len, words)) <= LONGEST_SPELLING:
        yield " ".join(words)
        if len(words) > 1:
            yield "".join(words)


def _numbers(kind: Kind, folded: str) -> Iterator[str]:
    if kind not in _IN_DIGIT_SPACE and (kind not in _BY_DIGITS_ALONE or any(map(str.isalpha, folded))):
        return
    digits = "".join(letter for letter in folded if "0" <= letter <= "9")
    if SHORTEST_DIGITS <= len(digits) <= LONGEST_DIGITS:
        yield digits
