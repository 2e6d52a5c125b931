"""Frames are built, read and made ready for the wire here: one JSON object each, with a type."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from realtime import rfc6455

LONGEST_ECHO = 256  # four times what an id may hold, so that whoever sent a longer one still hears which was refused

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: every message is written


class BadFrame(ValueError):
    """What came is not a JSON object."""


class Refused(Exception):
    """Raised by catch_up when nobody can be at the position that was named; `frame` says so to the client."""

    def __init__(self, frame: str) -> None:
        super().__init__(frame)
        self.frame = frame


class Outgoing:
    """Frames on their way out: UTF-8 JSON, shared by all who hear them. Several with one `seq` are given together or
    not at all: the last of them has that number."""

    __slots__ = ("_wire", "payloads", "seq", "weight")

    def __init__(self, *payloads: bytes, seq: int | None = None) -> None:
        self.payloads, self.seq = payloads, seq
        self.weight = sum(map(len, payloads))  # bytes
        self._wire: bytes | None = None

    @classmethod
    def of(cls, text: str, seq: int | None = None) -> "Outgoing":
        """A frame from text, or several (see `together`). A lone surrogate becomes '?': it must not explode in somebody
        else's connection."""
        return cls.read(text.encode("utf-8", "replace"), seq)

    @classmethod
    def read(cls, payload: bytes, seq: int | None = None) -> "Outgoing":
        """A frame as it crossed the bus, or several of them."""
        return cls(*payload.split(b"\n"), seq=seq) if b"\n" in payload else cls(payload, seq=seq)

    @property
    def payload(self) -> bytes:
        """What `read` reads."""
        return self.payloads[0] if len(self.payloads) == 1 else b"\n".join(self.payloads)

    @property
    def wire(self) -> bytes:
        """The unmasked, uncompressed WebSocket text frames (RFC 6455, 5.2), built once for all connections."""
        if self._wire is None:
            self._wire = b"".join([rfc6455.frame(rfc6455.TEXT, payload) for payload in self.payloads])
        return self._wire

    @property
    def texts(self) -> list[str]:
        return [payload.decode() for payload in self.payloads]


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What a connection at some sequence number has missed, read from the truth.

    before: frames to send first, such as the state. messages: (seq, frame), rising, each perhaps with others `together`
    ahead of it; the caller's whole answer unless `more`, in which case it is asked again from the last of them. after:
    builds the closing frame from the position.
    mark: which state `before` shows; a survey tells by it whether a newer one is missing.
    """

    before: Sequence[str]
    messages: Sequence[tuple[int, str]]
    after: Callable[[int], str]
    more: bool = False
    mark: int = 0


def frame(kind: str, **fields: object) -> str:
    """One frame as compact JSON text, its type first."""
    return _written({"type": kind, **fields})


def together(*frames: str) -> str:
    """Several frames that travel as one, under the number of the last. Compact JSON holds no line break of its own."""
    return "\n".join(frames)


def error(code: str, text: str, cid: object = None) -> str:
    """A refusal of one frame; a usable client message id is echoed."""
    echo = {"cid": cid} if isinstance(cid, str) and len(cid) <= LONGEST_ECHO else {}
    return frame("error", code=code, text=text, **echo)


def parse(text: str) -> dict[str, Any]:
    """The JSON object in a client's text. Raises BadFrame for anything else, however deep or long its numbers."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise BadFrame("not JSON") from broken
    if not isinstance(found, dict):
        raise BadFrame("not an object")
    return found
