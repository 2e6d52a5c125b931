"""Check digits and numbering plans: whether digits could be a card or a phone."""

from dataclasses import dataclass

from phonenumbers import NumberParseException, is_valid_number, parse
from stdnum.ar import cbu, cuit
from stdnum.br import cpf
from stdnum.cl import rut
from stdnum.es import ccc

from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.segments import Kind

CARD_DIGITS = range(13, 20)
FEWEST_LOCAL = 7
MOST_PHONE = 15
# The regions that have numbers of so many digits (with trunk or country code), most of our customers first.
_REGIONS = {9: ("ES",), 10: ("US", "GB", "MX", "AR"), 11: ("ES", "US", "GB", "AR"), 12: ("GB", "MX"), 13: ("ES", "MX")}
# Asking takes 20 us a region; a hostile message could ask hundreds of times.
MOST_ASKED = 24

_SSN = pattern(r"[0-9]{3}[ .-][0-9]{2}[ .-][0-9]{4}")
_ZIP = pattern(r"[0-9]{5}-[0-9]{4}")
_TAXPAYER = pattern(
    r"[0-9]{2}-[0-9]{8}-[0-9]|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9]"
)
# How cards of so many digits begin (ISO/IEC 7812, by the large schemes).
_ISSUED: dict[int, tuple[bytes, ...]] = {
    13: (b"4",),
    14: (b"30", b"36", b"38", b"39"),
    15: (b"34", b"37"),
    16: (b"2", b"35", b"4", b"5", b"6"),
    19: (b"4", b"6"),
}
_CARD_FIRST = b"23456"
_DOUBLED = bytes(48 + (2 * d if d < 5 else 2 * d - 9) for d in range(10))
_DOUBLE = bytes.maketrans(b"0123456789", _DOUBLED)


@dataclass(slots=True)
class Plans:
    """The numbering plans, asked at most MOST_ASKED times about one message; after that everything is a phone."""

    left: int = MOST_ASKED

    def have(self, digits: bytes) -> bool:
        """Whether one of our regions has such a number."""
        if len(digits) not in _REGIONS:
            return False
        self.left -= 1
        return self.left < 0 or is_phone(digits)


def is_card(digits: bytes) -> bool:
    """13 to 19 digits with a right check digit (Luhn, ISO/IEC 7812-1)."""
    if len(digits) not in CARD_DIGITS:
        return False
    total = sum(digits[-1::-2]) + sum(digits[-2::-2].translate(_DOUBLE)) - 48 * len(digits)
    return total % 10 == 0


def is_issued(digits: bytes) -> bool:
    """A right check digit, and as many digits as the cards have that begin so; random digits rarely are one."""
    return any(digits.startswith(first) for first in _ISSUED.get(len(digits), ())) and is_card(digits)


def kind_by_check(digits: bytes, otherwise: Kind, written: bytes = b"") -> Kind:
    """What check digits, or the way it is written, prove a number to be; else `otherwise`."""
    if is_card(digits) or (is_card(digits[::-1]) and digits[-1] in _CARD_FIRST):
        return Kind.CARD
    text = digits.decode("ascii")
    if (len(text) == 20 and ccc.is_valid(text)) or (len(text) == 22 and cbu.is_valid(text)):
        return Kind.IBAN
    if otherwise is Kind.ACCOUNT:
        return otherwise
    if len(text) == 12 and _is_affiliate(text):
        return Kind.SSN
    if len(text) == 9 and _SSN.fullmatch(written) is not None:
        return Kind.SSN
    if _ZIP.fullmatch(written) is not None:
        return Kind.POSTCODE
    return Kind.DOCUMENT if _is_taxpayer(text, written) else otherwise


def _is_affiliate(text: str) -> bool:
    """A Spanish social security number: province, number, and the remainder of both by 97."""
    return 1 <= int(text[:2]) <= 66 and int(text[:10]) % 97 == int(text[10:])


def _is_taxpayer(text: str, written: bytes) -> bool:
    """Identity numbers of Argentina, Brazil and Chile, when they are written as such."""
    if _TAXPAYER.fullmatch(written) is None:
        return False
    return cuit.is_valid(text) or cpf.is_valid(text) or rut.is_valid(text)


def is_phone(digits: bytes, *, plus: bool = False) -> bool:
    """Whether the numbering plan of one of our regions (or of the named country, after a plus) has such a number."""
    if not FEWEST_LOCAL <= len(digits) <= MOST_PHONE:
        return False
    text = digits.decode("ascii")
    if plus:
        return _is_valid("+" + text, None)
    return any(_is_valid(text, region) for region in _REGIONS.get(len(digits), ()))


def _is_valid(text: str, region: str | None) -> bool:
    try:
        return is_valid_number(parse(text, region))
    except NumberParseException:
        return False
