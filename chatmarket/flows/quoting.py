"""A message may name hidden values of its chat without knowing them: the chat's tokens between pieces of text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.privacy.masking import Masked
from chatmarket.privacy.segments import Segment, Text, Token, bracketed, from_json

MOST_PARTS = 100
_WRONG = N_("A message is text, or parts: each a text or a token of this chat.")


@dataclass(frozen=True, slots=True)
class Quote:
    """A token where its words, `[email 1]`, stand in a text."""

    at: int
    token: Token

    @property
    def end(self) -> int:
        return self.at + len(bracketed(self.token))


def read(words: Any, field: str, *, most: int) -> tuple[str, tuple[Quote, ...]]:
    """What a person sent, as one text of at most `most` characters, and the tokens in it.

    `words` is text, or a list of `{"text": ...}` and `{"token": kind, "n": n}`. One text, for pieces masked one by one
    could carry a value in halves, with a token between them. Raises Wrong.
    """
    if not isinstance(words, list):
        return fields.text(words, field, most=most), ()
    text, quotes = "", []
    for part in _segments(words):
        if isinstance(part, Token):
            quotes.append(Quote(len(text), part))
        text += part.text if isinstance(part, Text) else bracketed(part)
    trimmed = fields.text(text, field, most=most)
    lead = len(text) - len(text.lstrip())
    return trimmed, tuple(Quote(quote.at - lead, quote.token) for quote in quotes)


def _segments(parts: list[Any]) -> tuple[Segment, ...]:
    if not 1 <= len(parts) <= MOST_PARTS or not all(isinstance(part, Mapping) for part in parts):
        raise Wrong(_WRONG, code="bad_field", field="parts")
    try:
        return from_json(parts)
    except (ValueError, TypeError):
        raise Wrong(_WRONG, code="bad_field", field="parts") from None


def placed(text: str, masked: Masked, quotes: Sequence[Quote]) -> tuple[Segment, ...]:
    """The segments of a masked text with the tokens that were quoted in it. What is masked goes before what is quoted.

    Raises ValueError when text and segments do not belong together: then nothing of it may be shown.
    """
    return tuple(_placed(text, masked, quotes))


def _placed(text: str, masked: Masked, quotes: Sequence[Quote]) -> Iterator[Segment]:
    at, spans = 0, iter(masked.spans)
    for segment in masked.segments:
        if isinstance(segment, Token):
            yield segment
            span = next(spans)
            # A value in halves around a token is one, and takes the words of the token with it.
            yield from (quote.token for quote in quotes if span.start <= quote.at and quote.end <= span.end)
            at = span.end
            continue
        end = at + len(segment.text)
        if text[at:end] != segment.text:
            raise ValueError("the segments are of another text")
        for quote in quotes:
            if at <= quote.at and quote.end <= end:
                if at < quote.at:
                    yield Text(text[at : quote.at])
                yield quote.token
                at = quote.end
        if at < end:
            yield Text(text[at:end])
        at = end
