"""Bare answers to an open question are found here: numbers and ids anywhere in a message, words clause by clause."""

from collections.abc import Iterator

from chatmarket.privacy.finders.cues import STATES
from chatmarket.privacy.finders.figures import Figures, is_figure
from chatmarket.privacy.finders.manners import manners
from chatmarket.privacy.finders.people import Cue, People
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.wordlists import SHORTEST_NAME

Found = tuple[int, int, Kind]

# What is answered in words: of a clause all that can be an answer, or nothing.
_IN_WORDS = (Kind.PASSWORD, Kind.SECRET, Kind.NAME, Kind.HANDLE, Kind.EMAIL)
# An answer in words has so many at most, a security answer fewer: more are a sentence.
LONGEST_NAME, LONGEST_SECRET = 5, 3
# A message that is a security answer and nothing else: "The Wind in the Willows".
LONGEST_WHOLE = 7
# A message with more words than these is no bare answer; its single words are ordinary until they look otherwise.
SHORT = 6
# Further in, a message is a letter and no answer; what looks like a name by itself is found there in any case.
LONGEST_ANSWER = 80
# Signs are part of these: "the_real_dan".
_WITH_SIGNS = (Kind.PASSWORD, Kind.HANDLE, Kind.EMAIL)
# Ids that are glued together are hidden from their first letter to their last: "PL/MUM/0052/77183".
_IN_ONE_PIECE = (Kind.ACCOUNT, Kind.CODE, Kind.DOCUMENT)
_GLUE = "/.-_#"
# The lists of words that are no name however they are written.
_SAID_INSTEAD = ("leads", "tails", "joints", "refusals")
_OF_CARDS = (Kind.CVV, Kind.EXPIRY)
_OPENING = "(\"'¿¡:,"
_STOPS = '.,;!?\n:()"'


def find(reading: Reading) -> Iterator[Found]:
    """Start and end in the skeleton, and the kind. Nothing when no question is open."""
    if not (reading.asked or reading.recalled) or not reading.tokens:
        return
    answer = _Answer(reading)
    details = [(start, end) for start, end, kind in reading.taken if kind in _OF_CARDS]
    for first, behind, kind in answer.found():
        start, end = answer.people.words[first].start, answer.people.end(behind - 1)
        end = answer.people.words[behind - 1].end if kind is Kind.SECRET else end  # "St Bede's"
        if kind in _IN_ONE_PIECE:
            start, end = answer.closed(start, end)
        if any(first < end and start < last for first, last in details):
            continue
        yield (*(answer.widened(start, end) if kind in _WITH_SIGNS else (start, end)), kind)


class _Answer:
    """One message, read as an answer."""

    def __init__(self, reading: Reading) -> None:
        self._manners, self._asked = manners(reading.language), reading.asked
        self._recalled = reading.recalled
        self._scan = reading.bones.scan
        self.people = People(reading, self._manners.words)
        self._texts = self.people.texts

    def found(self) -> Iterator[tuple[int, int, Kind]]:
        yield from Figures(self.people, self._manners, self._asked, self._scan).found()
        first, behind = self._recalled_secret() if self._recalled else (0, 0)
        if first == behind and Kind.SECRET in self._asked:
            first, behind = self._whole_secret()
        if behind > first:
            yield first, behind, Kind.SECRET
        elif not self._asked.isdisjoint(_IN_WORDS):
            for first, behind in self._clauses():
                yield from self._in_words(first, behind)

    def widened(self, start: int, end: int) -> tuple[int, int]:
        """To the spaces around it, without the signs that end a clause."""
        folded = self.people.folded
        while start and not folded[start - 1].isspace() and folded[start - 1] not in _OPENING:
            start -= 1
        while end < len(folded) and not folded[end].isspace():
            end += 1
        while folded[end - 1] in _STOPS and end > start + 1:
            end -= 1
        return start, end

    def closed(self, start: int, end: int) -> tuple[int, int]:
        """To the letters and digits that only signs of an id part from it."""
        folded = self.people.folded
        while start and (folded[start - 1].isalnum() or (folded[start - 1] in _GLUE and _is_inside(folded, start - 1))):
            start -= 1
        while end < len(folded) and (folded[end].isalnum() or (folded[end] in _GLUE and _is_inside(folded, end))):
            end += 1
        return start, end

    def _clauses(self) -> Iterator[tuple[int, int]]:
        """From word to word between signs and connecting words, without what leads up to an answer or follows it."""
        first = 0
        joints = self._manners.lists["joints"]
        for i, text in enumerate(self._texts[:LONGEST_ANSWER]):
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
        lists, texts = self._manners.lists, self._texts
        refused = not lists["refusals"].isdisjoint(texts[first:behind]) or self._asks_back(behind - 1)
        while first < behind and (texts[first] in lists["leads"]):
            first += 1
        while behind > first and (texts[behind - 1] in lists["tails"]):
            behind -= 1
        if first == behind or all(self.people.is_taken(i) for i in range(first, behind)):
            return
        for kind in _IN_WORDS:
            if kind in self._asked:
                last = self._before_figures(first, behind) if kind is Kind.NAME else behind
                ends = list(_READERS[kind](self, first, last, refused))
                yield from ((start, end, kind) for start, end in ends)
                if ends:
                    return

    def _before_figures(self, first: int, behind: int) -> int:
        """Where a name ends that a number follows without a sign: "jan kowalski 9 9 2 1"."""
        if first < behind and self._texts[first].isalpha():
            return next((i for i in range(first, behind) if is_figure(self._texts[i])), behind)
        return behind

    def _asks_back(self, last: int) -> bool:
        return last >= 0 and "?" in self.people.gap(last)

    def _whole_secret(self) -> tuple[int, int]:
        """All of a message that is an answer and nothing else, its articles and links as well: "El viejo y el mar"."""
        texts, lists, words = self._texts, self._manners.lists, self._manners.words
        first, behind = 0, len(texts)
        if behind > LONGEST_WHOLE or not lists["refusals"].isdisjoint(texts) or self._asks_back(behind - 1):
            return 0, 0
        while first < behind and texts[first] in lists["leads"]:
            first += 1
        while behind > first and texts[behind - 1] in lists["tails"]:
            behind -= 1
        if any(self._parts(i) for i in range(first, behind - 1)):
            return 0, 0
        glue = words.lists["determiners"] | words.lists["whereto"] | words.lists["links"] | words.lists["particles"]
        glue |= lists["joints"]
        inner = range(first, behind)
        if all(texts[i] in self._manners.said and not self.people.big(i) for i in inner):
            return 0, 0
        if not all(texts[i] not in self._manners.said or texts[i] in glue or self.people.big(i) for i in inner):
            return 0, 0
        whole = first and texts[first - 1] in glue and (first == 1 or self.people.words[first - 1].capital)
        return first - bool(whole), behind

    def _recalled_secret(self) -> tuple[int, int]:
        """A short message, corrections and all, without what leads up to it: "mrs abernathy or Abernathy"."""
        texts, lists = self._texts, self._manners.lists
        first, behind = 0, len(texts)
        if behind > LONGEST_WHOLE or not lists["refusals"].isdisjoint(texts) or self._asks_back(behind - 1):
            return 0, 0
        while first < behind and texts[first] in lists["leads"]:
            first += 1
        while behind > first and texts[behind - 1] in lists["tails"]:
            behind -= 1
        if all(texts[i] in self._manners.said and not self.people.big(i) for i in range(first, behind)):
            return 0, 0
        while first and texts[first - 1] in self._manners.words.lists["determiners"]:
            first -= 1
        return first, behind

    def _name(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """A whole clause of words that may be names; else the names in it."""
        people, length = self.people, behind - first
        if length == 1 and not refused and self._is_called_so(first):
            yield first, behind
            return
        whole = length <= LONGEST_NAME and all(self._may_be_name(i, first) for i in range(first, behind))
        whole = whole or (length == 2 and not refused and self._is_half_known(first))
        if whole and (not refused or length <= 2) and (self._is_short(behind) or not self._is_unknown(first, behind)):
            yield first, behind
            return
        at = first
        while at < behind:
            end = min(people.reach(at, Cue.STRONG), behind) if self._begins_name(at, first, behind, refused) else at
            if end > at and not people.is_body(end - 1):
                yield at, end
            at = max(end, at + 1)

    def _is_half_known(self, first: int) -> bool:
        """Whether two words are all of a message, one nothing but a name: "sun yue" has a word before it."""
        both = (first, first + 1)
        if len(self._texts) != len(both) or not all(self._texts[i].isalpha() for i in both):
            return False
        if any(self._texts[i] in self._manners.said or self._texts[i] in self._manners.words.never for i in both):
            return False
        return self._may_be_name(first + 1, first) and not self.people.is_word(first + 1)

    def _is_called_so(self, i: int) -> bool:
        """Whether a clause is one word of grammar that people are called, too: "will, or maybe william"."""
        text, words = self._texts[i], self._manners.words
        if text in words.lists["modals"]:
            return True
        grammar = text in words.ranks or text in words.lists["determiners"]
        return text in words.never and text in words.firsts and not grammar

    def _is_short(self, behind: int) -> bool:
        """Whether the clause is most of the message, or its beginning: there an unknown word is a name."""
        return behind <= SHORT or len(self._texts) <= 2 * SHORT

    def _is_unknown(self, first: int, behind: int) -> bool:
        return not any(self.people.known(i) or self.people.words[i].capital for i in range(first, behind))

    def _may_be_name(self, i: int, first: int) -> bool:
        people, text = self.people, self._texts[i]
        if text in self._manners.words.never:
            # "Will", "will smith"
            goes_on = i + 1 < len(self._texts) and people.known(i + 1) and people.joined(i)
            return text in self._manners.words.firsts and i == first and (goes_on or people.words[i].capital)
        if not text.replace("-", "").replace("'", "").isalpha():
            return False
        initial = len(text) == 1 and people.words[i].capital
        if initial or people.known(i) or text in self._manners.words.lists["particles"]:
            return True
        if not people.is_word(i):
            return not people.is_acronym(i)
        if people.big(i) and self._is_nothing_said(i):
            return True
        # "Jane Doe", "jane doe": behind a first name, another word is one too.
        return i > first and people.known(i - 1) and (people.words[i].capital or people.sure(i - 1))

    def _is_nothing_said(self, i: int) -> bool:
        """Whether a word, written large as an answer, is none that people answer with: "Inti", "Brook"."""
        text, lists = self._texts[i], self._manners.lists
        if len(text) < SHORTEST_NAME or not text.isalpha() or text in self._manners.words.places:
            return False
        ordinary = text in self._manners.said or text in STATES or text in self._manners.words.never
        return not ordinary and not any(text in lists[name] for name in _SAID_INSTEAD)

    def _begins_name(self, i: int, first: int, behind: int, refused: bool) -> bool:
        """In a longer clause only what is a name before anything else, or is written like one."""
        people, text, words = self.people, self._texts[i], self._manners.words
        if people.sure(i):
            return True
        if text in words.never or people.is_acronym(i):
            return False
        if people.is_word(i):
            if refused or text in words.places or not people.big(i) or not people.known(i):
                return False
            # "Mark is the host": at the start of a clause a capital tells nothing, but what follows does.
            return not people.starts(i) or (text in words.firsts and self._goes_with_verb(i))
        return people.big(i) or (behind - first <= LONGEST_SECRET and not refused and self._is_short(behind))

    def _goes_with_verb(self, i: int) -> bool:
        following = self._texts[i + 1] if i + 1 < len(self._texts) else ""
        return following in self._manners.words.lists["stop"] or following[:1].isdigit()

    def _secret(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """A short clause whole: any word may be the name of a pet. Not what people say all the time."""
        said = [self._texts[i] in self._manners.said for i in range(first, behind)]
        # "Lord of the Rings", when nothing else is said.
        title = not said[0] and not said[-1] and behind - first == len(self._texts)
        short = behind - first <= (LONGEST_NAME if title else LONGEST_SECRET)
        if short and not refused and (title or not any(said)) and self._is_short(behind):
            yield first, behind
        else:
            yield from self._name(first, behind, refused)

    def _sign(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """A password or user name: what is no word, or all of a message of one or two."""
        alone = behind - first <= 2 and len(self._texts) <= SHORT - 2 and not refused
        for i in range(first, behind):
            text = self._texts[i]
            if text in self._manners.words.never or text in self._manners.lists["refusals"] or text.isdigit():
                continue
            if self._is_laughter(text):
                continue
            if alone or not self.people.is_word(i):
                yield i, i + 1

    def _is_laughter(self, text: str) -> bool:
        """ "Jajaj"."""
        laughs = self._manners.lists["laughs"]
        return text.isalpha() and any(text.startswith(laugh) and set(text) == set(laugh) for laugh in laughs)

    def _mailbox(self, first: int, behind: int, refused: bool) -> Iterator[tuple[int, int]]:
        """The part before a provider, "riley 543 gmailcom", or the whole of a short answer."""
        providers, texts = self._manners.lists["providers"], self._texts
        at = next((i for i in range(first, behind) if texts[i] in providers), None)
        if at is not None:
            while at > first and texts[at - 1] not in self._manners.words.never - self._manners.words.lists["bodies"]:
                at -= 1
            yield at, behind
        elif behind - first <= 2 and not refused and len(texts) <= SHORT and not self._all_words(first, behind):
            yield first, behind

    def _all_words(self, first: int, behind: int) -> bool:
        return all(self._texts[i].isdigit() or self._is_plain_word(i) for i in range(first, behind))

    def _is_plain_word(self, i: int) -> bool:
        return self._texts[i].isalpha() and self.people.is_word(i)


def _is_inside(folded: str, at: int) -> bool:
    """Whether letters or digits stand on both sides of a sign."""
    return folded[max(0, at - 1) : at].isalnum() and folded[at + 1 : at + 2].isalnum()


_READERS = {
    Kind.PASSWORD: _Answer._sign,
    Kind.SECRET: _Answer._secret,
    Kind.NAME: _Answer._name,
    Kind.HANDLE: _Answer._sign,
    Kind.EMAIL: _Answer._mailbox,
}
