"""Addresses are found here, by each language's grammar of them: streets, boxes, postcodes, places on the globe."""

from bisect import bisect_left
from collections.abc import Iterator

from chatmarket.privacy.asked_addresses import WANTED, answered
from chatmarket.privacy.grammar import COUNTED, MARKER, grammars, spots, sure_postcodes
from chatmarket.privacy.lines import Line, cut
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.streets import LONG_HOUSE, MOST_NAME, Streets, phrase_at

Find = tuple[int, int, Kind]  # in the skeleton
Found = tuple[int, int, Kind]  # in words
SHORTEST_POSTCODE, LONGEST_POSTCODE = 3, 8

_POSTCODE = pattern(rf"\b(?:{sure_postcodes()})\b")
# Coordinates with three decimals at least (a hundred metres) or minutes, what3words, plus codes.
_GLOBE = pattern(
    r"-?[0-9]{1,3}\.[0-9]{3,}\s?[nsew]?\s?[,;/ ]\s?-?[0-9]{1,3}\.[0-9]{3,}(?:\s?[nsew]\b)?"
    r"|[0-9]{1,3}\s?[\xfeo]\s?[0-9]{1,2}\s?['\xfe][0-9.,\s'\"\xfe]{0,12}[nsewo]\b"
    r"(?:[,\s]{0,3}[0-9]{1,3}\s?[\xfeo]\s?[0-9]{1,2}\s?['\xfe][0-9.,\s'\"\xfe]{0,12}[nsewo]\b)?"
    r"|(?:///\s?|what3words[^a-z0-9]{1,4}|w3w[^a-z0-9]{1,4})[a-z\xff]{2,}\.[a-z\xff]{2,}\.[a-z\xff]{2,}"
    r"|\b[2-9cfghjmpqrvwx]{4}(?:[2-9cfghjmpqrvwx]{4})?\+[2-9cfghjmpqrvwx]{2,3}\b"
)
# One of these stands in every address that has no word of ours in it.
_SHAPES = pattern(
    rf"\b[0-9]{{5}}\b|///|w3w|[0-9]\.[0-9]{{3}}|[0-9]\s?[\xfeo]\s?[0-9]|\b(?:{sure_postcodes()})\b|[a-z0-9]\+[a-z0-9]"
)
# What may stand between two parts of one address.
_JOINING = frozenset(" ,.;-/#()\n\t\"'")
WIDEST_JOIN = 4


def find(reading: Reading) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind: address or postcode. Linear in the text."""
    line = Line(reading.bones)
    shaped = _SHAPES.search(reading.bones.scan) is not None
    wanted = not WANTED.isdisjoint(reading.asked)
    if line.words and (wanted or shaped or not spots(reading.language).isdisjoint(line.words)):
        yield from _joined(reading.bones.folded, list(_found(reading, line, shaped)))


def _found(reading: Reading, line: Line, shaped: bool) -> Iterator[Find]:
    postcodes = dict[int, int]()
    if shaped:
        yield from ((start, end, Kind.ADDRESS) for start, end in places(_GLOBE, reading.bones.scan))
        sure = _sure(reading, line)
        yield from (_placed(line, k, k + count, Kind.POSTCODE) for k, count in sure.items())
        postcodes = {k: 1 for k, word in enumerate(line.words) if len(word) == 5 and word.isdigit()} | sure
    for own in grammars(reading.language):
        if postcodes or not own.spots.isdisjoint(line.words):
            yield from (_placed(line, *found) for found in _read(Streets(line, own, postcodes)))
    if wanted := WANTED & reading.asked:
        streets = Streets(line, grammars(reading.language)[0], postcodes)
        yield from (_placed(line, *found) for found in answered(streets, wanted, reading.asked))


def _read(streets: Streets) -> Iterator[Found]:
    """What a grammar finds, by words."""
    found = list(streets.read())
    yield from ((start, end, Kind.ADDRESS) for start, end in found)
    for start, end in (*_cued(streets), *_boxes(streets), *_lone(streets)):
        yield start, end, Kind.ADDRESS
    inside = {k for start, end in found for k in range(start, end)}
    for k in streets.postcodes:
        if k not in inside:
            yield from _around_postcode(streets, k)
    yield from _cued_postcodes(streets)


def _boxes(streets: Streets) -> Iterator[tuple[int, int]]:
    """PO Box 1234, apartado de correos 1234."""
    for k, word in enumerate(streets.words):
        if word in streets.grammar.boxes:
            end = k + phrase_at(streets.words, k, streets.grammar.boxes)
            if end > k and end < len(streets.words) and streets.roles[end] & MARKER:
                end += 1
            if end > k and streets.line.house(end):
                yield k, streets.tail(end + 1, lower=not streets.line.capital(k)).end


def _lone(streets: Streets) -> Iterator[tuple[int, int]]:
    """A line that is only "Apt 5": addresses are typed line by line."""
    words = streets.words
    if len(words) == 2 and words[0] in streets.grammar.lone and (words[1][0].isdigit() or len(words[1]) == 1):
        yield 0, 2


def _cued(streets: Streets) -> Iterator[tuple[int, int]]:
    """What a cue leads up to when it has a number: "I live at 22 Acacia", "domicilio: Los Alisos, 10"."""
    cues = streets.grammar.cues
    for k, word in enumerate(streets.words):
        if word in cues:
            begin = k + phrase_at(streets.words, k, cues)
            if begin > k and not (k and streets.words[k - 1] in streets.grammar.not_after):
                found = _led(streets, begin)
                if found is not None:
                    yield found


def _led(streets: Streets, begin: int) -> tuple[int, int] | None:
    line, words = streets.line, streets.words
    if begin >= len(words):
        return None
    colon = ":" in line.gap(begin)
    for _ in range(4):
        if begin < len(words) and words[begin] in streets.grammar.not_after:
            return None
        if begin < len(words) - 1 and streets.filler(begin) and (colon or not line.ends(begin)):
            begin += 1
    if begin >= len(words) or (line.ends(begin) and ":" not in line.gap(begin)):
        return None
    large = line.capital(begin)
    if line.house(begin):
        return _number_first(streets, begin)
    if not (colon or streets.grammar.word_before) or not (colon or large or streets.grammar.number_after):
        return None
    end, house = streets.name_behind(begin)
    if house is None or not any(words[n].isalpha() and len(words[n]) > 2 for n in range(begin, end)):
        return None
    return begin, streets.tail(house, lower=not large).end


def _number_first(streets: Streets, begin: int) -> tuple[int, int] | None:
    line = streets.line
    end = begin + 1
    while end < begin + MOST_NAME and (streets.names(end) or (end == begin + 1 and streets.parted_by_comma(end))):
        end += 1
    large = end > begin + 1 and line.capital(begin + 1)
    alone = end == len(streets.words) or line.ends(end) or line.dotted(end)
    long = len(streets.words[begin]) >= LONG_HOUSE
    if end == begin + 1 or streets.counted(begin) or not (large or long or alone):
        return None
    return begin, streets.tail(end, lower=not large).end


def _around_postcode(streets: Streets, k: int) -> Iterator[Found]:
    """An address known by its postcode alone: "Springfield, IL 62701", "Teseo, 5. 29010 Málaga"."""
    if streets.words[k].isdigit():
        start = streets.before_place(k)
        if start is not None:
            yield start, streets.tail(k, lower=False).end, Kind.ADDRESS
        elif streets.grammar.town_after and streets.grammar.beside.fullmatch(streets.words[k].encode()):
            start = streets.before_postcode(k)
            if streets.is_town(k + 1, dotted=start is not None):
                kind = Kind.POSTCODE if start is None else Kind.ADDRESS
                yield k if start is None else start, k + 1, kind


def _cued_postcodes(streets: Streets) -> Iterator[Found]:
    """A number after "CP" or "my zip is"."""
    cues, words = streets.grammar.postcode_cues, streets.words
    for k, word in enumerate(words):
        if word in cues:
            at = k + phrase_at(words, k, cues)
            last = min(at + 3, len(words) - 1) if at > k else -1
            while at < last and not words[at][0].isdigit() and streets.filler(at):
                at += 1
            if at <= last and words[at][0].isdigit() and SHORTEST_POSTCODE <= len(words[at]) <= LONGEST_POSTCODE:
                yield at, at + 1, Kind.POSTCODE


def _sure(reading: Reading, line: Line) -> dict[int, int]:
    """The postcodes that need nothing beside them, by their first word, with how many words they are."""
    roles, found = grammars(reading.language)[0].roles, {}
    for start, end in places(_POSTCODE, reading.bones.scan):
        first, last = bisect_left(line.starts, start), bisect_left(line.starts, end)
        # "Galaxy S8 8GB" is spelt as a postcode of Sheffield would be.
        measured = len(line.words[first]) < LONG_HOUSE and roles.get(cut(line.words[last - 1])[1], 0) & COUNTED
        if not measured:
            found[first] = last - first
    return found


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
