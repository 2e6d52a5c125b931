"""The people of talk.py: each side of a room says a message, waits for its ack, and writes down when it got there."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from benchmarks import wire

AGAIN_S = 0.2  # after a refusal that asks to try again
READY_S = 20.0
LOST_S = 15.0  # an ack or a delivery that takes longer is lost


class Heard(msgspec.Struct):
    """What of a frame is looked at."""

    type: str
    cid: str | None = None
    seq: int = 0
    author: str = ""
    code: str = ""


hear = msgspec.json.Decoder(Heard).decode


@dataclass
class Book:
    """How long acks and deliveries of messages sent from `warm_at` on took (seconds), and what is under way."""

    copies: int  # deliveries of one message beside its ack: 1 in a room, 0 from an echo
    warm_at: float = 0.0
    acks: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    acked_at: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    unacked: dict[str, float] = field(default_factory=dict)
    undelivered: dict[str, float] = field(default_factory=dict)
    twice: int = 0

    def sent(self, cid: str, at: float) -> None:
        self.unacked[cid] = at
        if self.copies:
            self.undelivered[cid] = at

    def acked(self, cid: str) -> None:
        sent, now = self.unacked.pop(cid), time.perf_counter()
        self.acked_at.append(now)
        if sent >= self.warm_at:
            self.acks.append(now - sent)

    def delivered(self, cid: str) -> None:
        sent = self.undelivered.pop(cid, None)
        if sent is None:
            self.twice += 1
        elif sent >= self.warm_at:
            self.deliveries.append(time.perf_counter() - sent)

    async def settled(self) -> None:
        """All that was sent has been acknowledged and delivered. Raises RuntimeError when something is lost."""
        deadline = time.perf_counter() + LOST_S
        while self.unacked or self.undelivered:
            if time.perf_counter() > deadline:
                raise RuntimeError(f"{len(self.unacked)} acks and {len(self.undelivered)} deliveries are missing")
            await asyncio.sleep(0.01)
        if self.twice:
            raise RuntimeError(f"{self.twice} messages were delivered twice")


class Side:
    """One socket that says `texts` in turn: a room's seat (customer or expert), or an echo's."""

    def __init__(self, name: str, seat: str, texts: Sequence[str]) -> None:
        self.book = Book(0)
        self.flowing = False
        self._name, self._seat = name, seat
        self._texts, self._numbers = itertools.cycle(texts), itertools.count()
        self._said: dict[str, bytes] = {}
        self._seq = 0
        self._ready = asyncio.Event()

    async def open(self, url: str, token: str) -> None:
        self._line = await wire.connect(url, token, self._hear)
        if self._seat:
            self._line.send(b'{"type":"resume","seq":0}')  # the server's hello came with the upgrade
            await asyncio.wait_for(self._ready.wait(), READY_S)

    def close(self) -> None:
        self._line.close()

    def say(self, at: float | None = None) -> None:
        """One more message; `at` is when it was due, if that was earlier than now."""
        if self._line.close_code is not None:
            raise ConnectionError(f"{self._name} was hung up on with {self._line.close_code}")
        cid = f"{self._name}-{next(self._numbers)}"
        self._said[cid] = msgspec.json.encode({"type": "send", "cid": cid, "text": next(self._texts)})
        self.book.sent(cid, at or time.perf_counter())
        self._line.send(self._said[cid])

    def _hear(self, text: bytes) -> None:
        frame = hear(text)
        match frame.type:
            case "ack" | "send":  # an echo is its own ack
                self._acked(frame.cid or "")
            case "message":
                self._message(frame)
            case "error":
                self._refused(frame)
            case "resumed":
                self._ready.set()

    def _acked(self, cid: str) -> None:
        del self._said[cid]
        self.book.acked(cid)
        if self.flowing:
            self.say()

    def _message(self, frame: Heard) -> None:
        if frame.seq != self._seq + 1:
            raise RuntimeError(f"{self._name} heard {frame.seq} after {self._seq}")
        self._seq = frame.seq
        if frame.author != self._seat and frame.cid != "question":
            self.book.delivered(frame.cid or "")

    def _refused(self, frame: Heard) -> None:
        self.book.refused[frame.code] += 1
        if frame.code not in ("too_fast", "retry") or frame.cid not in self._said:
            raise RuntimeError(f"{self._name} was refused: {frame.code}")
        asyncio.get_running_loop().call_later(AGAIN_S, self._line.send, self._said[frame.cid])
