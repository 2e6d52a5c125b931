"""Values get their numbers here: equal values of a kind have one, and what a brand drops leaves only its number."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import itemgetter

from chatmarket.privacy.dialogue import EXPERT
from chatmarket.privacy.finders.checks import CARD_DIGITS, is_card
from chatmarket.privacy.known import LONGEST_VALUE, Known, Lexicon
from chatmarket.privacy.marks import Marks, marks_of
from chatmarket.privacy.once import once
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, Token
from chatmarket.privacy.skeleton import fold, spaced, visible

_BY_DIGITS = frozenset({Kind.PHONE, Kind.NUMBER, Kind.PIN, Kind.CODE, Kind.CVV, Kind.SSN})
_BY_LETTERS_AND_DIGITS = frozenset({Kind.IBAN, Kind.DNI, Kind.ACCOUNT, Kind.DOCUMENT, Kind.MAC})
_WITHOUT_SPACES = frozenset({Kind.EMAIL, Kind.URL, Kind.IP})
# What may be kept of a card and shown to people (PCI DSS 3.4): its last four digits.
LAST_OF_CARD = 4
CARD_SHOWN = "•••• "
# And of what is no whole number: "my card ends in 1111", or the first half of it.
PIECE_SHOWN = "… "
_CARD_FIRST = (b"2", b"3", b"4", b"5", b"6")

_Name = tuple[Kind, str]


@dataclass(frozen=True)
class Wallet:
    """What a chat already knows: given beforehand by the brand or the customer, or masked in it before."""

    entries: tuple[Known, ...] = ()
    key: bytes = field(default=b"", repr=False)  # what dropped values are marked with; without one they are forgotten

    @once
    def lexicon(self) -> Lexicon:
        """The spellings of all entries, built once per wallet."""
        return Lexicon(self.entries)

    @once
    def marks(self) -> Marks:
        """The marks of all that was dropped."""
        return Marks(self.key, [known for known in self.entries if known.marks])

    @once
    def numbers(self) -> dict[_Name, int]:
        """The number of each value, by its kind and canonical spelling; the first entry of equals counts."""
        numbers: dict[_Name, int] = {}
        for known in self.entries:
            if known.value:
                numbers.setdefault((known.kind, canonical(known.kind, known.value)), known.n)
        return numbers

    @once
    def people(self) -> list[tuple[frozenset[str], int]]:
        """The words of each name with its number, the first person first."""
        named = [(known.n, known.value) for known in self.entries if known.kind is Kind.NAME and known.value]
        return [(_words(value), n) for n, value in sorted(named, key=itemgetter(0))]

    @once
    def highest(self) -> dict[Kind, int]:
        """The last number given to each kind; a dropped value has one too."""
        highest: dict[Kind, int] = {}
        for known in self.entries:
            highest[known.kind] = max(known.n, highest.get(known.kind, 0))
        return highest

    @once
    def values(self) -> dict[tuple[Kind, int], str]:
        """Each value by its kind and number."""
        return {(known.kind, known.n): known.value for known in self.entries}

    @once
    def whole(self) -> frozenset[str]:
        """The digits of what was given beforehand: numbers of their own, and no pieces of what is said after them."""
        return frozenset(
            _digits(fold(known.value)) for known in self.entries if known.given and known.kind != Kind.CARD
        )

    def emptied(self, spent: Iterable[Token]) -> "Wallet":
        """The wallet without the values of some tokens; their numbers stay taken."""
        gone = {(token.kind, token.n) for token in spent}
        if not gone:
            return self
        left = (replace(one, value="") if (one.kind, one.n) in gone else one for one in self.entries)
        return Wallet(tuple(left), self.key)


NOTHING = Wallet()


def canonical(kind: Kind, value: str) -> str:
    """What equal values of a kind have in common, for equality only.

    Numbers: their digits, of a card the last four. Bank accounts and ids: letters and digits. E-mail, URL, IP:
    case-folded, without spaces and brackets. Everything else: case- and accent-folded with single spaces, or the
    digits when there are no letters.
    """
    if len(value) > LONGEST_VALUE:
        return value
    folded = fold(value)
    if kind is Kind.CARD:
        return _digits(folded)[-LAST_OF_CARD:] or _kept(folded, value)
    if kind in _BY_LETTERS_AND_DIGITS:
        return _kept(folded, value)
    if kind in _BY_DIGITS or (kind not in _WITHOUT_SPACES and not any(letter.isalpha() for letter in folded)):
        return _digits(folded) or _kept(folded, value)
    if kind in _WITHOUT_SPACES:
        return "".join(letter for letter in visible(value) if letter not in " []{}()") or value
    return " ".join(folded.split()) or value


def _digits(folded: str) -> str:
    return "".join(letter for letter in folded if "0" <= letter <= "9")


def _kept(folded: str, value: str) -> str:
    return "".join(letter for letter in folded if letter.isalnum()) or value


class Ledger:
    """Numbers for the values of one message: the wallet's, and on from there."""

    def __init__(self, wallet: Wallet, rules: Rules, author: str) -> None:
        # What an expert names gets no number that a value of the customer's has: that would say that it is this one.
        self._rules = rules
        self._wallet = wallet if author != EXPERT else NOTHING
        self._key = wallet.key
        self._fresh: dict[_Name, Known] = {}
        self._own: dict[_Name, Known] = {}  # an expert's
        self._names: dict[_Name, _Name] = {}
        self._highest = dict(wallet.highest)

    @property
    def fresh(self) -> tuple[Known, ...]:
        """The values new to the chat as they may be kept: whole, a card's end, or nothing but the number."""
        return tuple(kept(known, self._rules, self._key) for known in self._fresh.values())

    def numbered(self, values: Iterable[_Name], author: str) -> tuple[list[int], list[Known]]:
        """The number of each value, and the values that had none before, to be looked for again. An expert's have no
        number at all: the customer's would tell which of them are equal."""
        met = self._own if author == EXPERT else self._fresh
        before = len(met)
        number = self._none if author == EXPERT else self._number
        numbers = [number(kind, value) for kind, value in values]
        return numbers, [self._sought(known) for known in list(met.values())[before:]]

    def _none(self, kind: Kind, value: str) -> int:
        self._own.setdefault(self._name(kind, value), Known(kind, 0, value))
        return 0

    def _sought(self, known: Known) -> Known:
        # As the wallet will hold it from now on, so that masking the message again finds the same. A dropped value
        # will be in no wallet: now is the only time to find it again.
        return Known(known.kind, known.n, _end_of_card(known.value)) if known.kind is Kind.CARD else known

    def _name(self, kind: Kind, value: str) -> _Name:
        if (kind, value) not in self._names:
            self._names[kind, value] = (kind, canonical(kind, value))
        return self._names[kind, value]

    def _number(self, kind: Kind, value: str) -> int:
        name = self._name(kind, value)
        if name in self._wallet.numbers:
            return self._wallet.numbers[name]
        if name not in self._fresh and self._wallet.marks:
            marked = self._wallet.marks.number(kind, value)
            if marked is not None:
                return marked
        if name not in self._fresh and kind is Kind.NAME:
            whole = self._person(value)
            if whole:
                return whole
        if name not in self._fresh:
            self._highest[kind] = self._highest.get(kind, 0) + 1
            self._fresh[name] = Known(kind, self._highest[kind], value)
        return self._fresh[name].n

    def _person(self, value: str) -> int:
        """The number of the first person whose name holds all of this one, or 0: "Zdenka" is Zdenka Novak."""
        words = _words(value)
        for known, n in self._wallet.people:
            if _is_part(words, known):
                return n
        fresh = (known for known in self._fresh.values() if known.kind is Kind.NAME)
        return next((known.n for known in fresh if _is_part(words, _words(known.value))), 0)


def _words(name: str) -> frozenset[str]:
    return frozenset(spaced(fold(name[:LONGEST_VALUE])).split())


def _is_part(words: frozenset[str], whole: frozenset[str]) -> bool:
    """Whether all words of a name are in a longer one, or are initials of some: "Z. Novak"."""
    left = words - whole
    short = {word for word in left if len(word) == 1 and any(other.startswith(word) for other in whole)}
    return len(whole) > len(words & whole) > 0 and left == short


def given_kind(kind: Kind, value: str) -> Kind:
    """The kind of a value given beforehand: what has the digits of a card is one, whatever it was called.

    For of a card only the end may be kept. What has its own check, or begins as no card does, is what it is called.
    """
    digits = _digits(fold(value)).encode("ascii")
    cardlike = kind not in (Kind.IBAN, Kind.EMAIL) and digits[:1] in _CARD_FIRST and is_card(digits)
    return Kind.CARD if cardlike else kind


def kept(known: Known, rules: Rules, key: bytes = b"") -> Known:
    """A value as the brand's rules let it be kept: whole, a card's end, or nothing but the number, with marks under
    the chat's key."""
    if rules.policy(known.kind) is not Policy.VAULT:
        return replace(known, value="", marks=marks_of(key, known) if key else b"")
    return Known(known.kind, known.n, _end_of_card(known.value)) if known.kind is Kind.CARD else known


def is_piece_of_card(value: str) -> bool:
    """Whether what is kept of a card was given as some digits of it, and not as a whole number."""
    return value.startswith(PIECE_SHOWN)


def _end_of_card(value: str) -> str:
    if value.startswith((CARD_SHOWN, PIECE_SHOWN)):
        return value
    digits = _digits(fold(value))
    if len(digits) < LAST_OF_CARD:
        return ""
    return f"{CARD_SHOWN if len(digits) in CARD_DIGITS else PIECE_SHOWN}{digits[-LAST_OF_CARD:]}"
