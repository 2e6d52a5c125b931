"""One channel of the bus: a line to whoever carries it, renewed for ever, that notices when it has fallen silent."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from realtime.address import Address
from realtime.envelope import Envelope, pack, unpack
from realtime.resp import TROUBLE, Lost, Push, RedisLine, Refused, command
from realtime.tasks import running_beside

MOST_WAITING = 10_000  # envelopes told and not yet answered: at 1 KiB each, 10 MB
MESSAGES = (b"message", b"smessage")
BOTH = 2  # channels to be confirmed: everyone's and the canary's
RECHECK_S = 0.1  # a loop that was held up itself reads what has come meanwhile before it calls Redis silent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A silent Redis is noticed after `canary` and `answer`, its healing within about `reconnect`."""

    canary: float = 1.0  # between signs of life
    deaf_after: float = 3.0  # three canaries missed, or not answered, although something is heard
    answer: float = 1.0  # for Redis to take a command; or to say anything at all while it owes an answer
    reconnect: float = 1.0  # the longest pause between attempts (full jitter)
    poll: float = 1.0  # while deaf, everyone catches up from the database this often


class Silent(ConnectionError):
    """The line stands, and nothing comes through it."""


class Events(Protocol):
    """What a strand tells the bus; none of it waits."""

    def received(self, envelopes: Sequence[Envelope]) -> None:
        """Others said this, all heard in one read."""

    def owe(self, envelope: Envelope | None) -> None:
        """Redis did not take this, or (None) nobody can know who has heard what was said."""

    def resumed(self) -> None:
        """From now on it is heard again; what was said before may have been missed."""

    def fell_silent(self) -> None:
        """What others said of late may not have been heard, and nothing will be for now."""


class Strand:
    """Says envelopes on one channel and hears those of other processes there; our own carry `origin` and are let fall.

    The canary has a channel of its own on the same server: nobody else need hear it. Counters are for metrics.
    """

    def __init__(self, address: Address, channel: str, origin: bytes, pace: Pace, events: Events) -> None:
        self._address, self._channel, self._origin = address, channel, origin
        self._pace, self._events = pace, events
        cage = f"{channel}:{origin.decode()}"
        self._cage = cage.encode()
        subscribe, publish = ("SSUBSCRIBE", "SPUBLISH") if address.sharded else ("SUBSCRIBE", "PUBLISH")
        self._subscription = command(subscribe, channel, cage)
        self._say, self._sing = _said(publish, channel), _said(publish, cage)
        self._line: RedisLine | None = None
        self._subscribed: asyncio.Future[None] | None = None
        self._confirmed = 0
        self._sung_at = 0.0  # the first canary since anything was heard; 0: all is quiet because nothing was said
        self._silent = False
        self._took = 0.0  # seconds, the last canary
        self.published = self.reconnects = 0

    @property
    def hears(self) -> bool:
        """Whether the subscription is alive as far as we know."""
        return self._line is not None and not self._line.lost.done()

    @property
    def lag(self) -> float:
        """Seconds the last canary took to come back, or more while Redis owes an answer for longer than that."""
        return max(self._took, self._line.silence()[1] if self._line is not None else 0.0)

    def say(self, envelope: Envelope) -> bool:
        """Publish, together with all that is said in this turn of the loop; False when it cannot be sent now."""
        line = self._line
        if line is None or line.lost.done() or line.choked or line.waiting >= MOST_WAITING:
            return False
        line.tell(self._say(pack(envelope, self._origin)), self._answered, envelope)
        return True

    async def keep(self) -> None:
        """Own the line until cancelled. It never breaks nor heals unnoticed: each is told."""
        place = None
        while True:
            try:
                line = await self._address.reach(self._channel, self._pace.answer, self._hear)
                try:
                    await self._enter(line, moved=place not in (None, line.place))
                    place = line.place
                    async with running_beside(self._doubt(line)):
                        await self._watch(line)
                finally:
                    self._line = None
                    line.cut(Lost())
            except Exception as lost:  # one of TROUBLE, or whatever an answer nobody foresaw leads to: never the end
                self._note_silence(lost)
            self.reconnects += 1
            await asyncio.sleep(random.uniform(0, self._pace.reconnect))  # noqa: S311 - jitter, not a secret

    async def finish(self) -> None:
        """Wait until Redis has answered all that was said, as long as it may take to answer."""
        if self._line is not None:
            try:
                await self._line.ask("PING", within=self._pace.answer)
            except TROUBLE as lost:
                log.warning("bus_closed_unanswered", extra={"error": type(lost).__name__})

    # Saying.

    def _answered(self, envelope: Envelope | None, reply: Any) -> None:
        if not isinstance(reply, Exception):
            self.published += envelope is not None
            return
        if envelope is not None:
            self._events.owe(envelope)
        if isinstance(reply, Refused) and self._line is not None:
            self._line.cut(reply)  # a server that is no master any more, or loading, or not ours: look it up anew

    # Hearing.

    async def _enter(self, line: RedisLine, *, moved: bool) -> None:
        self._confirmed, self._subscribed = 0, asyncio.get_running_loop().create_future()
        line.send(self._subscription)
        either: tuple[asyncio.Future[Any], ...] = self._subscribed, line.lost
        await asyncio.wait(either, timeout=self._pace.answer, return_when=asyncio.FIRST_COMPLETED)
        if line.lost.done():
            raise line.lost.result()
        if not self._subscribed.done():
            raise Silent
        self._line, self._silent = line, False
        if moved:
            self._events.owe(None)  # the server before may have taken what nobody heard there any more
        self._events.resumed()

    async def _watch(self, line: RedisLine) -> None:
        while True:
            now = asyncio.get_running_loop().time()
            self._sung_at = self._sung_at or now
            line.tell(self._sing(str(now).encode()), self._answered)
            await asyncio.wait({line.lost}, timeout=self._pace.canary)
            if line.lost.done():
                raise line.lost.result()
            if self._is_silent(line):
                await asyncio.sleep(RECHECK_S)
                if self._is_silent(line):
                    raise Silent

    async def _doubt(self, line: RedisLine) -> None:
        while True:
            await asyncio.sleep(self._pace.poll)
            try:
                if await self._address.has_left(line.place, self._pace.answer):
                    line.cut(Silent())
            except TROUBLE:
                continue  # nobody there to ask is no reason to leave

    def _is_silent(self, line: RedisLine) -> bool:
        unread, unanswered = line.silence()
        unheard = asyncio.get_running_loop().time() - self._sung_at if self._sung_at else 0.0
        return unread >= self._pace.answer or max(unanswered, unheard) >= self._pace.deaf_after

    def _note_silence(self, lost: Exception) -> None:
        if not self._silent:  # once a silence, not once an attempt
            said = str(lost).partition(" ")[0] if isinstance(lost, Refused) else ""
            log.warning("bus_deaf", extra={"error": type(lost).__name__, "said": said})
            self._silent = True
            self._events.fell_silent()

    def _hear(self, pushes: Sequence[Push]) -> None:
        self._sung_at = 0.0
        envelopes = []
        for push in pushes:
            try:
                kind, channel, body = push
                if kind not in MESSAGES:
                    self._confirm(kind)
                elif channel == self._cage:
                    self._took = asyncio.get_running_loop().time() - float(body)
                elif not body.startswith(self._origin):
                    envelopes.append(unpack(body))
            except ValueError:
                log.warning("bus_bad_envelope")
        if envelopes:
            self._events.received(envelopes)

    def _confirm(self, kind: bytes) -> None:
        self._confirmed += 1
        if kind.endswith(b"unsubscribe"):  # the slot has moved to another server
            if self._line is not None:
                self._line.cut(Silent())
        elif self._confirmed == BOTH and self._subscribed is not None and not self._subscribed.done():
            self._subscribed.set_result(None)


def _said(publish: str, channel: str) -> Callable[[bytes], bytes]:
    """Writes the command that publishes a body there: all but the body and its length is always the same."""
    head = command(publish, channel, "").removesuffix(b"0\r\n\r\n")
    return lambda body: b"%b%d\r\n%b\r\n" % (head, len(body), body)
