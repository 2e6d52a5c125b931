"""What an expert wrote reads differently to others: they are not shown what only the chat's knowledge tells.

The expert reads it as masked without that knowledge, or right and wrong guesses would look different. Everybody else,
and the database, has neither: what a customer is known by stands in no row, whoever typed it.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from chatmarket.privacy.dialogue import EXPERT, Hindsight, Turn
from chatmarket.privacy.known import Lexicon
from chatmarket.privacy.ledger import Wallet
from chatmarket.privacy.marks import in_passing
from chatmarket.privacy.merging import merged
from chatmarket.privacy.past import Past, by_place, hindsights
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.segments import Segment, Text
from chatmarket.privacy.skeleton import Skeleton, folded_whole
from chatmarket.privacy.spans import Span, cut


def of_experts(author: str) -> bool:
    """Whose words are looked through here."""
    return author == EXPERT


def recognised(bones: Skeleton, wallet: Wallet, rules: Rules) -> list[Span]:
    """Where an expert's words hold what the chat knows."""
    found = wallet.lexicon.find(bones)
    if wallet.marks:
        found += wallet.marks.find(bones)
    return [span for span in found if span.kind not in rules.visible]


def for_others(
    hidden: tuple[Span, ...], bones: Skeleton, text: str, wallet: Wallet, rules: Rules
) -> tuple[tuple[Segment, ...] | None, tuple[Span, ...]]:
    """What everybody but its expert reads of a text, and what is hidden in it; None where `hidden` is all of it."""
    known = recognised(bones, wallet, rules)
    if all(any(one.start <= span.start and span.end <= one.end for one in hidden) for span in known):
        return None, ()
    spans = merged([*hidden, *known], text, rules.unkept)
    return tuple(cut(text, spans, [0] * len(spans))), tuple(spans)


def to_others(segments: tuple[Segment, ...], wallet: Wallet, rules: Rules) -> tuple[Segment, ...]:
    """What an expert said, as everybody else may read it; tokens have no number."""
    return tuple(chain.from_iterable(_hidden(segment, wallet, rules) for segment in segments))


def _hidden(segment: Segment, wallet: Wallet, rules: Rules) -> Iterator[Segment]:
    found = recognised(folded_whole(segment.text), wallet, rules) if isinstance(segment, Text) else []
    if not found or not isinstance(segment, Text):
        yield segment
        return
    spans = merged(found, segment.text, rules.unkept)
    yield from cut(segment.text, spans, [0] * len(spans))


def given_away(turns: tuple[Turn, ...], values: Lexicon, rules: Rules) -> tuple[Hindsight, ...]:
    """What experts said before that holds values which a customer has given only now, as others may read it."""
    if all([turn.author != EXPERT for turn in turns]):
        return ()
    past = Past(turns, of_experts)
    there = {}
    for (back, which), found in by_place(past.find(values)).items():
        segment = turns[-back].segments[which]
        said = segment.text if isinstance(segment, Text) else ""
        telling = [span for span in found if not in_passing(span.kind, said[span.start : span.end], said)]
        if telling:
            spans = merged(telling, said, rules.unkept)
            there[back, which] = (spans, [0] * len(spans))
    return tuple(hindsights(turns, there))


def read_by(turn: Turn, author: str) -> Turn:
    """A turn as this author's next message is masked after it: an expert knows what they typed."""
    return turn if turn.own is None or author != EXPERT else replace(turn, segments=turn.own, own=None)


def amended(turn: Turn, seen: Hindsight, author: str, wallet: Wallet, rules: Rules) -> Turn:
    """A turn since `author` said what gave something away in it."""
    if turn.author != EXPERT:
        return replace(turn, segments=seen.segments)
    if author != EXPERT:  # the expert is not told
        return replace(turn, segments=seen.segments, own=turn.segments if turn.own is None else turn.own)
    if turn.own is None:
        return replace(turn, segments=seen.segments)
    return replace(turn, segments=to_others(seen.segments, wallet, rules), own=seen.segments)
