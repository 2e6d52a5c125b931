"""Which connections of this process listen to which channels."""

import asyncio
from collections.abc import Iterable, Iterator

from realtime.connection import Connection
from realtime.frames import Outgoing

SLICE = 512  # deliveries in one go: a broadcast to 5,000 would hold the loop for 25 ms


class Hub:
    """Connections by channel; one that hears several named channels is given a frame once."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[Connection, None]] = {}
        self._channels: dict[Connection, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._channels))

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

    def listeners(self, channels: Iterable[str]) -> list[Connection]:
        """Everyone who hears at least one of these channels, each once."""
        found: dict[Connection, None] = {}
        for channel in channels:
            found |= self._listeners.get(channel, {})
        return list(found)

    async def deliver(self, outgoing: Outgoing, channels: Iterable[str]) -> None:
        """Hand one frame to everyone who hears these channels, letting others work between slices."""
        listeners = self.listeners(channels)
        for start in range(0, len(listeners), SLICE):
            if start:
                await asyncio.sleep(0)
            for connection in listeners[start : start + SLICE]:
                connection.carry(outgoing)
