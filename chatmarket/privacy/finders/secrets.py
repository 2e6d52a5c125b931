"""Secrets, ids and dates of birth are found here, by the words that lead up to them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from chatmarket.privacy.finders import dates, entries, wordy
from chatmarket.privacy.finders.checks import CARD_DIGITS, kind_by_check
from chatmarket.privacy.finders.cues import ALTERNATIVE, KINDS, STATES, Cue, cues
from chatmarket.privacy.finders.documents import end_of_iban
from chatmarket.privacy.finders.harmless import digits_of, is_money, is_ordinary
from chatmarket.privacy.finders.ids import id_at, id_before
from chatmarket.privacy.finders.numerals import numeral_at
from chatmarket.privacy.finders.shapes import PLATE
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind

Find = tuple[int, int, Kind]

_GROUPS = pattern(r"[0-9]+(?:[ .*/-]{1,2}[0-9]+)*")
_TOGETHER = pattern(r"[0-9]+")
# One group of a longer number, which is judged as a whole.
_GROUP_BESIDE = pattern(r"[ -][0-9]")
_GROUP_BEFORE = pattern(r"[0-9][ -]$")
_STANDING = pattern(r"\b[0-9]{3,8}\b")
_ONLY_GRAMMAR = pattern(
    rf"(?:[^a-z0-9\xff]{{1,3}}(?:{alternation(gathered('grammar', 'fillers'))}))*[^a-z0-9\xff]{{1,3}}"
)
# Nobody leads up to so many values in one message; from there on whatever has a digit is masked.
MOST_CUES = 32
_FROM_HERE = pattern(r"[a-z\xff]*[0-9][a-z0-9\xff]*")
_IBAN = pattern(
    r"[a-z]{2} ?[0-9]{2}(?:[ .-]?[a-z0-9]{1,4}){2,9}|[0-9][0-9 .-]{6,30}[0-9]|[a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?\b"
)
_LOCATOR = pattern(r"[a-z0-9]{5,8}\b")
_LETTER = pattern(r"[a-z]\b")
# "The offer ends 31/05".
_DAY = pattern(r"[0-3]?[0-9]/[01]?[0-9]")
# "Find ana_85 on ...": before the platform, with a sign that no word has.
_HANDLE_BEFORE = pattern(
    rf"([a-z][a-z0-9_.]*[0-9_][a-z0-9_.]*)(?: (?:{alternation(gathered('grammar', 'fillers'))})){{1,3}} $"
)
_DNI = pattern(r"[xyz]?[ .-]?[0-9]{1,2}[. ]?[0-9]{3}[. ]?[0-9]{3}[ .-]?[a-z]?\b|[xyz]?[0-9]{5,8}[ -]?[a-z]?\b")
_CLOCK = pattern(rf"\b(?:{alternation(gathered('talk', 'clock'))}) $")
_SEVEN = pattern(r"[0-9][0-9 .]{5,}[0-9]")
# How far from a cue its value may stand with other words between, and how many values one cue may lead to.
_AFTER = 60
_BEFORE = 40
_MOST_VALUES = 4
# A number near so many cues is asked of the first of them only.
_MOST_NEAR = 3
# Fewest and most digits.
_SIZES = {
    "pin": (3, 8),
    "cvv": (3, 4),
    "code": (3, 10),
    "tail": (3, 12),
    "card": (3, 4),
    "phone": (3, 8),
    "ssn": (3, 14),
    "lock": (3, 8),
    "entrance": (4, 8),
}
_NEAR = frozenset({"pin", "cvv", "code"})
# What is led up to by one of these is no security code.
_OTHERS = frozenset({"account", "locator", "document", "phone", "tail", "ssn", "dni", "iban", "pin"})
# So many digits in groups are no security code with something beside it, but a card or a phone.
_LONG = 9
_IN_FOURS = pattern(r"[0-9]{4}(?:[ .-]?[0-9]{4}){1,2}\b")
# Cues that lead to many other things, too.
_COMMON = frozenset({"card", "phone"})


def find(reading: Reading) -> Iterator[Find]:
    """Start and end in the skeleton, and the kind."""
    scan = reading.bones.scan
    seen = list(islice(cues(scan), MOST_CUES))
    sections = frozenset(cue.section for cue in seen)
    past = 0
    for cue in seen:
        if cue.value < past:
            continue
        for start, end, kind in _READERS[cue.section](reading, cue):
            if cue.section == "cvv" and _is_other(scan, seen, cue, start, end):
                break
            yield start, end, _kind_of_piece(sections) if cue.section == "tail" else kind
            past = max(past, end)
    yield from entries.find(reading.bones, sections)
    if "password" in sections:
        yield from wordy.logins(reading.bones, seen)
    if sections & _NEAR:
        yield from _near(scan, [cue for cue in seen if cue.section in _NEAR], seen)
    if "secret" in sections:
        yield from ((*found, Kind.SECRET) for found in wordy.secrets_before(reading.bones))
    if len(seen) == MOST_CUES:
        yield from ((*found, Kind.NUMBER) for found in places(_FROM_HERE, scan) if found[0] > seen[-1].start)


def _digits(reading: Reading, cue: Cue) -> Iterator[Find]:
    """Digits right after the cue, however grouped or spelled, with their alternatives ("7402 or 1596")."""
    fewest, most = _SIZES[cue.section]
    at = cue.value
    groups = _GROUPS.match(reading.bones.scan, at) if cue.section in ("cvv", "card") else None
    if groups is not None:
        fours = _IN_FOURS.fullmatch(groups.group()) if cue.section == "card" else None
        long = len(digits_of(groups.group()))
        glued = reading.bones.scan[at + len(groups.group()) :][:1].isalnum()
        if fours is not None or (cue.section == "card" and long in CARD_DIGITS and not glued):
            yield (*groups.span(), Kind.CARD)
            return
        if cue.section == "cvv" and long >= _LONG:
            return
    purpose = wordy.PURPOSE.match(reading.bones.scan, cue.end)
    if purpose is not None and _digits_at(reading, at, fewest, most) is None:
        at = purpose.end()
    for _ in range(_MOST_VALUES):
        span = _digits_at(reading, at, fewest, most)
        if span is None or (cue.section in _COMMON and is_ordinary(reading.bones.scan, *span)):
            break
        if not cue.told and is_money(reading.bones.scan, *span):
            break  # "I paid with the pin, 4500 pesos"
        yield (*span, KINDS.get(cue.section, Kind.NUMBER))
        follows = ALTERNATIVE.match(reading.bones.scan, span[1])
        if follows is None:
            break
        at = follows.end()


def _digits_at(reading: Reading, at: int, fewest: int, most: int) -> Found | None:
    """So many digits: the first groups that have enough of them together, or a number in words."""
    scan = reading.bones.scan
    spoken = numeral_at(scan, at, reading.language)
    if spoken is not None:
        if fewest <= len(spoken.digits) <= most + 2:
            return spoken.start, spoken.end
        if spoken.words:
            return None  # digits only are two numbers: "cvv 123 4111"
    match = _GROUPS.match(scan, at)
    if match is None:
        return None
    end, count, first = at, 0, 0
    for start, stop in places(_TOGETHER, match.group()):
        size = stop - start
        # Pairs go on as pairs ("48 21 93"); what is complete does not go on with something else ("7402 2 days").
        tied = match.group()[start - 1 : start] in (b"-", b"/", b".")
        if count and (count + size > most or (count >= fewest and size != first and not tied)):
            break
        first = first or size
        count += size
        end = at + stop
    return (at, end) if fewest <= count <= most else None


def _near(scan: bytes, near: list[Cue], seen: list[Cue]) -> Iterator[Find]:
    """Standing digits with other words between: "the pin I got last week, 7402", "7402 is my pin"."""
    at = 0
    for start, end in places(_STANDING, scan):
        if is_ordinary(scan, start, end) or _GROUP_BESIDE.match(scan, end) or _GROUP_BEFORE.search(scan[:start][-3:]):
            continue
        while near[at].end + _AFTER < start:
            at += 1
            if at == len(near):
                return
        for cue in near[at : at + _MOST_NEAR]:
            if _belongs(scan, cue, start, end):
                if cue.section != "cvv" or not _is_other(scan, seen, cue, start, end):
                    yield start, end, KINDS[cue.section]
                break


def _is_other(scan: bytes, seen: list[Cue], cue: Cue, start: int, end: int) -> bool:
    """Whether a number after the word for a security code is none: "cvv? no, order 4829"."""
    between = (other.section for other in seen if cue.end <= other.start < start)
    long = scan[start:end].isdigit() and end - start > _SIZES["cvv"][1]
    return long or not _OTHERS.isdisjoint(between)


def _belongs(scan: bytes, cue: Cue, start: int, end: int) -> bool:
    if start >= cue.end:
        return end - start > 3 or start == cue.value
    if cue.start - end > _BEFORE:
        return False
    return cue.section == "pin" or _ONLY_GRAMMAR.fullmatch(scan[end : cue.start]) is not None


def _code(reading: Reading, cue: Cue) -> Iterator[Find]:
    found = list(_digits(reading, cue))
    yield from found
    if not found and (cue.told or cue.section == "pin"):
        span = id_at(reading.bones, replace(cue, named=cue.told, told=False), cue.value)
        if span is not None and any(48 <= byte < 58 for byte in reading.bones.scan[slice(*span)]):
            yield (*span, KINDS[cue.section])


def _lock(reading: Reading, cue: Cue) -> Iterator[Find]:
    """What opens a lock stands right behind it: "lockbox 4482", "the gate is 1379#"."""
    for start, end, kind in _digits(reading, cue):
        scan = reading.bones.scan
        if not is_ordinary(scan, start, end) and _CLOCK.search(scan[cue.end : start]) is None:
            yield start, end, kind


def _tail(reading: Reading, cue: Cue) -> Iterator[Find]:
    span = _digits_at(reading, cue.value, *_SIZES["tail"])
    if span is not None and _DAY.fullmatch(reading.bones.scan[slice(*span)]) is not None and not cue.named:
        return
    if span is not None and not (span[1] - span[0] <= 4 and is_ordinary(reading.bones.scan, *span)):
        yield (*span, Kind.NUMBER)


def _kind_of_piece(sections: frozenset[str]) -> Kind:
    """Of which number a piece is ("the last four are"), other words of the message tell."""
    if "ssn" in sections:
        return Kind.SSN
    return Kind.CARD if "card" in sections else Kind.NUMBER


def _id(reading: Reading, cue: Cue) -> Iterator[Find]:
    kind, at = KINDS[cue.section], cue.value
    plate = PLATE.match(reading.bones.scan, at) if kind is Kind.DOCUMENT else None
    if plate is not None:
        yield (*plate.span(), kind)
        return
    before = id_before(reading.bones, cue)
    if before is not None:
        yield (*before, kind)
    for _ in range(_MOST_VALUES):
        span = id_at(reading.bones, cue, at)
        if span is None:
            break
        yield (*span, kind_by_check(digits_of(reading.bones.scan[span[0] : span[1]]), kind))
        follows = ALTERNATIVE.match(reading.bones.scan, span[1])
        if follows is None or not reading.bones.scan[follows.end() : follows.end() + 1].isdigit():
            break
        at = follows.end()


def _locator(reading: Reading, cue: Cue) -> Iterator[Find]:
    """The five to eight letters and digits of a booking, which may be letters only."""
    match = _LOCATOR.match(reading.bones.scan, cue.value)
    if match is None or match.group().decode("ascii") in STATES:
        yield from _id(reading, cue)
        return
    written = reading.bones.original[slice(*reading.bones.way_back(*match.span()))]
    if cue.told or not written.isalpha() or (written.isupper() and not reading.bones.original.isupper()):
        yield (*match.span(), Kind.ACCOUNT)


def _iban(reading: Reading, cue: Cue) -> Iterator[Find]:
    match = _IBAN.match(reading.bones.scan, cue.value)
    if match is None:
        return
    written = reading.bones.original[slice(*reading.bones.way_back(*match.span()))]
    if any(letter.isdigit() for letter in written) or written.isupper():
        yield match.start(), end_of_iban(reading.bones.scan, *match.span()), Kind.IBAN


def _dni(reading: Reading, cue: Cue) -> Iterator[Find]:
    match = _DNI.match(reading.bones.scan, cue.value)
    if match is not None:
        yield (*match.span(), Kind.DNI)


def _birthdate(reading: Reading, cue: Cue) -> Iterator[Find]:
    found = dates.birthdate_near(reading.bones.scan, cue.value)
    if found is not None:
        yield (*found, Kind.BIRTHDATE)
        yield from ((*one, Kind.BIRTHDATE) for one in dates.further(reading.bones.scan, found[1]))


def _expiry(reading: Reading, cue: Cue) -> Iterator[Find]:
    found = dates.expiry_at(reading.bones.scan, cue.value) or dates.expiry_before(reading.bones.scan, cue.start)
    if found is not None:
        yield (*found, Kind.EXPIRY)


def _password(reading: Reading, cue: Cue) -> Iterator[Find]:
    found = wordy.password_at(reading.bones, cue)
    if found is not None:
        yield (*found, Kind.PASSWORD)


def _handle(reading: Reading, cue: Cue) -> Iterator[Find]:
    before = _HANDLE_BEFORE.search(reading.bones.scan[max(0, cue.start - _BEFORE) : cue.start])
    if before is not None and cue.section == "platform":
        floor = max(0, cue.start - _BEFORE)
        yield floor + before.start(1), floor + before.end(1), Kind.HANDLE
    found = wordy.username_at(reading.bones, cue, sure=cue.section == "handle")
    if found is not None:
        yield (*found, Kind.HANDLE)


def _secret(reading: Reading, cue: Cue) -> Iterator[Find]:
    found = wordy.secret_at(reading.bones, cue)
    if found is not None:
        yield (*found, Kind.SECRET)


def _letter(reading: Reading, cue: Cue) -> Iterator[Find]:
    """The letter of an identity number, told apart from it: "12345678 y la letra es la Z"."""
    match = _LETTER.match(reading.bones.scan, cue.value)
    if match is not None and _SEVEN.search(reading.bones.scan) is not None:
        yield (*match.span(), Kind.DNI)


_READERS: dict[str, Callable[[Reading, Cue], Iterator[Find]]] = {
    "pin": _code, "cvv": _digits, "code": _code, "card": _digits, "phone": _digits, "ssn": _digits, "tail": _tail,
    "account": _id, "locator": _locator, "document": _id, "iban": _iban, "dni": _dni, "birthdate": _birthdate,
    "expiry": _expiry, "password": _password, "handle": _handle, "platform": _handle, "secret": _secret,
    "letter": _letter, "lock": _lock, "entrance": _lock,
}  # fmt: skip
