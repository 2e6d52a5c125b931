"""What explains a number here: money, sizes and counts, dates and times, years, versions, error codes.

A number that nothing here explains is masked, whatever it is.
"""

from chatmarket.privacy.finders.vocabulary import alternation, combined, gathered
from chatmarket.privacy.patterns import Found, pattern, places

DATE = pattern(
    r"(?:19|20)[0-9]{2}(?:-[01]?[0-9]-[0-3]?[0-9]|/[01]?[0-9]/[0-3]?[0-9]|\.[01]?[0-9]\.[0-3]?[0-9])"
    r"|[0-3]?[0-9](?:-[0-3]?[0-9]-|/[0-3]?[0-9]/|\.[0-3]?[0-9]\.)(?:19|20)[0-9]{2}"
    r"|[0-3]?[0-9]/[0-3]?[0-9]/[0-9]{2}"
    r"|[0-3]?[0-9](?:-(?:0?[1-9]|1[0-2])-|\.(?:0?[1-9]|1[0-2])\.)[0-9]{2}"
    r"|(?:0?[1-9]|1[0-2])[/.-](?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}[/-](?:0?[1-9]|1[0-2])"
    r"|[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,6})?)?",
)
_DECIMAL = r"[0-9]{1,5}\.[0-9]{1,2}"
AMOUNTS = pattern(rf"{_DECIMAL}(?:(?:\s+|\s?-\s?){_DECIMAL})*|{_DECIMAL} [0-9]{{1,2}}|[0-9]{{1,2}} {_DECIMAL}")
THOUSANDS = pattern(r"[1-9][0-9]{0,2}(?:[., '][0-9]{3}){1,3}(?:[.,][0-9]{1,2})?|[1-9][0-9]{2,8}")
YEARS = pattern(r"(?:19|20)[0-9]{2}(?:[^0-9]{1,3}(?:19|20)?[0-9]{2})*")
# Ten thousand, a hundred thousand, 22.390: nobody's number ends in so many noughts, or is written in thousands.
_ROUND = pattern(
    r"[1-9][0-9]{0,2}\.[0-9]{2}0(?: ?- ?[1-9][0-9]{0,2}\.[0-9]{2}0)?|[1-9][0-9]?(?:[.,]?000|0000){1,2}|[1-9]00000"
)
# 120/80, 24/7/365, 100-200: fractions, and ranges of round numbers. A sort code or an extension is none.
_RATIO = pattern(
    r"[0-9]{1,3}/[0-9]{1,2}|1?[0-9]{2}/1[0-9]{2}|24/7/365"
    r"|[0-9]{1,2}[05] ?- ?[0-9]{1,2}[05]|[0-9]{1,3}00 ?- ?[0-9]{1,3}00|[1-9][0-9] ?- ?[1-9][0-9]{2}"
    r"|[0-9]{1,2}/[0-9]{1,2} ?- ?[0-9]{1,2}/[0-9]{1,2}|[1-9][0-9]{0,2}/(?:19|20)[0-9]{2}",
)
# Three groups, not many digits, and one of them alone, as pairs of a phone never are: 10.15.7.
_SHORT_VERSION = pattern(r"[0-9]\.[0-9]{1,2}\.[0-9]{1,3}|[0-9]{1,2}\.[0-9]\.[0-9]{1,2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]")
# As builds of drivers, browsers and patches are numbered, and no phone: four groups, a short one within.
_BUILD = pattern(r"[0-9]{1,3}\.(?:[0-9]\.[0-9]{1,5}|[0-9]{1,2}\.[0-9]{1,3})\.[0-9]{1,5}")
_LONG_BUILD = pattern(r"[0-9]{6}\.[0-9]{3}")
# The same in every home and office, and at everybody's: routers and networks of private use (RFC 1918), the machine
# itself, what it calls itself without a router, masks, and the public resolvers. Other private addresses tell one
# device from another and are hidden.
_EVERYWHERE = (
    r"(?:192\.168\.[0-9]{1,3}|10\.[0-9]{1,3}\.[0-9]{1,3}|172\.(?:1[6-9]|2[0-9]|3[01])\.[0-9]{1,3})\.(?:0|1|254|255)"
    r"|127\.0\.[0-9]\.[0-9]{1,3}|0\.0\.0\.0|169\.254(?:\.[0-9]{1,3}){2}|255\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}"
    r"|8\.8\.(?:8\.8|4\.4)|1\.[01]\.[01]\.1|9\.9\.9\.9|208\.67\.22[02]\.22[02]"
)
_IS_EVERYWHERE, _SOMEWHERE = pattern(_EVERYWHERE), pattern(rf"\b(?:{_EVERYWHERE})\b")
_LENGTH = r"[0-9]{1,3}(?:[.,][0-9]{1,2})?"
_SIZES = pattern(rf"\b{_LENGTH} ?x ?{_LENGTH}(?: ?x ?{_LENGTH})?(?: ?(?:mm|cm|m|in))?\b")
_SCREEN = pattern(
    r"\b(?:640|720|800|1024|1080|1200|1280|1366|1440|1536|1600|1680|1920|2048|2160|2400"
    r"|2560|2880|3024|3440|3840|4096|5120|7680) ?x ?[0-9]{3,4}p?",
)
_MONEY_AFTER = pattern(rf" ?(?:\$|(?:{alternation(gathered('harmless', 'money'))})\b)")
_MONEY_BEFORE = pattern(rf"(?:\$ ?-?|\b(?:{alternation(gathered('harmless', 'money_before'))})[ :=]{{1,2}})$")
_UNITS = [*gathered("harmless", "units"), *gathered("harmless", "units", "disguises")]
_NOUNS = [*gathered("harmless", "before"), *gathered("harmless", "before", "disguises")]
_UNIT_AFTER = pattern(rf"[\"']|[ -]?(?:[%\xfe]|(?:{alternation(_UNITS, ' ')})\b)")
_NOUN_BEFORE = pattern(rf"(?:\b(?:{alternation(_NOUNS)})[ :#)-]{{1,2}}|\b0x)$")
# "November 24 2025".
_DAY_AND_YEAR = pattern(r"[0-3]?[0-9],? 20[0-9]{2}")
_MONTH_BEFORE = pattern(rf"\b(?:{alternation(combined('dates', 'months'))})\.? $")
_YEARS_BEFORE = pattern(rf"\b(?:{alternation(gathered('talk', 'years'))}) ?'?$")
_VERSION_BEFORE = pattern(rf"(?:\b(?:{alternation(gathered('harmless', 'version_before'))})[ .:/]{{0,2}}|[a-z]/)$")


def _listed(key: str) -> str:
    return alternation(gathered("harmless", key, "disguises"))


_BUILT = f"{_listed('software')}|{alternation(gathered('harmless', 'version_before'))}"
_SOFTWARE = pattern(rf"\b(?:{_BUILT})\b")
# Some group after the first is one digit, as no phone has: 31.0.101.5186, 3.0.0.4.386_51997.
_LONG_VERSION = pattern(r"[0-9]{1,4}(?:\.[0-9]{1,5})*\.[0-9](?:\.[0-9]{1,5})*(?:[_-][0-9]{1,6})?")
_MOST_GROUPS = 5
# What is written in one way only, and tells of nobody: standards with their year, builds, updates, odds, places in a
# queue, processors, and the sizes of needles.
_STANDING = pattern(
    r"\b[0-9]{2,5}(?:-[0-9]{1,2}){0,2}:(?:19|20)[0-9]{2}\b"
    r"|\b[0-9]{1,2}\.[0-9]{1,2}(?:\.[0-9]{1,2})? \([0-9]{2}[a-z][0-9]{2,5}[a-z]?\)"
    r"|\bkb[0-9]{6,7}\b|\bcve-[0-9]{4}-[0-9]{4,6}\b|\bi[3579]-[0-9]{4,5}[a-z]{0,2}\b"
    r"|\bcas(?: [a-z]+)? [0-9]{2,7}-[0-9]{2}-[0-9]\b"
    # "1 in 28013" may be a flat and its postcode.
    rf"|\b1 (?:{_listed('one_in')}) [1-9][0-9]{{0,2}}(?:(?:[.,][0-9]{{3}}){{1,3}}|[0-9]{{0,6}}000?)\b"
    rf"|\b[0-9]{{1,6}} (?:{_listed('out_of')}) [1-9][0-9]{{0,3}}000?\b"
    r"|\b7[0-9]7-(?:[1-9]00|[1-9]|10)\b|\ba3[0-9]{2}-[0-9]{3}\b|\bddr[3-6]-[0-9]{4}\b|\b[1-9][0-9]?/(?:4|8|16|32)-[0-9]{1,2}\b"
    r"|\b[1-9][0-9]{2}/[1-9][0-9]{2} [a-z]\b",
)
# 18.4532, where money is spoken of.
_RATE = pattern(r"[0-9]{1,3}[.,][0-9]{3,6}")
_SET = r"\(?[0-9]{1,2}-[0-9]{1,2}\)?"
_SCORES = pattern(
    # Basketball's alone, where two digits by two would be nothing yet.
    r"\b1?[0-9]{2}-1?[0-9]{2}\b|" rf"\b[0-9]-[0-9](?:[^a-z0-9\xff]{{1,3}}(?:(?:{_listed('between')}) )?{_SET})+"
)
_DIGITS_BEFORE, _DIGITS_BEHIND = pattern(r"[0-9][ .-]{1,2}$"), pattern(r"[ .-]{1,2}[0-9]|-[a-z]\b")
# An address's own signs, and what goes on with it: "10.0.0.1.7".
_DOTS, _PIECE_BEFORE, _PIECE_BEHIND = 3, pattern(r"[0-9][.-]$"), pattern(r"[.-][0-9]")
_GAMES = pattern(rf"\b(?:{_listed('games')})\b")
_EACH = pattern(rf"\b(?:{_listed('each')})\b")
_PRICE = pattern(r"[0-9][.,][0-9]{2}\b")
_PRODUCT = rf"(?:{_listed('products')}|{_listed('brands')})"
_PRODUCT_BEFORE = pattern(rf"\b{_PRODUCT}(?: [a-z0-9]+){{0,2}} $")
_PRODUCT_AFTER = pattern(rf" (?:[a-z]+ )?{_PRODUCT}\b")
_LONGEST_MODEL = 14
# How far back a word before a number is looked for, and the longest number that a unit or a noun explains.
_BACK = 24
LONGEST_COUNTED = 9
LONGEST_PRODUCT = 7
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


def is_money(scan: bytes, start: int, end: int) -> bool:
    """Whether a currency stands beside it."""
    return _MONEY_AFTER.match(scan, end) is not None or _before(_MONEY_BEFORE, scan, start)


def is_version(scan: bytes, start: int, end: int) -> bool:
    """Dotted, after the name of something that has versions."""
    written = scan[start:end]
    if b"." not in written or b" " in written:
        return False
    if is_release(scan, start):
        return True
    return is_long_version(scan, start, end)


def is_long_version(scan: bytes, start: int, end: int) -> bool:
    """Written as no phone is, where software is spoken of."""
    written = scan[start:end]
    long = written.count(b".") in range(2, _MOST_GROUPS) and _LONG_VERSION.fullmatch(written) is not None
    return long and _SOFTWARE.search(scan) is not None


def is_release(scan: bytes, start: int) -> bool:
    """Whether what begins there is called a version."""
    return _before(_VERSION_BEFORE, scan, start)


def is_model(scan: bytes, start: int, end: int) -> bool:
    """Whether a kind of thing that has models, or who makes it, stands beside it: "the Bosch SMS6ZCI00G"."""
    if end - start > _LONGEST_MODEL or scan[start:end].isdigit():
        return False
    return _PRODUCT_BEFORE.search(scan[max(0, start - _BACK) : start]) is not None or (
        _PRODUCT_AFTER.match(scan, end) is not None
    )


def _is_of_bill(scan: bytes, start: int, end: int) -> bool:
    """One of the numbers of a calculation: "24 boxes at 3.75 each should be ..."."""
    plain = scan[start:end].isdigit() and end - start < LONGEST_PRODUCT and scan[start : start + 1] != b"0"
    return plain and _EACH.search(scan) is not None and _PRICE.search(scan) is not None


def is_build(scan: bytes, written: bytes) -> bool:
    """Whether it is written like the number of a build: "31.0.101.5186"; "482137.123" where software is spoken of."""
    long = _LONG_BUILD.fullmatch(written) is not None and _SOFTWARE.search(scan) is not None
    return long or _BUILD.fullmatch(written) is not None


def is_everywhere(written: bytes) -> bool:
    """Whether it is a network address that everybody has."""
    return _IS_EVERYWHERE.fullmatch(written) is not None


def is_counted(scan: bytes, start: int, end: int) -> bool:
    """A size, a count, an error code or a model: the noun beside it says so."""
    return _UNIT_AFTER.match(scan, end) is not None or _before(_NOUN_BEFORE, scan, start)


def is_year(written: bytes) -> bool:
    """One of this century or the last."""
    return len(written) == 4 and written[:2] in (b"19", b"20")


def is_dated(scan: bytes, start: int, end: int) -> bool:
    """A year after "in" or "since"."""
    return is_year(scan[start:end]) and _before(_YEARS_BEFORE, scan, start)


def is_short_and_harmless(scan: bytes, start: int, end: int) -> bool:
    """Whether something explains a number of at most LONGEST_COUNTED digits."""
    written = scan[start:end]
    return (
        YEARS.fullmatch(written) is not None
        or _ROUND.fullmatch(written) is not None
        or _RATIO.fullmatch(written) is not None
        or _SHORT_VERSION.fullmatch(written) is not None
        or (THOUSANDS.fullmatch(written) is not None and is_money(scan, start, end))
        or is_counted(scan, start, end)
        or is_version(scan, start, end)
        or (_DAY_AND_YEAR.fullmatch(written) is not None and _before(_MONTH_BEFORE, scan, start))
        or is_model(scan, start, end)
        or _is_of_bill(scan, start, end)
        or (_RATE.fullmatch(written) is not None and is_money(scan, start, end))
    )


def is_ordinary(scan: bytes, start: int, end: int) -> bool:
    """Whether something explains a short number that stands near a cue: "my pin since 2019", "for 300 euros"."""
    return (
        is_year(scan[start:end])
        or is_money(scan, start, end)
        or is_counted(scan, start, end)
        or scan[start - 1 : start] in (b":", b"/", b".", b"$", b",", b"-")
        or (scan[end : end + 1] in (b":", b"/", b".", b",") and scan[end + 1 : end + 2].isdigit())
    )


def plain(scan: bytes) -> list[Found]:
    """What is written as no value is: scores, standards, builds."""
    return [*places(_STANDING, scan), *scores(scan), *_everywhere(scan)]


def _everywhere(scan: bytes) -> list[Found]:
    """The network addresses that everybody has, where they are no piece of a longer number."""
    if scan.count(b".") < _DOTS:
        return []
    found = places(_SOMEWHERE, scan)
    return [(a, b) for a, b in found if not (_PIECE_BEFORE.search(scan[:a][-2:]) or _PIECE_BEHIND.match(scan, b))]


def scores(scan: bytes) -> list[Found]:
    """ "6-4 3-6 7-6", where games are spoken of."""
    if b"-" not in scan or _GAMES.search(scan) is None:
        return []
    return [(start, end) for start, end in places(_SCORES, scan) if not _is_piece(scan, start, end)]


def _is_piece(scan: bytes, start: int, end: int) -> bool:
    """Whether more digits stand right beside it: "91-555-42-12", "61-23 45-67"."""
    return (
        _DIGITS_BEFORE.search(scan[max(0, start - 3) : start]) is not None
        or _DIGITS_BEHIND.match(scan, end) is not None
    )


def screens(scan: bytes) -> list[Found]:
    """Widths by heights: screens ("1920x1080"), boxes ("70 x 45 x 40 mm"); no more than three."""
    if b"x" not in scan:
        return []
    sizes = [found for found in places(_SIZES, scan) if scan[found[1] : found[1] + 2].strip()[:1] != b"x"]
    return [*sizes, *places(_SCREEN, scan)]


def digits_of(written: bytes) -> bytes:
    """The digits alone."""
    return written.translate(None, _NOT_DIGITS)


def _before(compiled: object, scan: bytes, start: int) -> bool:
    return compiled.search(scan[max(0, start - _BACK) : start]) is not None  # type: ignore[attr-defined]
