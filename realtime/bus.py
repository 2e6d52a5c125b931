"""One process's line to all the others: a Redis channel that may fall silent at any time, and says so when it has."""

import asyncio
import itertools
import logging
import random
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime.envelope import BadEnvelope, Envelope, Kind, pack, unpack
from realtime.tasks import running_beside

CHANNEL = "chatmarket"
BATCH = 256  # envelopes in one round trip
BREATH = 32  # envelopes heard in one go: what Redis sent in one read must not overflow a healthy reader's outbox
MOST_WAITING = 10_000  # envelopes not yet sent: at 1 KiB each, 10 MB
EVERYONE = "*"
MOST_OWED = 10_000  # channels remembered one by one after failed publishing; beyond that everyone catches up

log = logging.getLogger(__name__)

Receive = Callable[[Sequence[Envelope]], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. A silent Redis is noticed after `deaf_after`, its healing within about `reconnect`."""

    canary: float = 1.0  # between signs of life
    deaf_after: float = 3.0  # three canaries missed
    answer: float = 1.0  # for Redis to take a command
    reconnect: float = 1.0  # the longest pause between attempts (full jitter)
    poll: float = 2.0  # while deaf, everyone catches up from the database this often


class _Deaf(Exception):
    """Nothing was heard for too long, not even our own canary."""


class Bus:
    """Publishes envelopes to every other process and receives theirs.

    `receive` is called with what was heard, never with our own: our own people never wait for Redis.
    Whenever something may have been missed the epoch rises and a nameless CATCH_UP is received.
    """

    def __init__(self, redis_url: str, receive: Receive, *, channel: str = CHANNEL, pace: Pace | None = None) -> None:
        self._url, self._receive, self._channel = redis_url, receive, channel
        self._pace = pace or Pace()
        self._waiting: deque[Envelope] = deque()
        self._origin = secrets.token_bytes(8)
        self._something = asyncio.Event()
        self._sent = asyncio.Event()
        self._hearing = asyncio.Event()
        self._owed: dict[int, set[str]] = {}
        self._refused, self._changed_at = False, 0.0
        self._open = False
        self.epoch = 0

    @property
    def hears(self) -> bool:
        """Whether the subscription is alive as far as we know."""
        return self._hearing.is_set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen and publish for the length of the block; waits a moment for Redis and goes on without it."""
        self._open = True
        try:
            async with running_beside(self._listen(), self._publish(), self._sing(), self._poll()):
                await _within(self._pace.answer, self._hearing)
                yield
                await self._empty()
        finally:
            self._open = False

    def publish(self, envelope: Envelope) -> None:
        """Queue an envelope for all other processes. Never raises and never waits for Redis."""
        if self._open and len(self._waiting) < MOST_WAITING:
            self._enqueue(envelope)
        elif self._open:
            self._owe(envelope)

    # Publishing: one task, one connection, whatever waits goes in one round trip.

    def _enqueue(self, envelope: Envelope) -> None:
        self._waiting.append(envelope)
        self._sent.clear()
        self._something.set()

    async def _publish(self) -> None:
        async with self._client() as redis:
            while True:
                await self._something.wait()
                await self._publish_batch(redis)
                if not self._waiting:
                    self._something.clear()
                    self._sent.set()

    async def _publish_batch(self, redis: Redis) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        refusal = await self._refusal(redis, batch)
        if (refusal is None) is self._refused:
            self._note_change(refusal)
        if refusal is not None:
            self._keep(batch)

    def _note_change(self, refusal: Exception | None) -> None:
        self._refused = refusal is not None
        self._changed_at = asyncio.get_running_loop().time()
        log.warning("bus_publishing", extra={"works": not self._refused, "error": type(refusal).__name__})

    async def _refusal(self, redis: Redis, envelopes: list[Envelope]) -> Exception | None:
        try:
            async with redis.pipeline(transaction=False) as pipe:
                for envelope in envelopes:
                    pipe.execute_command("PUBLISH", self._channel, self._origin + pack(envelope))
                await pipe.execute()
        except Exception as refusal:  # redis-py also raises RuntimeError and AttributeError when a line breaks
            return refusal
        return None

    def _keep(self, batch: list[Envelope]) -> None:
        for envelope in batch:
            if envelope.kind is not Kind.CANARY:
                self._owe(envelope)

    def _owe(self, envelope: Envelope) -> None:
        channels = self._owed.setdefault(envelope.code, set())
        channels.update(envelope.channels or (EVERYONE,))
        if envelope.code == 0 and len(channels) > MOST_OWED:
            self._owed[0] = {EVERYONE}

    def _settle(self) -> None:
        """Say again what Redis did not take: once what was missed, but hang-ups until the last process hears again."""
        for code, channels in self._owed.items():
            named = () if EVERYONE in channels else tuple(channels)
            self._enqueue(Envelope(Kind.HANG_UP if code else Kind.CATCH_UP, named, code=code))
        self._owed.pop(0, None)
        healing = self._pace.deaf_after + self._pace.answer + self._pace.reconnect
        if asyncio.get_running_loop().time() - self._changed_at > healing:
            self._owed.clear()

    async def _sing(self) -> None:
        while True:
            if len(self._waiting) < MOST_WAITING:
                self._enqueue(Envelope(Kind.CANARY))
            if not self._refused:
                self._settle()
            await asyncio.sleep(self._pace.canary)

    async def _empty(self) -> None:
        if not await _within(self._pace.answer, self._sent):
            log.warning("bus_closed_with_envelopes", extra={"envelopes": len(self._waiting)})

    # Listening: one task owns the subscription and never lets it heal in silence.

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as lost:  # whatever redis-py raises when a line breaks, see _refusal
                self._note_silence(lost)
            self._hearing.clear()
            await asyncio.sleep(random.uniform(0, self._pace.reconnect))  # noqa: S311 - jitter, not a secret

    def _note_silence(self, lost: Exception) -> None:
        if self.hears or not self.epoch:  # once a silence, not once an attempt
            log.warning("bus_deaf", extra={"error": type(lost).__name__, "epoch": self.epoch})

    async def _listen_once(self) -> None:
        async with self._client() as redis, redis.pubsub() as line:
            await line.subscribe(self._channel)
            for count in itertools.count(1):
                self._hear(await self._next(line))
                if count % BREATH == 0:
                    await asyncio.sleep(0)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._hearing.set()
            self._bump()
        elif message["type"] == "message":
            self._take(message["data"])

    async def _next(self, line: PubSub) -> dict[str, Any]:
        message: dict[str, Any] | None = await line.get_message(timeout=self._pace.deaf_after)
        if message is None:
            raise _Deaf
        return message

    def _take(self, raw: bytes) -> None:
        try:
            envelope = unpack(raw[len(self._origin) :])
        except BadEnvelope:
            log.warning("bus_bad_envelope", extra={"bytes": len(raw)})
            return
        if envelope.kind is not Kind.CANARY and not raw.startswith(self._origin):
            self._receive([envelope])

    def _bump(self) -> None:
        self.epoch += 1
        self._receive([Envelope(Kind.CATCH_UP)])

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._pace.poll)
            if not self.hears:
                self._bump()

    def _client(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_timeout=self._pace.answer,
            socket_connect_timeout=self._pace.answer,
            retry=Retry(NoBackoff(), 0),  # trying again is this module's business: it must know about every break
        )


async def _within(seconds: float, event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
