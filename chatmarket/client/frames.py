"""Every frame of the sockets is spelt here, as a value: what arrives is decoded once, what leaves is encoded once."""

from __future__ import annotations

import logging
from typing import TypeAlias

import msgspec

log = logging.getLogger(__name__)

LONGEST_CID = 64  # characters of a client message id
FRAME_BYTES = 16 * 1024  # the protocol's limit for one frame: longer ones close the connection


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What every frame is: a value that never changes; fields this client does not know are ignored."""


class Segment(Frame, frozen=True):
    """A piece of a message: plain `text`, or a masked value as `token` (its kind) and `n` (its number in the chat; 0 in
    a blocked message, whose values are kept nowhere)."""

    text: str | None = None
    token: str | None = None
    n: int = 0

    def __str__(self) -> str:
        if self.text is not None:
            return self.text
        return f"[{self.token} {self.n}]" if self.n else f"[{self.token}]"


def plain(segments: tuple[Segment, ...]) -> str:
    """The segments as one line of text: masked values stand as `[kind n]`."""
    return "".join(map(str, segments))


class Hello(Frame, frozen=True, tag="hello"):
    seat: str = ""
    chat: int | None = None
    retry_ms: int | None = None
    key: str = ""


class State(Frame, frozen=True, tag="state"):
    chat: int
    status: str
    text: str = ""
    html: str = ""
    resolved: bool | None = None


class Message(Frame, frozen=True, tag="message"):
    chat: int
    seq: int
    author: str
    segments: tuple[Segment, ...]
    cid: str | None = None
    at: str = ""
    html: str = ""

    @property
    def text(self) -> str:
        return plain(self.segments)


class Edit(Frame, frozen=True, tag="edit"):
    """What message `seq` reads as from now on: message `amended` gave something away that stood in it."""

    chat: int
    seq: int
    segments: tuple[Segment, ...]
    amended: int = 0
    html: str = ""

    @property
    def text(self) -> str:
        return plain(self.segments)


class Blocked(Frame, frozen=True, tag="blocked"):
    """For watchers: an expert's message that led away from here, and that the customer was not given; or, where `why`
    is `guesses`, one that was delivered and may be guessing at hidden details."""

    chat: int
    id: int
    segments: tuple[Segment, ...]
    at: str = ""
    why: str = "solicitation"
    count: int = 0
    html: str = ""

    @property
    def text(self) -> str:
        return plain(self.segments)


class Resumed(Frame, frozen=True, tag="resumed"):
    seq: int
    chat: int | None = None


class Ack(Frame, frozen=True, tag="ack"):
    cid: str
    seq: int
    at: str = ""
    hidden: tuple[str, ...] = ()


class Typing(Frame, frozen=True, tag="typing"):
    chat: int
    author: str = ""


class OpenOffer(Frame, frozen=True):
    """An offer inside `offers`: there it needs no type of its own."""

    chat: int
    brand: str = ""
    topic: str = ""
    language: str = ""
    reward: int = 0
    currency: str = ""
    segments: tuple[Segment, ...] = ()
    expires_at: str = ""
    why: str = ""  # best | newcomer | widened | everyone
    card: str = ""  # one half of its claim token; the other is the lobby's key

    @property
    def text(self) -> str:
        return plain(self.segments)


class Offer(OpenOffer, frozen=True, tag="offer"):
    html: str = ""


class Offers(Frame, frozen=True, tag="offers"):
    offers: tuple[OpenOffer, ...]
    html: str = ""


class Taken(Frame, frozen=True, tag="taken"):
    chat: int
    why: str = ""
    html: str = ""


class Desk(Frame, frozen=True, tag="lobby"):
    """The expert's own places: on a break or not, live chats of how many."""

    available: bool = True
    live: int = 0
    capacity: int = 0
    away: str | None = None  # set away: lost | idle
    rests_until: str | None = None


class Block(msgspec.Struct, frozen=True):
    """Why an expert hears nothing of a brand; without `until` it is for good."""

    id: int
    reason: str
    until: str | None = None


class Standing(Frame, frozen=True, tag="standing"):
    gate: str
    block: Block | None = None
    brand: str = ""
    html: str = ""


class Rows(Frame, frozen=True, tag="board"):
    html: str = ""


class Row(Frame, frozen=True, tag="row"):
    chat: int
    status: str = ""
    html: str = ""


class ErrorFrame(Frame, frozen=True, tag="error"):
    code: str
    text: str = ""
    cid: str | None = None


class Pong(Frame, frozen=True, tag="pong"):
    seq: int = 0


class Drain(Frame, frozen=True, tag="drain"):
    retry_ms: int = 0


Inbound: TypeAlias = (
    Hello
    | State
    | Message
    | Edit
    | Blocked
    | Resumed
    | Ack
    | Typing
    | Offer
    | Offers
    | Taken
    | Desk
    | Standing
    | Rows
    | Row
    | ErrorFrame
    | Pong
    | Drain
)
_decoder: msgspec.json.Decoder[Inbound] = msgspec.json.Decoder(Inbound)


def decode(raw: str | bytes) -> Inbound | None:
    """The frame in `raw`; None for one this client does not know, so that a newer server can say more."""
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError:
        log.warning("client.frame_not_understood", extra={"size": len(raw)})
        return None


def encode(kind: str, **fields: object) -> str:
    """A frame to the server, as the compact text that goes on the wire."""
    return msgspec.json.encode({"type": kind, **fields}).decode()
