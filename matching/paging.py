"""When too many chats wait for the experts online, and who of the others is called."""

from collections.abc import Iterable
from dataclasses import dataclass

from matching.chance import Dice, drawn


@dataclass(frozen=True, slots=True)
class Paging:
    """How a brand calls offline experts in a surge; in an overload it saves four of five chats no policy could."""

    waiting_share: float = 0.05  # more chats wait than this share of the experts online: one ring's worth of forty
    pages_per_chat: float = 10.0  # one called in four comes, half of them within twenty minutes
    rest_seconds: float = 1800.0  # between two pages to one expert: a phone that keeps ringing is switched off
    patience_seconds: float = 10.0  # a chat counts as waiting after the first ring: most are claimed before

    def __post_init__(self) -> None:
        if min(self.waiting_share, self.pages_per_chat, self.rest_seconds, self.patience_seconds) < 0:
            raise ValueError(f"no part of paging is negative; got {self}")


USUAL = Paging()


@dataclass(frozen=True, slots=True)
class Resting:
    """A qualified expert who is offline: `paged` is when they were last called, in seconds; None means never."""

    expert: int
    paged: float | None = None


def surges(waiting: int, online: int, paging: Paging = USUAL) -> bool:
    """Whether more chats wait than the share of the experts online that is usual; with nobody online any chat does."""
    return waiting > paging.waiting_share * online


def paged(
    offline: Iterable[Resting], *, waiting: int, online: int, fresh: int, now: float, rng: Dice, paging: Paging = USUAL
) -> list[int]:
    """The experts to call now, by lot among those not called in the last half hour; nobody while there is no surge.

    Ten for each of the `fresh` chats that came since the last call. `now` is in seconds. Research 2.3.7.
    """
    if not surges(waiting, online, paging):
        return []
    rested = [one for one in offline if one.paged is None or now - one.paged >= paging.rest_seconds]
    return [one.expert for one in drawn(rested, round(paging.pages_per_chat * fresh), rng)]


def is_quiet(minute: int, start: int | None, end: int | None) -> bool:
    """Whether nobody is called at this minute of the expert's own day: from `start` until before `end`, also over
    midnight. None, or both alike, means no quiet hours."""
    if start is None or end is None or start == end:
        return False
    return start <= minute < end if start < end else minute >= start or minute < end
