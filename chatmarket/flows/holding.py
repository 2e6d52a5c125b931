"""A customer's words are held for a moment before the expert sees them: what comes in a burst is masked as one text.

Kept, acknowledged and shown to everyone else they are at once. Nothing rests on the hold: whoever catches up reads all
that is kept, and a message that comes early is one that the next may still correct. The position check asks about what
was said just now only when its hold is over (flows/resuming).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from chatmarket.flows import showing
from chatmarket.flows.committing import Edit, Kept

MOST_HELD = 20  # messages of one chat: as many as the masker looks back on

logger = logging.getLogger(__name__)

Show = Callable[[Kept, Sequence[str]], None]


@dataclass(slots=True)
class _Burst:
    """What one chat's expert is not shown yet, by number, and when it is to be shown."""

    latest: float
    due: float
    timer: asyncio.TimerHandle | None = None
    messages: dict[int, tuple[Kept, Sequence[str]]] = field(default_factory=dict)


class Held:
    """The bursts of all chats. Each is shown after `quiet_s` without another word, or `most_s` after its first; one
    timer a chat, moved on only when it fires."""

    def __init__(self, quiet_s: float, most_s: float, show: Show) -> None:
        self._quiet, self._most, self._show = quiet_s, most_s, show
        self._bursts: dict[int, _Burst] = {}
        self.holds = quiet_s > 0 and most_s > 0

    def __len__(self) -> int:
        return len(self._bursts)

    @property
    def longest_s(self) -> float:
        """How long a word may be held, here or at another process; 0 where nothing is."""
        return self._most if self._quiet > 0 and self._most > 0 else 0.0

    def keep(self, kept: Kept, frames: Sequence[str]) -> None:
        """Hold a message, with the frames that show it."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        burst = self._bursts.get(kept.chat)
        if burst is None:
            burst = self._bursts[kept.chat] = _Burst(now + self._most, 0.0)
        burst.due = min(now + self._quiet, burst.latest)
        burst.messages[kept.seq] = (kept, frames)
        if len(burst.messages) >= MOST_HELD:
            self.release(kept.chat)
        elif burst.timer is None:
            burst.timer = loop.call_at(burst.due, self._look, kept.chat)

    def amend(self, chat: int, edits: Sequence[Edit]) -> None:
        """What later messages gave away in held ones is never shown; nor is an older correction after a newer one."""
        burst = self._bursts.get(chat)
        if not burst or not edits:
            return
        newest = {edit.seq: edit for edit in edits}
        for seq, (kept, _) in burst.messages.items():
            if seq not in newest and not any(edit.seq in newest for edit in kept.edits):
                continue  # rendering is most of what a message costs
            told = newest.get(seq)
            kept = replace(
                kept,
                segments=told.segments if told else kept.segments,
                edits=tuple(newest.get(edit.seq, edit) for edit in kept.edits),
            )
            burst.messages[seq] = (kept, showing.frames(kept))

    def release(self, chat: int) -> None:
        """Show now what is held of a chat, in its order."""
        burst = self._bursts.pop(chat, None)
        if burst is None:
            return
        if burst.timer is not None:
            burst.timer.cancel()
        for _, shown in sorted(burst.messages.items()):
            try:
                self._show(*shown)
            except Exception as error:  # the others are shown all the same, and this one is read by who catches up
                logger.error("message_not_shown", extra={"chat": chat, "error": type(error).__name__})

    def release_all(self) -> None:
        """Show everything, and hold nothing from now on: this process is going."""
        self.holds = False
        for chat in list(self._bursts):
            self.release(chat)

    def _look(self, chat: int) -> None:
        burst = self._bursts[chat]
        loop = asyncio.get_running_loop()
        if burst.due > loop.time():
            burst.timer = loop.call_at(burst.due, self._look, chat)
        else:
            self.release(chat)
