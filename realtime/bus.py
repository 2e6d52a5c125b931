"""One process's line to all the others: Redis channels that may fall silent at any time, and say so when they have."""

import asyncio
import logging
import secrets
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from realtime.address import read_address
from realtime.envelope import Envelope, Kind
from realtime.strand import Pace as Pace
from realtime.strand import Strand
from realtime.tasks import running_beside

CHANNEL = "chatmarket"
SHARDS = 8  # channels on a cluster, so that up to so many of its masters share the load
EVERYONE = "*"
MOST_OWED = 10_000  # channels remembered one by one after failed publishing; beyond that everyone catches up
FINAL = 4000  # close codes from here on are the application's, and last; whoever was to come back has long done so

log = logging.getLogger(__name__)

Receive = Callable[[Sequence[Envelope]], None]


class Bus:
    """Publishes envelopes to every other process and receives theirs.

    `receive` is called with all that was heard in one read; it must not wait. What this process publishes it does not
    hear: it gives that to its own people itself. Whenever something may have been missed the epoch rises and a
    nameless CATCH_UP is received. Envelopes that Redis did not take are owed: one CATCH_UP names their channels when
    it takes them again. Counters are for metrics: `heard`, and `refused`, the envelopes that became owed.

    On a cluster the frames with a number are spread over SHARDS channels by the first channel they name: each room has
    its own order, by those numbers. All else goes by the first one, so that, as with one server, no unnumbered frame
    overtakes another.
    """

    def __init__(self, redis_url: str, receive: Receive, *, channel: str = CHANNEL, pace: Pace | None = None) -> None:
        """Raises realtime.address.BadAddress for a URL that leads nowhere."""
        self._receive, self._pace = receive, pace or Pace()
        address = read_address(redis_url)
        origin = secrets.token_hex(6).encode()
        names = [f"{channel}:{{{n}}}" for n in range(SHARDS)] if address.sharded else [channel]
        self._strands = [Strand(address, name, origin, self._pace, self) for name in names]
        self._owed: dict[int, set[str]] = {}
        self._all_hear = asyncio.Event()
        self._whole_since = 0.0
        self.epoch = self.heard = self.refused = 0

    @property
    def hears(self) -> bool:
        """Whether all subscriptions are alive as far as we know."""
        return all(strand.hears for strand in self._strands)

    @property
    def lag(self) -> float:
        """Seconds the last canary took to come back, of the slowest channel."""
        return max(strand.lag for strand in self._strands)

    @property
    def published(self) -> int:
        """Envelopes of ours that Redis took."""
        return sum(strand.published for strand in self._strands)

    @property
    def reconnects(self) -> int:
        """How often a line broke, or could not be had."""
        return sum(strand.reconnects for strand in self._strands)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and publish for the length of the block; waits a moment for Redis and goes on without it."""
        async with running_beside(*(strand.keep() for strand in self._strands), self._mend(), self._poll()):
            await self._hearing()
            yield
            await asyncio.gather(*(strand.finish() for strand in self._strands))

    def publish(self, envelope: Envelope) -> None:
        """Say it to every other process. Never raises and never waits for Redis."""
        spread = envelope.seq is not None and envelope.channels
        number = zlib.crc32(envelope.channels[0].encode()) if spread and len(self._strands) > 1 else 0
        if not self._strands[number % len(self._strands)].say(envelope):
            self.owe(envelope)

    # What the strands tell.

    def received(self, envelopes: Sequence[Envelope]) -> None:
        """Others said this."""
        self.heard += len(envelopes)
        self._give(envelopes)

    def resumed(self) -> None:
        """A channel is heard again, or for the first time."""
        if self.hears:
            self._whole_since = asyncio.get_running_loop().time()
            self._all_hear.set()
        self._bump()

    def fell_silent(self) -> None:
        """Whatever Redis swallowed before that was noticed is read from the truth at once, not at the next poll."""
        self._bump()

    def owe(self, envelope: Envelope | None) -> None:
        """Remember what Redis did not take; None: nobody knows what the others have heard of all that was said."""
        if envelope is None:
            envelope = Envelope(Kind.CATCH_UP)
        else:
            self.refused += 1
        self._remember(envelope.code, envelope.channels or (EVERYONE,))

    def _remember(self, code: int, more: Iterable[str]) -> None:
        channels = self._owed.setdefault(code, set())
        channels.update(more)
        if len(channels) <= MOST_OWED:
            return
        if code == 0:
            self._owed[0] = {EVERYONE}
        else:  # a survey finds who has no right to be here any more
            log.warning("hang_ups_forgotten", extra={"code": code, "channels": len(channels)})
            del self._owed[code]

    # Mending.

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(self._pace.canary)
            hearing = next((strand for strand in self._strands if strand.hears), None)
            if self._owed and hearing is not None:
                self._settle(hearing)

    def _settle(self, strand: Strand) -> None:
        """Say again what Redis did not take: once, but hang-ups for good until the last process hears."""
        owed, self._owed = self._owed, {}
        healing = self._pace.deaf_after + self._pace.answer + self._pace.reconnect
        healed = self.hears and asyncio.get_running_loop().time() - self._whole_since > healing
        for code, channels in owed.items():
            named = () if EVERYONE in channels else tuple(channels)
            taken = strand.say(Envelope(Kind.HANG_UP if code else Kind.CATCH_UP, named, code=code))
            if not taken or (code >= FINAL and not healed):
                self._remember(code, channels)

    async def _hearing(self) -> None:
        try:
            async with asyncio.timeout(self._pace.answer):
                await self._all_hear.wait()
        except TimeoutError:
            log.warning("bus_starts_deaf")

    def _bump(self) -> None:
        self.epoch += 1
        self._give([Envelope(Kind.CATCH_UP)])

    def _give(self, envelopes: Sequence[Envelope]) -> None:
        try:
            self._receive(envelopes)
        except Exception:  # a fault there must not end what keeps the line
            log.exception("bus_receive_failed", extra={"envelopes": len(envelopes)})

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._pace.poll)
            if not self.hears:
                self._bump()
