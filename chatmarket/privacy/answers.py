"""Bare answers to an open question are found here: numbers and ids anywhere in a message, words clause by clause.

Nothing here runs while no question is open. Words that people say instead of an answer stay readable.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chatmarket.privacy.packs import table
from chatmarket.privacy.people import Cue, People
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.wordlists import Vocabulary, vocabulary

Found = tuple[int, int, Kind]

# What is answered in words: of a clause all that can be an answer, or nothing.
_IN_WORDS = (Kind.PASSWORD, Kind.SECRET, Kind.NAME, Kind.HANDLE, Kind.EMAIL)
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
    Kind.ACCOUNT: (2, 24),
    Kind.DOCUMENT: (3, 24),
    Kind.IBAN: (4, 34),
    Kind.PASSWORD: (1, 40),
    Kind.SECRET: (2, 40),
    Kind.HANDLE: (1, 40),
}
# Ids in letters only: "KOCHTRCZKI".
_IN_LETTERS = (Kind.ACCOUNT, Kind.CODE, Kind.DOCUMENT, Kind.POSTCODE)
FEWEST_LETTERS = 4
# An answer in words has so many at most, a security answer fewer: more are a sentence.
LONGEST_NAME = 5
LONGEST_SECRET = 3
# A message with more words than these is no bare answer; its single words are ordinary until they look otherwise.
SHORT = 6
_STOPS = '.,;!?\n:()"'


@dataclass(frozen=True)
class _Lore:
    """How people answer in one language."""

    words: Vocabulary
    lists: Mapping[str, frozenset[str]]
    numbers: frozenset[str]
    months: frozenset[str]
    not_after: frozenset[str]  # what a harmless number stands before


@cache
def _lore(language: str) -> _Lore:
    lists = {key: frozenset(value.split()) for key, value in table(language, "questions")["answers"].items()}
    values = table(language, "values")
    numbers = {**values["numbers"]["words"], **values["numbers"]["scales"]}
    harmless = values["harmless"]["units"] + values["harmless"]["money"]
    return _Lore(
        vocabulary(language), lists, frozenset(numbers), frozenset(values["dates"]["months"]), frozenset(harmless)
    )


def find(reading: Reading) -> Iterator[Found]:
    """Start and end in the skeleton, and the kind. Nothing when no question is open."""
    if not reading.asked or not reading.tokens:
        return
    answer = _Answer(reading)
    for first, behind, kind in answer.found():
        start, end = answer.people.words[first].start, answer.people.end(behind - 1)
        yield start, end, kind


class _Answer:
    """One message, read as an answer."""

    def __init__(self, reading: Reading) -> None:
        self._lore, self._asked = _lore(reading.language), reading.asked
        self.people = People(reading, self._lore.words)
        self._texts = self.people.texts
        self._taken = sorted((start, end) for start, end, _ in reading.taken)

    def found(self) -> Iterator[tuple[int, int, Kind]]:
        if Kind.BIRTHDATE in self._asked:
            yield from self._dates()
        if not self._asked.isdisjoint(_IN_DIGITS):
            yield from self._numbers()
        if not self._asked.isdisjoint(_IN_LETTERS):
            yield from self._ids()
        if not self._asked.isdisjoint((Kind.ADDRESS, Kind.POSTCODE)):
            yield from self._numbered_places()
        if not self._asked.isdisjoint(_IN_WORDS):
            for first, behind in self._clauses():
                yield from self._in_words(first, behind)

    def _is_taken(self, i: int) -> bool:
        word = self.people.words[i]
        return any(start < word.end and word.start < end for start, end in self._taken)

    # Numbers and dates

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

    def _is_figure(self, text: str) -> bool:
        return any("0" <= letter <= "9" for letter in text)

    def _is_number(self, i: int) -> bool:
        text = self._texts[i]
        return self._is_figure(text) or all(part in self._lore.numbers for part in text.split("-"))

    def _numbers(self) -> Iterator[tuple[int, int, Kind]]:
        for first, behind in self._runs(self._is_number(i) for i in range(len(self._texts))):
            written = "".join(self._texts[first:behind])
            digits = sum("0" <= letter <= "9" for letter in written)
            count = digits or behind - first
            kind = next((kind for kind in self._fitting(count)), None)
            if kind is None or self._is_harmless(first, behind, digits):
                continue
            yield self._with_letters(first), self._after_letters(behind), kind

    def _fitting(self, count: int) -> Iterator[Kind]:
        return (kind for kind, (few, most) in _IN_DIGITS.items() if kind in self._asked and few <= count <= most)

    def _is_harmless(self, first: int, behind: int, digits: int) -> bool:
        """A sum, a time, a count of things; number words only count when several stand together."""
        people = self.people
        if not digits:
            return behind - first < 2
        if behind < len(self._texts) and self._texts[behind] in self._lore.not_after and people.joined(behind - 1):
            return digits < 7
        before = people.words[first].start
        sign = people.folded[max(0, before - 2) : before].strip()
        return sign.endswith("$") or (digits <= 4 and ":" in people.folded[before : people.words[behind - 1].end])

    def _is_scrap(self, i: int) -> bool:
        """One or two letters that are no word: of an id that was typed with spaces, "dd 67 d 7"."""
        text = self._texts[i]
        return len(text) <= 2 and text.isalpha() and text not in self._lore.words.never and not self.people.is_word(i)

    def _with_letters(self, first: int) -> int:
        while first and self._is_scrap(first - 1) and self.people.joined(first - 1):
            first -= 1
        return first

    def _after_letters(self, behind: int) -> int:
        while behind < len(self._texts) and self._is_scrap(behind) and self.people.joined(behind - 1):
            behind += 1
        return behind

    def _dates(self) -> Iterator[tuple[int, int, Kind]]:
        links, months = self._lore.lists["date_links"], self._lore.months
        belongs = [self._is_number(i) or text in months or text in links for i, text in enumerate(self._texts)]
        for first, behind in self._runs(belongs):
            while first < behind and self._texts[first] in links:
                first += 1
            while behind > first and self._texts[behind - 1] in links:
                behind -= 1
            figures = [i for i in range(first, behind) if self._is_number(i)]
            digits = sum(letter.isdigit() for text in self._texts[first:behind] for letter in text)
            if figures and (digits >= 3 or len(figures) > 1 or behind - first > len(figures)):
                yield first, behind, Kind.BIRTHDATE

    # Ids and places

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
        kind = Kind.ADDRESS if Kind.ADDRESS in self._asked else Kind.POSTCODE
        for i, text in enumerate(self._texts):
            if not text[0].isdigit() or self._is_taken(i):
                continue
            behind = i + 1
            while behind < len(self._texts) and self._goes_on(behind):
                behind += 1
            if behind > i + 1 and self._texts[i + 1] not in self._lore.not_after:
                yield i, behind, kind

    def _goes_on(self, i: int) -> bool:
        gap = self.people.gap(i - 1)
        return gap.strip() in ("", ",", ".") and "\n" not in gap and self._texts[i] not in self._lore.words.never

    # Words

    def _clauses(self) -> Iterator[tuple[int, int]]:
        """From word to word between signs and connecting words, without what leads up to an answer or follows it."""
        first = 0
        joints = self._lore.lists["joints"]
        for i, text in enumerate(self._texts):
            if text in joints:
                yield first, i
                first = i + 1
            elif self._parts(i):
                yield first, i + 1
                first = i + 1

    def _parts(self, i: int) -> bool:
        gap = self.people.gap(i)
        if len(self._texts[i]) == 1 and gap.startswith("."):
            return False
        return i + 1 == len(self._texts) or any(sign in _STOPS for sign in gap) or "- " in gap

    def _in_words(self, first: int, behind: int) -> Iterator[tuple[int, int, Kind]]:
        lists, texts = self._lore.lists, self._texts
        refused = not lists["refusals"].isdisjoint(texts[first:behind]) or self._asks_back(behind - 1)
        while first < behind and (texts[first] in lists["leads"]):
            first += 1
        while behind > first and (texts[behind - 1] in lists["tails"]):
            behind -= 1
        if first == behind or all(self._is_taken(i) for i in range(first, behind)):
            return
        for kind in _IN_WORDS:
            if kind in self._asked:
                ends = list(_READERS[kind](self, first, behind, refused))
                yield from ((start, end, kind) for start, end in ends)
                if ends:
                    return

    def _asks_back(self, last: int) -> bool:
        return last >= 0 and "?" in self.people.gap(last)

    def _name(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """A whole clause of words that may be names; else the names in it."""
        people = self.people
        if behind - first <= LONGEST_NAME and all(self._may_be_name(i, first) for i in range(first, behind)):
            if not refused or behind - first <= 2:
                yield first, behind
                return
        at = first
        while at < behind:
            end = people.reach(at, Cue.STRONG) if self._begins_name(at, first, behind, refused) else at
            if end > at:
                yield at, min(end, behind)
            at = max(end, at + 1)

    def _may_be_name(self, i: int, first: int) -> bool:
        people, text = self.people, self._texts[i]
        if text in self._lore.words.never:
            return text in self._lore.words.firsts and people.words[i].capital and i == first
        if not text.replace("-", "").replace("'", "").isalpha():
            return False
        initial = len(text) == 1 and people.words[i].capital
        if initial or people.known(i) or not people.is_word(i) or text in self._lore.words.lists["particles"]:
            return True
        # "Jane Doe", "Brian Whit": behind a name, a word with a capital is one.
        return i > first and people.words[i].capital and people.known(i - 1)

    def _begins_name(self, i: int, first: int, behind: int, refused: bool) -> bool:
        """In a longer clause only what is a name before anything else, or is written like one."""
        people = self.people
        if people.sure(i):
            return True
        if people.is_word(i) or self._texts[i] in self._lore.words.never:
            capital = people.big(i) and people.known(i) and not people.starts(i)
            return capital and self._texts[i] not in self._lore.words.places and not refused
        return people.big(i) or (behind - first <= LONGEST_NAME and not refused)

    def _secret(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """A short clause whole: any word may be the name of a pet."""
        words = self._lore.words
        content = [i for i in range(first, behind) if self._texts[i] not in words.lists["stop"]]
        if not refused and behind - first <= LONGEST_SECRET and content:
            yield content[0], content[-1] + 1
        else:
            yield from self._name(first, behind, refused)

    def _sign(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """A password or user name: what is no word, or all of a message of one or two."""
        for i in range(first, behind):
            text = self._texts[i]
            if text in self._lore.words.never or text in self._lore.lists["refusals"]:
                continue
            if not self.people.is_word(i) or (behind - first <= 2 and not refused and len(self._texts) <= SHORT):
                yield i, i + 1

    def _mailbox(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """The part before a provider, "riley 543 gmailcom", or the whole of a short answer."""
        providers, texts = self._lore.lists["providers"], self._texts
        at = next((i for i in range(first, behind) if texts[i] in providers), None)
        if at is not None:
            while at > first and texts[at - 1] not in self._lore.words.never - self._lore.words.lists["bodies"]:
                at -= 1
            yield at, behind
        elif behind - first <= 2 and not refused and len(texts) <= SHORT:
            if any(not self.people.is_word(i) or self._is_figure(texts[i]) for i in range(first, behind)):
                yield first, behind


_READERS = {
    Kind.PASSWORD: _Answer._sign,
    Kind.SECRET: _Answer._secret,
    Kind.NAME: _Answer._name,
    Kind.HANDLE: _Answer._sign,
    Kind.EMAIL: _Answer._mailbox,
}
