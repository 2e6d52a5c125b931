"""What was said before is looked through here for values that only a later message gives away."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping

from chatmarket.privacy.bursts import Place
from chatmarket.privacy.dialogue import EXPERT, MEMORY, Hindsight, Turn
from chatmarket.privacy.known import Lexicon
from chatmarket.privacy.segments import Segment, Text, Token
from chatmarket.privacy.skeleton import Skeleton, folded_whole
from chatmarket.privacy.spans import CROWDED, Span, cut

# Earlier messages are looked through, the newest first, up to so many characters in all: a hostile dialogue must not
# make one message dear. A text that has no room left is passed over, so that it shields no shorter one before it, and
# stays as it was shown: docs/privacy.md ("Bounds") says so, and how often that is.
LOOKED_THROUGH = 6_000
# Between two texts. No number goes on over so many signs; phrases that do are not counted.
_APART = "\n\n\n\n"


class Past:
    """The readable texts of the messages before, as one text that is folded once; those of some authors only.

    For what a customer gives away experts' messages are passed over here (echoes.py looks through them): one that
    changed would tell an expert who had guessed which guess was right.
    """

    def __init__(self, turns: tuple[Turn, ...], whose: Callable[[str], bool]) -> None:
        self._places: list[Place] = []
        self._starts: list[int] = []
        texts, at = [], 0
        for back, turn in enumerate(turns[: -MEMORY - 1 : -1], 1):
            if not whose(turn.author):
                continue
            for which, segment in enumerate(turn.segments):
                if not isinstance(segment, Text) or at + len(segment.text) > LOOKED_THROUGH:
                    continue
                self._places.append((back, which))
                self._starts.append(at)
                texts.append(segment.text)
                at += len(segment.text) + len(_APART)
        self._lengths = list(map(len, texts))
        self._bones: Skeleton = folded_whole(_APART.join(texts))

    def find(self, lexicon: Lexicon) -> Iterator[tuple[Place, Span]]:
        """Where the values of a lexicon stand; the offsets are those in the text of the place."""
        found = lexicon.find(self._bones)
        if len(found) == 1 and found[0].why == CROWDED:
            for place, length in zip(self._places, self._lengths, strict=True):
                yield place, Span(0, length, found[0].kind, why=CROWDED)
            return
        for span in found:
            which = bisect_right(self._starts, span.start) - 1
            start = self._starts[which]
            if span.end - start <= self._lengths[which]:
                yield self._places[which], Span(span.start - start, span.end - start, span.kind, why="hindsight")


def anybodys(author: str) -> bool:
    """What an expert names is looked for in all that was said."""
    return True


def of_customers(author: str) -> bool:
    return author != EXPERT


def hindsights(turns: tuple[Turn, ...], found: Mapping[Place, tuple[list[Span], list[int]]]) -> Iterator[Hindsight]:
    """The earlier messages with what was found in them cut out, each once; the numbers are the values'."""
    for back in sorted({back for back, _ in found}):
        segments: list[Segment] = []
        spans = []
        for which, segment in enumerate(turns[-back].segments):
            here = found.get((back, which))
            if here is None:
                segments.append(segment)
                continue
            if isinstance(segment, Token):  # it is a piece of another value
                segments.append(Token(here[0][0].kind, here[1][0]))
                continue
            segments += cut(segment.text, *here)
            spans += [(which, span) for span in here[0]]
        yield Hindsight(back, tuple(segments), tuple(spans))


def by_place(finds: Iterable[tuple[Place, Span]]) -> dict[Place, list[Span]]:
    """The finds of each text."""
    sorted_out: dict[Place, list[Span]] = {}
    for place, span in finds:
        sorted_out.setdefault(place, []).append(span)
    return sorted_out
