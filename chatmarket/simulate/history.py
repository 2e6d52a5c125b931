"""What happened in a simulation, as seen by its people: plain records in the order in which they were made.

Times are seconds on one monotonic clock. A message is known by (chat, author, cid); the question, which is not sent
through a socket, by the cid QUESTION.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from chatmarket.client import Seat, Wire

QUESTION = "(question)"
WON = "won"
OTHER_SIDE: dict[str, Seat] = {"customer": "expert", "expert": "customer"}

Reader: TypeAlias = Literal["customer", "expert", "archive"]  # the archive is a last reading from the first message on
Key: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """An expert's claim: `outcome` is WON or the code of the refusal, `status` that of the answer."""

    chat: int
    expert: int
    at: float
    outcome: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Sent:
    chat: int
    author: str
    cid: str
    at: float

    @property
    def key(self) -> Key:
        return self.chat, self.author, self.cid


@dataclass(frozen=True, slots=True)
class Acked:
    chat: int
    author: str
    cid: str
    seq: int

    @property
    def key(self) -> Key:
        return self.chat, self.author, self.cid


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as an application was given it."""

    chat: int
    author: str
    cid: str
    seq: int
    to: Reader
    at: float = 0.0

    @property
    def key(self) -> Key:
        return self.chat, self.author, self.cid


@dataclass(frozen=True, slots=True)
class Marked:
    """A value marked as personal: `count` times in a turn, and `elsewhere` times more where it was not marked."""

    chat: int
    turn: int
    value: str
    kind: str
    count: int = 1
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """Text of a customer's turn as it reached an expert, in an offer or in a room."""

    chat: int
    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Rated:
    chat: int
    resolved: bool


@dataclass(slots=True)
class History:
    """Everything a report is made of."""

    asked: dict[int, float] = field(default_factory=dict)  # chat -> when its question was sent off
    claims: list[Claim] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    acked: list[Acked] = field(default_factory=list)
    delivered: list[Delivered] = field(default_factory=list)
    ended: set[int] = field(default_factory=set)
    marked: list[Marked] = field(default_factory=list)
    shown: set[Shown] = field(default_factory=set)
    rated: list[Rated] = field(default_factory=list)
    cuts: Counter[int] = field(default_factory=Counter)  # chat -> lines torn in it
    repeats: int = 0  # messages sent once more on purpose, with the same cid
    repeats_kept: int = 0  # of these, those answered by the same ack
    wires: list[Wire] = field(default_factory=list)
    payouts: Counter[str] = field(default_factory=Counter)  # currency -> minor units
    payments: int = 0
    ledger: dict[str, int] | None = None  # currency -> sum over all accounts; None when nobody asked
    troubles: Counter[str] = field(default_factory=Counter)

    def deliveries(self, to: Reader) -> Iterator[Delivered]:
        return (delivery for delivery in self.delivered if delivery.to == to)
