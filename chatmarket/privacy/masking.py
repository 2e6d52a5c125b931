"""What a person typed becomes segments without values here, and the values new to the chat are set apart.

Fail closed: nothing here returns text after something went wrong. Every exception leaves `mask`, and whoever called
must then withhold the message and tell its sender.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from chatmarket.privacy.detectors import detected
from chatmarket.privacy.dialogue import Dialogue, Hindsight
from chatmarket.privacy.known import Known, Lexicon
from chatmarket.privacy.packs import language_of
from chatmarket.privacy.questions import asked
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind, Segment, Text, Token
from chatmarket.privacy.skeleton import fold, skeleton, visible
from chatmarket.privacy.spans import Span, merged

__all__ = ["Known", "Masked", "Unsettled", "Wallet", "canonical", "mask"]

# A value found once may be found again in other words of the same message. Two rounds settle all that people type.
ROUNDS = 8

_BY_DIGITS = frozenset({Kind.CARD, Kind.PHONE, Kind.NUMBER, Kind.PIN})
_BY_LETTERS_AND_DIGITS = frozenset({Kind.IBAN, Kind.DNI})
_WITHOUT_SPACES = frozenset({Kind.EMAIL, Kind.URL, Kind.IP})


class Unsettled(RuntimeError):
    """The values of a message kept uncovering others; it must be withheld."""


@dataclass(frozen=True)
class Wallet:
    """What a chat already knows: given beforehand by the brand or the customer, or masked in it before."""

    entries: tuple[Known, ...] = ()

    @cached_property
    def lexicon(self) -> Lexicon:
        """The spellings of all entries, built once per wallet."""
        return Lexicon(self.entries)

    @cached_property
    def numbers(self) -> dict[tuple[Kind, str], int]:
        """The number of each value, by its kind and canonical spelling; the first entry of equals counts."""
        numbers: dict[tuple[Kind, str], int] = {}
        for known in self.entries:
            numbers.setdefault((known.kind, canonical(known.kind, known.value)), known.n)
        return numbers


@dataclass(frozen=True, slots=True)
class Masked:
    """A message without its values. `fresh` is for the vault; `kinds` names what was hidden, for its sender.

    `spans` are the values' places in the message as it was typed. `hindsight` holds earlier turns that must be masked
    anew. `asks` are the kinds an expert's question asks for, and `pending` tells that a later message may complete a
    value begun here: who masks the next one must know this one.
    """

    segments: tuple[Segment, ...]
    fresh: tuple[Known, ...] = field(repr=False)
    kinds: tuple[Kind, ...]
    spans: tuple[Span, ...] = ()
    hindsight: tuple[Hindsight, ...] = ()
    asks: frozenset[Kind] = frozenset()
    pending: bool = False
    solicits: tuple[Span, ...] = ()

    @property
    def teaches(self) -> bool:
        """Whether the next message of the chat cannot be masked without knowing this one."""
        return bool(self.fresh or self.hindsight or self.asks or self.pending)


ALONE = Dialogue()


def mask(text: str, wallet: Wallet, dialogue: Dialogue = ALONE) -> Masked:
    """Replace every value in a message of at most 4,000 characters by a token numbered within the chat.

    The same kind and canonical value in the same chat has the same number; values new to the chat are numbered on from
    the wallet's. The vault keeps a value as it was first typed, so putting values back for tokens gives the exact text
    where each value stands in its first spelling, and an equal value elsewhere. The answer depends on nothing but the
    arguments, and masking the same text with a wallet grown by `fresh` gives equal segments and no fresh values; for
    that `fresh` may hold a value that ended up inside a longer one.

    Raises TooLong (a ValueError) for a longer message, and Unsettled. Time is linear in the text.
    """
    bones = skeleton(text)
    reading = Reading(bones, language_of(dialogue.language), asked(dialogue), dialogue.author)
    finds = detected(reading)
    if wallet.entries:
        finds += wallet.lexicon.find(bones)
    ledger = _Ledger(wallet)
    for _ in range(ROUNDS):
        if not finds:
            return Masked((Text(text),) if text else (), (), ())
        spans = merged(finds)
        numbers, new = ledger.numbered(text, spans)
        if not new:
            return _cut(text, spans, numbers, ledger.fresh)
        finds += Lexicon(new).find(bones)
    raise Unsettled("The values of a message did not settle.")


def canonical(kind: Kind, value: str) -> str:
    """What equal values of a kind have in common, for equality only.

    Numbers: their digits. IBAN, DNI: letters and digits. E-mail, URL, IP: case-folded, without spaces and brackets.
    Everything else: case- and accent-folded with single spaces, or the digits when there are no letters.
    """
    folded = fold(value)
    if kind in _BY_LETTERS_AND_DIGITS:
        return _kept(folded, value)
    if kind in _BY_DIGITS or (kind not in _WITHOUT_SPACES and not any(letter.isalpha() for letter in folded)):
        return "".join(letter for letter in folded if "0" <= letter <= "9") or _kept(folded, value)
    if kind in _WITHOUT_SPACES:
        return "".join(letter for letter in visible(value) if letter not in " []{}()") or value
    return " ".join(folded.split()) or value


def _kept(folded: str, value: str) -> str:
    return "".join(letter for letter in folded if letter.isalnum()) or value


class _Ledger:
    """Numbers for values: the wallet's, and on from there."""

    def __init__(self, wallet: Wallet) -> None:
        self._given = wallet.numbers
        self._fresh: dict[tuple[Kind, str], Known] = {}
        self._names: dict[tuple[Kind, str], tuple[Kind, str]] = {}
        self._highest: dict[Kind, int] = {}
        for known in wallet.entries:
            self._highest[known.kind] = max(known.n, self._highest.get(known.kind, 0))

    @property
    def fresh(self) -> tuple[Known, ...]:
        return tuple(self._fresh.values())

    def numbered(self, text: str, spans: Iterable[Span]) -> tuple[list[int], list[Known]]:
        """The number of each span's value, and the values that had none before."""
        before = len(self._fresh)
        numbers = [self._number(span.kind, text[span.start : span.end]) for span in spans]
        return numbers, list(self._fresh.values())[before:]

    def _name(self, kind: Kind, value: str) -> tuple[Kind, str]:
        if (kind, value) not in self._names:
            self._names[kind, value] = (kind, canonical(kind, value))
        return self._names[kind, value]

    def _number(self, kind: Kind, value: str) -> int:
        name = self._name(kind, value)
        if name in self._given:
            return self._given[name]
        if name not in self._fresh:
            self._highest[kind] = self._highest.get(kind, 0) + 1
            self._fresh[name] = Known(kind, self._highest[kind], value)
        return self._fresh[name].n


def _cut(text: str, spans: list[Span], numbers: list[int], fresh: tuple[Known, ...]) -> Masked:
    segments: list[Segment] = []
    at = 0
    for span, n in zip(spans, numbers, strict=True):
        if at < span.start:
            segments.append(Text(text[at : span.start]))
        segments.append(Token(span.kind, n))
        at = span.end
    if at < len(text):
        segments.append(Text(text[at:]))
    return Masked(tuple(segments), fresh, tuple(dict.fromkeys(span.kind for span in spans)), tuple(spans))
