"""What processes say to each other over the bus: who says it, one header line, then a finished frame."""

from enum import StrEnum
from typing import NamedTuple

import msgspec


class Kind(StrEnum):
    FRAME = "frame"  # give this to whoever hears these channels
    HANG_UP = "hang_up"  # close whoever hears these channels
    CATCH_UP = "catch_up"  # you may have missed something on these channels, or on all when none is named


class BadEnvelope(ValueError):
    """Somebody else published on our channel."""


class Envelope(NamedTuple):  # made and read for every message of every process: a frozen dataclass takes twice as long
    """`seq` belongs to a frame that has one, `code` is the close code of a hang-up."""

    kind: Kind
    channels: tuple[str, ...] = ()
    seq: int | None = None
    code: int = 0
    payload: bytes = b""


# A header is JSON, to be read by people who watch the bus; msgspec reads it five times faster than json does, and
# checks its types on the way.
_written = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(tuple[Kind, tuple[str, ...], int | None, int]).decode


def pack(envelope: Envelope, origin: bytes = b"") -> bytes:
    """The bytes that cross the bus: `origin` (of one length for all, without a bracket), the header, the payload."""
    kind, channels, seq, code, payload = envelope
    return b"%b%b\n%b" % (origin, _written((kind, channels, seq, code)), payload)


def unpack(raw: bytes) -> Envelope:
    """The envelope in bytes from the bus. Raises BadEnvelope."""
    header, _, payload = raw.partition(b"\n")
    try:
        return Envelope(*_read(header[header.find(b"[") :]), payload)
    except (ValueError, RecursionError) as broken:  # msgspec's own errors are ValueErrors
        raise BadEnvelope("no envelope of ours") from broken
