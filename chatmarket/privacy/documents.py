"""Bank accounts and Spanish identity numbers are found here, by their check digits and letters."""

from collections.abc import Iterator

from stdnum import iban
from stdnum.es import dni

from chatmarket.privacy.patterns import Found, pattern, places

_GAPS = b" .-_/,\n\t"
_IBAN = pattern(r"\b[a-z]{2}[ .-]?[0-9]{2}[ .\-_/,\n\t]{0,3}[a-z0-9]")
# Length of an IBAN by country, of the SWIFT registry.
_REGISTRY = """
ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 bi27 br29 by28 ch21 cr22 cy28 cz24 de22 dj27 dk18 do28 ee20 eg29
es24 fi18 fk18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hn28 hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 kz20
lb28 lc32 li21 lt20 lu20 lv21 ly25 mc27 md24 me22 mk19 mn20 mr27 mt31 mu30 ni28 nl18 no15 om23 pk24 pl28 ps29
pt25 qa29 ro24 rs22 ru33 sa24 sc31 sd18 se24 si19 sk24 sm27 so23 st25 sv28 tl23 tn24 tr26 ua29 va22 vg24 xk20
ye30
"""
_LENGTHS = {entry[:2].encode(): int(entry[2:]) for entry in _REGISTRY.split()}
_LONGEST_GAP = 3
_DNI = pattern(
    r"\b(?:[xyz][ .\-_/]{0,3}[0-9](?:[ .\-]?[0-9]){6}|[0-9](?:[ .\-]?[0-9]){6,7})[ .\-_/,]{0,3}[a-z]\b",
)


def ibans(scan: bytes) -> Iterator[Found]:
    """IBANs of the length of their country whose digits are right modulo 97 (ISO 13616), spaced or not."""
    for start, _ in places(_IBAN, scan):
        length = _LENGTHS.get(scan[start : start + 2])
        if length is None:
            continue
        compact = scan[start : start + length * (_LONGEST_GAP + 1)].translate(None, _GAPS)[:length]
        if len(compact) == length and compact.isalnum() and iban.is_valid(compact.decode("ascii"), check_country=False):
            end = _end_of(scan, start, length)
            if not scan[end : end + 1].isalnum():
                yield start, end


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
