"""How much one person and one brand may say and hold open: token buckets and counts by key, in memory and bounded.

Counted by each process for itself: with n processes n times as much may pass. What it guards, this process's memory
and its share of the database, is this process's own, and no message waits for a count kept elsewhere.
"""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import ExitStack, contextmanager

from chatmarket.errors import N_, TooMuch

BURST_S = 2.0  # a bucket holds what two seconds may bring: an outbox sent again after a cut comes at once
MOST_KEYS = 20_000  # buckets remembered; whoever is forgotten was idle longest, and begins with a full one

Person = tuple[str, int]  # ("account", its number), or ("chat", its number) for that chat's customer


class TooManySockets(TooMuch):
    code = "too_many_sockets"
    text = N_("This is open in too many places at once. Close some of them.")


class Buckets:
    """Token buckets by key: `rate` a second, twice that at once. A rate of 0 refuses nothing."""

    def __init__(self, rate: float, most_keys: int = MOST_KEYS) -> None:
        self._rate, self._most_keys = rate, most_keys
        self._full = max(1.0, rate * BURST_S)
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, key: Hashable, now: float) -> bool:
        """Whether `key` may have one more at `now` (seconds on any steady clock); if so it is counted."""
        if not self._rate:
            return True
        left, at = self._left.pop(key, (self._full, now))
        left = min(self._full, left + max(0.0, now - at) * self._rate)
        allowed = left >= 1
        self._left[key] = (left - allowed, now)
        if len(self._left) > self._most_keys:
            self._left.popitem(last=False)
        return allowed


class Counts:
    """How many are in under each key, at most `most` (0: any number). A key that nobody is in under is forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._in: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._in)

    def enter(self, key: Hashable) -> bool:
        """Whether one more may come in under `key`; if so it is counted until it leaves."""
        count = self._in.get(key, 0)
        if self._most and count >= self._most:
            return False
        self._in[key] = count + 1
        return True

    def leave(self, key: Hashable) -> None:
        self._in[key] -= 1
        if not self._in[key]:
            del self._in[key]


class Limits:
    """The limits of one process. Messages are counted a second, sockets while they are open; 0 is no limit."""

    def __init__(
        self,
        *,
        user_messages: float,
        brand_messages: float,
        user_sockets: int,
        brand_sockets: int,
        chat_sockets: int,
        user_resumes: float,
    ) -> None:
        self._user_messages, self._brand_messages = Buckets(user_messages), Buckets(brand_messages)
        self.user_resumes = Buckets(user_resumes)
        self._sockets = {
            "user_sockets": Counts(user_sockets),
            "chat_sockets": Counts(chat_sockets),
            "brand_sockets": Counts(brand_sockets),
        }
        self.rooms = Counts(0)  # chats that somebody here sits in
        self.refused: Counter[str] = Counter()  # by limit

    def take(self, person: Person, brand: int, now: float) -> None:
        """Counts one message of this person in this brand at `now`. Raises TooMuch (`too_fast`)."""
        # The person first: one who floods must not use up the brand's share.
        if not self._user_messages.take(person, now):
            self.refused["user_messages"] += 1
            raise TooMuch
        if not self._brand_messages.take(brand, now):
            self.refused["brand_messages"] += 1
            raise TooMuch

    def may_resume(self, person: Person, now: float) -> bool:
        """Whether this person may read anew at `now` what they missed; if so it is counted."""
        allowed = self.user_resumes.take(person, now)
        if not allowed:
            self.refused["user_resumes"] += 1
        return allowed

    @contextmanager
    def seated(self, person: Person, brand: int | None, room: int | None = None) -> Iterator[None]:
        """Counts one socket for the length of the block. Raises TooManySockets when there is no place for it."""
        own = "chat_sockets" if person[0] == "chat" else "user_sockets"
        with ExitStack() as seat:
            self._enter(seat, own, person)
            if brand is not None:
                self._enter(seat, "brand_sockets", brand)
            if room is not None:
                self.rooms.enter(room)
                seat.callback(self.rooms.leave, room)
            yield

    def _enter(self, seat: ExitStack, limit: str, key: Hashable) -> None:
        counts = self._sockets[limit]
        if not counts.enter(key):
            self.refused[limit] += 1
            raise TooManySockets
        seat.callback(counts.leave, key)
