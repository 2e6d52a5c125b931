"""What was said as a number of its own is told from a card's piece here: by its cue, or by how it is written."""

from collections.abc import Iterator
from functools import cache

from chatmarket.privacy.dialogue import Turn
from chatmarket.privacy.finders.checks import is_phone
from chatmarket.privacy.finders.cues import Cue, cues, section_of
from chatmarket.privacy.finders.vocabulary import gathered
from chatmarket.privacy.ledger import Wallet
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.segments import Kind, Text, Token
from chatmarket.privacy.skeleton import fold, skeleton, spaced

# From here on digits are a number that nothing harmless explains: the shortest local phone.
FEWEST_DIGITS = 7
# Of an earlier message so many characters are read for what it calls its number.
READ_AGAIN = 200
# So many digits have the phones of most of our customers, without the country's code.
_OF_PHONES = (9, 10)
_GROUP_OF_CARD = 4
# Stands for a value that is not known any more.
_GONE = "0000"

_CARD = "card"
_OF_CARDS = frozenset({_CARD, "tail"})
_ACCOUNT = "account"
_OTHERS = frozenset({_ACCOUNT, "phone", "ssn", "dni", "iban", "document", "locator", "platform", "handle", "birthdate"})
# The kinds of tokens that are digits with a meaning of their own.
_NUMBERED = frozenset({Kind.PHONE, Kind.ACCOUNT, Kind.SSN, Kind.DNI, Kind.NUMBER})
# As people write phones: +34 612, (512) 555, 512-555-0123. As they write cards: 4111 1111, 3782 822463.
_LIKE_PHONES = pattern(r"[+(][0-9]|\b[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{3,4}\b")
_LIKE_CARDS = pattern(r"\b[0-9]{4}[ .-](?:[0-9]{4}\b|[0-9]{6}\b)")


def is_whole(scan: bytes, digits: str, *, loose: bool, before: bool = True) -> bool:
    """Whether the number in what was said is one of its own. `loose` tells that it stands among other words, `before`
    that it was said in an earlier message.

    A cue that leads to it decides. Without one a card's cue makes it a piece, and so does being short, or being
    written as cards are; what is as long as a phone is whole where it is called a number or written as one.
    """
    sections = [(_section(scan, cue), scan[cue.value : cue.value + 1].isdigit()) for cue in cues(scan)]
    of_card = any(section in _OF_CARDS for section, _ in sections)
    leading = [section for section, leads in sections if leads]
    # "The card on my account is 4111 1111".
    if leading and leading[-1] in _OTHERS and not (of_card and leading[-1] == _ACCOUNT):
        return True
    if of_card or len(digits) < FEWEST_DIGITS:
        return False
    if _LIKE_PHONES.search(scan) is not None:
        return True
    if _LIKE_CARDS.search(scan) is not None:
        return False
    # Eight digits among words that say nothing of them may be half a card: "41111111 is the start of it".
    if (loose and len(digits) % _GROUP_OF_CARD) or not _nouns().isdisjoint(spaced(scan.decode("latin-1")).split()):
        return True
    # What a brand gave may be written otherwise than it was typed. Few people part a card where a phone would end.
    return before and len(digits) in _OF_PHONES and is_phone(digits.encode())


def is_of_others(text: str) -> bool:
    """Whether a question speaks of other numbers than a card's: "Which order is it?"."""
    if "?" not in text:
        return False
    scan = skeleton(text[-READ_AGAIN:]).scan
    sections = {_section(scan, cue) for cue in cues(scan)}
    return not sections.isdisjoint(_OTHERS) and sections.isdisjoint(_OF_CARDS)


def said(turn: Turn, wallet: Wallet) -> bytes:
    """The end of an earlier message with its values put back, as the scanners read it."""
    return skeleton("".join(_texts(turn, wallet))[-READ_AGAIN:]).scan


def ends_whole(turn: Turn, wallet: Wallet) -> bool:
    """Whether a message ends with a masked number of its own: what comes next is no more of it."""
    last = turn.segments[-1] if turn.segments else None
    if not isinstance(last, Token) or last.kind not in _NUMBERED:
        return False
    value = fold(wallet.values.get((last.kind, last.n), ""))
    digits = "".join(letter for letter in value if "0" <= letter <= "9")
    return is_whole(said(turn, wallet), digits, loose=False)


def _texts(turn: Turn, wallet: Wallet) -> Iterator[str]:
    for segment in turn.segments:
        yield segment.text if isinstance(segment, Text) else wallet.values.get((segment.kind, segment.n)) or _GONE


def _section(scan: bytes, cue: Cue) -> str:
    """What a cue leads to. "Visa number" may be a document's, and is a card's as well."""
    if any(section_of(word) == _CARD for word in scan[cue.start : cue.end].split()):
        return _CARD
    return cue.section


@cache
def _nouns() -> frozenset[str]:
    return frozenset(word for noun in gathered("grammar", "number_nouns") for word in spaced(noun).split())
