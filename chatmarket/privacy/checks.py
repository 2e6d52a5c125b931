"""Check digits and numbering plans: whether digits could be a card or a phone."""

from dataclasses import dataclass

from phonenumbers import NumberParseException, is_valid_number, parse

CARD_DIGITS = range(13, 20)
FEWEST_LOCAL = 7
MOST_PHONE = 15
# The regions that have numbers of so many digits (with trunk or country code), most of our customers first.
_REGIONS = {9: ("ES",), 10: ("US", "GB", "MX", "AR"), 11: ("ES", "US", "GB", "AR"), 12: ("GB", "MX"), 13: ("ES", "MX")}
# Asking takes 20 us a region; a hostile message could ask hundreds of times.
MOST_ASKED = 24

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
