"""What stands within a house is found here: flats, floors and doors, and the house they belong to."""

from chatmarket.privacy.finders.address_parts import LONGEST_CUE, Reader
from chatmarket.privacy.finders.grammar import (
    IN_STREETS,
    MARKER,
    NUMBER,
    ORDINAL,
    PARTICLE,
    RAISED,
    SIDE,
    STOP,
    UNIT,
    phrase_at,
)
from chatmarket.privacy.finders.lines import cut
from chatmarket.privacy.finders.streets import Stretch, spelled

# Words of a house's name.
MOST_OF_HOUSE = 4
LONGEST_DOOR = 4
LONGEST_GAP = 3
_BETWEEN = frozenset(" ,.-/\n")
# Higher ones are degrees: "39º C".
HIGHEST = 12


def doors(reader: Reader, k: int) -> Stretch | None:
    """What stands within a house, one behind another: "bloque 3, portal B", "3º izda", "Flat 4, the Old Maltings"."""
    end, units, floor = k, 0, False
    while end < reader.line.count and (end == k or _near(reader, end)):
        behind = _door(reader, end)
        if behind == end:
            break
        floor = floor or not reader.roles[end] & UNIT
        units, end = units + 1, behind
    if not units or reader.counted(end - 1):
        return None
    start = k - 1 if k and reader.roles[k - 1] & MARKER and reader.line.gaps[k] == " " else k
    tail = _behind_door(reader, end, reader.words[k] in reader.grammar.lone)
    closed = start == 0 and end < reader.line.count and "," in reader.line.gaps[end]  # "apt 14, I put 41"
    alone = reader.words[k] in reader.grammar.lone and (closed or reader.bare(start, end))
    before = _before_door(reader, start)
    believed = units > 1 or (floor and reader.grammar.number_after) or tail > end or alone or before < start
    return (before, tail) if believed or reader.led_to(start) or _is_weakly_led(reader, start) else None


def _is_weakly_led(reader: Reader, start: int) -> bool:
    """Whether a door is somebody's: "la vecina del 2º C", "I'm in apartment 4c"."""
    return any(
        k + phrase_at(reader.words, k, reader.grammar.weak) == start for k in range(max(0, start - LONGEST_CUE), start)
    )


def _before_door(reader: Reader, start: int) -> int:
    """Where the name of the place begins whose door is told behind a comma: "Los Olivos 14, portal 2"."""
    line, first = reader.line, start
    if not start or "," not in line.gaps[start] or reader.words[start] not in reader.grammar.lone:
        return start
    while first and start - first <= MOST_OF_HOUSE and (first == start or line.gaps[first] == " "):
        role = reader.roles[first - 1]
        if role & STOP and not role & (IN_STREETS | PARTICLE):
            break
        first -= 1
    numbered = line.house(start - 1) and start - first > 1
    return first if numbered or line.capital(start - 1) else start


def _near(reader: Reader, k: int) -> bool:
    gap = reader.line.gaps[k]
    stops = "." in gap and " " in gap and not reader.short(k - 1)
    return len(gap) <= LONGEST_GAP and _BETWEEN.issuperset(gap) and not stops


def _door(reader: Reader, k: int) -> int:
    """Behind a unit with its number ("flat 3") or a floor with its door ("tercero izquierda"); else k."""
    line, n = reader.line, k + 1
    if n >= line.count:
        return k
    if reader.roles[k] & UNIT:
        while reader.roles[n] & MARKER and n < k + 3:
            n += 1
        first = n + bool(reader.roles[n] & PARTICLE and reader.roles[n + 1] & NUMBER)
        said = spelled(reader, first)
        if said > first and _near(reader, n) and not reader.counted(said - 1):
            return said  # "portal el cuarenta y uno"
        value = reader.words[n]
        if not value or not _near(reader, n):
            return k
        digits = cut(value)[0]
        numbered = line.house(n) and len(digits) <= LONGEST_DOOR
        # "piso a 20 minutos"
        lettered = len(value) == 1 and value.isalpha() and (line.capital(n) or not reader.roles[n] & (STOP | PARTICLE))
        placed = reader.grammar.number_after and bool(reader.roles[n] & SIDE)
        return n + 1 if (numbered or lettered or placed) and not reader.counted(n) else k
    if not reader.grammar.number_after or not (reader.roles[k] & (ORDINAL | SIDE) or is_floor(reader, k)):
        return k
    if not _near(reader, n):
        return k
    value = reader.words[n]
    if reader.roles[n] & SIDE and not reader.roles[k] & SIDE:
        return n + 1
    lettered = len(value) == 1 and value.isalpha() and not reader.roles[n] & (STOP | PARTICLE)
    return n + 1 if lettered and (line.capital(n) or closes(reader, n + 1)) else k


def is_floor(reader: Reader, k: int) -> bool:
    """3º, 2ª, as the skeleton spells them."""
    digits, letters = cut(reader.words[k])
    counts = 0 < len(digits) <= 2 and int(digits) <= HIGHEST and reader.line.gaps[k] != ","
    beside = letters == "" and reader.roles[k + 1] & SIDE and not reader.roles[k + 1] & (STOP | UNIT)  # "3 izda"
    return counts and (letters in RAISED or bool(beside))


def closes(reader: Reader, k: int) -> bool:
    return k >= reader.line.count or not reader.line.gaps[k].isspace() or "\n" in reader.line.gaps[k]


def _behind_door(reader: Reader, k: int, lone: bool) -> int:
    """Behind the house that a door belongs to: ", the Old Maltings", " 233 Lafayette", " hartley hall"."""
    line = reader.line
    if k >= line.count or not _near(reader, k):
        return k
    if line.house(k) and lone and (line.capital(k + 1) or reader.unknown(k + 1)) and not reader.counted(k):
        return reader.tail(k + 2, lower=not line.capital(k + 1)).end
    first = k
    while reader.roles[first] & PARTICLE and first < k + 2:
        first += 1
    end = first
    while end < min(line.count, first + MOST_OF_HOUSE) and (end == first or line.gaps[end] == " "):
        if reader.words[end] in reader.grammar.houses and (end > first or not reader.grammar.word_before):
            return reader.tail(end + 1, lower=not line.capital(end)).end
        if reader.roles[end] & STOP and not reader.roles[end] & IN_STREETS:
            break
        end += 1
    parted = "," in line.gaps[k]
    if not parted or not lone or not (line.capital(first) or reader.unknown(first)):
        return k
    return max(end, reader.tail(end, lower=not line.capital(first)).end) if end > first else k
