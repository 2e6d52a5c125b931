"""What one connection still has to be sent, in order and bounded."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MOST_FRAMES = 256
MOST_BYTES = 1_000_000  # Centrifugo's bound for one client

Step = Callable[[], Awaitable[None]]


class Outbox:
    """A queue of steps for the one task that writes; each weighs as many bytes as it will send."""

    def __init__(self, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES) -> None:
        self._steps: deque[tuple[Step, int]] = deque()
        self._most_frames, self._most_bytes = most_frames, most_bytes
        self._bytes = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, step: Step, weight: int = 0) -> bool:
        """Add one step; False when it does not fit. After the end everything is let fall."""
        if self._ended:
            return True
        if len(self._steps) >= self._most_frames or self._bytes + weight > self._most_bytes:
            return False
        self._steps.append((step, weight))
        self._bytes += weight
        self._changed.set()
        return True

    async def take(self) -> Step | None:
        """The next step, or None when the outbox has ended and is empty."""
        while not self._steps:
            if self._ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        step, weight = self._steps.popleft()
        self._bytes -= weight
        return step

    def end(self) -> None:
        """Take nothing more; what is in it may still be sent."""
        self._ended = True
        self._changed.set()
