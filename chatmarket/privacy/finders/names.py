"""Names of people are found here: by what leads up to them, and by the language pack's lists.

Cues first ("my name is", "Dr", "nombre:"), then words of the lists wherever they stand, and what was found said again.
"""

from collections.abc import Iterator

from chatmarket.privacy.finders import frames, signatures
from chatmarket.privacy.finders.lone import (
    is_lone_person,
    is_sibling,
    is_strange_pair,
    kin_beside,
    with_initials,
)
from chatmarket.privacy.finders.mentions import mentioned
from chatmarket.privacy.finders.people import Cue, People
from chatmarket.privacy.finders.tracks import Tracks, tracks
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.standing import is_word_first

# What parts a form's label from what was filled in.
_SEPARATORS = (":", "=", "-")
# What may stand between a cue and the name it leads to.
_BETWEEN = frozenset(["", ".", ",", '"', "'", "(", ":", "-", "*", "¿", "¡"])
_LIGHT = frozenset(["", ",", '"', "'", "("])
_LISTED = frozenset([", ", " & ", "&", " + ", "/", " / "])
_OF_OTHERS = frozenset({Cue.KIN, Cue.ACT, Cue.LETTER, Cue.RESUMED})
# "May Grace Young speaking": so many words at most before such a cue.
LONGEST_BEFORE = 4
# Letters that two spellings of a name have in common at its end, if not the first one.
ALIKE = 2
# Pairs of words with capitals; those behind are names without being judged.
MOST_JUDGED = 100


def find(reading: Reading) -> Iterator[tuple[int, int, Kind]]:
    """Start and end in the skeleton, and the kind. Experts name nobody: they have read no name."""
    if reading.author == "expert":
        return
    found = tracks(reading)
    if not found:
        return
    search = _Search(reading, found)
    for first, behind in search.found():
        start, end = search.people.words[first].start, search.people.end(behind - 1)
        yield start, end, Kind.NAME


class _Search:
    """The search for names in one message, along its tracks."""

    def __init__(self, reading: Reading, found: Tracks) -> None:
        self._tracks, self._tokens, self._words = found, reading.tokens, found.words
        self._asked, self._taken = reading.asked, reading.taken
        self.people = People(reading, found.words)
        self._names: dict[int, int] = {}  # first word -> behind the last
        self._covered: set[int] = set()

    def found(self) -> list[tuple[int, int]]:
        led = -1
        for i, at, cue in self._tracks.leads:
            if i != led and i not in self._covered and self._read_cue(i, at, cue):
                led = i
        self._framed()
        for i in self._tracks.seeds:
            if i not in self._covered:
                self._by_list(i)
        for i in self._tracks.lone:
            if i not in self._covered and is_lone_person(self.people, i):
                self._take(with_initials(self.people, i), i + 1)
        if self._tracks.capitals:
            self._strangers()
            self._alone()
            if len(self._tokens) - 1 not in self._covered and signatures.is_told_last(self.people, self._taken):
                self._take(len(self._tokens) - 1, len(self._tokens))
        self._all_beside()
        self._again()
        return sorted(self._names.items())

    def _all_beside(self) -> None:
        beside, found = sorted(self._names), len(self._names)
        for first in beside:
            self._beside(first, self._names[first])
            if len(self._names) > found:  # what is found so, too
                beside += [*self._names][found:]
                found = len(self._names)

    def _framed(self) -> None:
        """What a plain frame stands around; what a cue led to is taken already."""
        for i in self._tracks.listed[: frames.MOST_PAIRS]:
            if i not in self._covered:
                self._take(*frames.pair(self.people, i))
        for first, behind in frames.framed(self.people, self._tracks.errors) if self._tracks.framed else ():
            if not self._covered.issuperset(range(first, behind)):
                self._take(first, behind)

    def _take(self, first: int, behind: int) -> None:
        if behind > first:
            self._names[first] = max(behind, self._names.get(first, 0))
            self._covered.update(range(first, behind))

    def _read_cue(self, i: int, at: int, cue: Cue) -> bool:
        """Whether the cue of the words from `i` up to `at` leads to a name, which is then taken."""
        people = self.people
        if cue is Cue.AFTER:
            return self._before(i)
        if cue in _OF_OTHERS:
            first, behind = mentioned(people, i, at, cue)
            self._take(first, behind)
            return behind > first
        if at >= len(people.words):
            return False
        if cue is Cue.CLOSING:
            first, behind = signatures.signed(people, at)
            self._take(first, behind)
            return behind > first
        gap = people.gap(at - 1).strip()
        if cue is Cue.LABEL and not gap.startswith(_SEPARATORS):
            return False
        if cue is Cue.STRONG and gap.startswith(":"):
            cue = Cue.LABEL
        if gap == "." and cue is not Cue.TITLE:
            return False
        if gap not in _BETWEEN and cue is not Cue.LABEL:
            return False
        if cue is Cue.WEAK and gap not in _LIGHT:
            return False
        at = self._past_titles(at)
        behind = people.reach(at, cue)
        self._take(at, behind)
        return behind > at

    def _past_titles(self, at: int) -> int:
        """A title is no part of a name: "my name is Dr Jones"."""
        titles = self._words.lists["titles"]
        while at + 1 < len(self._tokens) and self._tokens[at] in titles and self.people.gap(at).strip() in ("", "."):
            at += 1
        return at

    def _before(self, i: int) -> bool:
        """A name that fills the clause before "here" or "speaking"."""
        people, first = self.people, i
        while first and i - first < LONGEST_BEFORE and people.joined(first - 1) and self._may_precede(first - 1):
            first -= 1
        if first == i and self._tokens[i] in self._words.lists["callers"] and people.closed(i):
            first -= self._is_new(i - 1)  # "xavi here"
        led = first and self._tokens[first - 1] in self._words.lists["introduced"]
        if first < i and (led or not first or people.gap(first - 1).strip()):
            self._take(first, i)
        return first < i

    def _is_new(self, i: int) -> bool:
        """Whether a small word that nobody knows begins a clause."""
        people, text = self.people, self._tokens[i]
        begins = people.starts(i) or self._tokens[i - 1] in self._words.lists["introduced"]
        fits = begins and people.joined(i) and len(text) >= LONGEST_BEFORE and text.isalpha()
        return fits and not people.is_taken(i) and not people.is_word(i) and text not in self._words.never

    def _may_precede(self, i: int) -> bool:
        people = self.people
        if people.is_taken(i):
            return False
        if len(self._tokens[i]) == 1 and self._tokens[i].isalpha():
            return i > 0 and people.joined(i - 1) and self._is_given(i - 1)
        if self._tokens[i] in self._words.never:
            return people.big(i) and self._tokens[i] in self._words.firsts and self._tokens[i] not in self._words.ranks
        if i + 1 < len(self._tokens) and len(self._tokens[i + 1]) == 1 and self._is_given(i):
            return True
        return people.sure(i) or (people.big(i) and (people.known(i) or not people.is_word(i) or self._is_short(i)))

    def _is_given(self, i: int) -> bool:
        """Whether a word before an initial is a first name, known or not: "tamsin h."."""
        people = self.people
        unknown = len(self._tokens[i]) > 2 and not people.is_word(i) and self._tokens[i] not in self._words.never
        return people.sure(i) or (unknown and self._tokens[i].isalpha())

    def _is_short(self, i: int) -> bool:
        """ "Xi Zhang", "Bo Karlsson": the lists have no names of two letters; words of two are in `never`."""
        people = self.people
        if len(self._tokens[i]) != 2 or i + 1 == len(self._tokens):
            return False
        return people.sure(i + 1) or (people.big(i + 1) and not people.is_word(i + 1))

    def _by_list(self, i: int) -> None:
        """A name of the lists, without any cue."""
        if self.people.is_taken(i):
            return
        if (self.people.texts[i] not in self._words.never and self._is_person(i)) or self._in_pair(i):
            self._take_around(i)

    def _strangers(self) -> None:
        words, judged = self.people.words, 0
        for i in range(len(words) - 1 if self.people.telling else 0):
            if words[i].capital and words[i + 1].capital and i not in self._covered:
                judged += 1
                if judged > MOST_JUDGED:
                    self._take(i, i + 2)
                elif is_strange_pair(self.people, i):
                    self._take_around(i)

    def _alone(self) -> None:
        """An unknown word with a capital, alone: people sign so. As an answer it is of the kind asked for."""
        if len(self._tokens) == 1 and not self._asked and not self._covered and self.people.strange(0):
            self._take(0, 1)

    def _take_around(self, i: int) -> None:
        people, first = self.people, i
        while first and self._leads(first - 1):
            first -= 1
        self._take(first, max(people.reach(i, Cue.NONE), i + 1))

    def _is_person(self, i: int) -> bool:
        """Whether a name of the lists stands for a person here by itself."""
        people, lists, texts = self.people, self._words.lists, self.people.texts
        before = texts[i - 1] if i else ""
        if before in lists["place_heads"] or people.is_body(i):
            return False
        if people.sure(i):
            return people.big(i) or texts[i] in self._words.plain
        if not people.big(i) or texts[i] not in self._words.firsts or texts[i] in self._words.places:
            return False
        if people.texts[i] != people.words[i].text:
            return True  # "to Mark's party"
        given = before in lists["whereto"] and not lists["giving"].isdisjoint(texts[max(0, i - 4) : i])
        if before in lists["determiners"] or (before in lists["whereto"] and not given):
            return False
        return not people.starts(i) and not people.big(i - 1)

    def _in_pair(self, i: int) -> bool:
        """A first name and a surname side by side are a person, though each may be a word: Grace Young."""
        people, words = self.people, self._words
        if (
            i + 1 >= len(self._tokens)
            or not people.joined(i)
            or people.texts[i] not in words.firsts
            or people.texts[i] in words.ranks
        ):
            return False
        if people.texts[i + 1] in words.never or not people.known(i + 1) or people.is_body(i + 1):
            return False
        if people.big(i) and people.big(i + 1):
            return True
        small = not people.big(i) and not people.big(i + 1)
        return small and people.sure(i + 1) and people.texts[i] not in words.never

    def _leads(self, i: int) -> bool:
        """Whether the word before a name belongs to it: an unknown one with a capital, or an initial."""
        people = self.people
        if (
            i in self._covered
            or people.is_taken(i)
            or not people.joined(i)
            or not people.big(i)
            or people.texts[i] in self._words.never
        ):
            return False
        return people.known(i) or not people.is_word(i) or self._is_short(i)

    def _beside(self, first: int, behind: int) -> None:
        """ "Alexis and Jordan", "Matheus, Janet and Terri": what stands beside a name in a list is one."""
        links, count = self._words.lists["links"], len(self._tokens)
        if behind < count and self.people.gap(behind - 1) in _LISTED:
            self._another(behind)
        elif kin_beside(self.people, behind):
            at = kin_beside(self.people, behind)
            self._take(at, at + 1)
        elif behind + 1 < count and self._tokens[behind] in links and self.people.joined(behind - 1):
            told = self._tokens[behind + 1] in self._words.lists["copulas"]
            self._another(min(behind + 1 + told, count - 1))  # "it says Etcheverri and is Etchegaray"
        elif behind + 1 < count and self._tokens[behind] in self._words.lists["contrasts"]:
            self._another(behind + 1)
        if first > 1 and self._tokens[first - 1] in self._words.lists["contrasts"]:
            self._spelled_otherwise(first - 2, first)
        if first and self.people.gap(first - 1) == ", " and self.people.strange(first - 1):
            self._another(first - 1)
        linked = first > 1 and self._tokens[first - 1] in links and self.people.strange(first - 2)
        if linked and self._tokens[first - 2] not in self._words.places:
            self._another(first - 2)

    def _spelled_otherwise(self, i: int, other: int) -> None:
        """ "tomasz not thomas": who says how a name is not written says how it is."""
        text, wrong, people = self._tokens[i], self._tokens[other], self.people
        alike = text[0] == wrong[0] or text[-ALIKE:] == wrong[-ALIKE:]
        named = people.big(i) or people.known(i) or not people.is_word(i)
        if alike and named and text.isalpha() and text not in self._words.never and not people.is_taken(i):
            self._take(i, i + 1)

    def _another(self, i: int) -> None:
        people = self.people
        if i in self._covered or people.is_body(i) or people.is_acronym(i):
            return
        if self._may_precede(i):
            self._take(i, people.reach(i, Cue.KIN))
        elif is_sibling(people, i):
            self._take(i, i + 1)

    def _again(self) -> None:
        """What was found once is a name wherever it stands: "im will, will smith"."""
        texts = self.people.texts
        names = {texts[i] for i in self._covered} - self._words.lists["particles"]
        whole = {texts[first] for first, behind in self._names.items() if behind - first == 1}
        for i, text in enumerate(texts):
            if text not in names or i in self._covered or len(text) < 2 or self.people.is_taken(i):
                continue
            if text in whole or self._stands(i, names):
                self._take(i, self.people.reach(i, Cue.STRONG, given=1))

    def _stands(self, i: int, names: set[str]) -> bool:
        """Whether a part of a longer name is the person again, and no word: "Will Marsh ... I will wait"."""
        texts = self.people.texts
        if self.people.words[i].capital or not is_word_first(texts[i]):
            return True
        before = i > 0 and texts[i - 1] in names and self.people.joined(i - 1)
        return before or (i + 1 < len(texts) and texts[i + 1] in names)
