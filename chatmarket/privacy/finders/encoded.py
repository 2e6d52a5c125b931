"""Values in another writing are found here: base64, keys and tokens, letters for digits, other scripts."""

from base64 import b64decode
from binascii import Error
from collections.abc import Iterator

from chatmarket.privacy.finders.checks import MOST_PHONE, kind_by_check
from chatmarket.privacy.finders.harmless import digits_of, screens
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import BLANK, Skeleton

_LEET = r"[0-9liosebz|]"
# A letter that looks like a digit within digits, or so many equal ones that no word has.
SOURCE = (
    r"[a-z0-9+/_=-]{16}|[0-9][liosebz|]{1,4}[0-9]|l{3}|i{3}|o{3}|s{3}|e{3}|b{3}|z{3}"
    r"|[0-9](?:[a-z$%] ?[0-9]){6}|[x*][ -]?[0-9]{2}"
    r"|[\xff]{2}|\b[0-9a-f]{2}[:-][0-9a-f]{2}[:-]|\b[0-9a-f]{4}\.[0-9a-f]{4}\.|\b(?:sk|pk|rk|key|ghp|xox)[a-z]?[-_]"
)
_LONG = pattern(r"[a-z0-9+/_-]{16,}={0,2}")
_KEY = pattern(
    r"\b(?:eyj[a-z0-9_-]{8,}\.[a-z0-9_-]{2,}(?:\.[a-z0-9_-]*)?|(?:sk|pk|rk|ghp|gho|ghs|xox[a-z]|glpat|key|shp[a-z]{2}|npm|hf|akia|aiza)[-_]?[a-z0-9_-]{14,})",
)
_UUID = pattern(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# Six pairs or eight; in fours there must be a letter, for else they are a card or a phone.
_MAC = pattern(
    r"\b[0-9a-f]{2}(?:(?:[:-][0-9a-f]{2}){7}|(?:[:-][0-9a-f]{2}){5})\b|\b[0-9a-f]{4}(?:\.[0-9a-f]{4}){2,3}\b"
)
_LEET_GATE = pattern(r"[0-9][liosebz|]{1,4}[0-9]|l{3}|i{3}|o{3}|s{3}|e{3}|b{3}|z{3}")
_LEET_RUN = pattern(rf"\b{_LEET}(?:[^a-z0-9\xff]{{0,3}}{_LEET}){{6,}}\b")
_LEET_TOKEN = pattern(rf"{_LEET}+")
_INSIDE = pattern(r"[0-9][liosebz|]+[0-9]")
_THROUGH = pattern(r"[0-9]{1,4}(?: ?[a-z$%\xff] ?[0-9]{1,4}){6,}|[0-9]{2,6}(?: [a-z] [0-9]{2,6}){2,}")
# A card of which somebody has hidden most: "4111-****-****-1111".
_STARRED = pattern(r"(?:[0-9]{4,6}[ -]?)?(?:[0-9]{0,2}[x*]{2,6}[ -]?){1,3}[0-9]{3,4}\b")
_FOREIGN = pattern(r"\xff+(?:[ '\xfe-]?\xff+)*")
# Letters that are read as digits even where no digit stands in the same word, when a hyphen ties it to one.
_MOSTLY_DIGITS = frozenset(b"oil|s")
_TIES = (b"-", b".", b"/", b"_")
_READ_AS = bytes.maketrans(b"lioseb|z", b"11053812")
_FEWEST_PHONE = 9
_FEWEST_LEET = 7
_LONGEST_KEY_OF_WORDS = 24
_FEWEST_KEY_DIGITS = 3
# A message with more foreign text than a name is in another language, not a name in this one.
_LONGEST_FOREIGN = 40
# Where the scripts begin that are no Latin: Greek, Cyrillic, Hebrew, Arabic, Indic ones, Hangul, Kana, Han.
_OTHER_SCRIPTS = 0x370
# Letters turned upside down, and how many of them show that a word is.
_FLIPPED = frozenset("ɐɔǝɟƃɓɥᴉɾʞɯɹʇʌʍʎꓕ⅄∀Ɔ˥")
_FEWEST_FLIPPED = 2
_WORD = pattern(r"[^ \t\r\n]+")
_PRINTABLE = frozenset(range(32, 127))


def encoded(bones: Skeleton) -> Iterator[tuple[int, int, Kind]]:
    """Base64 of a text, keys, UUIDs, hardware addresses."""
    scan = bones.scan
    for start, end in places(_KEY, scan):
        if any(48 <= byte < 58 for byte in scan[start:end]):
            yield start, end, Kind.PASSWORD
    yield from ((*found, Kind.ACCOUNT) for found in places(_UUID, scan))
    yield from ((a, b, Kind.MAC) for a, b in places(_MAC, scan) if b":" in scan[a:b] or not _all_digits(scan[a:b]))
    for start, end in places(_LONG, scan):
        kind = _kind_of(bones.original[slice(*bones.way_back(start, end))])
        if kind is not None:
            yield start, end, kind


def _all_digits(written: bytes) -> bool:
    return written.translate(None, b".-").isdigit()


def _kind_of(written: str) -> Kind | None:
    text = _decoded(written)
    if text:
        return Kind.EMAIL if "@" in text else Kind.PASSWORD
    digits = sum(letter.isdigit() for letter in written)
    letters = sum(letter.isalpha() for letter in written)
    is_key = len(written) >= _LONGEST_KEY_OF_WORDS and digits >= _FEWEST_KEY_DIGITS and letters >= digits // 4
    return Kind.PASSWORD if is_key and "-" not in written.strip("-") and "/" not in written else None


def _decoded(written: str) -> str:
    """The text that base64 stands for, or nothing. A word that happens to be base64 decodes to no text."""
    bare = written.rstrip("=")
    try:
        decoded = b64decode(bare + "=" * (-len(bare) % 4), altchars=None, validate=True)
    except (Error, ValueError):
        return ""
    return decoded.decode("ascii") if len(decoded) > 8 and _PRINTABLE.issuperset(decoded) else ""


def disguised(whole: bytes) -> Iterator[Found]:
    """Digits some of which are letters that look like them, or that letters part."""
    scan = whole
    for start, end in screens(whole):
        scan = scan[:start] + BLANK * (end - start) + scan[end:]
    if _LEET_GATE.search(scan) is not None:
        for start, end in places(_LEET_RUN, scan):
            yield from _leet(scan, start, end)
    yield from places(_THROUGH, scan)
    yield from places(_STARRED, whole)


def kind_of_digits(written: bytes) -> Kind:
    """What the digits are, read as whoever typed them meant them."""
    digits = digits_of(written.translate(_READ_AS))
    kind = kind_by_check(digits, Kind.NUMBER)
    return Kind.PHONE if kind is Kind.NUMBER and _FEWEST_PHONE <= len(digits) <= MOST_PHONE else kind


def _leet(scan: bytes, start: int, end: int) -> Iterator[Found]:
    """The tokens that look like digits, where they stand together: words of such letters ("see", "bills") do not."""
    first = last = -1
    for a, b in [*places(_LEET_TOKEN, scan[start:end]), (-1, -1)]:
        token = scan[start + a : start + b] if a >= 0 else b""
        if token and _looks_like_digits(token, tied=scan[start + a - 1 : start + a] in _TIES and first >= 0):
            first, last = (start + a if first < 0 else first), start + b
            continue
        if first >= 0 and _is_number(scan[first:last]):
            yield (first - 1 if scan[first - 1 : first] == b"+" else first), last
        first = -1


def _looks_like_digits(token: bytes, *, tied: bool) -> bool:
    if any(48 <= byte < 58 for byte in token):
        return True
    return (len(set(token)) == 1 and len(token) > 1) or (tied and not set(token) - _MOSTLY_DIGITS)


def _is_number(written: bytes) -> bool:
    tokens = [written[a:b] for a, b in places(_LEET_TOKEN, written)]
    length = sum(map(len, tokens))
    if length < _FEWEST_LEET or written.isdigit() or not any(48 <= byte < 58 for byte in written):
        return False
    return any(
        _INSIDE.search(token) or (len(token) >= 3 and len(set(token)) == 1 and token.isalpha()) for token in tokens
    )


def flipped(bones: Skeleton) -> Iterator[tuple[int, int, Kind]]:
    """Words written upside down, which nobody does but to hide them."""
    if _FLIPPED.isdisjoint(bones.folded):
        return
    for start, end in places(_WORD, bones.scan):
        if sum(letter in _FLIPPED for letter in bones.folded[start:end]) >= _FEWEST_FLIPPED:
            yield start, end, Kind.EMAIL if "@" in bones.folded[start:end] else Kind.PASSWORD


def foreign_names(bones: Skeleton) -> Iterator[Found]:
    """A few words in another script than the chat's: a name."""
    found = [
        (start, end)
        for start, end in places(_FOREIGN, bones.scan)
        if end - start > 1 and any(ord(letter) >= _OTHER_SCRIPTS for letter in bones.folded[start:end])
    ]
    if sum(end - start for start, end in found) <= _LONGEST_FOREIGN:
        yield from found
