"""Bank accounts and Spanish identity numbers are found here, by their check digits and letters."""

from collections.abc import Iterator
from itertools import pairwise

from stdnum import iban
from stdnum.es import dni

from chatmarket.privacy.finders.checks import is_card
from chatmarket.privacy.finders.harmless import digits_of, is_counted, is_model, is_version
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.segments import Kind

_GAPS = b" .-_/,\n\t~*|:;+#"
_IBAN = pattern(r"\b[a-z][-_./~]?[a-z][^a-z0-9\xff]{0,2}[0-9][-_./~]?[0-9][ .\-_/,\n\t~*|:;+#]{0,3}[a-z0-9]")
# Length of an IBAN by country, of the SWIFT registry.
_REGISTRY = """
ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 bi27 br29 by28 ch21 cr22 cy28 cz24 de22 dj27 dk18 do28 ee20 eg29
es24 fi18 fk18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hn28 hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 kz20
lb28 lc32 li21 lt20 lu20 lv21 ly25 mc27 md24 me22 mk19 mn20 mr27 mt31 mu30 ni28 nl18 no15 om23 pk24 pl28 ps29
pt25 qa29 ro24 rs22 ru33 sa24 sc31 sd18 se24 si19 sk24 sm27 so23 st25 sv28 tl23 tn24 tr26 ua29 va22 vg24 xk20
ye30
"""
# What letters count in an IBAN: "a" is 10.
_IN_DIGITS = {ord(sign): str(int(sign, 36)) for sign in "0123456789abcdefghijklmnopqrstuvwxyz"}
_LENGTHS = {entry[:2].encode(): int(entry[2:]) for entry in _REGISTRY.split()}
_LONGEST_GAP = 3
_DNI = pattern(
    r"\b(?:[xyz][ .\-_/]{0,3}[0-9](?:[ .\-]?[0-9]){6}|[0-9](?:[ .\-]?[0-9]){6,7})[ .\-_/,]{0,3}[a-z]\b",
)


_UNPROVEN = pattern(r"\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){3,7}(?:[ -]?[a-z0-9]{1,3})?\b")
_FEWEST_IBAN_DIGITS = 10
_SUPPLY = pattern(r"\bes ?[0-9]{4}(?:[ .-]?[0-9]{4}){3}[ .-]?[a-z]{2}(?: ?[0-9][a-z])?\b")
# A word with digits inside it.
_INSURED = pattern(r"\b[a-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[a-d]\b")
_MIXED = pattern(r"[a-z\xff]+[0-9][a-z0-9\xff]{3,}|[0-9]+[a-z\xff][a-z0-9\xff]{3,}")
_CHANGES = pattern(r"[0-9][a-z\xff]|[a-z\xff][0-9]")
# What signs of passwords tie to such a word: "k4r7vo&3".
_GLUED = pattern(r"(?:[&!$%^*+~]+[a-z0-9\xff]+)*")
_RFC = pattern(r"[a-z]{3,4}[0-9]{6}[a-z0-9]{3}")
_CURP = pattern(r"[a-z]{4}[0-9]{6}[hm][a-z]{5}[a-z0-9]{2}")
_FEWEST_MIXED_DIGITS = 5
_LONGEST_MODEL = 7


def is_country(letters: bytes) -> bool:
    """Whether accounts of a country begin so."""
    return letters in _LENGTHS


def unproven_ibans(scan: bytes) -> Iterator[Found]:
    """What is written as an IBAN of a country that has them, its check digits mistyped."""
    for start, end in places(_UNPROVEN, scan):
        digits = sum(48 <= byte < 58 for byte in scan[start:end])
        if scan[start : start + 2] in _LENGTHS and digits >= _FEWEST_IBAN_DIGITS:
            yield start, end_of_iban(scan, start, end)


def end_of_iban(scan: bytes, start: int, end: int) -> int:
    """Without the words behind it: "... 1332 all right". The last groups of an IBAN are never letters only."""
    while (gap := scan.rfind(b" ", start, end)) > start and scan[gap + 1 : end].isalpha():
        end = gap
    return end


def insured(scan: bytes) -> Iterator[Found]:
    """National insurance numbers of Britain: two letters, six digits, a letter from A to D."""
    yield from places(_INSURED, scan)


def supplies(scan: bytes) -> Iterator[Found]:
    """Supply points of Spain's electricity and gas (CUPS): the country, sixteen digits, two letters, maybe two more."""
    yield from places(_SUPPLY, scan)


def mixed(scan: bytes) -> Iterator[tuple[int, int, Kind]]:
    """Ids of letters and digits in turn, too long for a model's name, or with as many digits as a number has."""
    if _CHANGES.search(scan) is None:
        return
    for start, end in places(_MIXED, scan):
        token = scan[start:end]
        digits = sum(48 <= byte < 58 for byte in token)
        if token.startswith(b"0x") or is_version(scan, start, end) or is_counted(scan, start, end):
            continue
        is_id = digits >= _FEWEST_MIXED_DIGITS or (len(token) > _LONGEST_MODEL and digits >= 2 and _alternates(token))
        if is_id and not _is_quantity(scan, start, end):
            yield start, _GLUED.match(scan, end).end(), _kind_of_id(token)


def models(scan: bytes) -> Iterator[Found]:
    """Words of letters and digits that are the models of things."""
    if _CHANGES.search(scan) is not None:
        yield from (found for found in places(_MIXED, scan) if is_model(scan, *found))


def _alternates(token: bytes) -> bool:
    """Letters and digits change three times at least: "i4sn2bnvdt", not "model2024x"."""
    kinds = [48 <= byte < 58 for byte in token]
    return sum(before != after for before, after in pairwise(kinds)) >= 3


def _is_quantity(scan: bytes, start: int, end: int) -> bool:
    """Digits and then a unit: "15000mah", "12345points"."""
    letters = scan[start:end].lstrip(b"0123456789")
    return letters.isalpha() and is_counted(scan, start, end - len(letters))


def _kind_of_id(token: bytes) -> Kind:
    if is_card(digits_of(token)):
        return Kind.CARD
    shape = _CURP.fullmatch(token) or _RFC.fullmatch(token)
    return Kind.ACCOUNT if shape is None else Kind.DOCUMENT


def kind_of_document(compact: str) -> Kind | None:
    """What letters and digits without signs are by their shape, however they were dictated."""
    written = compact.encode("ascii")
    if _LENGTHS.get(written[:2]) == len(written) and written[2:4].isdigit():
        return Kind.IBAN
    if _INSURED.fullmatch(written) is not None:
        return Kind.SSN
    return Kind.DNI if _DNI.fullmatch(written) is not None else None


def ibans(scan: bytes) -> Iterator[Found]:
    """IBANs of the length of their country whose digits are right modulo 97 (ISO 13616), spaced or not."""
    for start, _ in places(_IBAN, scan):
        length = _LENGTHS.get(scan[start : start + _LONGEST_GAP].translate(None, _GAPS)[:2])
        if length is None:
            continue
        compact = scan[start : start + length * (_LONGEST_GAP + 1)].translate(None, _GAPS)[:length]
        if len(compact) != length or not compact.isalnum() or not _is_one_of_97(compact):
            continue
        if iban.is_valid(compact.decode("ascii"), check_country=False):
            end = _end_of(scan, start, length)
            if not scan[end : end + 1].isalnum():
                yield start, end


def _is_one_of_97(compact: bytes) -> bool:
    """Whether its digits are right: asked first, for all else that makes an IBAN takes ten times as long."""
    return int("".join([_IN_DIGITS[byte] for byte in compact[4:] + compact[:4]])) % 97 == 1


def _end_of(scan: bytes, start: int, length: int) -> int:
    """Where the `length`-th character that is no gap ends."""
    at = start
    while length:
        length -= scan[at] not in _GAPS
        at += 1
    return at


def identities(scan: bytes) -> Iterator[Found]:
    """DNI and NIE whose letter is right (number modulo 23, Orden INT/2058/2008), separated or not."""
    for start, end in places(_DNI, scan):
        compact = scan[start:end].translate(None, _GAPS).upper().decode("ascii")
        number = str("XYZ".find(compact[0])) + compact[1:-1] if compact[0].isalpha() else compact[:-1]
        if dni.calc_check_digit(number) == compact[-1]:
            yield start, end
