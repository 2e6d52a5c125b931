"""A message is stripped to its skeleton here: lower case, no accents, no disguised digits, with a way back."""

import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate, chain, count, repeat

# One message of the protocol. Checked before anything else, so that no scanner ever meets more than this.
LONGEST = 4_000
# One ligature of Unicode folds to 18 letters; a message of them would be 72,000. Longer foldings keep their letter.
LONGEST_FOLDING = 4
# Distinct characters whose folding is remembered; a hostile visitor could otherwise feed it all of Unicode.
REMEMBERED = 20_000

FOREIGN_LETTER = "\xff"
FOREIGN_SIGN = "\xfe"
BLANK = b"\xfd"
_FOREIGN_LETTER, _FOREIGN_SIGN = ord(FOREIGN_LETTER), ord(FOREIGN_SIGN)
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
_ALIKE: dict[int, int | str] = {ord(letter): latin for letter, latin in (_GREEK | _CYRILLIC).items()}
# Letters that look like digits, which they are only beside digits.
_LIKE_DIGITS = str.maketrans("ЗзбЧч", "33644")
_MASKS = frozenset(map(chr, _ALIKE)) | frozenset(map(chr, _LIKE_DIGITS))
_GREEK_OR_CYRILLIC = frozenset(map(chr, range(0x370, 0x530)))
# A letter that a table lacks costs more than ten that it has.
_ALIKE |= {code: code for code in range(0x530) if code not in _ALIKE}
_UNSEEN = ("Mn", "Me", "Cf")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_HAS_DIGIT = frozenset("0123456789")
_BREAKS = "\t\r\n"
_SPACES = " \t\r\n"


class TooLong(ValueError):
    """The message is longer than LONGEST characters; nothing was looked at."""


_DIGITS = b"0123456789"
_SPACED = bytes(byte if chr(byte).isalnum() and byte < 128 else 32 for byte in range(256))


def spaced(folded: str) -> str:
    """The folded text with a space for each character that is no letter and no digit; as long as before."""
    if folded.isascii():
        return folded.encode("ascii").translate(_SPACED).decode("ascii")
    return "".join([letter if letter.isalnum() else " " for letter in folded])


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
    european = _european(text)
    if european is not None:
        return Skeleton(text, european.decode(_EUROPEAN), european.translate(_SCANNED))
    plain = unmasked(text)
    pieces = _pieces(plain)
    folded = "".join(pieces)
    if len(folded) == len(text) and "" not in pieces:
        return Skeleton(text, folded, _scan(folded))
    return _uneven(text, folded, plain, pieces)


def _european(text: str) -> bytes | None:
    """The folded text in one byte a character, where that can be: what people type in the West, folded in one look."""
    try:
        folded = text.encode(_EUROPEAN).translate(_EVENLY)
    except UnicodeEncodeError:
        return None
    return None if b"\0" in folded else folded


def unmasked(text: str) -> str:
    """Words that mix look-alikes of Latin letters with Latin ones are Latin words. The length stays the same.

    A Greek or Russian word of its own letters is left as it is, and so is a message without a Latin letter.
    """
    if _MASKS.isdisjoint(text) or _LETTERS.isdisjoint(text.lower()):
        return text
    lines = text
    for sign in _BREAKS:
        lines = lines.replace(sign, " ")
    alike = " ".join([word if word.isascii() else _latin(word) for word in lines.split(" ")])
    if alike == lines:
        return text
    if lines == text:
        return alike
    return "".join(new if old not in _SPACES else old for old, new in zip(text, alike, strict=True))


def _latin(word: str) -> str:
    latin = (word.translate(_LIKE_DIGITS) if _HAS_DIGIT.intersection(word) else word).translate(_ALIKE)
    return word if latin != word and not _GREEK_OR_CYRILLIC.isdisjoint(latin) else latin


def fold(text: str) -> str:
    """Lower case, without accents, invisible characters and disguised digits: what two spellings have in common."""
    if text.isascii():
        return text.lower()
    european = _european(text)
    return "".join(_pieces(unmasked(text))) if european is None else european.decode(_EUROPEAN)


def visible(text: str) -> str:
    """Case-folded with its accents, without invisible characters: what is equal in addresses."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c) != "Cf")


def _uneven(text: str, folded: str, plain: str, pieces: list[str]) -> Skeleton:
    sizes = list(map(len, pieces))
    starts = list(chain.from_iterable(map(repeat, count(), sizes)))
    ends = [at + 1 for at in starts]
    behind = list(accumulate(sizes)) if "" in pieces else []
    for at in [at for at, size in enumerate(sizes) if not size]:
        # A mark above or below the letter before it belongs to it.
        last = behind[at] - 1
        if last >= 0 and ends[last] == at and unicodedata.category(plain[at]) in ("Mn", "Me"):
            ends[last] = at + 1
    return Skeleton(text, folded, _scan(folded), starts, ends)


def _scan(folded: str) -> bytes:
    if folded.isascii():
        return folded.encode("ascii")
    return bytes([ord(c) if c < "\x80" else _FOREIGN_LETTER if c.isalnum() else _FOREIGN_SIGN for c in folded])


class _Foldings(dict[str, str]):
    """What each character folds to: a table that fills itself, and begins anew when it is full."""

    def __missing__(self, letter: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[letter] = folded = _folded(letter)
        return folded


_FOLDINGS = _Foldings()


def _pieces(plain: str) -> list[str]:
    return list(map(_FOLDINGS.__getitem__, plain))


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
    if not unicodedata.decomposition(letter) and letter.casefold() == letter and not "가" <= letter <= "힣":
        return "" if unicodedata.category(letter) in _UNSEEN else letter
    bare = "".join(c for c in _decomposed(letter) if unicodedata.category(c) not in _UNSEEN)
    return bare if len(bare) <= LONGEST_FOLDING else letter


def _decomposed(letter: str) -> str:
    # NFKC first: it alone gives the compatibility form that a person sees; then decomposed, so that accents can go.
    seen = unicodedata.normalize("NFKC", letter).casefold()
    return unicodedata.normalize("NFKD", seen)


# Western letters and signs in one byte each; the characters that bytes without one would stand for fold to nothing.
_EUROPEAN = "cp1252"


def _evenly(byte: int) -> int:
    """What a byte folds to, as a byte: 0 where that takes none or several."""
    try:
        folded = _folded(bytes([byte]).decode(_EUROPEAN)).encode(_EUROPEAN)
    except UnicodeError:
        return 0
    return folded[0] if len(folded) == 1 else 0


_EVENLY = bytes(map(_evenly, range(256)))
_SCANNED = _scan(bytes(range(256)).decode(_EUROPEAN, "replace"))
