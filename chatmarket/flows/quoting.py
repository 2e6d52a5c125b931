"""A message may name hidden values of its chat without knowing them: the chat's tokens between pieces of text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.privacy.segments import Segment, Text, Token, from_json

MOST_PARTS = 100
# Private use (plane 15): each stands for one token while the words around it are masked as the one text they are.
# Pieces masked one by one could carry a value in halves, with a token between them.
_FIRST = 0xF0000
_STANDINS = {_FIRST + n: " " for n in range(MOST_PARTS)}
_WRONG = N_("A message is text, or parts: each a text or a token of this chat.")


def read(words: Any, field: str, *, most: int) -> tuple[str, tuple[Token, ...]]:
    """What a person sent, as one text of at most `most` characters, and the tokens that stand in it.

    `words` is text, or a list of `{"text": ...}` and `{"token": kind, "n": n}`. Raises Wrong.
    """
    if not isinstance(words, list):
        return fields.text(words, field, most=most), ()
    segments = _segments(words)
    tokens = tuple(part for part in segments if isinstance(part, Token))
    if not tokens:
        return fields.text("".join(part.text for part in segments if isinstance(part, Text)), field, most=most), ()
    standins = map(chr, range(_FIRST, _FIRST + MOST_PARTS))
    text = "".join(part.text.translate(_STANDINS) if isinstance(part, Text) else next(standins) for part in segments)
    return fields.text(text, field, most=most), tokens


def _segments(parts: list[Any]) -> tuple[Segment, ...]:
    if not 1 <= len(parts) <= MOST_PARTS or not all(isinstance(part, Mapping) for part in parts):
        raise Wrong(_WRONG, code="bad_field", field="parts")
    try:
        return from_json(parts)
    except (ValueError, TypeError):
        raise Wrong(_WRONG, code="bad_field", field="parts") from None


def placed(segments: Iterable[Segment], tokens: tuple[Token, ...]) -> tuple[Segment, ...]:
    """Masked segments with the tokens back where they stood. One inside of a value has gone with it."""
    return tuple(_placed(segments, tokens))


def _placed(segments: Iterable[Segment], tokens: tuple[Token, ...]) -> Iterator[Segment]:
    for segment in segments:
        if isinstance(segment, Token):
            yield segment
            continue
        start = 0
        for at, letter in enumerate(segment.text):
            if 0 <= (which := ord(letter) - _FIRST) < len(tokens):
                if start < at:
                    yield Text(segment.text[start:at])
                yield tokens[which]
                start = at + 1
        if start < len(segment.text):
            yield Text(segment.text[start:])
