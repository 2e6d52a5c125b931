"""Homes without a street are found here: houses by their names, flats by their doors, and the villages they are in."""

from collections.abc import Iterator
from itertools import pairwise

from chatmarket.privacy.finders.address_parts import MOST_BESIDE, MOST_TOWN, Reader
from chatmarket.privacy.finders.doors import MOST_OF_HOUSE, closes, doors, is_floor
from chatmarket.privacy.finders.grammar import (
    COUNTED,
    IN_STREETS,
    MARKER,
    NUMBER,
    ORDINAL,
    PARTICLE,
    RAISED,
    SIDE,
    STOP,
    STREET,
    UNIT,
    floors,
    openings,
    phrase_at,
)
from chatmarket.privacy.finders.streets import LONG_HOUSE, MOST_STREETS, Stretch, name_behind
from chatmarket.privacy.finders.vocabulary import gathered

# Words of a village's name in lower case.
MOST_OF_VILLAGE = 3
# Words between "live" and the village.
MOST_BETWEEN = 9
_DOORS = frozenset("abcdefgh")
# "18000 BTU or", "Windows 11, build": beside a number these make no house of it.
_MEASURED = frozenset(word for key in ("units", "before", "version_before") for word in gathered("harmless", key))


def may_hold(words: list[str], language: str, digits: bool) -> bool:
    """Whether a message may tell of a home; if it has a digit there may be doors in it, which other words tell."""
    rare, phrases = openings(language, digits)
    if not rare.isdisjoint(words):
        line = f" {' '.join(words)} "
        if any(phrase in line for phrase in phrases):
            return True
    ordinals, sides, units = floors(language)
    if digits and not (units.isdisjoint(words) and sides.isdisjoint(words)):
        pairs = list(pairwise(words))
        if any((b[0].isdigit() and a in units) or (a[0].isdigit() and b in sides) for a, b in pairs):
            return True
    if ordinals.isdisjoint(words):
        return digits and len(ordinals) > 0 and any(word[0].isdigit() and word[-1] in RAISED for word in words)
    return any(a in ordinals and (b in sides or b in _DOORS) for a, b in pairwise(words))


def homes(reader: Reader, inside: set[int]) -> Iterator[Stretch]:
    """Stretches of words that are a home; none begins `inside` an address that is found already."""
    judged, seen = 0, 0
    for k in range(reader.line.count):
        if k < seen or k in inside:
            continue
        found = _another(reader, k) if k and k == seen else _home(reader, k)
        if found is not None:
            judged += 1
            if judged > MOST_STREETS:
                yield k, reader.line.count
                return
            yield found
            seen = found[1]
    if reader.line.count > 1 and 0 not in inside:
        yield from _bare(reader)


def _home(reader: Reader, k: int) -> Stretch | None:
    role, word, grammar = reader.roles[k], reader.words[k], reader.grammar
    if role & (UNIT | ORDINAL | SIDE) or (word[0].isdigit() and is_floor(reader, k)):
        found = doors(reader, k)
        if found is not None:
            return found
    if word not in grammar.home_words:
        return None
    found = _house(reader, k) if word in grammar.houses else None
    if found is None and word in grammar.living:
        found = _lives_near(reader, k)
    return _led_home(reader, k) if found is None else found


def _another(reader: Reader, k: int) -> Stretch | None:
    """A village right behind a home: "from Totnes to Penzance"."""
    if reader.words[k] not in reader.grammar.chains or reader.line.gaps[k + 1] != " ":
        return _home(reader, k)
    return _village(reader, k + 1, _run(reader, list(range(k + 1, min(k + 1 + MOST_TOWN, reader.line.count)))))


# Rose Cottage, Mill Lane


def _house(reader: Reader, k: int) -> Stretch | None:
    """A house that has a name for its number: believed after a cue, or with a town, a street or a door behind it."""
    line, capital = reader.line, reader.line.capital
    start, end = _named(reader, k)
    if start == end:
        return None
    large = all(capital(n) for n in range(start, end) if not reader.roles[n] & PARTICLE)
    while start and reader.roles[start - 1] & PARTICLE and line.gaps[start] == " ":
        start -= 1
    led = reader.led_to(start)
    if not large and not (led and reader.words[start - 1] not in reader.grammar.articles):
        return None  # "i live in an old house"
    tail = reader.tail(end, lower=not large)
    beside = tail.end > end and (tail.telling or "," in line.gaps[end]) and end < line.count
    if led or (large and beside and _is_told(reader, start)):
        return start, tail.end
    return None


def _is_told(reader: Reader, start: int) -> bool:
    """Whether a house with a capital begins what is said: in a sentence it may be a hotel that everybody knows."""
    before = all(len(reader.words[k]) == 1 or reader.roles[k] & (STOP | PARTICLE) for k in range(start))
    return start == 0 or reader.line.gaps[start] != " " or (before and start < MOST_BESIDE)


def _named(reader: Reader, k: int) -> Stretch:
    line, first, end = reader.line, k, k + 1
    if reader.grammar.word_before:
        while end < min(line.count, k + MOST_OF_HOUSE + 1) and line.gaps[end] == " " and _in_name(reader, end):
            end += 1
        while end > k + 1 and reader.roles[end - 1] & PARTICLE:
            end -= 1
        return (k, end) if end > k + 1 else (k, k)
    while first and k - first < MOST_OF_HOUSE and line.gaps[first] == " " and _in_name(reader, first - 1):
        first -= 1
    while first < k and reader.roles[first] & PARTICLE:
        first += 1
    return (first, end) if first < k else (k, k)


def _in_name(reader: Reader, k: int) -> bool:
    role = reader.roles[k]
    if not reader.words[k].isalpha():
        return False
    return bool(role & (IN_STREETS | PARTICLE)) or not role & STOP or (reader.line.capital(k) and not reader.shouted)


# I live in Little Snoring


def _led_home(reader: Reader, k: int) -> Stretch | None:
    """A village after "I live in", or the name of a house after "the house is called"."""
    called = phrase_at(reader.words, k, reader.grammar.called)
    count = called or phrase_at(reader.words, k, reader.grammar.homes)
    if not count or (k and reader.words[k - 1] in reader.grammar.not_after):
        return None
    first = k + count
    if first >= reader.line.count or (reader.line.gaps[first] != " " and ":" not in reader.line.gaps[first]):
        return None
    last = first
    while last < reader.line.count and last - first <= MOST_TOWN and (last == first or reader.line.gaps[last] == " "):
        role = reader.roles[last]
        large = reader.line.capital(last)
        if not reader.words[last].isalpha() or (not large and role & STOP and not role & PARTICLE):
            break
        last += 1
    while last > first and reader.roles[last - 1] & PARTICLE and not reader.line.capital(last - 1):
        last -= 1
    content = [n for n in range(first, last) if not reader.roles[n] & PARTICLE or reader.line.capital(n)]
    if not content:
        return None
    if called:
        return first, reader.tail(last, lower=not reader.line.capital(content[0])).end
    return _village(reader, first, content)


def _lives_near(reader: Reader, k: int) -> Stretch | None:
    """A village after "I live just behind the church in"."""
    for n in range(k + 2, min(k + MOST_BETWEEN, reader.line.count - 1)):
        if reader.line.ends(n) or reader.line.dotted(n):
            return None
        if reader.words[n] in reader.grammar.spatial and reader.line.gaps[n + 1] == " ":
            large = [m for m in range(n + 1, n + 1 + MOST_OF_VILLAGE) if reader.line.gaps[m] == " "]
            found = _village(reader, n + 1, _run(reader, large)) if large else None
            if found is not None:
                return found
    return None


def _run(reader: Reader, words: list[int]) -> list[int]:
    """Of words in a row those that may be a village's name: large ones, or one that nobody knows."""
    if not words:
        return []
    if not reader.line.capital(words[0]):
        return words[:1]
    return [n for n in words if all(reader.line.capital(m) for m in words if m <= n)]


def _village(reader: Reader, first: int, content: list[int]) -> Stretch | None:
    """A town that not everybody knows: the few who live there may be found by it."""
    capital, large = reader.line.capital, list[int]()
    if not content:
        return None
    for n in content:
        if not capital(n):
            break
        large.append(n)
    if large:
        known = any(reader.famous(n) for n in large) or phrase_at(reader.words, large[0], reader.grammar.places)
        plain = all(reader.plain(n) for n in large)
        plain = plain and not ("," in reader.line.gaps[large[-1] + 1] and capital(large[-1] + 1))
        if known or reader.roles[large[0]] & (UNIT | STREET | COUNTED | NUMBER) or (plain and len(large) == 1):
            return None
        end = large[-1] + 1
        return first, reader.tail(end, lower=False).end
    end = content[-1] + 1
    if not (closes(reader, end) or reader.roles[end] & STOP) or len(content) > MOST_OF_VILLAGE:
        return None
    unknown = [n for n in content if reader.unknown(n)]
    return (first, end) if unknown and len(unknown) * 2 >= len(content) else None


def _bare(reader: Reader) -> Iterator[Stretch]:
    """ "1470 Kinnickinnic, unit 3F", "Huertas 20, 28014": a number and a name that is no word begin the message."""
    line, number = reader.line, 1 if reader.roles[0] & MARKER else 0
    name = 0 if reader.grammar.number_after and not line.house(number) else number + 1
    strange = line.capital(name) and not reader.roles[name] & (STOP | COUNTED | STREET)
    if not strange or reader.plain(name) or reader.words[name] in _MEASURED:
        return
    if name == 0:
        end, house = name_behind(reader, 0)
        if house is not None and reader.tail(house, lower=False).telling:
            yield 0, reader.tail(house, lower=False).end
        return
    end = name + 1
    if not line.house(number) or reader.counted(number) or line.gaps[name] != " ":
        return
    while end < line.count and line.gaps[end] == " " and line.capital(end) and reader.words[end].isalpha():
        end += 1
    tail = reader.tail(end, lower=False)
    long = len(reader.words[number]) >= LONG_HOUSE or number
    if tail.telling or (end == line.count and long) or (tail.end > end and "," in line.gaps[end]):
        yield 0, tail.end
