"""Streets are read here, from the word that names their kind: their name and their house number."""

from collections.abc import Iterator

from chatmarket.privacy.finders.address_parts import MOST_TOWN, WIDEST_GAP, Reader
from chatmarket.privacy.finders.grammar import (
    IN_STREETS,
    LEADING,
    MARKER,
    NUMBER,
    NUMBER_SIGNS,
    NUMBERED,
    PARTICLE,
    RARE,
    SLASHED,
    STOP,
    STREET,
    SURE,
    UNIT,
    UNNUMBERED,
)
from chatmarket.privacy.finders.lines import cut

# Words of a street's name.
MOST_NAME = 7
# A number so long before a name and an ordinary word like "drive" is a house's: "400 rose drive", but "2 rose drive".
LONG_HOUSE = 3
# Nobody names more in a message; what follows the last is hidden unread, so that no message costs much.
MOST_STREETS = 64
_NUMBER_SIGNS = frozenset({" ", "-", "/", ". ", "/ ", " - ", ", "})

Stretch = tuple[int, int]  # the first word, and the one behind


def streets(reader: Reader) -> Iterator[Stretch]:
    """Every street of the line that is believed, in order, without overlaps."""
    seen, judged = 0, 0
    read = _named_behind if reader.grammar.word_before else _english
    for k, role in enumerate(reader.roles):
        if k >= seen and role & (STREET | NUMBERED | LEADING):
            judged += 1
            found = read(reader, k, role) if judged <= MOST_STREETS else (k, reader.line.count)
            if found is not None:
                yield found
                seen = found[1]


def _named_behind(reader: Reader, k: int, role: int) -> Stretch | None:
    """A street whose kind is word k and whose name and house number follow: "calle Mayor, 14"."""
    if role & STREET == SLASHED and not _slashed(reader, k):
        return None
    name_end, house = name_behind(reader, k + 1)
    content = [n for n in range(k + 1, name_end) if not reader.roles[n] & PARTICLE]
    if not content:
        return None
    large = reader.large(content) and any(len(reader.words[n]) > 2 for n in content)
    gap = reader.line.gaps[k + 1]
    sure = bool(role & SURE) or (role & SLASHED > 0 and "/" in gap and (large or " " in gap))
    if house is None:
        return _without_number(reader, k, content, sure, large, name_end)
    tail = reader.tail(house, lower=not large)
    if reader.digits(content):  # "calle 45 # 12-34", but "AV 20/40"
        sure = "#" in reader.line.gaps[house - 1] or bool(reader.roles[house - 2] & MARKER)
    sure = sure or reader.words[house - 1] in NUMBER_SIGNS or reader.words[house - 1] in UNNUMBERED
    alone = reader.bare(k, tail.end) and not reader.words[content[0]].isdigit()
    return (k, tail.end) if sure or large or tail.telling or alone or reader.led_to(k) else None


def _slashed(reader: Reader, k: int) -> bool:
    gap, capital = reader.line.gaps[k + 1], reader.line.capital
    first = k == 0 or reader.led_to(k)
    return gap.startswith(("/", "./", ". /")) or (
        gap == ". " and (first or (capital(k) and (capital(k + 1) or reader.roles[k + 1] & PARTICLE > 0)))
    )


def _without_number(
    reader: Reader, k: int, content: list[int], sure: bool, large: bool, name_end: int
) -> Stretch | None:
    """A street's name alone: when it is written large, or a cue leads up to it, or another street follows."""
    if reader.digits(content):
        return None
    another = reader.roles[name_end] & STREET
    chained = (another and large and "," in reader.line.gaps[name_end]) or (
        another & SURE and reader.line.house(name_end + 1)
    )
    start = _house_of_the(reader, k)
    marked = start < k and reader.roles[start] & MARKER  # "el km 14 de la carretera de burgos"
    if not ((sure and (large or marked)) or chained or reader.led_to(start)):
        return None
    end = content[-1] + 1
    return start, reader.tail(end, lower=False).end if large else end


def _house_of_the(reader: Reader, k: int) -> int:
    """Where the house number stands that is told before the street of word k: "el 14 de la calle Mayor"."""
    n = k - 1
    while n > 0 and reader.roles[n] & PARTICLE and k - n < 3 and reader.line.gaps[n + 1] == " ":
        n -= 1
    told = n >= 0 and reader.line.house(n) and reader.line.gaps[n + 1] == " "
    return n - (n > 0 and reader.roles[n - 1] & MARKER > 0 and reader.line.gaps[n] in (" ", ". ")) if told else k


def name_behind(reader: Reader, first: int) -> tuple[int, int | None]:
    """Where a name that begins at word `first` ends, and where the house number behind it does."""
    line, named = reader.line, 0
    last = min(line.count, first + MOST_NAME + 1)
    for k in range(first, last):
        if k > first and (line.ends(k) or "\n" in line.gaps[k]):
            return k, None
        house = _house(reader, k, named)
        if house is not None:
            return k, house
        parted = "," in line.gaps[k] or (line.dotted(k) and not reader.short(k - 1))
        if (k > first and parted) or not _in_name(reader, k, first, named):
            return k, None
        named += not reader.roles[k] & PARTICLE
    return last, None


def _in_name(reader: Reader, k: int, first: int, named: int) -> bool:
    line, role = reader.line, reader.roles[k]
    if role & SURE and k > first:
        return False  # another street
    if k > first and line.house(k - 1) and len(reader.words[k]) == 1:
        return True  # "transversal 39 a"
    if role & STOP and not role & (IN_STREETS | PARTICLE) and not (line.capital(k) and (named or not reader.shouted)):
        return False
    after_particle = k > first and reader.roles[k - 1] & PARTICLE
    return not (reader.counted(k) or (line.house(k) and after_particle and not _dated(reader, k)))


def _house(reader: Reader, k: int, named: int) -> int | None:
    """Behind the house number that begins at word k, if one does; `named` words of the name stand before it."""
    line, words, gap = reader.line, reader.words, reader.line.gaps[k]
    if not named or reader.counted(k) or "(" in gap:
        return None
    if words[k] in UNNUMBERED or ("/" in line.gaps[k + 1] and f"{words[k]} {words[k + 1]}" in UNNUMBERED):
        return k + 1 + (words[k] not in UNNUMBERED)  # "s/n"
    if reader.roles[k] & MARKER and line.house(k + 1) and not line.ends(k + 1):
        return k + 2
    if reader.roles[k] & UNIT and line.house(k + 1) and not line.ends(k + 1):
        return k  # "barrio San José casa 14"
    if "," not in gap and "#" not in gap and reader.roles[k - 1] & PARTICLE:
        return None
    if line.house(k):
        return None if _dated(reader, k) and "#" not in gap else k + 1
    first = k + bool(reader.roles[k] & MARKER and not line.ends(k + 1))  # "número treinta y dos"
    end = spelled(reader, first)
    return end if end > first and not _dated(reader, end - 1) else None


def _dated(reader: Reader, k: int) -> bool:
    """Whether "de" follows a number, as in "9 de Julio": then it belongs to a name."""
    return bool(reader.roles[k + 1] & PARTICLE) and reader.line.gaps[k + 1] == " " and len(reader.words[k + 1]) > 1


def spelled(reader: Reader, k: int) -> int:
    """Behind the number words that begin at word k: "treinta y cinco"."""
    end = k
    while end < k + MOST_NAME and (end == k or reader.line.gaps[end] in (" ", "-")):
        joins = end > k and reader.roles[end] & PARTICLE and reader.roles[end + 1] & NUMBER
        if not (joins or reader.roles[end] & NUMBER):
            break
        end += 1
    return k if end > k and reader.counted(end - 1) else end


# 742 Evergreen Terrace


def _english(reader: Reader, k: int, role: int) -> Stretch | None:
    """A street whose kind is word k, in any of the orders that have the house number first."""
    found = _numbered(reader, k) if role & NUMBERED else None
    found = found or (_named_before(reader, k, role) if role & STREET else None)
    return _led(reader, k) if found is None and role & LEADING else found


def _named_before(reader: Reader, k: int, role: int) -> Stretch | None:
    line, house, named = reader.line, None, list[int]()
    for n in range(k - 1, max(-1, k - MOST_NAME - 2), -1):
        here, gap = reader.roles[n], line.gaps[n + 1]
        is_house = line.house(n)
        goes_on = reader.short(n) or (is_house and gap == "\n")  # the number may have a line of its own
        if line.ends(n + 1) or len(gap) > WIDEST_GAP or (line.dotted(n + 1) and not goes_on):
            break
        if named and (is_house or here & NUMBER):
            house = n
            break
        if is_house or reader.words[n].isdigit() or "," in gap or (here & STOP and not _in_a_name(reader, n)):
            break
        named.append(n)
    # "17 The Crescent" is named by nothing but its particle.
    content = [n for n in named if not reader.roles[n] & PARTICLE] or named
    if house is None or not content:
        return _without_house(reader, k, role, content)
    return _believed(reader, k, role, house, content)


def _in_a_name(reader: Reader, k: int) -> bool:
    """Whether an ordinary word may be part of a street's name: "400 Long Forge Road"."""
    return bool(reader.roles[k] & (IN_STREETS | PARTICLE)) or (reader.line.capital(k) and not reader.shouted)


def _believed(reader: Reader, k: int, role: int, house: int, content: list[int]) -> Stretch | None:
    if not role & SURE and all(len(reader.words[n]) == 1 for n in content):
        return None  # "1500 K Street", but "321-X vale"
    large = reader.large(content)
    start, (digits, letters) = _number_start(reader, house), cut(reader.words[house])
    if reader.counted(house) and not (large and (role & SURE or len(digits) >= LONG_HOUSE)):
        return None
    tail = reader.tail(_after_kind(reader, k), lower=not large)
    long = digits != "" and (len(digits) >= LONG_HOUSE or letters != "")
    if role & SURE:
        believed = large or digits != "" or house > start
    else:
        closed = long or tail.end > k + 1 or not reader.named(k + 1) or reader.line.capital(k + 1)
        rare = role & STREET == RARE
        believed = (large and reader.line.capital(k) and closed and not (rare and digits == "")) or (
            long and len(content) < MOST_TOWN and not rare
        )
    alone = role & STREET != RARE and reader.bare(start, tail.end)
    if believed or tail.telling or alone or reader.led_to(start):
        return _units_before(reader, start), tail.end
    return None


def _without_house(reader: Reader, k: int, role: int, content: list[int]) -> Stretch | None:
    """A street without a number: after a cue, or with a postcode or state behind it."""
    capital = reader.line.capital
    if not content or not role & SURE:
        return None
    start, line = min(content), reader.line
    large = all(capital(n) for n in content)
    if line.house(k + 1) and line.gaps[k + 1] in (" ", ", ") and not reader.counted(k + 1):
        tail = reader.tail(k + 2, lower=not large)  # "Elm Street 14", as others put it
        closed = tail.end > k + 2 or not reader.named(k + 2)
        if (large and closed) or reader.led_to(start) or reader.bare(start, tail.end):
            return start, tail.end
    if not large:
        return None
    tail = reader.tail(_after_kind(reader, k), lower=False)
    if not tail.telling:
        return (start, tail.end) if reader.led_to(start) else None
    first = start  # "Rose Cottage, Mill Lane": the house has a name for its number.
    while first and start - first < MOST_TOWN and reader.line.gaps[first] in (" ", ", ") and capital(first - 1):
        if reader.roles[first - 1] & STOP and not reader.roles[first - 1] & IN_STREETS:
            break
        first -= 1
    return _units_before(reader, first), tail.end


def _after_kind(reader: Reader, k: int) -> int:
    """Behind the kind of street at word k: "Avenue of the Americas", "Road"."""
    end = k + 1
    if reader.roles[end] & PARTICLE and reader.line.gaps[end] == " ":
        while reader.roles[end] & PARTICLE and end < k + 3:
            end += 1
        if reader.line.capital(end) and not reader.line.ends(end):
            return end + 1
    return k + 1


def _number_start(reader: Reader, k: int) -> int:
    """Where the number begins whose last word is k: "forty two", "545 e 15", "12-14", "no. 7"."""
    line = reader.line
    while k and line.gaps[k] in _NUMBER_SIGNS:
        before = reader.roles[k - 1]
        if k > 1 and len(reader.words[k - 1]) == 1 and line.gaps[k - 1] == " " and line.house(k - 2):
            k -= 1
        elif not (
            (before & NUMBER and reader.roles[k] & NUMBER)
            or (line.house(k - 1) and not before & STOP)
            or (before & MARKER and not before & NUMBER)
        ):
            break
        k -= 1
    return k


def _units_before(reader: Reader, start: int) -> int:
    """Where it begins with what stands within the house before its number: "Flat 4, 22 Baker Street"."""
    if start and reader.roles[start - 1] & UNIT:
        return start - 2 if start > 1 and reader.line.ordinal(start - 2) else start - 1
    for back in (2, 3):
        if start >= back and reader.roles[start - back] & UNIT and not reader.line.ends(start):
            value = reader.words[start - back + 1]
            if value[0].isdigit() or len(value) == 1:
                return start - back
    return start


def _numbered(reader: Reader, k: int) -> Stretch | None:
    """4512 US Highway 61: a house number, at most three words, the kind, a number or letter."""
    line = reader.line
    if line.gaps[k + 1] != " " or not (line.house(k + 1) or len(reader.words[k + 1]) == 1):
        return None
    for n in range(k - 1, max(-1, k - 4), -1):
        if line.house(n) and len(cut(reader.words[n])[0]) > 1 and not reader.counted(n):
            return _units_before(reader, n), reader.tail(k + 2, lower=not line.capital(k)).end
        if line.ends(n + 1) or (reader.roles[n] & STOP and not reader.roles[n] & IN_STREETS):
            return None
    return None


def _led(reader: Reader, k: int) -> Stretch | None:
    """1200 Avenue of the Americas, 400 Calle Real: a house number, the kind, the name in large letters."""
    line = reader.line
    if not k or not line.house(k - 1) or not line.gaps[k].isspace():
        return None
    behind = 0
    for n in range(k + 1, k + MOST_NAME):
        if n >= line.count or line.ends(n) or "," in line.gaps[n]:
            break
        if line.capital(n):
            behind = n + 1
        elif not reader.roles[n] & PARTICLE:
            break
    return (_units_before(reader, k - 1), reader.tail(behind, lower=False).end) if behind else None
