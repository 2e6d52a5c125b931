"""Several messages in a row are read as one text here: a value may begin in one of them and end in the next."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from chatmarket.privacy import packs
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.finders import mails
from chatmarket.privacy.ledger import Wallet
from chatmarket.privacy.segments import Kind, Segment, Text, Token
from chatmarket.privacy.skeleton import Skeleton, fold, spaced
from chatmarket.privacy.spans import Span

# A text of an earlier message: how many messages back, and which of its segments. (0, 0) is the message itself.
Place = tuple[int, int]
HERE: Place = (0, 0)

# So many messages before this one may hold the beginning of a value, and so many of their characters are read again.
# Nobody parts an address or a number over more; and what is read again costs time.
LONGEST_BURST = 4
READ_AGAIN = 300
# What goes on stands at the beginning of the message.
READ_ON = 300
# The continuation of a value is short, or has digits; what it continues is short, has digits, or was masked.
FEW_WORDS = 5
SOME_WORDS = 9
TAIL = 24
LAST_DIGIT = 9
# Stands for a value that is not known any more; longer than any gap within a number.
GONE = "\ufffc" * 4
# A name never goes on in the next message without a cue of its own; a cue alone at the end of one is often there.
_ENDS_WITH_ITS_MESSAGE = frozenset({Kind.NAME, Kind.SECRET, Kind.PASSWORD, Kind.KNOWN, Kind.SOLICITATION})
_OF_DIGITS = frozenset({Kind.PHONE, Kind.NUMBER, Kind.POSTCODE, Kind.PIN, Kind.CODE, Kind.CVV, Kind.ACCOUNT})
_DIGITS = frozenset("0123456789")
# Signs that end or begin a message only where it goes on: "ana.ruiz" and "@lumen.es" are joined without a line's end.
_GOING_ON, _COMING = tuple("@_-/"), tuple("@._-/")


@dataclass(frozen=True, slots=True)
class Part:
    """The characters `start` up to `end` of a joined text are the `offset`-th and following of a readable text."""

    start: int
    end: int
    place: Place
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Burst:
    """Messages of one person in a row, values put back, and where the last of them begins."""

    text: str = field(repr=False)
    parts: tuple[Part, ...]
    border: int

    def crossing(self, spans: Iterable[Span], alone: list[Span]) -> Iterator[tuple[Place, Span]]:
        """The pieces of each find that takes in some of the last message, where they can be read.

        `alone` is what was found in the last message by itself.
        """
        for span in spans:
            if span.end <= self.border or (span.start < self.border and self._is_two(span, alone)):
                continue
            for part in self.parts:
                start, end = max(span.start, part.start), min(span.end, part.end)
                start, end = _trimmed(self.text, start, end)
                if start < end:
                    there = part.offset - part.start
                    yield part.place, Span(start + there, end + there, span.kind, why="burst")

    def _is_two(self, span: Span, alone: list[Span]) -> bool:
        """Whether what looks like one value over the border is two, or a value and other words."""
        if span.kind in _ENDS_WITH_ITS_MESSAGE:
            return True
        # A whole number before which other digits stood: only a check digit tells that they belong together.
        first, after = _trimmed(self.text, self.border, span.end)
        return span.kind in _OF_DIGITS and any(
            found.start <= first - self.border and after - self.border <= found.end for found in alone
        )


def burst(bones: Skeleton, dialogue: Dialogue, wallet: Wallet) -> Burst | None:
    """The message and what its author said right before it, unless it is clear that nothing goes on."""
    turns = dialogue.turns
    if not turns or turns[-1].author != dialogue.author or not _goes_on(bones):
        return None
    before = turns[-1].segments
    if not (is_open(before) or _is_fragment(before) or mails.goes_on(bones.scan)):
        return None
    pieces: list[tuple[str, Place | None, int]] = [(bones.original[:READ_ON], HERE, 0)]
    left = READ_AGAIN
    for back, turn in enumerate(reversed(turns[-LONGEST_BURST:]), 1):
        if turn.author != dialogue.author or left <= 0:
            break
        pieces.append(("" if _is_glued(turn.segments, pieces[-1][0]) else "\n", None, 0))
        for which in reversed(range(len(turn.segments))):
            piece = _piece(turn.segments[which], (back, which), wallet, left)
            pieces.append(piece)
            left -= len(piece[0])
            if left <= 0:
                break
    return _joined(pieces[::-1])


def _is_glued(segments: tuple[Segment, ...], text: str) -> bool:
    last = segments[-1] if segments else None
    return text.startswith(_COMING) or (isinstance(last, Text) and last.text.endswith(_GOING_ON))


def _piece(segment: Segment, place: Place, wallet: Wallet, left: int) -> tuple[str, Place | None, int]:
    if isinstance(segment, Token):
        value = wallet.values.get((segment.kind, segment.n)) or GONE
        return (value if len(value) <= left else GONE), None, 0
    offset = max(0, len(segment.text) - left)
    return segment.text[offset:], place, offset


def _joined(pieces: list[tuple[str, Place | None, int]]) -> Burst:
    parts, at = [], 0
    for text, place, offset in pieces:
        if place is not None:
            parts.append(Part(at, at + len(text), place, offset))
        at += len(text)
    return Burst("".join(text for text, _, _ in pieces), tuple(parts), parts[-1].start)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and not text[start].isalnum() and text[start] not in "+(@":
        start += 1
    while start < end and not text[end - 1].isalnum() and text[end - 1] != ")":
        end -= 1
    return start, end


def _goes_on(bones: Skeleton) -> bool:
    return bones.original.count(" ") < SOME_WORDS or bones.digits > 0


def has_digit(folded: str) -> bool:
    """Whether a folded text has any."""
    return not _DIGITS.isdisjoint(folded)


def is_open(segments: tuple[Segment, ...]) -> bool:
    """Whether it is plain that a value may go on in the next message: this one ends with one, with digits or a cue."""
    if not segments:
        return False
    last = segments[-1]
    if isinstance(last, Token):
        return True
    end = fold(last.text[-TAIL * 2 :])
    if has_digit(end[-TAIL:]):
        return True
    words = spaced(end).rsplit(None, 1)
    return words[-1] in opens() if words else len(segments) > 1


def goes_on(segments: tuple[Segment, ...], bones: Skeleton) -> bool:
    """The same of a message whose skeleton is at hand. Most end with a word, and with none that leads to anything."""
    if len(segments) == 1 and not bones.digits and isinstance(segments[0], Text) and bones.original.isascii():
        words = bones.words
        if not words or words[-1] not in opens():
            return False
    return is_open(segments)


def _is_fragment(segments: tuple[Segment, ...]) -> bool:
    last = segments[-1] if segments else None
    return isinstance(last, Text) and last.text.count(" ") < FEW_WORDS


@cache
def opens() -> frozenset[str]:
    """Words that a message ends with when the next goes on, of all languages."""
    return frozenset(word for one in packs.languages() for word in packs.table(one, "dialogue").get("opens", ()))


@cache
def digits() -> Mapping[str, str]:
    """The words for single digits, of all languages."""
    tables = (packs.table(one, "values").get("numbers", {}).get("words", {}) for one in packs.languages())
    return {word: str(value) for table in tables for word, value in table.items() if 0 <= value <= LAST_DIGIT}


def says_digits(words: list[str]) -> bool:
    """Whether any of a message's words is one for a digit."""
    return not digits().keys().isdisjoint(words)


@cache
def fillers() -> frozenset[str]:
    """Words that may stand beside the pieces of a number and explain nothing, of all languages."""
    return frozenset(word for one in packs.languages() for word in packs.table(one, "dialogue").get("fillers", ()))


@cache
def prompts() -> frozenset[str]:
    """Words by which the other side only asks to go on, of all languages."""
    return frozenset(word for one in packs.languages() for word in packs.table(one, "dialogue").get("prompts", ()))


def readable(turn: Turn, back: int) -> Iterator[tuple[Place, str]]:
    """The texts of an earlier message."""
    for which, segment in enumerate(turn.segments):
        if isinstance(segment, Text):
            yield (back, which), segment.text
