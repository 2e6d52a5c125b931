"""The answer to "what is your address?" is found here: it comes bare, in any shape."""

from collections.abc import Iterator

from chatmarket.privacy.grammar import IN_STREETS, NUMBER, PARTICLE, STOP, STREET, SURE, UNIT, WORDED
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.streets import LONG_HOUSE, Streets

WANTED = frozenset({Kind.ADDRESS, Kind.POSTCODE})
# Words of an answer on either side of what tells that it is an address.
MOST_BEFORE = 8
MOST_BEHIND = 14
MOST_OF_TOWN = 5
SHORTEST_POSTCODE, LONGEST_POSTCODE = 3, 8


def answered(streets: Streets, wanted: frozenset[Kind], asked: frozenset[Kind]) -> Iterator[tuple[int, int, Kind]]:
    """Addresses and postcodes, by words, in a message that follows a question for them."""
    found = list(_windows(streets)) if Kind.ADDRESS in wanted else []
    yield from ((first, end, Kind.ADDRESS) for first, end in found)
    if found:
        return
    if Kind.POSTCODE in wanted:
        for k, word in enumerate(streets.words):
            if word[0].isdigit() and SHORTEST_POSTCODE < len(word) <= LONGEST_POSTCODE and not streets.counted(k):
                yield k, k + 1, Kind.POSTCODE
    if Kind.ADDRESS in wanted and Kind.NAME not in asked and _is_town(streets):
        yield 0, len(streets.words), Kind.ADDRESS


def _windows(streets: Streets) -> Iterator[tuple[int, int]]:
    """Around each number or kind of street: all words up to those that no address has."""
    end = 0
    for k in range(len(streets.words)):
        if k >= end and _tells(streets, k):
            first, last = k, k + 1
            while first > max(end, k - MOST_BEFORE) and not _parts(streets, first - 1, first):
                first -= 1
            while last < min(len(streets.words), k + MOST_BEHIND) and not _parts(streets, last, last):
                last += 1
            while streets.roles[last - 1] & PARTICLE and len(streets.words[last - 1]) > 1:
                last -= 1
            if last > k and _believed(streets, first, k, last):
                yield first, last
                end = last


def _tells(streets: Streets, k: int) -> bool:
    if streets.line.house(k) or streets.roles[k] & NUMBER and not streets.roles[k] & STOP:
        return not streets.counted(k)
    return bool(streets.roles[k] & SURE)


def _parts(streets: Streets, k: int, border: int) -> bool:
    """Whether word k belongs to no address, or the phrase ends at `border`."""
    role = streets.roles[k]
    if streets.line.ends(border):
        return True
    if role & WORDED and (streets.line.capital(k) or k + 1 in streets.postcodes):
        return False
    if role & (PARTICLE | UNIT | STREET):
        return False
    return bool(role & STOP) and not (role & IN_STREETS and streets.line.capital(k))


def _believed(streets: Streets, first: int, k: int, last: int) -> bool:
    """A long number, a large word, a kind of street; or nothing but a number and a name in the whole answer."""
    inside = range(first, last)
    words = [n for n in inside if streets.words[n].isalpha() and not streets.roles[n] & NUMBER]
    if not words:
        return False
    if any(streets.roles[n] & (SURE | UNIT) or streets.line.capital(n) for n in words):
        return True
    long = len(streets.words[k]) >= LONG_HOUSE and streets.words[k][0].isdigit()
    others = [
        n
        for n in range(len(streets.words))
        if n not in inside and len(streets.words[n]) > 2 and not streets.roles[n] & (STOP | PARTICLE)
    ]
    return long or (not others and (first == k or streets.grammar.number_after))


def _is_town(streets: Streets) -> bool:
    count = len(streets.words)
    if count > MOST_OF_TOWN or not streets.line.capital(0):
        return False
    large = all(streets.line.capital(k) or streets.roles[k] & PARTICLE for k in range(count))
    return large and not any(
        streets.roles[k] & STOP and not streets.roles[k] & (WORDED | PARTICLE) for k in range(count)
    )
