"""The ids of things are read here, after a cue: digits and letters in any grouping, or letters that are no word."""

from dataclasses import dataclass

from chatmarket.privacy.finders.cues import STATES, Cue
from chatmarket.privacy.finders.harmless import is_counted, is_money, is_ordinary
from chatmarket.privacy.finders.vocabulary import alternation, combined, gathered
from chatmarket.privacy.patterns import Found, pattern
from chatmarket.privacy.skeleton import Skeleton

_TOKEN = pattern(r"([^a-z0-9\xff]{0,3})([a-z0-9\xff]+)")
# Between the pieces of one id: a sign with or without spaces, or one space.
_JOINED = pattern(r"[-/._#*]{1,2}")
_SPACED = pattern(r" ?[-/._#*] ?| ")
# Five consonants in a row, or four at the start: no word of English or Spanish ("KOCHTRCZKI").
_UNSPEAKABLE = pattern(r"[bcdfghjklmnpqrstvwxz]{5}|^[bcdfghjklmnpqrstvwxz]{4}")
_MIXED = pattern(r"[a-z]+[0-9]+[a-z]|[0-9]+[a-z]+[0-9]")
_COUNTS = [*gathered("inside", "ordinal_ends", "addresses"), *gathered("harmless", "clock")]
_TIME_OR_DATE = pattern(rf"[0-9]{{1,2}}(?:{alternation(_COUNTS)})")
# How near letters must stand to a cue that does not speak of a number.
_CLOSE = 2
# "45 m 6778" is no length.
_GOES_ON = pattern(r" [a-z]{1,2} [0-9]")
_DIGIT_NEXT = pattern(r" ?[0-9]")
_LONGEST_PIECE = 8
_MOST_PIECES = 8
_LONGEST_TAIL = 3
_LONGEST = 40
_VOWELS = b"aeiouy"
_MONTHS = frozenset(combined("dates", "months"))
_FEWEST_MIXED = 4


# "KB6123456 is my booking", "A7K2, that's the locator": a verb leads back from the cue to what it speaks of.
_LED_BACK = pattern(
    r"([a-z0-9\xff]+(?:(?:[-._/#]|[ -]{1,3}[0-9])[a-z0-9\xff]+){0,6})[\"')]?(?:,|\.{2,3})?"
    rf"(?: ?=| (?:{alternation(gathered('grammar', 'pointing'))})\b) ?"
    rf"(?:(?:{alternation(gathered('grammar', 'fillers'))}) ){{0,3}}$"
)
# So far before its cue an id is looked for; one of digits alone that no word calls a number has so many at least.
_BACK = 60
_NEXT = 12
_NOUN = pattern(rf"\b(?:{alternation(gathered('grammar', 'number_nouns'))})\b")
_FEWEST_BARE = 5


# Letters that only a sign parts from a number, unless they are its noun: "GPA.3311-9920", but "ref.3311-9920".
_PREFIX = pattern(r"(?:^|[^a-z0-9\xff._/@-])([a-z]{2,6})[._/-]$")
_LONGEST_PREFIX = 8
_FEWEST_PREFIXED = 6
_NOUNS = frozenset(gathered("grammar", "number_nouns"))


@dataclass(frozen=True, slots=True)
class Id:
    """Letters and digits that may be one id."""

    start: int
    end: int
    compact: bytes

    @property
    def digits(self) -> int:
        return sum(48 <= byte < 58 for byte in self.compact)


def with_prefix(bones: Skeleton, start: int, end: int) -> int:
    """Where a number begins with the capitals that a sign glues to it."""
    if start < 3 or bones.scan[start - 1] not in b"._/-":
        return start
    prefix = _PREFIX.search(bones.scan[max(0, start - _LONGEST_PREFIX) : start])
    if prefix is None or sum(48 <= byte < 58 for byte in bones.scan[start:end]) < _FEWEST_PREFIXED:
        return start
    first = start - (prefix.end() - prefix.start(1))
    written = bones.original[slice(*bones.way_back(first, start - 1))]
    return first if written.isupper() and written.lower() not in _NOUNS else start


def id_at(bones: Skeleton, cue: Cue, at: int) -> Found | None:
    """The id that begins there. Where the cue speaks of a number, or leads on with a verb, less is enough."""
    named, told = cue.named, cue.told
    capital = at < len(bones.scan) and bones.original[bones.way_back(at, at + 1)[0]].isupper()
    found = _pieces(bones.scan, at, spaced=named or told or capital)
    if found is None:
        return None
    if found.digits == 0:
        close = named or told or at - cue.end <= _CLOSE
        return _letters(bones, found, sure=named and told) if close else None
    if found.digits == len(found.compact):
        few = found.digits < (3 if named else 4)
        if few or (not named and is_ordinary(bones.scan, found.start, found.end)):
            return None
        return None if is_counted(bones.scan, found.start, found.end) and found.digits < 7 else (found.start, found.end)
    enough = len(found.compact) >= (_FEWEST_MIXED - cue.named)
    return (found.start, found.end) if enough and _is_mixed(bones, found) else None


def id_before(bones: Skeleton, cue: Cue) -> Found | None:
    """The id that stands before its cue, whatever else would explain it: it is said whose it is."""
    floor = max(0, cue.start - _BACK)
    match = _LED_BACK.search(bones.scan[floor : cue.start])
    if match is None:
        return None
    start, end = floor + match.start(1), floor + match.end(1)
    found = Id(start, end, _compact(match.group(1)))
    if found.digits == len(found.compact):
        beside = bones.scan[end : cue.end + _NEXT]
        enough = found.digits >= (3 if cue.named or _NOUN.search(beside) is not None else _FEWEST_BARE)
        return (start, end) if enough and not is_money(bones.scan, start, end) else None
    return (start, end) if found.digits and len(found.compact) >= _FEWEST_MIXED and _is_mixed(bones, found) else None


def _pieces(scan: bytes, at: int, *, spaced: bool) -> Id | None:
    first = _TOKEN.match(scan, at)
    if first is None or first.group(1) or first.group(2).startswith(b"0x"):
        return None
    end = good = first.end()
    token = first.group(2)
    if _TIME_OR_DATE.fullmatch(token) is not None:
        return None
    if token.decode("latin-1") in _MONTHS:
        return None
    if token.decode("latin-1") in STATES and scan[end : end + 1] not in (b"-", b"/"):
        return None
    if not _has_digit(token) and len(token) > 4:
        return _glued(scan, at, first.end())
    for _ in range(_MOST_PIECES):
        following = _TOKEN.match(scan, end)
        if following is None or following.end() - at > _LONGEST:
            break
        sign, token = following.group(1), following.group(2)
        if not (spaced or _has_digit(scan[at:good]) or sign.strip()) or not _goes_on(
            scan, sign, token, following.span(2)
        ):
            break
        end = following.end()
        tail = _has_digit(scan[at:good]) and len(token) <= _LONGEST_TAIL and _JOINED.fullmatch(sign)
        # A preposition ends no message: "00 45 12 a".
        last = not scan[end:].strip(b" .!")
        if _has_digit(token) or tail or (len(token) == 1 and (last or token not in _VOWELS)):
            good = end
    return Id(at, good, _compact(scan[at:good]))


def _glued(scan: bytes, at: int, end: int) -> Id:
    """A long word, with what hyphens and digits tie to it: "KOCHTRCZKI", "POLICY-4411"."""
    following = _TOKEN.match(scan, end)
    if following is not None and _JOINED.fullmatch(following.group(1)) and _has_digit(following.group(2)):
        end = following.end()
    return Id(at, end, _compact(scan[at:end]))


def _goes_on(scan: bytes, sign: bytes, token: bytes, place: Found) -> bool:
    if _JOINED.fullmatch(sign):
        return _has_digit(token) or len(token) <= _LONGEST_PIECE
    if not _SPACED.fullmatch(sign):
        return False
    if _has_digit(token):
        return (not is_counted(scan, *place) or _GOES_ON.match(scan, place[1]) is not None) and _TIME_OR_DATE.fullmatch(
            token
        ) is None
    if len(token) == 1:
        last = not scan[place[1] :].strip(b" .!")
        return last or _DIGIT_NEXT.match(scan, place[1]) is not None or token.decode("latin-1") not in STATES
    # "34 ABC 123"
    short = len(token) == 2 or (len(token) == 3 and _DIGIT_NEXT.match(scan, place[1]) is not None)
    return short and token.decode("latin-1") not in STATES


def _letters(bones: Skeleton, found: Id, *, sure: bool) -> Found | None:
    if found.compact.decode("latin-1") in STATES:
        return None
    at, end = bones.way_back(found.start, found.end)
    written = bones.original[at:end]
    shouted = written.isupper() and not bones.original.isupper()
    if (sure and shouted and len(found.compact) >= 5) or (len(written) >= 6 and _UNSPEAKABLE.search(found.compact)):
        return found.start, found.end
    return (found.start, found.end) if shouted and len(found.compact) >= 8 else None


def _is_mixed(bones: Skeleton, found: Id) -> bool:
    at, end = bones.way_back(found.start, found.end)
    written = bones.original[at:end]
    return found.digits >= 3 or _MIXED.search(found.compact) is not None or written.isupper()


def _has_digit(token: bytes) -> bool:
    return any(48 <= byte < 58 for byte in token)


def _compact(written: bytes) -> bytes:
    return bytes(byte for byte in written if 48 <= byte < 58 or 97 <= byte < 123 or byte == 255)
