"""Where everything meets: the application serves sockets and publishes frames here, and sees no Redis."""

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from weakref import WeakValueDictionary

from starlette.websockets import WebSocket

from realtime import frames, hub
from realtime.bus import CHANNEL, Bus, Pace
from realtime.connection import RESTART, Common, Connection, Duties, Hear, Limits, ReadMissed, Refresh
from realtime.envelope import Envelope, Kind
from realtime.frames import Outgoing
from realtime.hub import Hub
from realtime.presence import BEAT_S, STALE_S, Presence
from realtime.survey import SURVEY_S, Survey, Surveyor
from realtime.tasks import running_beside

DRAIN_S = 15.0  # over which reconnects are spread
REFRESH_S = 5.0  # between two looks at everything while the bus is deaf: nobody asks for thousands of lobbies at once
LAST_S = 1.0  # beyond which a draining process waits for nobody

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
        survey: Survey | None = None,
        survey_s: float = SURVEY_S,
    ) -> None:
        """`survey` is asked every `survey_s` seconds where all rooms stand; see realtime.survey."""
        self.name = name or secrets.token_hex(6)
        self.hub = Hub()
        self.bus = Bus(redis_url, self._receive, channel=channel, pace=pace)
        self.presence = Presence(
            redis_url, self.name, key=f"{channel}:presence", beat=beat, stale=stale, forgotten=self._doubt_all
        )
        self.common = Common(limits or Limits())
        self._surveyor = Surveyor(self.hub, survey, survey_s) if survey else None
        self._somebody_left = asyncio.Event()
        self._ears: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self._refreshed_at: float | None = None  # since the bus fell silent, by the clock of the loop
        self._draining: float | None = None  # over how many seconds those who come now are spread

    @property
    def slow_readers(self) -> int:
        return self.common.slow_readers

    @property
    def too_fast(self) -> int:
        return self.common.too_fast

    @property
    def catch_ups(self) -> int:
        return self.common.catch_ups

    @property
    def surveys(self) -> int:
        return self._surveyor.surveys if self._surveyor else 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Switchboard"]:
        """Carry frames and presence for the length of the block. An absent Redis is waited for in the background."""
        rounds = [self._surveyor.go_round()] if self._surveyor else []
        async with self.bus.running(), self.presence.running(), running_beside(*rounds):
            yield self

    def publish(self, frame: str, *channels: str, seq: int | None = None) -> None:
        """Give a finished frame to everyone who hears one of these channels, on any process.

        Publish after the commit: `seq` (1, 2, 3 ... per room) marks a frame that catch_up can read again; of several
        `together` it is the last one's, and who is given that is given all. Never raises because of Redis: this
        process's own connections get the frame at once, the others catch up when Redis is back.
        """
        outgoing = Outgoing.of(frame, seq)
        self._publish(Envelope(Kind.FRAME, channels, seq=seq, payload=outgoing.payload), outgoing)

    def wake(self, *channels: str) -> None:
        """Make everyone who hears one of these channels read anew what they show, from the truth.

        For what has no number of its own, such as where a chat stands: two publishers may overtake each other, but
        whoever reads after the later wake-up reads the later state.
        """
        self._publish(Envelope(Kind.CATCH_UP, channels))

    def ear(self, channel: str) -> asyncio.Event:
        """For what waits here without a connection: set once somebody wakes this channel, on any process, or may have.

        Take it before reading the truth. It is good for one word, and forgotten when nobody holds it any more.
        """
        ear = self._ears.get(channel)
        if ear is None:
            self._ears[channel] = ear = asyncio.Event()
        return ear

    def hang_up(self, code: int, *channels: str) -> None:
        """Close every connection that hears one of these channels, on any process, with this close code.

        A process that cannot hear the bus learns of it late: by a survey, or because its connections' catch_up and
        refresh, which it calls then, raise HangUp themselves.
        """
        self._publish(Envelope(Kind.HANG_UP, channels, code=code))

    async def serve(
        self,
        websocket: WebSocket,
        *,
        channels: Sequence[str],
        hello: str,
        hear: Hear,
        catch_up: ReadMissed | None = None,
        refresh: Refresh | None = None,
        room: int | None = None,
        guest: int | None = None,
    ) -> None:
        """Run one accepted WebSocket until either side ends it.

        hear(connection, frame) is awaited for one frame after the other and must not raise; if it does the connection
        closes with 1011. catch_up(seq), for rooms, tells what was missed; until the client's first resume nothing but
        answers is sent. refresh(), for everything else, gives the frames that show all there is; it is called at the
        start and whenever something may have been missed. `room` and `guest` are what a survey asks about.
        """
        connection = Connection(websocket, Duties(hear, catch_up, refresh), self.common, room=room, guest=guest)
        self.hub.join(connection, channels)
        try:
            connection.send(hello)
            if self._draining is not None:
                _send_away(connection, self._draining)
            await connection.run()
        finally:
            self.hub.leave(connection)
            self._somebody_left.set()

    async def drain(self, over: float = DRAIN_S) -> None:
        """Before a restart: tell everyone to come back at a time of their own within `over` seconds, answer what they
        said before, and hang up. Returns when all have gone, or a second after `over`."""
        self._draining = over
        for count, connection in enumerate(self.hub):
            if count % hub.SLICE == 0:
                await asyncio.sleep(0)
            _send_away(connection, over)
        with suppress(TimeoutError):
            async with asyncio.timeout(over + LAST_S):
                while len(self.hub):
                    self._somebody_left.clear()
                    await self._somebody_left.wait()

    def _publish(self, envelope: Envelope, outgoing: Outgoing | None = None) -> None:
        self._take(envelope, outgoing)
        self.bus.publish(envelope)

    def _receive(self, envelopes: Sequence[Envelope]) -> None:
        for envelope in envelopes:
            self._take(envelope)

    def _take(self, envelope: Envelope, outgoing: Outgoing | None = None) -> None:
        match envelope.kind:
            case Kind.FRAME:
                self.hub.deliver(outgoing or Outgoing.read(envelope.payload, envelope.seq), envelope.channels)
            case Kind.HANG_UP:
                for connection in self.hub.listeners(envelope.channels):
                    connection.close(envelope.code)
            case Kind.CATCH_UP if envelope.channels:
                self.hub.catch_up(envelope.channels)
                self._prick(envelope.channels)
            case Kind.CATCH_UP:
                self._doubt_all()

    def _prick(self, channels: Sequence[str]) -> None:
        for channel in channels if self._ears else ():
            if (ear := self._ears.pop(channel, None)) is not None:
                ear.set()

    def _doubt_all(self) -> None:
        """Something may have been missed by anyone: one survey tells by whom; who is not surveyed reads the truth."""
        self._prick(list(self._ears))
        if self._surveyor:
            self._surveyor.hurry()
        due = self._refreshes_are_due()
        for connection in self.hub:
            surveyed = self._surveyor is not None and connection.room is not None
            if not surveyed and (due or connection.duties.refresh is None):
                connection.catch_up()

    def _refreshes_are_due(self) -> bool:
        """At once when the bus falls silent and when it hears again; in between a survey is cheap, and they are not."""
        now = asyncio.get_running_loop().time()
        if self.bus.hears:
            self._refreshed_at = None
        elif self._refreshed_at is not None and now - self._refreshed_at < REFRESH_S:
            return False
        else:
            self._refreshed_at = now
        return True


def _send_away(connection: Connection, over: float) -> None:
    connection.send(frames.frame("drain", retry_ms=random.randrange(int(over * 1000) + 1)))  # noqa: S311 - a spread
    connection.close(RESTART)
