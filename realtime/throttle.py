"""How much one connection may say: a token bucket."""

FRAMES_PER_SECOND = 10.0  # a fast typist with typing notices, pings and resends stays under 5
BURST = 20  # an outbox resent after a reconnect


class Throttle:
    """A token bucket holding at most `burst` frames, refilled at `rate` frames a second."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float = FRAMES_PER_SECOND, burst: int = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = float(burst), 0.0

    def allows(self, now: float) -> bool:
        """Whether one more frame may pass at `now` (seconds on any steady clock); if so it is counted."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
