"""A value goes on here in a message of its own: one figure a message after "my pin", the second half of an id."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from chatmarket.privacy.bursts import HERE, Place, digits, fillers
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.finders.cues import cues
from chatmarket.privacy.finders.harmless import is_counted, is_money
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import Found, pattern
from chatmarket.privacy.segments import Kind, Text, Token
from chatmarket.privacy.skeleton import Skeleton, fold, skeleton
from chatmarket.privacy.spans import Span

_SECRETS = {"pin": Kind.PIN, "code": Kind.CODE, "cvv": Kind.CVV}
_OF_SECRETS = frozenset(_SECRETS.values())
_IDS = frozenset({Kind.ACCOUNT, Kind.DOCUMENT, Kind.IBAN, Kind.DNI})
# A message with such a piece is short; so is the one that announces it.
_LONGEST = 60
_LONGEST_LEAD = 80
_FIGURES = pattern(r"[^a-z0-9\xff]{0,3}([0-9]{1,4})\b")
_HALF = pattern(r"[^a-z0-9\xff]{0,3}([a-z]+[0-9][a-z0-9]*|[0-9]+[a-z][a-z0-9]*)\b")
_LAST = pattern(r"\b([0-9]{1,4})$")
_LAST_READ = 5
_LEAST_HALF = 4
_SIGNED = pattern(r"[0-9_@#!$%&*+=?^~]")


def continued(bones: Skeleton, dialogue: Dialogue) -> Iterator[tuple[Place, Span]]:
    """What a short message says first, where the one before it leaves a value open."""
    turns = dialogue.turns
    if len(bones.scan) > _LONGEST or not turns or turns[-1].author != dialogue.author:
        return
    yield from _figures(bones, dialogue)
    last = turns[-1].segments[-1] if turns[-1].segments else None
    if isinstance(last, Token):
        yield from (
            (HERE, Span(*bones.way_back(*found), last.kind, why="continued")) for found in _rest(bones, last.kind)
        )


def _figures(bones: Skeleton, dialogue: Dialogue) -> Iterator[tuple[Place, Span]]:
    """The next of a secret's figures."""
    figures = _FIGURES.match(bones.scan) if bones.digits else None
    if figures is not None:
        alone = not bones.scan[figures.end() :].strip(b" .,!-")
        kind = _open_secret(dialogue, alone=alone)
        if kind is not None and not _is_explained(bones.scan, *figures.span(1)):
            yield HERE, Span(*bones.way_back(*figures.span(1)), kind, why="continued")
            yield from _begun(dialogue.turns[-1], kind)
    elif len(bones.words) == 1 and bones.words[0] in digits():
        kind = _open_secret(dialogue, alone=True)
        if kind is not None:
            yield HERE, Span(*bones.way_back(*_spoken(bones)), kind, why="continued")


def _rest(bones: Skeleton, kind: Kind) -> Iterator[Found]:
    """The other half of an id or a password, of which the message before ended with one."""
    half = _HALF.match(bones.scan) if kind in _IDS else None
    if half is not None:
        start, end = bones.way_back(*half.span(1))
        if end - start >= _LEAST_HALF and bones.original[start:end].isupper():
            yield half.span(1)
    more = _more().fullmatch(bones.scan) if kind is Kind.PASSWORD else None
    if more is not None and _SIGNED.search(more.group(1)) is not None:
        yield more.span(1)


def _spoken(bones: Skeleton) -> tuple[int, int]:
    start = bones.folded.index(bones.words[0])
    return start, start + len(bones.words[0])


def _is_explained(scan: bytes, start: int, end: int) -> bool:
    return is_money(scan, start, end) or is_counted(scan, start, end)


def _open_secret(dialogue: Dialogue, *, alone: bool) -> Kind | None:
    """Of which secret the figures are pieces: those before were, or it was announced right before."""
    mine = dialogue.turns
    last = _piece_of(mine[-1])
    if last is not None:
        return last if alone or (len(mine) > 1 and _ends_with(mine[-2]) is last) else None
    return _announced(mine[-1]) if alone else None


def _begun(turn: Turn, kind: Kind) -> Iterator[tuple[Place, Span]]:
    """The first figures, where they end the message that announced them: "the code is 41"."""
    last = turn.segments[-1] if turn.segments else None
    if isinstance(last, Text) and (figures := _LAST.search(skeleton(last.text[-_LAST_READ:]).scan)) is not None:
        offset = max(0, len(last.text) - _LAST_READ)
        yield (
            (1, len(turn.segments) - 1),
            Span(figures.start(1) + offset, figures.end(1) + offset, kind, why="continued"),
        )


def _piece_of(turn: Turn) -> Kind | None:
    """The kind of a message that is nothing but a piece of a secret."""
    kind = _ends_with(turn)
    return kind if kind is not None and not any(_has_word(one) for one in turn.segments) else None


def _has_word(segment: object) -> bool:
    return isinstance(segment, Text) and any(map(str.isalnum, segment.text))


def _ends_with(turn: Turn) -> Kind | None:
    tokens = [segment for segment in turn.segments if isinstance(segment, Token)]
    return tokens[-1].kind if tokens and tokens[-1].kind in _OF_SECRETS else None


def _announced(turn: Turn) -> Kind | None:
    """ "I'll give you the pin": a message that names a secret and does not tell it."""
    last = turn.segments[-1] if turn.segments else None
    if not isinstance(last, Text) or len(last.text) > _LONGEST_LEAD or len(turn.segments) > 1:
        return None
    scan = skeleton(fold(last.text)).scan
    named = [cue.section for cue in cues(scan) if cue.section in _SECRETS]
    return _SECRETS[named[-1]] if named else None


@cache
def _more() -> Any:
    """The rest of a password: "then _Fog", "and finishes 8820!"."""
    words = alternation(
        [
            *fillers(),
            *gathered("cues", "tail"),
            *gathered("numbers", "dividers"),
            *gathered("pieces", "ends", "disguises"),
        ]
    )
    return pattern(rf"(?:(?:{words})[ ,:]{{1,3}}){{1,3}}([^ \r\n\t]{{2,24}})[ .]*")
