"""Values in disguise are found here: spelled in words, letter by letter, encoded, backwards."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from chatmarket.privacy.finders import encoded, numerals
from chatmarket.privacy.finders.checks import MOST_PHONE, is_card
from chatmarket.privacy.finders.harmless import is_counted, is_money, scores
from chatmarket.privacy.finders.numerals import Numeral
from chatmarket.privacy.finders.vocabulary import alternation, combined, gathered
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

_LETTERS = pattern(
    r"\b[a-z\xff](?: [a-z\xff]\b){3,}|\b[a-z\xff](?:[-_*/,]{1,2} ?[a-z\xff]\b){3,}"
    r"|\b[a-z\xff](?:\.[a-z\xff]\b){4,}",
)
_GLUED = pattern(r"[0-9][a-z]+[0-9]|[a-z][0-9]+[a-z]")
# An id of letters and digits, each by itself: "q q 7 8 1 2 3 4 c".
_SINGLE = pattern(
    r"\b[a-z0-9](?: [a-z0-9]\b){6,}|\b[a-z0-9](?:-[a-z0-9]\b){6,}|\b[a-z0-9](?:/[a-z0-9]\b){6,}"
    r"|\b[a-z0-9](?:\.[a-z0-9]\b){6,}"
)
_SINGLE_SOURCE = r"\b[a-z0-9](?:[ /.-][a-z0-9]\b){6}"
_FEWEST_SINGLE_DIGITS = 4
_STANDS_FOR = alternation(gathered("letters", "stands_for"))
_ALPHABET = pattern(
    rf"\b[a-z] (?:{_STANDS_FOR}) [a-z]+(?:[^a-z0-9\xff]{{1,3}}(?:[a-z] (?:{_STANDS_FOR}) [a-z]+|[0-9]+\b)){{2,}}"
)
_LETTER_SOURCE = (
    rf"\b[a-z](?:[ _*/.,-]{{1,2}}[a-z]\b){{3}}|\b[a-z] (?:{_STANDS_FOR}) [a-z]+[^a-z0-9]{{1,3}}[a-z] (?:{_STANDS_FOR}) "
)
_DOTS = alternation(gathered("mail", "dot"))
_DOTTED = pattern(rf"\b[0-9]{{1,3}}(?:[ _]?[\[({{]?(?:\.|{_DOTS})[\])}}]?[ _]?[0-9]{{1,3}}){{3}}\b")
_DOTTED_SOURCE = rf"[0-9][ _\[({{]{{0,2}}(?:{_DOTS})[ _\])}}]{{0,2}}[0-9]"
_LETTER_NAME = pattern(rf"[^a-z0-9\xff]{{1,3}}(?:(?:{alternation(combined('letters', 'names'))})|[a-z])\b")
_DNI_DIGITS = 8
_PLUS_BEFORE = pattern(rf"\b(?:{alternation(gathered('mail', 'plus'))})[^a-z0-9\xff]{{1,3}}$")
_BACK = 12
_VOWELS = b"aeiouy"
# One of these stands in every message that has something in disguise.
SOURCE = "|".join((encoded.SOURCE, _LETTER_SOURCE, _SINGLE_SOURCE, _DOTTED_SOURCE))
_GATE = pattern(SOURCE)
# Fewer figures than that are a quantity or a year; four need three words at least, so that "twenty twenty" is none.
_FEWEST = 4
_FEWEST_SURE = 5
_FEWEST_PARTED = 7
_FEWEST_IN_PIECES = 7
# People count down from here at most.
_HIGHEST_COUNTED = 10
_FEWEST_CARDINAL = 10_000


def find(reading: Reading, disguised: bool | None = None, spoken: bool | None = None) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind.

    `disguised` and `spoken` are whether SOURCE and the gate of number words stand there, where that is known.
    """
    bones, scan = reading.bones, reading.bones.scan
    if _GATE.search(scan) is not None if disguised is None else disguised:
        yield from _in_disguise(reading)
    if _gate(reading.language).search(scan) is not None if spoken is None else spoken:
        yield from _spoken(reading)
    if not bones.folded.isascii():
        yield from encoded.flipped(bones)
        yield from ((*found, Kind.NAME) for found in encoded.foreign_names(bones))


def _in_disguise(reading: Reading) -> Iterator[Find]:
    bones, scan = reading.bones, reading.bones.scan
    yield from _spelled_letters(scan)
    yield from ((*found, Kind.IP) for found in places(_DOTTED, scan) if not _is_plain(scan[slice(*found)]))
    yield from ((*found, Kind.NUMBER) for found in places(_SINGLE, scan) if _is_mixed(scan[slice(*found)]))
    yield from encoded.encoded(bones)
    yield from ((*found, encoded.kind_of_digits(scan[slice(*found)])) for found in encoded.disguised(scan))


def _is_mixed(written: bytes) -> bool:
    """Whether letters and enough digits stand one by one."""
    digits = sum(48 <= sign <= 57 for sign in written)
    return digits >= _FEWEST_SINGLE_DIGITS and any(97 <= sign <= 122 for sign in written)


def _spoken(reading: Reading) -> Iterator[Find]:
    scan = reading.bones.scan
    numbers = list(numerals.numerals(scan, reading.language))
    games = scores(scan) if any(number.words == 0 for number in numbers) else []
    numbers = [one for one in numbers if not any(start <= one.start < end for start, end in games)]
    told = [_tells(scan, number) for number in numbers]
    loose = [_is_loose(number) and not _is_quantity(scan, number) for number in numbers]
    # "Four one five is the area code, then five fifty-five": pieces of one number, each too short to tell.
    several = (
        any(told)
        or sum(len(one.digits) for one, is_loose in zip(numbers, loose, strict=True) if is_loose) >= _FEWEST_IN_PIECES
    )
    for number, tells, is_loose in zip(numbers, told, loose, strict=True):
        if tells:
            yield _led(scan, number.start), *_end_and_kind(scan, number)
        elif is_loose and several:
            yield number.start, number.end, Kind.NUMBER


def _is_loose(number: Numeral) -> bool:
    """Figures said one after the other, too few to be a number by themselves."""
    count = len(number.digits)
    return number.words > 1 < len(number.groups) and (2 < count < _FEWEST_SURE or number.digits.startswith("0"))


def _led(scan: bytes, start: int) -> int:
    """From the plus before it on: "plus thirty four"."""
    match = _PLUS_BEFORE.search(scan[max(0, start - _BACK) : start])
    return start - len(match.group()) if match is not None else start


def _end_and_kind(scan: bytes, number: Numeral) -> tuple[int, Kind]:
    letter = _LETTER_NAME.match(scan, number.end) if len(number.digits) == _DNI_DIGITS else None
    return (letter.end(), Kind.DNI) if letter is not None else (number.end, _kind(number))


@cache
def _gate(language: str) -> Any:
    return pattern(numerals.gate(language))


def _tells(scan: bytes, number: Numeral) -> bool:
    """Whether a number in words is more than a quantity."""
    count = len(number.digits)
    if not number.digits.strip("0") or _is_listed(scan, number) or _is_counting(scan, number):
        return False
    if len(number.groups) == 1:
        value = int(number.digits)
        return value >= _FEWEST_CARDINAL and value % 1_000 != 0 and not _is_quantity(scan, number)
    if number.words == 0:
        return _is_joined(number) and not is_counted(scan, number.start, number.end)
    if any(character.isdigit() for character in scan[number.start : number.end].decode("latin-1")):
        return count >= _FEWEST_SURE and (number.words > 1 or _is_glued(scan[number.start : number.end]))
    if count == _FEWEST:
        return len(number.groups) > 2
    return count >= _FEWEST_SURE and not all(int(group) % 10 == 0 and len(group) > 1 for group in number.groups)


def _is_joined(number: Numeral) -> bool:
    """Digits that only words part: "4111 then 1111 then 1111", "2 and 0 and 2 and 5". Years are none."""
    sizes = [len(group) for group in number.groups]
    if number.dividers == len(sizes) - 1 and len(number.digits) >= _FEWEST_PARTED:
        return True
    if max(sizes) == 1:
        return len(sizes) > _FEWEST
    return len(sizes) > 2 and min(sizes) >= _FEWEST and not all(group[:2] in ("19", "20") for group in number.groups)


def _is_listed(scan: bytes, number: Numeral) -> bool:
    """ "Six, nine, twelve and twenty four months": rising, and of something."""
    values = [int(group) for group in number.groups]
    return is_counted(scan, number.start, number.end) and all(a < b for a, b in pairwise(values))


def _is_counting(scan: bytes, number: Numeral) -> bool:
    """ "Three, two, one" and "one, two, three", with a sign between all of them: counted aloud, to nobody's number."""
    written, values = scan[number.start : number.end], [int(group) for group in number.groups]
    if number.words != len(values) or sum(sign in b",." for sign in written) < len(values) - 1:
        return False
    steps = {after - before for before, after in pairwise(values)}
    return (steps == {1} and values[0] == 1) or (steps == {-1} and values[0] <= _HIGHEST_COUNTED)


def _is_quantity(scan: bytes, number: Numeral) -> bool:
    return is_money(scan, number.start, number.end) or is_counted(scan, number.start, number.end)


def _is_glued(written: bytes) -> bool:
    """Whether a word stands within digits without a space: "five5five"."""
    return _GLUED.search(written) is not None


def _kind(number: Numeral) -> Kind:
    digits = number.digits.encode("ascii")
    if is_card(digits):
        return Kind.CARD
    return Kind.PHONE if 9 <= len(digits) <= MOST_PHONE else Kind.NUMBER


def _spelled_letters(scan: bytes) -> Iterator[Find]:
    """Names letter by letter; the alphabet itself is none."""
    for start, end in places(_LETTERS, scan):
        letters = bytes(byte for byte in scan[start:end] if 97 <= byte < 123 or byte == 255)
        if len(set(letters)) > 1 and letters.strip(_VOWELS) and not b"abcdefghijklmnopqrstuvwxyz".count(letters):
            yield start, end, Kind.NAME
    yield from ((*found, Kind.NAME) for found in places(_ALPHABET, scan))


def _is_plain(written: bytes) -> bool:
    return not any(97 <= byte < 123 for byte in written)
