"""Addresses are found here, by each language's grammar of them: streets, boxes, postcodes, places on the globe."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any

from chatmarket.privacy.finders.address_parts import Reader
from chatmarket.privacy.finders.asked_addresses import WANTED, answered
from chatmarket.privacy.finders.buildings import buildings, widened
from chatmarket.privacy.finders.grammar import (
    COUNTED,
    MARKER,
    PARTICLE,
    STOP,
    attached_kinds,
    grammars,
    phrase_at,
    postcodes,
    spots,
)
from chatmarket.privacy.finders.homes import homes
from chatmarket.privacy.finders.homes import may_hold as may_hold_home
from chatmarket.privacy.finders.lines import LONGEST_HOUSE, Line, cut
from chatmarket.privacy.finders.postcodes import around_postcodes, cued_postcodes
from chatmarket.privacy.finders.streets import LONG_HOUSE, MOST_NAME, MOST_STREETS, Stretch, name_behind, streets
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton
from chatmarket.privacy.wordlists import vocabulary

Find = tuple[int, int, Kind]

_POSTCODE = pattern(rf"\b(?:{postcodes('sure')})\b")
_WITHIN = pattern(rf"\b(?:{postcodes('within')})\b")
_DEGREES = r"[0-9]{1,3}\s?[\xfeo]\s?[0-9]{1,2}\s?['\xfe][0-9.,\s'\"\xfe]{0,12}[nsewo]\b"
# Coordinates with three decimals at least (a hundred metres) or with minutes, what3words, plus codes.
_GLOBE = pattern(
    r"-?[0-9]{1,3}\.[0-9]{3,}\s?[nsew]?\s?[,;/ ]\s?-?[0-9]{1,3}\.[0-9]{3,}(?:\s?[nsew]\b)?"
    rf"|{_DEGREES}(?:[,\s]{{0,3}}{_DEGREES})?"
    r"|(?:///\s?|what3words[^a-z0-9]{1,4}|w3w[^a-z0-9]{1,4})[a-z\xff]{2,}\.[a-z\xff]{2,}\.[a-z\xff]{2,}"
    r"|\b[2-9cfghjmpqrvwx]{4}(?:[2-9cfghjmpqrvwx]{4})?\+[2-9cfghjmpqrvwx]{2,3}\b"
)
# One of these stands in every address that has no word of ours in it.
_SHAPES = pattern(
    rf"\b[0-9]{{5}}\b|///|w3w|what3|[0-9]\.[0-9]{{3}}|[0-9]\s?[\xfeo]\s?[0-9]|\b(?:{postcodes('sure')}|{postcodes('within')})\b|[a-z0-9]\+[a-z0-9]"
    rf"|[a-z\xff]{{3}}(?:{attached_kinds()})\.?,? [0-9]"
)
_PLAIN_POSTCODE = 5
LONGEST_ATTACHED = 3  # words: "Alte Bremer Hauptstrasse"
# What may stand between two parts of one address.
_JOINING = frozenset(" ,.;-/#()\n\t\"'")
WIDEST_JOIN = 4
MOST_FILLERS = 6


def find(reading: Reading) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind: address or postcode. Linear in the text."""
    bones, digits = reading.bones, reading.bones.digits > 0
    shaped = (digits or b"///" in bones.scan) and _SHAPES.search(bones.scan) is not None
    wanted = not WANTED.isdisjoint(reading.asked)
    telling = spots(reading.language, digits)
    if not shaped and not wanted and bones.folded.isascii():
        home = _may_hold_home(bones, bones.words, reading.language)
        if not home and not _may_hold(bones.words, telling, reading.language):
            return
    line = Line(bones)
    if line.count:
        home = _may_hold_home(bones, line.words[: line.count], reading.language)
        if shaped or wanted or home or _may_hold(line.words, telling, reading.language):
            yield from _joined(reading.bones.folded, list(_found(reading, line, shaped, home)))


def postcodes_within(bones: Skeleton) -> Iterator[tuple[int, int]]:
    """All that is a postcode where it stands in an address; looked for where a brand has another rule for postcodes."""
    line = Line(bones)
    for k, count in {**_plain_codes(line), **_codes(line, _WITHIN), **_codes(line, _POSTCODE)}.items():
        start, end, _ = _placed(line, k, k + count, Kind.POSTCODE)
        yield start, end


def _begins_with_house(bones: Skeleton) -> bool:
    """Whether a message begins with a number and a large letter, as "14 Rosebery, Leith"."""
    if not bones.folded[:1].isdigit():
        return False
    before, space, behind = bones.original.partition(" ")
    return space != "" and behind[:1].isupper() and len(before) <= LONGEST_HOUSE


def _may_hold_home(bones: Skeleton, words: list[str], language: str) -> bool:
    digits = bones.digits > 0
    return may_hold_home(words, language, digits) or (digits and _begins_with_house(bones))


def _may_hold(words: list[str], telling: frozenset[str], language: str) -> bool:
    # "Number one": a number word is no address without a word that leads up to one.
    return not telling.isdisjoint(words) and not spots(language, True).isdisjoint(words)


def _found(reading: Reading, line: Line, shaped: bool, home: bool) -> Iterator[Find]:
    codes = dict[int, int]()
    if shaped:
        yield from ((start, end, Kind.ADDRESS) for start, end in places(_GLOBE, reading.bones.scan))
        sure = _codes(line, _POSTCODE)
        yield from (
            _placed(line, k, k + count, Kind.POSTCODE)
            for k, count in sure.items()
            if not _measured(reading, line, k, count)
        )
        codes = _plain_codes(line) | _codes(line, _WITHIN) | sure
    for own in grammars(reading.language):
        chats = own is grammars(reading.language)[0]
        if shaped or (chats and home) or not own.spots.isdisjoint(line.words):
            yield from _read(Reader(line, own, codes, vocabulary(reading.language) if chats else None))
    if wanted := WANTED & reading.asked:
        reader = Reader(line, grammars(reading.language)[0], codes, vocabulary(reading.language))
        yield from (_placed(line, *found) for found in answered(reader, wanted, reading))


def _read(reader: Reader) -> Iterator[Find]:
    """What a grammar finds; that of the chat's own language also what needs its words."""
    line, found = reader.line, list(streets(reader))
    found += [*_boxes(reader), *_lone(reader), *_attached(reader)]
    inside = {k for start, end in found for k in range(start, end)}
    found += _cued(reader, inside)
    if reader.language is not None:
        found += homes(reader, {k for start, end in found for k in range(start, end)})
        found += buildings(reader, {k for start, end in found for k in range(start, end)})
    yield from (_placed(line, *widened(reader, one), Kind.ADDRESS) for one in found)
    for first, end, kind in around_postcodes(reader, inside):
        first, end = widened(reader, (first, end)) if kind is Kind.ADDRESS else (first, end)
        yield _placed(line, first, end, kind)
    yield from (_placed(line, *postcode) for postcode in cued_postcodes(reader))


def _boxes(reader: Reader) -> Iterator[Stretch]:
    """PO Box 1234, apartado de correos 1234."""
    seen = judged = 0
    for k, word in enumerate(reader.words):
        if k >= seen and word in reader.grammar.boxes:
            judged += 1
            if judged > MOST_STREETS:
                yield k, reader.line.count
                return
            end = k + phrase_at(reader.words, k, reader.grammar.boxes)
            if end > k and reader.roles[end] & MARKER:
                end += 1
            if end > k and reader.line.house(end):
                seen = reader.tail(end + 1, lower=not reader.line.capital(k)).end
                yield k, seen


def _lone(reader: Reader) -> Iterator[Stretch]:
    """A line that is only "Apt 5", or goes on as addresses do: they are typed line by line."""
    value = reader.words[1]
    if reader.words[0] in reader.grammar.lone and (value[:1].isdigit() or len(value) == 1):
        end = reader.tail(2, lower=True).end
        if end == reader.line.count:
            yield 0, end


def _attached(reader: Reader) -> Iterator[Stretch]:
    """Hauptstrasse 12: the kind of street is the end of its name."""
    line, kinds = reader.line, reader.grammar.attached
    for k, word in enumerate(reader.words):
        if not kinds or not word.endswith(kinds) or word in kinds:
            continue
        if line.capital(k) and line.house(k + 1) and not line.ends(k + 1) and not reader.counted(k + 1):
            first = k
            while first and k - first < LONGEST_ATTACHED and line.gaps[first] in (" ", "-") and line.capital(first - 1):
                first -= 1
            yield first, reader.tail(k + 2, lower=False).end


def _cued(reader: Reader, inside: set[int]) -> Iterator[Stretch]:
    """What a cue leads up to when it has a number: "I live at 22 Acacia", "domicilio: Los Alisos, 10"."""
    judged = 0
    for k, word in enumerate(reader.words):
        for cues in (reader.grammar.cues, reader.grammar.weak if reader.language else {}):
            if word not in cues or k in inside:
                continue
            judged += 1
            if judged > MOST_STREETS:
                yield k, reader.line.count
                return
            begin = k + phrase_at(reader.words, k, cues)
            if begin > k and not (k and reader.words[k - 1] in reader.grammar.not_after):
                yield from _chained(reader, begin, inside, cues is reader.grammar.weak)


def _chained(reader: Reader, begin: int, inside: set[int], weak: bool) -> Iterator[Stretch]:
    """What a cue leads up to, and one more behind it: "from 5 Glebe Cottages to 9 The Paddocks"."""
    found = _led_up(reader, begin, weak)
    if found is None or found[0] in inside or (weak and _is_plain(reader, found)):
        return
    yield found
    if reader.language and reader.words[found[1]] in reader.grammar.chains and reader.line.gaps[found[1]] == " ":
        another = _led_up(reader, found[1] + 1, weak=True)
        if another is not None and another[0] not in inside and not _is_plain(reader, another):
            yield another


def _is_plain(reader: Reader, found: Stretch) -> bool:
    """Whether a number stands beside ordinary words in lower case only: "it went to 2 shops"."""
    names = [k for k in range(*found) if reader.words[k].isalpha() and not reader.roles[k] & (MARKER | PARTICLE)]
    return any(not reader.line.capital(k) for k in names) and not any(map(reader.unknown, names))


def _led_up(reader: Reader, begin: int, weak: bool) -> Stretch | None:
    line = reader.line
    colon = ":" in line.gaps[begin] and begin < line.count
    for _ in range(MOST_FILLERS):
        if reader.words[begin] in reader.grammar.not_after:
            return None
        # "my mum's at 7 Tregenna", "a casa de mi madre"
        anybodys = reader.filler(begin) or reader.words[begin] in reader.grammar.relatives or line.gaps[begin] == "'"
        if (anybodys or reader.words[begin] in reader.grammar.houses) and (colon or not line.ends(begin)):
            begin += not (line.house(begin) or (line.capital(begin) and not reader.roles[begin] & STOP))
    if begin >= line.count or (line.ends(begin) and ":" not in line.gaps[begin]):
        return None
    if line.house(begin):
        found = _number_first(reader, begin)
        marked = reader.roles[begin - 1] & MARKER and line.gaps[begin] in (" ", ". ")
        lettered = weak and len(cut(reader.words[begin])[1]) == 1
        if found is None and (marked or lettered) and not reader.counted(begin) and not reader.named(begin + 1):
            found = begin, begin + 1  # "the neighbour at number 9", "la del 3B"
        return found if found is None or not marked else (begin - 1, found[1])
    if not colon and not reader.grammar.word_before:
        return None
    end, house = name_behind(reader, begin)
    if house is None or not any(reader.words[n].isalpha() and len(reader.words[n]) > 2 for n in range(begin, end)):
        return None
    return begin, reader.tail(house, lower=not line.capital(begin)).end


def _number_first(reader: Reader, begin: int) -> Stretch | None:
    """A house number that a cue leads up to, and the name behind it: "22 acacia", "4, Piazza della Repubblica"."""
    line, end = reader.line, begin + 1
    if line.gaps[end] == ", " and line.capital(end):
        end += 1
    while end < begin + MOST_NAME and reader.named(end):
        end += 1
    large = line.capital(begin + 1)
    whole = (
        end >= line.count or line.ends(end) or line.dotted(end) or ("," in line.gaps[end] and reader.unknown(end - 1))
    )
    believed = large or whole or len(reader.words[begin]) >= LONG_HOUSE
    if end == begin + 1 or not believed or reader.counted(begin):
        return None
    return begin, reader.tail(end, lower=not large).end


def _plain_codes(line: Line) -> dict[int, int]:
    return {k: 1 for k, word in enumerate(line.words) if len(word) == _PLAIN_POSTCODE and word.isdigit()}


def _codes(line: Line, shape: Any) -> dict[int, int]:
    """The postcodes of such a shape, by their first word, with how many words they are."""
    found = dict[int, int]()
    for start, end in places(shape, line.bones.scan):
        # Behind a foreign letter it begins within a word, and is hidden with all of it.
        first = bisect_right(line.starts, start) - 1
        found[first] = bisect_left(line.starts, end) - first
    return found


def _measured(reading: Reading, line: Line, k: int, count: int) -> bool:
    """Whether it is a size by itself: "Galaxy S8 8GB" is spelt as a postcode of Sheffield would be."""
    unit = cut(line.words[k + count - 1])[1]
    return len(line.words[k]) < LONG_HOUSE and bool(grammars(reading.language)[0].roles.get(unit, 0) & COUNTED)


def _placed(line: Line, first: int, end: int, kind: Kind) -> Find:
    return line.starts[first], line.end(end - 1), kind


def _joined(folded: str, found: list[Find]) -> Iterator[Find]:
    """Finds that overlap or that only a comma or the like parts are one address."""
    found.sort()
    whole: list[Find] = []
    for start, end, kind in found:
        if whole and _adjoins(folded[whole[-1][1] : start]):
            before, last, was = whole.pop()
            start, end, kind = before, max(last, end), kind if kind is was else Kind.ADDRESS
        whole.append((start, end, kind))
    yield from whole


def _adjoins(between: str) -> bool:
    return len(between) <= WIDEST_JOIN and _JOINING.issuperset(between)
