"""The large letters that stand beside a number and belong to it are found here: "SEUR 9928 4471 20", "B 00447182 P"."""

from functools import cache

from chatmarket.privacy.finders.cues import section_of
from chatmarket.privacy.finders.vocabulary import PACK, combined, gathered
from chatmarket.privacy.packs import table, words
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind

_NUMBERED = frozenset({Kind.NUMBER, Kind.ACCOUNT, Kind.DOCUMENT})
# Where one of these is asked for, what looks like a phone is one of them.
_ASKED = frozenset({Kind.ACCOUNT, Kind.DOCUMENT, Kind.DNI})
# So many digits are no model and no size.
_FEWEST_DIGITS = 5
_LONGEST_BEFORE, _LONGEST_BEHIND = 5, 3
_GAPS = " -"
_CLAUSES = ".,;:!?()\n"
# What is measured, paid or named in capitals beside a number, and no part of it.
_MEASURES = frozenset(
    word for key in ("units", "money", "money_before", "clock") for word in gathered("harmless", key)
).union(gathered("grammar", "number_nouns"), combined("dates", "months"))


def widened(reading: Reading, start: int, end: int, kind: Kind) -> tuple[int, int]:
    """Where such a number begins and ends with its letters, in the text as it was written."""
    text = reading.bones.original
    sure = not _ASKED.isdisjoint(reading.asked) and Kind.PHONE not in reading.asked
    if not (kind in _NUMBERED or (sure and kind is Kind.PHONE)) or not _has_letters_beside(text, start, end):
        return start, end
    if sum(map(str.isdigit, text[start:end])) < _FEWEST_DIGITS or (not sure and text.isupper()):
        return start, end
    ordinary = _ordinary(reading.language)
    return _before(text, start, sure, ordinary), _behind(text, end, sure, ordinary)


@cache
def _ordinary(language: str) -> frozenset[str]:
    """Other languages' words are none here: "LA 0447 120 993" in an English chat."""
    return words(language, "common").union(table(language, PACK)["grammar"]["states"])


def _has_letters_beside(text: str, start: int, end: int) -> bool:
    before = start > 1 and text[start - 1] in _GAPS and text[start - 2].isupper()
    return before or (text[end : end + 1] in tuple(_GAPS) and text[end + 1 : end + 2].isupper())


def _before(text: str, start: int, sure: bool, ordinary: frozenset[str]) -> int:
    first = start - 1
    while first > 0 and start - first <= _LONGEST_BEFORE + 1 and text[first - 1].isupper():
        first -= 1
    letters = text[first : max(0, start - 1)]
    if not letters or text[start - 1] not in _GAPS or text[max(0, first - 1) : first].isalnum():
        return start
    left = text[:first].rstrip()
    opens = not left or left[-1] in _CLAUSES
    said = letters.lower() in ordinary and not (sure and opens)
    return first if not said and _belongs(letters, _LONGEST_BEFORE) else start


def _behind(text: str, end: int, sure: bool, ordinary: frozenset[str]) -> int:
    last = end + 1
    while last < len(text) and last - end <= _LONGEST_BEHIND + 1 and text[last].isupper():
        last += 1
    letters = text[end + 1 : last]
    if not letters or text[end] not in _GAPS or text[last : last + 1].isalnum():
        return end
    rest = text[last:].lstrip()
    closes = not rest or rest[0] in _CLAUSES
    said = letters.lower() in ordinary and not (closes and (sure or len(letters) == 1))
    return last if not said and _belongs(letters, _LONGEST_BEHIND) else end


def _belongs(letters: str, longest: int) -> bool:
    """Whether they may be a part of a number, and say nothing of it."""
    word = letters.lower()
    return len(letters) <= longest and letters.isascii() and word not in _MEASURES and not section_of(word.encode())
