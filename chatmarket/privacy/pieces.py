"""A number given away piece by piece, each message too short to tell, is put together here."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from chatmarket.privacy.bursts import HERE, Place, digits, fillers, readable
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.finders.checks import is_card
from chatmarket.privacy.ledger import Wallet, canonical
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.segments import Kind, Token
from chatmarket.privacy.skeleton import Skeleton, fold, skeleton, spaced
from chatmarket.privacy.spans import Span

# From here on digits are a number that nothing harmless explains: the shortest local phone.
FEWEST_DIGITS = 7
# Messages without a piece that may lie between two pieces.
MOST_BETWEEN = 3
# Longer messages are not pieces of a number.
LONGEST_PIECE = 80

_FIGURES = pattern(r"[0-9]+(?:[ .,_/*-]{1,3}[0-9]+)*|[a-z\xff]+")
# A time, a price, a percentage, a date: explained by its own shape.
_EXPLAINED = pattern(r"[0-9]:[0-9]|[$%]|[0-9]\.[0-9]{2}\b|[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:19|20)?[0-9]{2}\b")
_YEAR = pattern(r"(?:19|20)[0-9]{2}")
_WRITTEN_IN_DIGITS = frozenset({Kind.CARD, Kind.NUMBER, Kind.PHONE, Kind.POSTCODE, Kind.ACCOUNT, Kind.SSN, Kind.DNI})
# How many digits a masked number is taken for when its value is not known any more.
GUESSED_DIGITS = 4


@dataclass(slots=True)
class _Piece:
    """One message's digits: those masked already, and where the others stand."""

    digits: str = ""
    begins: bool = False  # something else stands before them: what was said earlier is no piece of theirs
    found: list[tuple[Place, Span]] = field(default_factory=list)


def in_pieces(bones: Skeleton, dialogue: Dialogue, wallet: Wallet) -> list[tuple[Place, Span]]:
    """The readable digits of this message and of those before it that make up one number; empty where they do not.

    A message is a piece when nothing but digits and words that explain nothing stand in it.
    """
    here = _piece(HERE, bones)
    if not here or not dialogue.turns:
        return []
    pieces = _together([here, *_before(dialogue, wallet)])
    if len(pieces) < 2 or _are_years(pieces):
        return []
    kind = Kind.CARD if is_card(_digits_of(pieces)) else Kind.NUMBER
    return [(place, Span(span.start, span.end, kind, why="pieces")) for piece in pieces for place, span in piece.found]


def _together(pieces: list[_Piece]) -> list[_Piece]:
    """Those of the pieces, the newest first, that are one number."""
    if len(pieces[0].digits) < FEWEST_DIGITS:
        # What was a number of its own is no piece of this one.
        short = list(takewhile(lambda piece: len(piece.digits) < FEWEST_DIGITS, pieces))
        return short if len(_digits_of(short)) >= FEWEST_DIGITS else []
    # Enough to be a number of its own; only a check digit tells that it is the end of a longer one.
    counts = (count for count in range(2, len(pieces) + 1) if is_card(_digits_of(pieces[:count])))
    return pieces[: next(counts, 0)]


def _digits_of(pieces: list[_Piece]) -> bytes:
    return "".join(piece.digits for piece in reversed(pieces)).encode()


def _before(dialogue: Dialogue, wallet: Wallet) -> Iterator[_Piece]:
    between = 0
    for back, turn in enumerate(reversed(dialogue.turns), 1):
        if turn.author != dialogue.author:
            if _is_question(turn):
                return
            continue
        piece = _spoken(turn, back, wallet)
        if piece is not None:
            yield piece
            if piece.begins:
                return
        elif (between := between + 1) > MOST_BETWEEN:
            return


def _is_question(turn: Turn) -> bool:
    """Whether the next digits answer this, and are another number; "and then?" asks for more of the same."""
    text = " ".join(text for _, text in readable(turn, 0))
    return "?" in text and not fillers().issuperset(spaced(fold(text)).split())


def _spoken(turn: Turn, back: int, wallet: Wallet) -> _Piece | None:
    """The digits at the end of an earlier message, back to another value: "[email 1], and my number is 612"."""
    whole = _Piece()
    for which in reversed(range(len(turn.segments))):
        segment = turn.segments[which]
        if isinstance(segment, Token):
            if segment.kind not in _WRITTEN_IN_DIGITS:
                whole.begins = True
                break
            whole.digits = _hidden(segment, wallet) + whole.digits
            continue
        piece = _piece((back, which), skeleton(segment.text), bare=True) if len(segment.text) <= LONGEST_PIECE else None
        if piece is None:
            return None
        whole.digits = piece.digits + whole.digits
        whole.found += piece.found
    return whole if whole.digits else None


def _hidden(token: Token, wallet: Wallet) -> str:
    value = wallet.values.get((token.kind, token.n), "")
    known = "".join(filter(_is_digit, canonical(Kind.NUMBER, value))) if value else ""
    return known or "0" * GUESSED_DIGITS


def _piece(place: Place, bones: Skeleton, bare: bool = False) -> _Piece | None:
    """The digits of a text without explaining words; with none at all it is a piece only where `bare` says so."""
    if len(bones.scan) > LONGEST_PIECE:
        return None
    words = bones.words
    if not bare and digits().keys().isdisjoint(words) and not bones.digits:
        return None
    if not all(word in fillers() or word in digits() or word.isdigit() for word in words):
        return None
    if _EXPLAINED.search(bones.scan) is not None:
        return None
    whole = _Piece()
    for start, end in places(_FIGURES, bones.scan):
        written = bones.folded[start:end]
        figures = digits().get(written) or "".join(filter(_is_digit, written))
        if figures:
            whole.digits += figures
            whole.found.append((place, Span(*bones.way_back(start, end), Kind.NUMBER)))
    return whole if bare or whole.digits else None


def _is_digit(letter: str) -> bool:
    return "0" <= letter <= "9"


def _are_years(pieces: list[_Piece]) -> bool:
    return all(_YEAR.fullmatch(piece.digits.encode()) is not None for piece in pieces)
