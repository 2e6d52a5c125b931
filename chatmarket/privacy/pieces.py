"""A number given away piece by piece, each message too short to tell, is put together here."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import takewhile

from chatmarket.privacy import questions
from chatmarket.privacy.bursts import HERE, Place, digits, fillers, prompts, readable, says_digits
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.finders.checks import CARD_DIGITS, is_issued
from chatmarket.privacy.finders.harmless import digits_of, is_ordinary
from chatmarket.privacy.ledger import Wallet, canonical, is_piece_of_card
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.segments import Kind, Text, Token
from chatmarket.privacy.skeleton import Skeleton, fold, skeleton, spaced
from chatmarket.privacy.spans import Span
from chatmarket.privacy.whole_numbers import FEWEST_DIGITS, is_of_others, is_whole, said

# Messages without a piece that may lie between two pieces.
MOST_BETWEEN = 3
# Longer messages are not pieces of a number.
LONGEST_PIECE = 80

_FIGURES = pattern(r"[0-9]+(?:[ .,_/*-]{1,3}[0-9]+)*|[a-z\xff]+")
# A time, a price, a percentage, a date: explained by its own shape.
_EXPLAINED = pattern(r"[0-9]:[0-9]|[$%]|[0-9]\.[0-9]{2}\b|[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:19|20)?[0-9]{2}\b")
_YEAR = pattern(r"(?:19|20)[0-9]{2}")
_WRITTEN_IN_DIGITS = frozenset({Kind.NUMBER, Kind.PHONE, Kind.POSTCODE, Kind.ACCOUNT, Kind.SSN, Kind.DNI})
_OF_CARDS = frozenset({Kind.CARD, Kind.CVV, Kind.EXPIRY})
_RUNS = pattern(r"[0-9]+(?:[ .-][0-9]+)*")
_LAST_DIGITS = pattern(r"\b([0-9]+(?:[ .-][0-9]+)*)[^a-z0-9\xff]{0,3}$")
GROUP_OF_CARD = 4
# Fewer digits at the end of a sentence are a count of things.
FEWEST_LOOSE = 3
# How many digits a masked number is taken for when its value is not known any more.
GUESSED_DIGITS = 4


@dataclass(slots=True)
class _Piece:
    """One message's digits: those masked already, and where the others stand."""

    digits: str = ""
    begins: bool = False  # something else stands before them: what was said earlier is no piece of theirs
    loose: bool = False  # other words stand beside them: only a check digit makes them a piece
    asked: bool = False  # a question stands between them and what was said later
    of_card: bool = False  # they were said to be a card's, and are no whole one
    whole: bool = False  # they are a number of its own, and no card's
    between: int = 0  # messages without a strict piece that were said later
    found: list[tuple[Place, Span]] = field(default_factory=list)
    tokens: list[Place] = field(default_factory=list)


def in_pieces(bones: Skeleton, dialogue: Dialogue, wallet: Wallet) -> list[tuple[Place, Span]]:
    """The readable digits of this message and of those before it that make up one number; empty where they do not.

    A message is a piece when nothing but digits and words that explain nothing stand in it. Of a card, told by its
    check digit or by name, the digits that are masked already are pieces too (spans of no length, in a token's place):
    what they were taken for would keep more of it than its end. Each of its spans holds all that is known of it.
    """
    if not dialogue.turns:
        return []
    here = _piece(HERE, bones) or (_loose([(HERE, bones)]) if bones.digits >= GROUP_OF_CARD else None)
    if here is None:
        return []
    pieces = [here, *_before(dialogue, wallet)]
    if len(pieces) > 1:
        here.whole = here.digits in wallet.whole or is_whole(bones.scan, here.digits, loose=here.loose, before=False)
    card = [] if here.whole else _card([piece for piece in pieces if not piece.whole])
    if card:
        return [(place, _of_card(span, card)) for piece in card for place, span in (*piece.found, *_tokens(piece))]
    if here.loose:
        return []
    pieces = _number(pieces)
    if len(pieces) < 2 or _are_years(pieces):
        return []
    return [(place, replace(span, why="pieces")) for piece in pieces for place, span in piece.found]


def _tokens(piece: _Piece) -> Iterator[tuple[Place, Span]]:
    return ((place, Span(0, 0, Kind.CARD)) for place in piece.tokens)


def _of_card(span: Span, card: list[_Piece]) -> Span:
    return replace(span, kind=Kind.CARD, why="pieces", value=_digits_of(card).decode())


def _card(pieces: list[_Piece]) -> list[_Piece]:
    """Those of the pieces, the newest first, that are one card: by its check digit, else by what it was called.

    None of them is a number of its own: what was said as a phone or an order is passed over, and keeps its value.
    """
    for count in range(2, len(pieces) + 1):
        if is_issued(_digits_of(pieces[:count])):
            return pieces[:count]
    if len(pieces[0].digits) >= FEWEST_DIGITS and len(pieces[0].digits) % GROUP_OF_CARD:
        return []
    strict = list(takewhile(lambda piece: (piece.of_card or not piece.loose) and not piece.asked, pieces))
    called = [count for count, piece in enumerate(strict, 1) if piece.of_card and count > 1]
    if not called or len(_digits_of(strict[: called[-1]])) > CARD_DIGITS[-1]:
        return []
    return strict[: called[-1]]


def _number(pieces: list[_Piece]) -> list[_Piece]:
    """Those that are one number; what was a number of its own is no piece of it."""
    begun = next((count for count, piece in enumerate(pieces, 1) if piece.begins), None)
    strict = [piece for piece in pieces[:begun] if not piece.loose and piece.between <= MOST_BETWEEN]
    short = list(takewhile(lambda piece: not piece.asked and len(piece.digits) < FEWEST_DIGITS, strict))
    return short if len(_digits_of(short)) >= FEWEST_DIGITS else []


def _digits_of(pieces: list[_Piece]) -> bytes:
    return "".join(piece.digits for piece in reversed(pieces)).encode()


def _before(dialogue: Dialogue, wallet: Wallet) -> Iterator[_Piece]:
    """What the same person gave before, the newest first, up to where something else was asked for."""
    between = without = 0
    asked = False
    piece: _Piece | None = None
    for back, turn in enumerate(reversed(dialogue.turns), 1):
        if turn.author != dialogue.author:
            text = " ".join(text for _, text in readable(turn, 0))
            if not _is_prompt(text):
                asked = asked or "?" in text
                wanted = questions.asks(text, dialogue.language)
                if (wanted and wanted.isdisjoint(_OF_CARDS)) or is_of_others(text):
                    _answer(piece)
                    return
                if not wanted <= _OF_CARDS:
                    return
            continue
        spoken = _spoken(turn, back, wallet)
        if spoken is None:
            without += 1
            between += 1
            if without > MOST_BETWEEN:
                return
            continue
        piece = spoken
        piece.asked, piece.between = asked, between
        piece.whole = piece.digits in wallet.whole or (
            not piece.of_card and is_whole(said(turn, wallet), piece.digits, loose=piece.loose)
        )
        between += piece.loose
        yield piece
        if piece.begins and not piece.whole:
            return


def _answer(piece: _Piece | None) -> None:
    """The first number after a question for another one than a card's is what was asked for."""
    if piece is not None and len(piece.digits) >= FEWEST_DIGITS and not piece.of_card:
        piece.whole = True


def _is_prompt(text: str) -> bool:
    """Whether this only asks for more of the same: "yes?", "and then?"."""
    return _going_on().issuperset(spaced(fold(text)).split())


@cache
def _going_on() -> frozenset[str]:
    return fillers() | prompts()


def _spoken(turn: Turn, back: int, wallet: Wallet) -> _Piece | None:
    """The digits of an earlier message, with nothing beside them that explains anything; else loosely."""
    return _strict(turn, back, wallet) or _loose(
        [
            ((back, which), skeleton(segment.text) if isinstance(segment, Text) else segment)
            for which, segment in enumerate(turn.segments)
            if isinstance(segment, Token) or len(segment.text) <= LONGEST_PIECE
        ],
        wallet,
    )


def _strict(turn: Turn, back: int, wallet: Wallet) -> _Piece | None:
    """The digits at the end of an earlier message, back to another value: "[email 1], and my number is 612"."""
    whole = _Piece()
    for which in reversed(range(len(turn.segments))):
        segment = turn.segments[which]
        if isinstance(segment, Token):
            if not _is_piece(segment, wallet):
                whole.begins = True
                break
            _take(whole, (back, which), segment, wallet)
            continue
        piece = _piece((back, which), skeleton(segment.text), bare=True) if len(segment.text) <= LONGEST_PIECE else None
        if piece is None:
            piece = _tail((back, which), segment.text)
            if piece is None:
                return None
        whole.digits = piece.digits + whole.digits
        whole.found += piece.found
        if piece.begins:
            whole.begins = True
            break
    return whole if whole.digits else None


def _tail(place: Place, text: str) -> _Piece | None:
    """The digits that end a text which begins with other words: "hi, I'm new here and my number is 612"."""
    end = text[-LONGEST_PIECE:]
    bones = skeleton(end)
    last = _LAST_DIGITS.search(bones.scan)
    if last is None or _EXPLAINED.search(bones.scan) is not None:
        return None
    start, stop = last.span(1)
    words = spaced(bones.folded[:start]).split()
    led = bool(words) and (words[-1] in fillers() or stop - start >= FEWEST_LOOSE)
    if not led or is_ordinary(bones.scan, start, stop):
        return None
    first, behind = bones.way_back(start, stop)
    offset = len(text) - len(end)
    span = Span(first + offset, behind + offset, Kind.NUMBER)
    return _Piece(digits_of(bones.scan[start:stop]).decode(), begins=True, found=[(place, span)])


def _loose(parts: list[tuple[Place, Skeleton | Token]], wallet: Wallet | None = None) -> _Piece | None:
    """The digits of a message that says other things, too; none where it holds more numbers than one, or other values.

    Nothing but a check digit tells that they are a piece of something.
    """
    whole, runs = _Piece(loose=True), 0
    for place, part in parts:
        if isinstance(part, Token):
            if wallet is None or not _is_piece(part, wallet):
                return None
            before = whole.digits
            _take(whole, place, part, wallet)
            whole.digits = before + whole.digits.removesuffix(before) if before else whole.digits
            continue
        if len(part.scan) > LONGEST_PIECE or _EXPLAINED.search(part.scan) is not None:
            return None
        for start, end in places(_RUNS, part.scan):
            runs += 1
            whole.digits += digits_of(part.scan[start:end]).decode()
            whole.found.append((place, Span(*part.way_back(start, end), Kind.NUMBER)))
    return whole if runs <= 1 and len(whole.digits) >= GROUP_OF_CARD else None


def _is_piece(token: Token, wallet: Wallet) -> bool:
    """Whether a masked value may be a piece of a number; a whole card is none."""
    if token.kind is Kind.CARD:
        return is_piece_of_card(wallet.values.get((token.kind, token.n), ""))
    return token.kind in _WRITTEN_IN_DIGITS


def _take(piece: _Piece, place: Place, token: Token, wallet: Wallet) -> None:
    piece.digits = _hidden(token, wallet) + piece.digits
    piece.tokens.append(place)
    piece.of_card = piece.of_card or token.kind is Kind.CARD


def _hidden(token: Token, wallet: Wallet) -> str:
    value = wallet.values.get((token.kind, token.n), "")
    known = "".join(filter(_is_digit, canonical(Kind.NUMBER, value))) if value else ""
    return known or "0" * GUESSED_DIGITS


def _piece(place: Place, bones: Skeleton, bare: bool = False) -> _Piece | None:
    """The digits of a text without explaining words; with none at all it is a piece only where `bare` says so."""
    if len(bones.scan) > LONGEST_PIECE:
        return None
    words = bones.words
    if not bare and not bones.digits and not says_digits(words):
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
