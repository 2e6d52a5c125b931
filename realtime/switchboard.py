"""Where everything meets: the application serves sockets and publishes frames here, and sees no Redis."""

import asyncio
import itertools
import logging
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.websockets import WebSocket

from realtime import frames
from realtime.bus import CHANNEL, Bus, Pace
from realtime.connection import Connection, Duties, Hear, Limits, ReadMissed, Refresh
from realtime.envelope import Envelope, Kind
from realtime.frames import Outgoing
from realtime.hub import Hub
from realtime.presence import BEAT_S, STALE_S, Presence
from realtime.tasks import running_beside

RESTART = 1012
BREATH = 32  # envelopes passed on in one go: what Redis sent in one read must not overflow a healthy reader's outbox
TURNS = 16  # catch-ups at once: a herd must not take every database connection

log = logging.getLogger(__name__)


class Switchboard:
    """One process's connections and its line to the other processes, which need the same `channel` and Redis."""

    def __init__(
        self,
        redis_url: str,
        *,
        name: str | None = None,
        channel: str = CHANNEL,
        limits: Limits | None = None,
        pace: Pace | None = None,
        beat: float = BEAT_S,
        stale: float = STALE_S,
    ) -> None:
        self.name = name or secrets.token_hex(6)
        self.hub = Hub()
        self.bus = Bus(redis_url, self._receive, channel=channel, pace=pace)
        self.presence = Presence(
            redis_url, self.name, key=f"{channel}:presence", beat=beat, stale=stale, forgotten=self._catch_up
        )
        self._limits = limits or Limits()
        self._turn = asyncio.Semaphore(TURNS)
        self._heard: asyncio.Queue[Envelope] = asyncio.Queue()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Switchboard"]:
        """Carry frames and presence for the length of the block. An absent Redis is waited for in the background."""
        async with running_beside(self._pass_on()), self.bus.running(), self.presence.running():
            yield self

    async def publish(self, frame: str, *channels: str, seq: int | None = None) -> None:
        """Give a finished frame to everyone who hears one of these channels, on any process.

        Publish after the commit: `seq` (1, 2, 3 ... per room) marks a frame that catch_up can read again. Never raises
        because of Redis: this process's own connections get the frame at once, the others catch up when Redis is back.
        """
        payload = Outgoing.of(frame).payload
        await self._publish(Envelope(Kind.FRAME, channels, seq=seq, payload=payload))

    async def wake(self, *channels: str) -> None:
        """Make everyone who hears one of these channels read anew what they show, from the truth.

        For what has no number of its own, such as where a chat stands: two publishers may overtake each other, but
        whoever reads after the later wake-up reads the later state.
        """
        await self._publish(Envelope(Kind.CATCH_UP, channels))

    async def hang_up(self, code: int, *channels: str) -> None:
        """Close every connection that hears one of these channels, on any process, with this close code.

        A process that cannot hear the bus learns of it late: its connections' catch_up and refresh, which it calls
        then, may raise HangUp themselves.
        """
        await self._publish(Envelope(Kind.HANG_UP, channels, code=code))

    async def serve(
        self,
        websocket: WebSocket,
        *,
        channels: Sequence[str],
        hello: str,
        hear: Hear,
        catch_up: ReadMissed | None = None,
        refresh: Refresh | None = None,
    ) -> None:
        """Run one accepted WebSocket until either side ends it.

        hear(connection, frame) is awaited for one frame after the other and must not raise; if it does the connection
        closes with 1011. catch_up(seq), for rooms, tells what was missed; until the client's first resume nothing but
        answers is sent. refresh(), for everything else, gives the frames that show all there is; it is called at the
        start and whenever something may have been missed.
        """
        connection = Connection(websocket, Duties(hear, catch_up, refresh), self._limits, self._turn)
        self.hub.join(connection, channels)
        try:
            connection.send(hello)
            await connection.run()
        finally:
            self.hub.leave(connection)

    async def drain(self, over: float = 15.0) -> None:
        """Before a restart: tell everyone to come back at a time of their own within `over` seconds, and hang up."""
        for connection in self.hub:
            connection.send(frames.frame("drain", retry_ms=random.randrange(int(over * 1000) + 1)))  # noqa: S311
            connection.close(RESTART)
            await asyncio.sleep(0)

    async def _publish(self, envelope: Envelope) -> None:
        await self._take(envelope)  # our own people never wait for Redis
        self.bus.publish(envelope)

    def _receive(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            self._heard.put_nowait(envelope)

    async def _pass_on(self) -> None:
        for count in itertools.count(1):
            await self._take(await self._heard.get())
            if count % BREATH == 0:
                await asyncio.sleep(0)

    async def _take(self, envelope: Envelope) -> None:
        match envelope.kind:
            case Kind.FRAME:
                await self.hub.deliver(Outgoing(envelope.payload, envelope.seq), envelope.channels)
            case Kind.HANG_UP:
                for connection in self.hub.listeners(envelope.channels):
                    connection.close(envelope.code)
            case Kind.CATCH_UP:
                self._catch_up(envelope.channels)

    def _catch_up(self, channels: Sequence[str] = ()) -> None:
        for connection in self.hub.listeners(channels) if channels else self.hub:
            connection.catch_up()
