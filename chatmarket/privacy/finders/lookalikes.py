"""Numbers some of whose digits are letters that look like them are read here: "PT5O OOO2", "S5 4l Z3", "66b-lZ"."""

from chatmarket.privacy.finders.documents import is_country
from chatmarket.privacy.finders.harmless import digits_of
from chatmarket.privacy.patterns import Found, pattern, places

_BESIDE = pattern(r"[0-9][oilsebz]|[oilsebz][0-9]")
_TOKEN = pattern(r"[a-z0-9\xff]+")
_ALIKE = b"oilsebz"
_READ_AS = bytes.maketrans(_ALIKE, b"0115382")
_LEET = frozenset(_ALIKE + b"0123456789")
# Letters that are digits even where their word has no digit, right beside one that has.
_ROUND = frozenset(b"oilz")
_LONGEST_GAP = 3
_FEWEST = 7


def may_hold(scan: bytes) -> bool:
    """Whether a letter that looks like a digit stands beside one."""
    return _BESIDE.search(scan) is not None


def read(scan: bytes) -> tuple[bytes, list[Found]]:
    """The scan with digits for the letters that stand for them, and which words that changed."""
    left, changed = bytearray(scan), []
    mixed = False
    last = 0, 0
    for start, end in places(_TOKEN, scan):
        token = scan[start:end]
        beside = mixed and start - last[1] <= _LONGEST_GAP
        if _is_mixed(token) or (beside and _ROUND.issuperset(token)):
            mixed, first = True, start
        elif is_country(token[:2]) and _is_mixed(token[2:]):
            mixed, first = True, start + 2
        else:
            mixed, first = token.isdigit(), end
        if mixed and first == start and start - last[1] <= _LONGEST_GAP and _is_alike(scan[slice(*last)]):
            # "SS l2": what stood before it was a number already.
            left[slice(*last)] = scan[slice(*last)].translate(_READ_AS)
            changed.append(last)
        last = start, end
        if first < end and not token.isdigit():
            left[first:end] = scan[first:end].translate(_READ_AS)
            changed.append((first, end))
    return bytes(left), changed


def is_meant(scan: bytes, start: int, end: int, changed: list[Found]) -> bool:
    """Whether what was read as a number was no list of sizes or models: "5l 3l 2l", "s8 s9 s10"."""
    inside = [scan[a:b] for a, b in changed if start <= a and b <= end]
    letters = [chr(byte) for token in inside for byte in token if 97 <= byte < 123]
    if not inside or len(digits_of(scan[start:end])) + len(letters) < _FEWEST:
        return False
    several = len(set(letters)) > 1 or letters.count("o") > 1
    return several and any(token.rstrip(_ALIKE).lstrip(b"0123456789") or token[:1] in _ALIKE for token in inside)


def _is_alike(token: bytes) -> bool:
    return len(token) > 1 and len(set(token)) == 1 and _LEET.issuperset(token) and token.isalpha()


def _is_mixed(token: bytes) -> bool:
    return token != b"" and not token.isalpha() and _LEET.issuperset(token)
