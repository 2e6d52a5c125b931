"""What one connection still has to be sent, in order and bounded."""

from collections import deque
from collections.abc import Awaitable, Callable

MOST_FRAMES = 256
MOST_BYTES = 1_000_000  # Centrifugo's bound for one client

Step = Callable[[], Awaitable[None]]


class Outbox:
    """A queue of steps for the one task that writes; each weighs as many bytes as it will send."""

    __slots__ = ("_bytes", "_most_bytes", "_most_frames", "_steps", "ended")

    def __init__(self, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES, *, ended: bool = False) -> None:
        self._steps: deque[tuple[Step, int]] = deque()
        self._most_frames, self._most_bytes = most_frames, most_bytes
        self._bytes = 0
        self.ended = ended

    def __len__(self) -> int:
        return len(self._steps)

    def put(self, step: Step, weight: int = 0) -> bool:
        """Add one step; False when it does not fit. After the end everything is let fall."""
        if self.ended:
            return True
        if len(self._steps) >= self._most_frames or self._bytes + weight > self._most_bytes:
            return False
        self._steps.append((step, weight))
        self._bytes += weight
        return True

    def take(self) -> Step | None:
        """The next step, or None when there is none."""
        if not self._steps:
            return None
        step, weight = self._steps.popleft()
        self._bytes -= weight
        return step


SILENT = Outbox(ended=True)  # of every connection that will be sent nothing more
