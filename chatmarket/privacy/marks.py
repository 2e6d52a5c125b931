"""What is kept nowhere is known again here by keyed marks: not the value, only whether the same was typed once more.

A PIN has ten thousand possible values: whoever holds the key can try them all. Marks are for the life of a chat, and
whoever keeps them must keep them sealed.
"""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from chatmarket.privacy.finders.harmless import DATE, digits_of, is_counted, is_money, is_year
from chatmarket.privacy.known import DIGITS_ANYWHERE, Known, spellings
from chatmarket.privacy.patterns import Found, pattern
from chatmarket.privacy.phrases import places_of, spelled
from chatmarket.privacy.rules import ALWAYS_DROPPED
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton, fold, spaced
from chatmarket.privacy.spans import MARKED, Span, crowd
from chatmarket.privacy.standing import NEXT, parts_of, stands_alone
from chatmarket.privacy.wordlists import is_anybodys

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


# A security code gets none: three digits are in every other sentence, and of a card it must not be stored in any form.
# A PIN and a one-time code are typed again without their word ("4821 again"); that is worth what a mark tells.
_WITHOUT = frozenset({Kind.CVV})
# More digits than a value of the kind has are a card or a phone that its word stood beside.
_MOST_DIGITS = {Kind.PIN: 8, Kind.CODE: 10}
# Signs that part two numbers rather than the groups of one, unless they stand close: "9917, 4821", and "4,821".
_SIGN = r"[^a-z0-9\xff\xfd\r\n,;:!?'\"=<>&#|\\]"
_DIGITS_BEFORE = pattern(rf"[0-9](?:[,:']|{_SIGN}{{1,3}})$")
_DIGITS_BEHIND = pattern(rf"(?:[,:']|{_SIGN}{{1,3}})[0-9]")
# A quote is no inch, and an emoji no degree.
_AS_SIGNS = bytes.maketrans(b"\xfe\"'", b"...")
_FAR = 4
_SIGNS = bytes(set(range(256)) - set(b"0123456789abcdefghijklmnopqrstuvwxyz\xff"))


def everyday(kind: Kind, spelling: str) -> bool:
    """Whether a secret is a word that anybody says, in any language of ours, or a year."""
    return kind in ALWAYS_DROPPED and (_is_year(spelling) if spelling.isdigit() else _is_word(spelling))


def _is_year(spelling: str) -> bool:
    return is_year(spelling.encode("utf-8"))


def _is_word(spelling: str) -> bool:
    return spelling.isalpha() and is_anybodys(spelling)


def in_passing(kind: Kind, value: str, text: str) -> bool:
    """Whether an everyday word stands there among others, and not as the secret that it is elsewhere."""
    return everyday(kind, spelled(value)) and len(spelled(text).split()) > MOST_AROUND


def marks_of(key: bytes, known: Known) -> bytes:
    """The marks of a value's spellings, as they are kept: of each its length, whether it is a word before it is a
    value, and an HMAC-SHA-256 under the chat's key, truncated."""
    if known.kind in _WITHOUT:
        return b""
    marks = []
    every = sorted(set(spellings(known)))
    parts = parts_of([fold(known.value)]) if known.kind is Kind.NAME else {}
    for spelling in every:
        together = spelling.replace(" ", "")[:LONGEST]
        if together.isdigit() and len(together) > _MOST_DIGITS.get(known.kind, LONGEST):
            continue
        size = len(together) | (_EVERYDAY if spelling in parts or everyday(known.kind, spelling) else 0)
        marks.append(bytes([size]) + _digest(key, together))
    return b"".join(dict.fromkeys(marks))


def _digest(key: bytes, together: str) -> bytes:
    return hmac.digest(key, together.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]


@dataclass(frozen=True, slots=True)
class _Marked:
    kind: Kind
    n: int
    everyday: bool  # of a name: a part of it that is a word first


_Find = tuple[int, int, _Marked]  # first word, last word


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
        found: list[_Find] = []
        for tries, (first, last) in enumerate(self._candidates(words)):
            if tries >= MOST_TRIES:
                return [crowd(bones)]
            marked = self._told("".join(words[first : last + 1]))
            if marked is not None:
                found.append((first, last, marked))
        if not found:
            return []
        places = places_of(words, spaced(bones.folded))
        spans = []
        for first, last, marked in _counting(bones, places, found):
            back = bones.way_back(places[first][0], places[last][1])
            spans.append(Span(*back, marked.kind, known=True, why=MARKED))
        return spans

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


def _counting(bones: Skeleton, places: list[Found], found: list[_Find]) -> Iterator[_Find]:
    """Of what has the characters of a value, what is one where it stands."""
    ends = {(number, marked.n) for first, last, marked in found if marked.kind is Kind.NAME for number in (first, last)}
    for first, last, marked in found:
        start, end = places[first][0], places[last][1]
        if marked.kind is Kind.NAME and marked.everyday:
            behind = bones.words[last + 1 : last + 2]
            near = range(first - NEXT, last + NEXT + 1)
            beside = any((at, marked.n) in ends for at in near if not first <= at <= last)
            stands = beside or stands_alone(bones, start, behind)
        elif marked.everyday:
            stands = len(bones.words) <= MOST_AROUND
        else:
            stands = _stands_as_number(bones.scan, start, end)
        if stands:
            yield first, last, marked


def _stands_as_number(scan: bytes, start: int, end: int) -> bool:
    """Whether a short number is all that stands there, and no group of a longer one, no price, count or date; and what
    is no short number anyway."""
    written = scan[start:end]
    digits = len(digits_of(written))
    if digits >= DIGITS_ANYWHERE or digits < len(written.translate(None, _SIGNS)):
        return True
    if _DIGITS_BEFORE.search(scan[max(0, start - _FAR) : start]) or _DIGITS_BEHIND.match(scan, end):
        return False
    if DATE.fullmatch(written) is not None:
        return False
    explained = scan.translate(_AS_SIGNS)
    return not (is_money(explained, start, end) or is_counted(explained, start, end))
