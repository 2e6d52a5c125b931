"""What makes delivery exact is decided here, in pure code: the outbox, the order of arrival and the back-off.

The protocol's chapter "Resuming" in docs/protocol.md is the source of every rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import TypeAlias

from chatmarket.client.frames import Segment

OUTBOX_LETTERS = 256  # more unanswered messages than a person can type during an outage
PAUSE_BASE = 1.0  # seconds: the first reconnect comes within one second
PAUSE_MOST = 30.0  # seconds: and none later than half a minute
BUSY, BUSY_ATTEMPT = 1013, 2  # the server is there and overloaded: the first try comes within four seconds, not one
CROWDED = 4429  # too many sockets of ours: nothing changes until one of them is closed
MISSING_KEPT = 1_000  # numbers remembered of a gap, so that a wild number cannot eat the memory


class OutboxFull(Exception):
    """Too many messages are waiting for their ack."""


Words: TypeAlias = str | tuple[Segment, ...]  # a text, or texts with tokens of the chat between them


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that has no ack yet."""

    cid: str
    words: Words


class Outbox:
    """Messages without an ack, oldest first; one is in flight at a time.

    One at a time because the server may answer `retry` or `too_fast` to any of them: were the next already
    on its way, it would overtake.
    """

    def __init__(self, limit: int = OUTBOX_LETTERS) -> None:
        self._limit = limit
        self._letters: dict[str, Letter] = {}
        self._flying: str | None = None
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._letters)

    def __contains__(self, cid: str) -> bool:
        return cid in self._letters

    def letters(self) -> tuple[Letter, ...]:
        return tuple(self._letters.values())

    def add(self, cid: str, words: Words) -> None:
        """Lay a message at the end; a `cid` that already waits keeps its place. Raises OutboxFull."""
        if cid not in self._letters and len(self._letters) >= self._limit:
            raise OutboxFull(f"{self._limit} messages are waiting for their ack")
        self._letters.setdefault(cid, Letter(cid, words))

    def launch(self, now: float) -> Letter | None:
        """The letter to put on the wire now (`now` in seconds), or None: nothing waits, or one is in flight."""
        if self._flying is not None or not self._letters:
            return None
        letter = next(iter(self._letters.values()))
        self._flying, self._since = letter.cid, now
        return letter

    def settle(self, cid: str) -> bool:
        """The server has answered for good: acked or refused. False when the message was not waiting."""
        self._land(cid)
        return self._letters.pop(cid, None) is not None

    def _land(self, cid: str) -> None:
        if self._flying == cid:
            self._flying = None

    def again(self, cid: str) -> None:
        """The server asks for this one again: it is no longer in flight and keeps its place."""
        self._land(cid)

    def rewind(self) -> None:
        """The connection is gone and with it what was in flight: the oldest goes first again."""
        self._flying = None

    def forgive(self, now: float) -> None:
        """The wait for the ack begins again at `now`."""
        self._since = now

    def overdue(self, now: float, patience: float) -> bool:
        """Whether the letter in flight has waited for its ack longer than `patience` seconds."""
        return self._flying is not None and now - self._since > patience


class Arrival(StrEnum):
    NEW = "new"
    KNOWN = "known"
    GAP = "gap"


@dataclass(slots=True)
class Wire:
    """What one client's connections brought, counted before anything is dropped."""

    messages: int = 0
    duplicates: int = 0
    gaps: int = 0
    disorder: int = 0


@dataclass(slots=True)
class Sequence:
    """The highest number the application has, and what a number that arrives means beside it."""

    position: int = 0
    wire: Wire = field(default_factory=Wire)
    _reached: int = 0
    _missing: set[int] = field(default_factory=set)

    def begin(self) -> int:
        """A connection resumes: what arrives on it must follow the position, which is returned."""
        self._reached = self.position
        self._missing.clear()
        return self.position

    def judge(self, seq: int) -> Arrival:
        """Count what the wire did, and say whether the application should see this number."""
        self._count(seq)
        if seq <= self.position:
            return Arrival.KNOWN
        if seq > self.position + 1:
            return Arrival.GAP
        self.position = seq
        return Arrival.NEW

    def _count(self, seq: int) -> None:
        self.wire.messages += 1
        if seq in self._missing:
            self._missing.discard(seq)
            self.wire.disorder += 1
        elif seq <= self._reached:
            self.wire.duplicates += 1
        else:
            self._advance(seq)

    def _advance(self, seq: int) -> None:
        skipped = range(self._reached + 1, seq)
        if skipped:
            self.wire.gaps += 1
            self._missing.update(skipped[:MISSING_KEPT])
        self._reached = seq


def pause(
    attempt: int,
    rng: Random,
    *,
    code: int = 0,
    least: float = 0.0,
    base: float = PAUSE_BASE,
    most: float = PAUSE_MOST,
) -> float:
    """Seconds before reconnecting for the `attempt`-th time (from 0) after a close with `code`: full jitter.

    Uniform between 0 and min(most, base * 2**attempt), and never under `least`, which a draining server names. A busy
    server is given a longer first ceiling; one that counts too many sockets is left alone for `most` to twice `most`.
    """
    if code == CROWDED:
        return max(least, rng.uniform(most, 2 * most))
    steps = max(attempt, BUSY_ATTEMPT) if code == BUSY else attempt
    ceiling = min(most, base * 2.0 ** min(steps, 30))
    return max(least, rng.uniform(0.0, ceiling))
