"""What our protocol class offers a connection beside ASGI; other servers offer nothing, and ASGI remains."""

from collections.abc import Callable
from typing import Protocol

EXTENSION = "realtime.wire"

OnText = Callable[[str | None], None]
OnClose = Callable[[], None]


class Wire(Protocol):
    """Found under scope["extensions"][EXTENSION]."""

    def write(self, frames: bytes, *, now: bool = False) -> bool:
        """Whole frames to the transport: with all that is written in this turn of the loop, or `now`.

        False when the line is not open or the peer reads too slowly.
        """
        ...

    def listen(self, on_text: OnText, on_close: OnClose) -> None:
        """Hand each text from now on to `on_text` (None for a binary message) instead of receive(); then the end.

        A Violation that `on_text` raises closes the line with its code; nothing that follows is heard.
        """
        ...

    def abort(self) -> None:
        """Drop the line and what it still holds, without waiting for the peer."""
        ...
