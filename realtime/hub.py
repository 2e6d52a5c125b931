"""Which connections of this process listen to which channels, and how a frame gets to all of them."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from realtime.connection import Connection
from realtime.frames import Outgoing

SLICE = 128  # deliveries in one go, a millisecond: a message in a room needs a dozen turns of the loop meanwhile
MOST_BROADCASTS = 1_000  # frames that wait for a broadcast to end; beyond that their hearers read the truth instead
MOST_JOINED = 32 * 1024  # bytes in one write to each of many: half of what makes a transport call its peer slow

Channels = Sequence[str]


class Hub:
    """Connections by channel; one that hears several named channels is given a frame once."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[Connection, None]] = {}
        self._channels: dict[Connection, tuple[str, ...]] = {}
        self._broadcasts: deque[tuple[Outgoing, Channels]] = deque()
        self._broadcasting: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._channels)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._channels))

    @property
    def channels(self) -> int:
        """How many channels somebody hears."""
        return len(self._listeners)

    @property
    def largest_outbox(self) -> int:
        """Frames that wait for the slowest reader."""
        return max((connection.waiting for connection in self._channels), default=0)

    def join(self, connection: Connection, channels: Iterable[str]) -> None:
        """From now on this connection hears these channels."""
        self._channels[connection] = tuple(channels)
        for channel in self._channels[connection]:
            self._listeners.setdefault(channel, {})[connection] = None

    def leave(self, connection: Connection) -> None:
        """From now on it hears nothing. Leaving twice is no error."""
        for channel in self._channels.pop(connection, ()):
            listeners = self._listeners.get(channel, {})
            listeners.pop(connection, None)
            if not listeners:
                self._listeners.pop(channel, None)

    def listeners(self, channels: Channels) -> list[Connection]:
        """Everyone who hears at least one of these channels, each once."""
        if len(channels) == 1:
            return list(self._listeners.get(channels[0], ()))
        found: dict[Connection, None] = {}
        for channel in channels:
            if heard := self._listeners.get(channel):
                found.update(heard)
        return list(found)

    def deliver(self, outgoing: Outgoing, channels: Channels) -> None:
        """Hand a frame to everyone who hears these channels: at once to a few, slice by slice to many.

        A numbered frame passes a running broadcast, for whoever gets it too early fills the gap by itself; one without
        a number waits for it, so that these keep their order.
        """
        listeners = self.listeners(channels)
        if not listeners:
            return
        if len(listeners) <= SLICE and (outgoing.seq is not None or self._broadcasting is None):
            for connection in listeners:
                connection.carry(outgoing)
        else:
            self._broadcast(outgoing, channels)

    def catch_up(self, channels: Channels) -> None:
        """Make everyone who hears these channels read the truth."""
        for connection in self.listeners(channels):
            connection.catch_up()

    def _broadcast(self, outgoing: Outgoing, channels: Channels) -> None:
        if len(self._broadcasts) >= MOST_BROADCASTS:
            self._give_up(channels)
            return
        self._broadcasts.append((outgoing, channels))
        if self._broadcasting is None:
            self._broadcasting = asyncio.get_running_loop().create_task(self._broadcast_all())

    def _give_up(self, channels: Channels) -> None:
        """Whoever hears one of these reads the truth, and nothing older afterwards: what waits for it falls away."""
        doubted = dict.fromkeys(channels)
        kept: deque[tuple[Outgoing, Channels]] = deque()
        for broadcast in self._broadcasts:
            if doubted.keys().isdisjoint(broadcast[1]):
                kept.append(broadcast)
            else:
                doubted.update(dict.fromkeys(broadcast[1]))
        self._broadcasts = kept
        self.catch_up(tuple(doubted))

    async def _broadcast_all(self) -> None:
        try:
            while self._broadcasts:
                broadcast = self._joined()
                self._broadcasts.appendleft(broadcast)  # until all have it, for it may be given up as well
                await self._carry(broadcast)
        finally:
            self._broadcasting = None

    async def _carry(self, broadcast: tuple[Outgoing, Channels]) -> None:
        outgoing, channels = broadcast
        listeners = self.listeners(channels)
        for start in range(0, len(listeners), SLICE):
            for connection in listeners[start : start + SLICE]:
                connection.carry(outgoing, now=True)
            await asyncio.sleep(0)
            if not self._broadcasts or self._broadcasts[0] is not broadcast:
                return  # given up
        self._broadcasts.popleft()

    def _joined(self) -> tuple[Outgoing, Channels]:
        """The next broadcast, with those that follow it to the same channels: they leave in one write."""
        outgoing, channels = self._broadcasts.popleft()
        payloads, weight = [*outgoing.payloads], outgoing.weight
        while outgoing.seq is None and self._broadcasts:
            more, theirs = self._broadcasts[0]
            weight += more.weight
            if more.seq is not None or theirs != channels or weight > MOST_JOINED:
                break
            payloads += more.payloads
            self._broadcasts.popleft()
        return (Outgoing(*payloads) if len(payloads) > len(outgoing.payloads) else outgoing), channels
