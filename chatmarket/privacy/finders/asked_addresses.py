"""The answer to "what is your address?" is found here: it comes bare, in any shape."""

from collections.abc import Iterator

from chatmarket.privacy.finders.address_parts import Reader
from chatmarket.privacy.finders.bare_places import around, bare
from chatmarket.privacy.finders.grammar import (
    IN_STREETS,
    MARKER,
    NUMBER,
    PARTICLE,
    SIDE,
    STOP,
    STREET,
    SURE,
    UNIT,
    WORDED,
)
from chatmarket.privacy.finders.manners import manners
from chatmarket.privacy.finders.streets import LONG_HOUSE, MOST_STREETS
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.wordlists import Vocabulary, vocabulary

WANTED = frozenset({Kind.ADDRESS, Kind.POSTCODE})
# Words of an answer on either side of what tells that it is an address.
MOST_BEFORE = 8
MOST_BEHIND = 14
MOST_OF_TOWN = 5
MOST_OF_BARE = 3
# "it's", "don't": what an apostrophe parts from a word, and words that tell nothing.
SHORT = 2
SHORTEST_POSTCODE, LONGEST_POSTCODE = 3, 8


def answered(reader: Reader, wanted: frozenset[Kind], reading: Reading) -> Iterator[tuple[int, int, Kind]]:
    """Addresses and postcodes, by words, in a message that follows a question for them."""
    found = list(_windows(reader)) if Kind.ADDRESS in wanted else []
    yield from ((first, end, Kind.ADDRESS) for first, end in found)
    if found:
        return
    if Kind.POSTCODE in wanted:
        for k, word in enumerate(reader.words):
            whole = word[:1].isdigit() and SHORTEST_POSTCODE < len(word) <= LONGEST_POSTCODE
            if _is_half(reader, k) or (whole and not reader.counted(k)):
                yield k, k + 1, Kind.POSTCODE
    if Kind.ADDRESS in wanted and Kind.NAME not in reading.asked:
        if _is_town(reader, vocabulary(reading.language)):
            yield 0, reader.line.count, Kind.ADDRESS
        else:
            # What is told in passing may be all there is: "behind the church in Little Snoring".
            found = list(bare(reader, manners(reading.language))) or list(around(reader, manners(reading.language)))
            yield from ((first, end, Kind.ADDRESS) for first, end in found)


def _is_half(reader: Reader, k: int) -> bool:
    """The first half of a British postcode, which is all that many tell: "CR0"."""
    word = reader.words[k]
    mixed = word[-1:].isalnum() and any(map(str.isdigit, word)) and any(map(str.isalpha, word))
    half = word[:1].isalpha() or (reader.line.count == 1 and word[1:].isalpha())  # "2aa"
    return mixed and half and 2 <= len(word) <= 4 and reader.line.count <= MOST_OF_TOWN


def _windows(reader: Reader) -> Iterator[tuple[int, int]]:
    """Around each number or kind of street: all words up to those that no address has."""
    end = judged = 0
    telling = [_telling(reader, k) for k in range(reader.line.count)]
    told = sum(telling)
    for k in range(reader.line.count):
        if k >= end and _tells(reader, k):
            judged += 1
            if judged > MOST_STREETS:
                yield k, reader.line.count
                return
            first, last = k, k + 1
            while first > max(end, k - MOST_BEFORE) and not _parts(reader, first - 1, first):
                first -= 1
            while last < min(reader.line.count, k + MOST_BEHIND) and not _parts(reader, last, last):
                last += 1
            while reader.roles[last - 1] & PARTICLE and len(reader.words[last - 1]) > 1:
                last -= 1
            if last > k and _believed(reader, first, k, last, told - sum(telling[first:last])):
                yield first, last
                end = last


def _tells(reader: Reader, k: int) -> bool:
    if reader.line.house(k) or (reader.roles[k] & NUMBER and not reader.roles[k] & STOP):
        return not reader.counted(k)
    return bool(reader.roles[k] & SURE)


def _parts(reader: Reader, k: int, border: int) -> bool:
    """Whether word k belongs to no address, or the phrase ends at `border`."""
    role = reader.roles[k]
    if role & MARKER and reader.line.house(k + 1):
        return reader.line.ends(border)
    if reader.line.ends(border) or (reader.line.gaps[k] == "'" and len(reader.words[k]) <= SHORT):
        return True  # "it's"
    if role & WORDED and (reader.line.capital(k) or k + 1 in reader.postcodes):
        return False
    if role & (PARTICLE | UNIT | STREET):
        return False
    return bool(role & STOP) and not (role & IN_STREETS and reader.line.capital(k))


def _telling(reader: Reader, k: int) -> bool:
    return len(reader.words[k]) > SHORT and not reader.roles[k] & (STOP | PARTICLE)


def _believed(reader: Reader, first: int, k: int, last: int, others: int) -> bool:
    """A long number, a large word, a kind of street; or nothing but a number and a name in the whole answer."""
    inside = range(first, last)
    if all(reader.roles[n] & (STREET | PARTICLE) and reader.words[n].isalpha() for n in inside):
        return False  # "my street is": its name is told behind
    words = [n for n in inside if reader.words[n].isalpha() and not reader.roles[n] & NUMBER]
    if not words:
        return first < k and bool(reader.roles[k - 1] & MARKER)  # "number 5"
    if any(reader.roles[n] & (SURE | UNIT) or reader.line.capital(n) for n in words):
        return True
    if any(reader.roles[n] & SIDE and not reader.roles[n] & STOP and reader.line.house(n - 1) for n in inside if n > k):
        return True  # "dr fleming 41 3o izq"
    if k > first and reader.roles[k - 1] & MARKER:
        return True  # "glebe cottages, number 5"
    long = len(reader.words[k]) >= LONG_HOUSE and reader.words[k][0].isdigit()
    # "Oak 14": nothing else is said.
    whole = last - first == reader.line.count <= MOST_OF_BARE
    return long or (not others and (first == k or reader.grammar.number_after or whole))


def _is_town(reader: Reader, words: Vocabulary) -> bool:
    count = reader.line.count
    if count > MOST_OF_TOWN or any(reader.line.ends(k) for k in range(1, count)):
        return False
    if not reader.line.capital(0):
        return count <= MOST_OF_BARE and _is_place(reader, words)
    large = all(reader.line.capital(k) or reader.roles[k] & PARTICLE for k in range(count))
    return large and not any(reader.roles[k] & STOP and not reader.roles[k] & (WORDED | PARTICLE) for k in range(count))


def _is_place(reader: Reader, words: Vocabulary) -> bool:
    """Whether a small answer holds a town: one of the lists, or a word that nobody knows."""
    said = reader.words[: reader.line.count]
    if any(word in words.never or not word.isalpha() for word in said):
        return False
    return any(word in words.places or not words.is_word(word) for word in said if len(word) > SHORT)
