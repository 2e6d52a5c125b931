"""A whole conversation is masked here, message by message as it would be live, and told with its final spans.

For whoever has the texts already: the command, the benchmark, a brand that tries its rules. Nothing live comes here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from chatmarket.privacy.dialogue import EXPERT, MEMORY, Dialogue, Hindsight, Turn
from chatmarket.privacy.ledger import Wallet
from chatmarket.privacy.masking import Known, Masked, mask
from chatmarket.privacy.rules import STANDARD, Rules
from chatmarket.privacy.segments import Segment, Token, plain
from chatmarket.privacy.skeleton import LONGEST
from chatmarket.privacy.spans import Span

Place = tuple[int, int]
# Of no use to anybody: what it marks is at hand, and forgotten with the conversation.
_KEY = b"a conversation of its own"


@dataclass(slots=True)
class Shown:
    """A message at the end of its conversation: what it hides and how it reads. `spans` have offsets in the original.

    `spent` is the CPU time its masking took, by the clock given. `solicits` says that an expert's words lead away:
    live, it would not be delivered.
    """

    segments: tuple[Segment, ...] = ()
    spans: tuple[Span, ...] = ()
    spent: int = 0
    solicits: bool = False


@dataclass(slots=True)
class _Piece:
    """A message, or a part of one that is too long for one: its segments as they read now, and where they stand.

    `unsaid` are the expert's words right after it that live would not be delivered.
    """

    turn: int
    author: str
    start: int
    masked: Masked
    segments: tuple[Segment, ...] = ()
    places: list[Place] = field(default_factory=list)
    why: dict[Place, str] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()

    def cut(self, segments: tuple[Segment, ...], spans: Iterable[tuple[int, Span]]) -> None:
        """It reads so from now on; the spans are new, each within one of the segments it had."""
        within: dict[int, list[Span]] = {}
        for which, span in spans:
            within.setdefault(which, []).append(span)
        places = [place for which, old in enumerate(self.places) for place in self._parted(old, within.get(which, ()))]
        self.segments, self.places = segments, places

    def _parted(self, place: Place, spans: Iterable[Span]) -> Iterator[Place]:
        start, end = place
        at = start
        for span in spans:
            if at < start + span.start:
                yield at, start + span.start
            at = start + span.end
            self.why[start + span.start, at] = span.why
            yield start + span.start, at
        if at < end:
            yield at, end

    def spans(self) -> Iterator[Span]:
        for place, segment in zip(self.places, self.segments, strict=True):
            if isinstance(segment, Token):
                yield Span(*place, segment.kind, why=self.why.get(place, ""))
        for span in self.masked.solicits:
            yield replace(span, start=span.start + self.start, end=span.end + self.start)


def converse(
    turns: Iterable[tuple[str, str]],
    known: Iterable[Known] = (),
    language: str = "en",
    rules: Rules = STANDARD,
    clock: Callable[[], int] = lambda: 0,
) -> list[Shown]:
    """Each message of a conversation, (author, text), as it reads when all has been said; in order.

    An expert's words that lead away are marked; as live, they are not delivered, and what they ask for counts as asked
    all the same. Messages of more than 4,000 characters are
    parted at white space and masked part by part. Raises Unsettled.
    """
    wallet, pieces, shown = Wallet(tuple(known), _KEY), list[_Piece](), list[Shown]()
    before = _Piece(0, EXPERT, 0, Masked((), (), ()))  # an expert's first words may be such, too
    delivered = [before]
    for which, (author, text) in enumerate(turns):
        began = clock()
        for start, part in parts(text):
            said = tuple(
                Turn(one.author, one.segments, one.unsaid)
                for one in delivered[-MEMORY:]
                if one is not before or one.unsaid
            )
            masked = mask(part, wallet, Dialogue(author, language, said, rules))
            pieces.append(_piece(which, author, start, part, masked))
            if masked.solicits:
                delivered[-1].unsaid += (plain(masked.segments, lambda _: " "),)
                continue
            delivered.append(pieces[-1])
            if masked.fresh or masked.spent:
                wallet = Wallet((*wallet.entries, *masked.fresh), _KEY).emptied(masked.spent)
            for hindsight in masked.hindsight:
                _amend(delivered[-1 - hindsight.back], hindsight)
        shown.append(Shown(spent=clock() - began))
    for piece in pieces:
        one = shown[piece.turn]
        one.segments += piece.segments
        one.spans += tuple(sorted(piece.spans(), key=lambda span: span.start))
        one.solicits = one.solicits or bool(piece.masked.solicits)
    return shown


def _piece(turn: int, author: str, start: int, text: str, masked: Masked) -> _Piece:
    piece = _Piece(turn, author, start, masked, places=[(start, start + len(text))] if text else [])
    piece.cut(masked.segments, ((0, span) for span in masked.spans))
    return piece


def _amend(piece: _Piece, hindsight: Hindsight) -> None:
    piece.cut(hindsight.segments, hindsight.spans)


def parts(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces no longer than a message may be, with their offsets; cut after white space if there is any."""
    at = 0
    while len(text) - at > LONGEST:
        end = at + LONGEST
        cut = next((i for i in range(end, at + LONGEST // 2, -1) if text[i - 1].isspace()), end)
        yield at, text[at:cut]
        at = cut
    yield at, text[at:]
