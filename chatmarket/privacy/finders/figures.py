"""Numbers, dates, ids and numbered places are found here, when one of them was asked for."""

from collections.abc import Iterable, Iterator

from chatmarket.privacy.finders.harmless import AMOUNTS, is_counted, is_dated, is_money, is_version
from chatmarket.privacy.finders.manners import Manners
from chatmarket.privacy.finders.people import People
from chatmarket.privacy.once import once
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]  # first word, behind the last, kind

# What is answered in digits, with the fewest and most of them; the first that fits names the kind.
_IN_DIGITS = {
    Kind.CVV: (3, 4),
    Kind.PIN: (3, 8),
    Kind.POSTCODE: (4, 7),
    Kind.CODE: (3, 12),
    Kind.SSN: (3, 12),
    Kind.DNI: (6, 10),
    Kind.PHONE: (4, 15),
    Kind.CARD: (3, 19),
    Kind.ACCOUNT: (3, 24),
    Kind.DOCUMENT: (3, 24),
    Kind.IBAN: (4, 34),
    Kind.PASSWORD: (3, 40),
    Kind.SECRET: (3, 40),
    Kind.HANDLE: (3, 40),
}
# Ids in letters only: "KOCHTRCZKI".
_IN_LETTERS = (Kind.ACCOUNT, Kind.CODE, Kind.DOCUMENT, Kind.POSTCODE)
FEWEST_LETTERS = 4
# What may be as short as "7" or "AB-1", where it is all that is said.
_SHORT = (Kind.ACCOUNT, Kind.DOCUMENT, Kind.CODE)
# An answer of so many words, of which all others only lead up to it, is bare.
LONGEST_BARE = 6
# So many words before a number tell of what it is.
NEAR = 3
# An id of letters and digits has so many of them, and stands in a message of few other words.
FEWEST_MIXED = 5
SHORT_ANSWER = 12
# So many number words make an id with the letters beside them.
FEWEST_SPOKEN = 3
# A house's number has so many digits and letters at most.
LONGEST_HOUSE = 5
# Letters that stand apart in an id.
LONGEST_SCRAP = 4
# So many words of a message are read as an answer; whoever writes more tells a story, or attacks.
LONGEST_READ = 200
# Single letters that are words.
_VOWELS = "aeiouy"
_CURRENCIES = ("$", "€", "£")


def is_figure(text: str) -> bool:
    """Whether a word has a digit in it."""
    return not text.isalpha() and any("0" <= letter <= "9" for letter in text)


class Figures:
    """What one message holds in figures, or in ids, of the kinds asked for."""

    def __init__(self, people: People, manners: Manners, asked: frozenset[Kind], scan: bytes) -> None:
        self.people, self._manners, self._asked, self._texts = people, manners, asked, people.texts[:LONGEST_READ]
        self._scan = scan

    def found(self) -> Iterator[Find]:
        """By kinds; finds may overlap. Behind the words that are read every figure counts, whatever it says."""
        for i, text in enumerate(self.people.texts[LONGEST_READ:], LONGEST_READ):
            if is_figure(text):
                yield i, i + 1, Kind.NUMBER
        if Kind.BIRTHDATE in self._asked:
            yield from self._dates()
        if not self._asked.isdisjoint(_IN_DIGITS):
            yield from self._numbers()
        if not self._asked.isdisjoint(_IN_LETTERS):
            yield from self._ids()
        if not self._asked.isdisjoint((Kind.ADDRESS, Kind.POSTCODE)):
            yield from self._numbered_places()

    def _runs(self, belongs: Iterable[bool]) -> Iterator[tuple[int, int]]:
        """Stretches of neighbouring words that all belong."""
        first = None
        for i, one in enumerate([*belongs, False]):
            if one and first is None:
                first = i
            if first is not None and (not one or not self._beside(i)):
                yield first, i if not one else i + 1
                first = None

    def _beside(self, i: int) -> bool:
        """Whether the next word stands beside this one, with signs between at most."""
        gap = self.people.gap(i) if i + 1 < len(self._texts) else ""
        return len(gap) <= 3 and "\n" not in gap

    @once
    def _figures(self) -> list[bool]:
        numbers = self._manners.numbers
        return [is_figure(text) or all(part in numbers for part in text.split("-")) for text in self._texts]

    def _is_number(self, i: int) -> bool:
        return self._figures[i]

    def _numbers(self) -> Iterator[tuple[int, int, Kind]]:
        for first, behind in self._runs(self._is_number(i) or self._is_scrap(i) for i in range(len(self._texts))):
            written = "".join(self._texts[first:behind])
            digits = sum("0" <= letter <= "9" for letter in written)
            kind = next(self._fitting(digits or behind - first), None)
            if kind is not None and not self._is_harmless(first, behind, digits):
                yield first, behind, kind
            elif digits and len(written) >= FEWEST_MIXED and self._is_mixed(first, behind, written):
                yield first, behind, next(one for one in _IN_LETTERS if one in self._asked)
            elif digits and not self._asked.isdisjoint(_SHORT) and self._is_short(first, behind):
                yield first, behind, next(one for one in _SHORT if one in self._asked)

    def _is_short(self, first: int, behind: int) -> bool:
        """An id of few signs: "AB-1" and "12-B" in a short answer, "7" where nothing else is said."""
        texts = self._texts[first:behind]
        if self._is_harmless(first, behind, 1) or any(self._is_quantity(text) for text in texts):
            return False
        glued = any(is_figure(text) and any(map(str.isalpha, text)) for text in texts)
        return (glued and len(self._texts) <= SHORT_ANSWER) or self._is_bare(first, behind)

    def _is_quantity(self, text: str) -> bool:
        """ "5pm", "3rd", "2x"."""
        unit = text.lstrip("0123456789")
        return unit != text and unit in (self._manners.not_after | self._manners.endings)

    def _is_bare(self, first: int, behind: int, links: frozenset[str] = frozenset()) -> bool:
        """Whether nothing else is said but what leads up to an answer and follows it."""
        lists = self._manners.lists
        if len(self._texts) - (behind - first) > LONGEST_BARE or "?" in self.people.gap(len(self._texts) - 1):
            return False
        others = self._texts[:first] + self._texts[behind:]
        around = lists["leads"] | lists["tails"] | lists["joints"] | links
        return around.issuperset(others)

    def _is_mixed(self, first: int, behind: int, written: str) -> bool:
        """An id with few digits among its letters: "lkjh45", "q w 7 z t 2". No "5 pm", "2nd", "m2"."""
        if self._asked.isdisjoint(_IN_LETTERS) or len(self._texts) > SHORT_ANSWER:
            return False
        units = self._manners.not_after
        if behind - first < 3 and any(text.lstrip("0123456789") in units for text in self._texts[first:behind]):
            return False
        return any(map(str.isalpha, written)) and not self._is_harmless(first, behind, FEWEST_MIXED)

    def _fitting(self, count: int) -> Iterator[Kind]:
        return (kind for kind, (few, most) in _IN_DIGITS.items() if kind in self._asked and few <= count <= most)

    def _is_harmless(self, first: int, behind: int, digits: int) -> bool:
        """A sum, a time, a count of things; number words only count when several stand together."""
        people = self.people
        if not digits:
            spoken = sum(self._is_number(i) for i in range(first, behind))
            # "tx four four nine one"
            return behind - first < 2 or (spoken < behind - first and spoken < FEWEST_SPOKEN)
        if behind < len(self._texts) and self._texts[behind] in self._manners.not_after and people.joined(behind - 1):
            return digits < 7
        start, end = people.words[first].start, people.words[behind - 1].end
        written = self._scan[start:end]
        if self._is_money(first) or is_money(self._scan, start, end) or (digits <= 4 and b":" in written):
            return True
        if (
            (is_dated(self._scan, start, end) and Kind.CARD not in self._asked)
            or is_version(self._scan, start, end)
            or (digits < 7 and is_counted(self._scan, start, end))
        ):
            return True
        return (b"." in written and AMOUNTS.fullmatch(written) is not None) or self._is_things(first)

    def _is_things(self, first: int) -> bool:
        """Whether it is the number of something else: "my flight is BA 2490"."""
        things, leads = self._manners.lists["things"], self._manners.lists["leads"]
        for text in reversed(self._texts[max(0, first - NEAR) : first]):
            if text in things:
                return True
            if text not in leads:
                break
        return False

    def _is_money(self, i: int) -> bool:
        before = self.people.words[i].start
        return self.people.folded[max(0, before - 2) : before].strip().endswith(_CURRENCIES)

    def _is_scrap(self, i: int) -> bool:
        """A few letters that are no word: of an id that was typed with spaces, "dd 67 d 7", "vfb 756"."""
        text, words = self._texts[i], self._manners.words
        if len(text) == 1 and (text not in _VOWELS or i + 1 == len(self._texts)):
            return text.isalpha()
        if len(text) <= LONGEST_SCRAP and self.people.words[i].shouted and self.people.telling and text.isalpha():
            return text not in self._manners.not_after  # "CP 604 118 7720", whatever else CP is short for
        if len(text) > LONGEST_SCRAP or not text.isalpha() or text in words.never or text in words.lists["irregular"]:
            return False
        return len(text) <= 2 or not (self.people.known(i) or self.people.is_word(i))

    def _dates(self) -> Iterator[tuple[int, int, Kind]]:
        links, months = self._manners.lists["date_links"], self._manners.months
        festivals = self._manners.lists["festivals"]
        belongs = [
            self._is_number(i) or text in months or text in links or text in festivals
            for i, text in enumerate(self._texts)
        ]
        figure = [self._is_number(i) or text in self._manners.ordinals for i, text in enumerate(self._texts)]
        belongs = [one or other for one, other in zip(belongs, figure, strict=True)]
        for first, behind in self._runs(belongs):
            while first < behind and self._texts[first] in links:
                first += 1
            while behind > first and self._texts[behind - 1] in links:
                behind -= 1
            figures = [i for i in range(first, behind) if figure[i]]
            digits = sum(letter.isdigit() for text in self._texts[first:behind] for letter in text)
            if first == behind or self._is_money(first):
                continue
            enough = figures and (digits >= 3 or len(figures) > 1 or behind - first > len(figures))
            told = self._texts[first] not in self._manners.lists["leads"]
            if enough or (told and self._is_bare(first, behind, links)):
                yield first, behind, Kind.BIRTHDATE

    def _ids(self) -> Iterator[tuple[int, int, Kind]]:
        kind = next(kind for kind in _IN_LETTERS if kind in self._asked)
        alone = len(self._texts) <= 2
        for i, text in enumerate(self._texts):
            if len(text) < FEWEST_LETTERS or not text.isalpha() or self.people.known(i) or self.people.is_word(i):
                continue
            if alone or (self.people.words[i].shouted and self.people.telling):
                yield i, i + 1, kind

    def _numbered_places(self) -> Iterator[tuple[int, int, Kind]]:
        """From a number on, while the words go on: "742 evergreen terrace springfield"."""
        kind, behind = Kind.ADDRESS if Kind.ADDRESS in self._asked else Kind.POSTCODE, 0
        for i, text in enumerate(self._texts):
            if i < behind or not text[0].isdigit():
                continue
            behind = i + 1
            while behind < len(self._texts) and self._goes_on(behind):
                behind += 1
            if behind > i + 1 and self._texts[i + 1] not in self._manners.not_after:
                yield i, behind, kind
            elif len(text) <= LONGEST_HOUSE and kind is Kind.ADDRESS and self._is_alone(i):
                yield i, i + 1, kind

    def _is_alone(self, i: int) -> bool:
        """Whether the number is all that is said: "it's 14", "number 91 b"."""
        said = self._manners.lists["leads"] | self._manners.lists["tails"]
        return len(self._texts) <= 3 and all(k == i or word in said for k, word in enumerate(self._texts))

    def _goes_on(self, i: int) -> bool:
        gap = self.people.gap(i - 1)
        return (
            gap.strip() in ("", ",", ".")
            and "\n" not in gap
            and self._texts[i] not in self._manners.words.lists["stop"]
        )
