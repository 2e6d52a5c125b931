"""Real human dialogues are read here from a file of JSON lines, one dialogue a line.

A line is `{"lang": "en", "turns": [{"s": "c", "t": "…", "gold": [[start, end, kind]]}, …], "known": {"name": ["…"]}}`;
`s` is `c` (customer) or `a` (the answering side), `gold` marks personal values by character offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

import msgspec

from chatmarket.client import Seat
from chatmarket.flows.asking import KNOWN_FIELDS

TURNS_AT_LEAST = 2  # a question and an answer
CHARACTERS_AT_MOST = 4_000  # the protocol's limit for a message


class NotPlayable(Exception):
    """The file and the server do not fit each other: no dialogue, or no brand that speaks its language."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A value a human marked as personal in a turn."""

    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Turn:
    side: Seat
    text: str
    personal: tuple[Personal, ...] = ()
    rest: str = ""  # the text without its marked values: what may be shown to anybody


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What was said; the first turn is the customer's question, and `known` what the brand knew before."""

    language: str
    turns: tuple[Turn, ...]
    known: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    s: str
    t: str
    gold: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    turns: list[_Turn]
    lang: str = "en"
    known: dict[str, list[str]] = field(default_factory=dict)


_decoder = msgspec.json.Decoder(_Line)


def parse(line: bytes | str) -> Dialogue | None:
    """The dialogue in a line; None when it cannot be played: nobody asks, or nobody answers."""
    read = _decoder.decode(line)
    turns = tuple(_turn(turn) for turn in read.turns if turn.t.strip())
    sides = {turn.side for turn in turns}
    if len(turns) < TURNS_AT_LEAST or turns[0].side != "customer" or "expert" not in sides:
        return None
    return Dialogue(read.lang, turns, _known(read.known))


def _known(values: dict[str, list[str]]) -> dict[str, list[str]]:
    """The values by kinds the API takes: an account number is as well masked as a `known` value."""
    known: dict[str, list[str]] = {}
    for kind, several in values.items():
        known.setdefault(kind if kind in KNOWN_FIELDS else "known", []).extend(several)
    return known


def _turn(turn: _Turn) -> Turn:
    personal = tuple(Personal(turn.t[start:end], kind) for start, end, kind in turn.gold)
    return Turn(
        side="customer" if turn.s == "c" else "expert",
        text=turn.t[:CHARACTERS_AT_MOST],
        personal=personal,
        rest=without(turn.t, [(start, end) for start, end, _ in turn.gold]),
    )


def without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with every span blanked."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = "\x00" * (end - start)
    return "".join(letters)


def load(path: Path) -> list[Dialogue]:
    """Every playable dialogue of the file. Raises NotPlayable with the file and the line of one that cannot be read."""
    try:
        with path.open("rb") as lines:
            read = [_read(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    except OSError as error:
        raise NotPlayable(f"{path}: {error.strerror}") from None
    return [dialogue for dialogue in read if dialogue]


def _read(path: Path, number: int, line: bytes) -> Dialogue | None:
    try:
        return parse(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotPlayable(f"{path}, line {number}: {error}") from None


def choose(dialogues: list[Dialogue], count: int, rng: Random) -> list[Dialogue]:
    """`count` of them in random order; each once before any comes again."""
    return list(islice(_round_and_round(dialogues, rng), count))


def _round_and_round(dialogues: list[Dialogue], rng: Random) -> Iterator[Dialogue]:
    while dialogues:
        yield from rng.sample(dialogues, len(dialogues))
