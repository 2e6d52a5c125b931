"""Numbered buildings, foreign streets, and the parts before and behind an address are found here."""

from collections.abc import Iterator

from chatmarket.privacy.finders.address_parts import Reader
from chatmarket.privacy.finders.grammar import IN_STREETS, MARKER, ORDINAL, PARTICLE, STOP, STREET, UNIT
from chatmarket.privacy.finders.streets import MOST_STREETS, Stretch

# Words of a building's name, and of a street's whose kind is foreign.
MOST_NAME = 4
# So many parts may stand before an address: "Flat 2, 9 Tanner House, ...".
MOST_PARTS = 2
LONGEST_DOOR = 4
_JOINING = frozenset({" ", ", ", ",", " - ", "\n", ",\n"})
_APART = frozenset({", ", ",", "\n", ",\n"})
# Polish and Portuguese postcodes, as words between which a hyphen stands: 30-702, 1200-195.
_PARTED_CODES = frozenset({(2, 3), (4, 3)})


def buildings(reader: Reader, inside: set[int]) -> Iterator[Stretch]:
    """Stretches that begin with a house number or a foreign kind of street; none begins `inside` an address."""
    judged = seen = 0
    for k, word in enumerate(reader.words):
        kind = word in reader.grammar.buildings or reader.roles[k] & STREET
        if k < seen or k in inside or not (kind or word in reader.grammar.abroad):
            continue
        judged += 1
        if judged > MOST_STREETS:
            yield k, reader.line.count
            return
        found = _foreign(reader, k) if word in reader.grammar.abroad else None
        found = found or (_building(reader, k) if kind else None)
        if found is not None:
            yield found
            seen = found[1]


def widened(reader: Reader, found: Stretch) -> Stretch:
    """With the flat, the floor and the numbered house that a comma parts from it."""
    first, end = found
    for _ in range(MOST_PARTS):
        before = _door_before(reader, first)
        before = _numbered_before(reader, first) if before == first else before
        if before == first:
            break
        first = before
    return first, _floor_behind(reader, end)


def _building(reader: Reader, k: int) -> Stretch | None:
    """ "19 Kingsland Basin", "Unit 4 Riverside Works": all large, and "14 Tanner House, Dock St"."""
    line, large = reader.line, _large_before(reader, k)
    if not line.capital(k) or large == k or line.gaps[k] != " " or not large:
        return None
    if not _is_house(reader, large - 1):
        return _beside_street(reader, k, large) if reader.roles[k] & STREET else None
    if reader.words[k] not in reader.grammar.buildings:
        return None
    start = large - 1
    start -= bool(start and reader.roles[start - 1] & (UNIT | MARKER) and line.gaps[start] in (" ", ". "))
    return start, reader.tail(k + 1, lower=False).end


def _beside_street(reader: Reader, k: int, first: int) -> Stretch | None:
    """A street without a number behind a numbered name: "14 Tanner House, Dock St"."""
    if reader.line.gaps[first] not in _APART:
        return None
    start = _numbered_before(reader, first)
    return (start, reader.tail(k + 1, lower=False).end) if start < first else None


def _foreign(reader: Reader, k: int) -> Stretch | None:
    """ "ul. Lipowa 8/14, 30-702 Krakow": the kind, a name in large letters, a house number."""
    line, end = reader.line, k + 1
    if line.gaps[end] not in (" ", ". "):
        return None
    while end < line.count and end - k <= MOST_NAME and (line.capital(end) or reader.roles[end] & PARTICLE):
        if end > k + 1 and line.gaps[end] != " ":
            break
        end += 1
    if not line.capital(end - 1) or end == k + 1 or not line.house(end) or reader.counted(end):
        return None
    end += 1
    while line.house(end) and line.gaps[end] in ("/", "-", " / "):
        end += 1
    return k, _code_behind(reader, reader.tail(end, lower=False).end)


def _code_behind(reader: Reader, end: int) -> int:
    line, words = reader.line, reader.words
    parted = line.gaps[end + 1] == "-" and words[end].isdigit() and words[end + 1].isdigit()
    if line.gaps[end] not in _JOINING or not parted or (len(words[end]), len(words[end + 1])) not in _PARTED_CODES:
        return end
    return reader.tail(end + 2, lower=False).end


def _large_before(reader: Reader, end: int) -> int:
    """The first of the words in large letters that lead up to word `end`."""
    first = end
    while first and end - first <= MOST_NAME and (first == end or reader.line.gaps[first] == " "):
        role, word = reader.roles[first - 1], reader.words[first - 1]
        if not reader.line.capital(first - 1) or not word.isalpha() or (role & STOP and not role & IN_STREETS):
            break
        first -= 1
    return first


def _is_house(reader: Reader, k: int) -> bool:
    return reader.line.house(k) and not reader.counted(k) and reader.line.gaps[k + 1] == " "


def _numbered_before(reader: Reader, first: int) -> int:
    """ "56 Kirkstall Brewery House, " before word `first`; else that word."""
    if not first or reader.line.gaps[first] not in _APART:
        return first
    large = _large_before(reader, first)
    return large - 1 if 0 < large < first and _is_house(reader, large - 1) else first


def _door_before(reader: Reader, first: int) -> int:
    """ "Unit 4, ", "Bungalow 2, ", "Local 3, " before word `first`; else that word."""
    if first and reader.line.house(first) and reader.line.gaps[first] == " " and reader.line.gaps[first + 1] in _APART:
        return first - (reader.words[first - 1] in reader.grammar.houses)  # its number is taken for the house's
    kind = first - 2
    if kind < 0 or reader.line.gaps[first] not in _JOINING or reader.line.gaps[first - 1] not in (" ", ". "):
        return first
    value = reader.words[first - 1]
    short = len(value) <= LONGEST_DOOR and (reader.line.house(first - 1) or (len(value) == 1 and value.isalpha()))
    named = reader.roles[kind] & UNIT or reader.words[kind] in reader.grammar.houses
    return kind if short and named else first


def _floor_behind(reader: Reader, end: int) -> int:
    """ ", 3rd floor", ", second floor", ", floor 2", ", door 5" behind an address."""
    line = reader.line
    for _ in range(MOST_PARTS):
        if end >= line.count or line.gaps[end] not in _JOINING or line.gaps[end + 1] not in (" ", ". "):
            break
        counted = line.ordinal(end) or bool(reader.roles[end] & ORDINAL)
        value = reader.words[end + 1]
        numbered = line.house(end + 1) and len(value) <= LONGEST_DOOR and not reader.counted(end + 1)
        numbered = numbered or (len(value) == 1 and line.capital(end + 1)) or bool(reader.roles[end + 1] & ORDINAL)
        if not ((counted and reader.roles[end + 1] & UNIT) or (reader.roles[end] & UNIT and numbered)):
            break
        end += 2
    return end
