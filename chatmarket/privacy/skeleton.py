"""A message is stripped to its skeleton here: lower case, no accents, no disguised digits, with a way back."""

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

# One message of the protocol. Checked before anything else, so that no scanner ever meets more than this.
LONGEST = 4_000
# One ligature of Unicode folds to 18 letters; a message of them would be 72,000. Longer foldings keep their letter.
LONGEST_FOLDING = 4
# Distinct characters remembered by the folding tables; a hostile visitor could otherwise feed them all of Unicode.
REMEMBERED = 20_000

FOREIGN_LETTER = "\xff"
FOREIGN_SIGN = "\xfe"
BLANK = b"\xfd"
_UNEVEN = "\x00"
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0"
# Letters that Unicode does not take apart, and small capitals.
_LATIN = dict(zip("øłđħŧıȷŋɡɩ", "oldhtijngi", strict=True)) | {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
_SMALL = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_SIGNS = {"。": ".", "’": "'", "⁄": "/"} | dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys(_INVISIBLE_LETTERS, "")
_LIKE_ASCII = _SIGNS | _SMALL
# Greek and Cyrillic letters that look like Latin ones (from the confusables of UTS 39, the plain ones).
_GREEK = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορτυχωϲϳ", "ABEZHIKMNOPTYXayiknoptuxwcj", strict=True))
_CYRILLIC = dict(
    zip("АВЕЅІЈКМНОРСТУХԌԚԜѴавеѕіјкмнорстухԁԛԝһӏгѵ", "ABESIJKMHOPCTYXGQWVabesijkmhopctyxdqwhlrv", strict=True)
)
_ALIKE = {ord(letter): latin for letter, latin in (_GREEK | _CYRILLIC).items()}
_OTHER_SCRIPTS = "\u0370"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_BREAKS = {ord(space): " " for space in "\t\r\n"}
_SPACES = " \t\r\n"


class TooLong(ValueError):
    """The message is longer than LONGEST characters; nothing was looked at."""


class _Spacing(dict[int, str]):
    """Letters and digits stay, everything else becomes a space."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        spaced = letter if letter.isalnum() else " "
        if len(self) < REMEMBERED:
            self[code] = spaced
        return spaced


_SPACING = _Spacing()
_DIGITS = b"0123456789"
_SPACED = bytes(byte if chr(byte).isalnum() and byte < 128 else 32 for byte in range(256))


def spaced(folded: str) -> str:
    """The folded text with a space for each character that is no letter and no digit; as long as before."""
    if folded.isascii():
        return folded.encode("ascii").translate(_SPACED).decode("ascii")
    return folded.translate(_SPACING)


# Made for every message and often twice: frozen, it would take as long to make as to search.
@dataclass(slots=True)
class Skeleton:
    """What the scanners read. `scan` is one byte per character of `folded`: ASCII, or a foreign letter or sign.

    `starts[i]` and `ends[i]` are the offsets in `original` of the character behind `folded[i]`; None means the same.
    """

    original: str = field(repr=False)
    folded: str = field(repr=False)
    scan: bytes = field(repr=False)
    starts: list[int] | None = field(default=None, repr=False)
    ends: list[int] | None = field(default=None, repr=False)
    _words: list[str] | None = field(default=None, init=False, repr=False, compare=False)
    _digits: int = field(default=-1, init=False, repr=False, compare=False)

    @property
    def digits(self) -> int:
        """How many digits it has."""
        if self._digits < 0:
            self._digits = len(self.scan) - len(self.scan.translate(None, _DIGITS))
        return self._digits

    @property
    def words(self) -> list[str]:
        """The letters and digits of `folded` that stand together, in order. All finders share the list."""
        if self._words is None:
            self._words = spaced(self.folded).split()
        return self._words

    def way_back(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the original of the skeleton's characters `start` up to `end`."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def skeleton(text: str) -> Skeleton:
    """Fold a message of at most LONGEST characters; raises TooLong (a ValueError) beyond that, before folding."""
    if len(text) > LONGEST:
        raise TooLong(f"A message holds at most {LONGEST} characters; this one has {len(text)}.")
    return folded_whole(text)


def folded_whole(text: str) -> Skeleton:
    """Fold texts of any length, such as several messages in one; time is linear in it."""
    if text.isascii():
        folded = text.lower()
        return Skeleton(text, folded, folded.encode("ascii"))
    plain = unmasked(text)
    folded = plain.translate(_EVEN)
    if _UNEVEN not in folded:
        return Skeleton(text, folded, _scan(folded))
    return _uneven(text, plain)


def unmasked(text: str) -> str:
    """Words that mix look-alikes of Latin letters with Latin ones are Latin words. The length stays the same.

    A Greek or Russian word of its own letters is left as it is, and so is a message without a Latin letter.
    """
    if max(text) < _OTHER_SCRIPTS or _LETTERS.isdisjoint(text.lower()):
        return text
    words = text.translate(_BREAKS).split(" ")
    alike = " ".join(word if word.isascii() else _latin(word) for word in words)
    if alike == text:
        return text
    return "".join(new if old not in _SPACES else old for old, new in zip(text, alike, strict=True))


def _latin(word: str) -> str:
    latin = word.translate(_ALIKE)
    return word if latin != word and any("\u0370" <= letter <= "\u052f" for letter in latin) else latin


def fold(text: str) -> str:
    """Lower case, without accents, invisible characters and disguised digits: what two spellings have in common."""
    if text.isascii():
        return text.lower()
    return "".join(_folded(letter) for letter in unmasked(text))


def visible(text: str) -> str:
    """Case-folded with its accents, without invisible characters: what is equal in addresses."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c) != "Cf")


def _uneven(text: str, plain: str) -> Skeleton:
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, original in enumerate(plain):
        folded = _folded(original)
        letters.append(folded)
        if len(folded) == 1:
            starts.append(at)
            ends.append(at + 1)
            continue
        starts.extend([at] * len(folded))
        ends.extend([at + 1] * len(folded))
        if not folded and ends and ends[-1] == at and unicodedata.category(original) in ("Mn", "Me"):
            ends[-1] = at + 1
    folded = "".join(letters)
    return Skeleton(text, folded, _scan(folded), starts, ends)


def _scan(folded: str) -> bytes:
    return (folded if folded.isascii() else folded.translate(_BYTES)).encode("latin-1")


@lru_cache(maxsize=REMEMBERED)
def _folded(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    digit = unicodedata.digit(letter, None)
    if digit is not None:
        return str(digit)
    if letter in _LIKE_ASCII:
        return _LIKE_ASCII[letter]
    if letter.lower() in _LATIN:
        return _LATIN[letter.lower()]
    if unicodedata.category(letter) == "Sc":
        return "$"
    bare = "".join(c for c in _decomposed(letter) if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return bare if len(bare) <= LONGEST_FOLDING else letter


def _decomposed(letter: str) -> str:
    # NFKC first: it alone gives the compatibility form that a person sees; then decomposed, so that accents can go.
    seen = unicodedata.normalize("NFKC", letter).casefold()
    return unicodedata.normalize("NFKD", seen)


class _Table(dict[int, str]):
    """A translation table that fills itself, up to REMEMBERED characters."""

    def _remember(self, code: int, folded: str) -> str:
        if len(self) < REMEMBERED:
            self[code] = folded
        return folded


class _Even(_Table):
    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        return self._remember(code, folded if len(folded) == 1 else _UNEVEN)


class _Bytes(_Table):
    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if letter.isascii():
            return self._remember(code, letter)
        return self._remember(code, FOREIGN_LETTER if letter.isalnum() else FOREIGN_SIGN)


_EVEN = _Even()
_BYTES = _Bytes()
