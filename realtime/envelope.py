"""What processes say to each other over the bus: one header line, then a finished frame."""

import json
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    FRAME = "frame"  # give this to whoever hears these channels
    HANG_UP = "hang_up"  # close whoever hears these channels
    CATCH_UP = "catch_up"  # you may have missed something on these channels, or on all when none is named
    CANARY = "canary"  # nothing: it only proves that the bus carries


class BadEnvelope(ValueError):
    """Somebody else published on our channel."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """`seq` belongs to a frame that has one, `code` is the close code of a hang-up."""

    kind: Kind
    channels: tuple[str, ...] = ()
    seq: int | None = None
    code: int = 0
    payload: bytes = b""


def pack(envelope: Envelope) -> bytes:
    """The bytes that cross the bus."""
    header = json.dumps([envelope.kind, envelope.channels, envelope.seq, envelope.code], separators=(",", ":"))
    return header.encode() + b"\n" + envelope.payload


def unpack(raw: bytes) -> Envelope:
    """The envelope in bytes from the bus. Raises BadEnvelope."""
    header, _, payload = raw.partition(b"\n")
    try:
        kind, channels, seq, code = json.loads(header)
        return Envelope(Kind(kind), tuple(channels), seq, code, payload)
    except (ValueError, TypeError, RecursionError) as broken:
        raise BadEnvelope("no envelope of ours") from broken
