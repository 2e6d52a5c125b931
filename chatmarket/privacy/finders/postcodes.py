"""Postcodes are read here, and the addresses that are known by their postcode alone."""

from collections.abc import Iterator, Set

from chatmarket.privacy.finders.address_parts import MOST_TOWN, Reader
from chatmarket.privacy.finders.grammar import (
    COUNTED,
    IN_STREETS,
    NUMBER,
    OF_UNNUMBERED,
    PARTICLE,
    PLACE,
    STOP,
    UNIT,
    WORDED,
    phrase_at,
)
from chatmarket.privacy.segments import Kind

SHORTEST_POSTCODE, LONGEST_POSTCODE = 3, 8
# Letters and digits of a British or Irish one, and of what it may be parted into.
FEWEST_MIXED, MOST_MIXED, MOST_PIECE = 5, 7, 4
# How far before a postcode its house number may begin, and the name of its street before that.
MOST_DOORS = 6
MOST_STREET = 6
# Nobody names so many; what follows the last is hidden unread, so that no message costs much.
MOST_POSTCODES = 64
# How far before a town its house number may stand.
MOST_BEFORE = 9
LONGEST_STATE = 2  # words

Found = tuple[int, int, Kind]  # by words


def around_postcodes(reader: Reader, inside: Set[int]) -> Iterator[Found]:
    """Addresses without a street's word: "Springfield, IL 62701", "Teseo, 5. 29010 Málaga". None is `inside`."""
    seen = 0
    for judged, k in enumerate(sorted(reader.postcodes)):
        if judged >= MOST_POSTCODES:
            yield max(k, seen), reader.line.count, Kind.POSTCODE
            return
        found = _around(reader, k) if k >= seen and k not in inside else None
        if found is not None:
            yield found
            seen = found[1]


def _around(reader: Reader, k: int) -> Found | None:
    if not reader.words[k].isdigit():
        # No word for the kind of street, before a British, Canadian or Irish postcode.
        first = _house_before(reader, k)
        return (first, k + reader.postcodes[k], Kind.ADDRESS) if first < k else None
    start = _town_before(reader, k)
    if start is not None:
        return start, reader.tail(k, lower=False).end, Kind.ADDRESS
    if not reader.line.capital(k + 1) or not reader.grammar.beside.fullmatch(reader.words[k].encode()):
        return None
    start = _street_before(reader, k)
    # Where towns do not stand behind the postcode, foreign addresses do: "Strandvej 12, 21000 Aarhus".
    believed = start is not None or reader.grammar.town_after
    if not believed or not _town_behind(reader, k + 1, dotted=start is not None):
        return None
    return (k, k + 1, Kind.POSTCODE) if start is None else (start, k + 1, Kind.ADDRESS)


def cued_postcodes(reader: Reader) -> Iterator[Found]:
    """A number after "CP" or "my zip is"."""
    cues, words = reader.grammar.postcode_cues, reader.words
    for k, word in enumerate(words):
        if word in cues:
            at = end = k + phrase_at(words, k, cues)
            while k < at < end + 3 and not words[at][:1].isdigit() and reader.filler(at):
                at += 1
            if at == k:
                continue
            if at in reader.postcodes:
                yield at, at + reader.postcodes[at], Kind.POSTCODE
            elif words[at][:1].isdigit() and SHORTEST_POSTCODE <= len(words[at]) <= LONGEST_POSTCODE:
                yield at, at + 1, Kind.POSTCODE
            else:
                begin = next((n for n in range(end, at + 1) if mixed_behind(reader, n) > n), at)
                if mixed_behind(reader, begin) > begin:
                    yield begin, mixed_behind(reader, begin), Kind.POSTCODE


def mixed_behind(reader: Reader, first: int) -> int:
    """Behind a postcode of letters and digits, however it is spaced ("sw 1a 2aa"); else the first word."""
    line, written = reader.line, ""
    for n in range(first, min(line.count, first + LONGEST_POSTCODE)):
        word = reader.words[n]
        if (
            len(word) > MOST_PIECE
            or (n > first and line.gaps[n].strip(" -") != "")
            or (word.isalpha() and len(word) > 2)
        ):
            return first
        written += word
        if len(written) > MOST_MIXED:
            return first
        if len(written) >= FEWEST_MIXED and reader.grammar.sure_code.fullmatch(written.encode("latin-1", "replace")):
            return n + 1
    return first


def _town_before(reader: Reader, k: int) -> int | None:
    """Where a town begins that a state parts from the postcode at word k: "Springfield, IL 62701"."""
    state = next((k - n for n in range(1, LONGEST_STATE + 1) if k >= n and _is_state(reader, k - n, k)), None)
    if state is None or reader.line.ends(k):
        return None
    capital, first = reader.line.capital, state
    for n in range(state - 1, max(-1, state - 1 - MOST_TOWN), -1):
        gap, large = reader.line.gaps[n + 1], capital(n)
        within = gap.isspace() or (n + 1 == state and not reader.line.ends(state))
        stops = reader.roles[n] & STOP and not (large and reader.roles[n] & IN_STREETS)
        if not within or stops or not reader.words[n].isalpha() or (capital(state) and not large):
            break
        first = n
    return _house_before(reader, first) if first < state or capital(state) else None


def _house_before(reader: Reader, town: int) -> int:
    """Where an address begins whose street has no word for its kind: "101 north main suite 300 greenville sc 29601"."""
    first = town
    for n in range(town - 1, max(-1, town - MOST_BEFORE), -1):
        role = reader.roles[n]
        if reader.line.ends(n + 1) or reader.counted(n) or (role & STOP and not role & IN_STREETS):
            break
        if reader.line.house(n) and not role & STOP:
            first = n - 1 if n and reader.roles[n - 1] & UNIT and not reader.line.ends(n) else n
    return first


def _is_state(reader: Reader, k: int, end: int) -> bool:
    """Whether the words k up to `end` are a state, or a code of one that is no other word as it is written."""
    if phrase_at(reader.words, k, reader.grammar.places) == end - k:
        return True
    role = reader.roles[k] if end - k == 1 else 0
    return bool(role & PLACE or (role & WORDED and reader.line.capital(k)))


def _town_behind(reader: Reader, k: int, dotted: bool) -> bool:
    """Whether word k begins a town's name, large, in the phrase of the postcode before it."""
    line, role = reader.line, reader.roles[k]
    if line.ends(k) or len(line.gaps[k]) > 3 or (line.dotted(k) and not dotted):
        return False
    large = line.capital(k) and reader.words[k].isalpha() and len(reader.words[k]) > 1
    return large and not role & (COUNTED | NUMBER) and (not role & STOP or bool(role & PARTICLE))


def _street_before(reader: Reader, k: int) -> int | None:
    """Where an address begins whose street has no word for its kind: "Teseo, 5 3-N. 29010 Málaga"."""
    line, n, numbers = reader.line, k - 1, 0
    while (
        n >= 0
        and k - n <= MOST_DOORS
        and not line.ends(n + 1)
        and (reader.doorlike(n) or reader.words[n] in OF_UNNUMBERED)
    ):
        numbers += reader.words[n][0].isdigit() or reader.words[n] in OF_UNNUMBERED
        n -= 1
    first, last = None, n
    while numbers and n >= 0 and last - n < MOST_STREET and not line.ends(n + 1) and not line.dotted(n + 1):
        large = line.capital(n)
        if ("," in line.gaps[n + 1] and first is not None) or not (large or reader.roles[n] & PARTICLE):
            break
        first = n if large else first
        n -= 1
    return first
