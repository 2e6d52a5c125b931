"""In which rings a chat is offered: the best few at once, soon more, then everyone qualified.

Small rings ordered by score beat telling everyone in every measure but the median second: more chats are resolved, an
expert hears of a fifth as many chats, and who answers fastest by script gains nothing (simulated; docs/market.md).
A ring is decided when its time comes, from those who are free then. `heard` are the experts who had the offer before.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import nlargest

from matching.candidates import Candidate, Need
from matching.chance import Dice, drawn
from matching.probation import FIRST_REPLY_SECONDS
from matching.qualification import qualified


@dataclass(frozen=True, slots=True)
class Policy:
    """How a brand lets its chats be heard of; the defaults are those of the simulations. Broadcast is `BROADCAST`."""

    sizes: tuple[int, ...] = (5, 10)  # 3 of 5 take an offer: enough for half of all chats in 7 s; then everyone
    seconds: float = 8.0  # of each ring: in twice the time the slow twentieth waits 9 s longer, and no more is resolved
    explore: float = 0.15  # share of chats that keep seats for newcomers: without it a third of them never gets one
    newcomer_seats: int = 2  # of the first ring: the other three still answer in time
    newcomer_below: int = 20  # ratings: before them a score says more about the baseline than about the expert
    load_weight: float = 0.03  # a live chat costs as much as resolving three of a hundred fewer
    income_weight: float = 0.05  # an hour well paid costs five of a hundred: work is shared, the best still lead
    income_target: int = 2_000  # minor units in an hour: more than one chat after the other at the usual reward
    release_weight: float = 0.1  # who claims and vanishes costs a customer half a minute each time
    backpressure: float = 0.5  # more waiting chats than this share of free experts: choosing would only delay
    settle: float = 0.0  # seconds the last ring collects claims for the best of them; off: the first claim wins
    park: float = 8.0  # seconds, a ring's, that a claim sooner than a person reads waits for one that a person made
    jitter: float = 0.15  # seconds within which deliveries are spread, so that being near the server wins nothing
    reply: float = FIRST_REPLY_SECONDS  # until the first word of who claimed is due; 0: the chat is theirs whatever

    def __post_init__(self) -> None:
        if any(size < 1 for size in self.sizes):
            raise ValueError(f"a ring seats at least one expert; got sizes {self.sizes}")
        if self.seconds <= 0 or min(self.settle, self.park, self.jitter, self.reply) < 0:
            raise ValueError("a ring lasts more than 0 s, and no other span of a policy is negative")
        if not 0 <= self.explore <= 1:
            raise ValueError(f"the share of chats with seats for newcomers lies between 0 and 1; got {self.explore}")
        if self.income_target <= 0:
            raise ValueError(f"the income target is above 0 minor units; got {self.income_target}")


RINGS = Policy()
BROADCAST = Policy(sizes=(), explore=0.0, park=0.0)  # no ring but the last: everyone at once

OLD_SECONDS = 120.0  # from this age on the oldest chat is shown first: best fit alone starves the unpopular


class Why(StrEnum):
    """Why an expert got an offer, in one word."""

    BEST = "best"
    NEWCOMER = "newcomer"
    EVERYONE = "everyone"
    WIDENED = "widened"  # somebody declined


@dataclass(frozen=True, slots=True)
class Ring:
    """Who hears now: `number` counts from 1, `seats` in order of delivery, which is random.

    `widens_at` is the second (on the clock of `now`) at which the next ring is due; None means that this is the last:
    it holds everyone, also whoever becomes free or comes online while the chat waits.
    """

    number: int
    seats: tuple[Candidate, ...]
    widens_at: float | None
    newcomers: frozenset[int] = field(default_factory=frozenset)

    @property
    def last(self) -> bool:
        return self.widens_at is None

    def why(self, expert: int) -> Why:
        if expert in self.newcomers:
            return Why.NEWCOMER
        return Why.EVERYONE if self.last else Why.BEST


def score(candidate: Candidate, policy: Policy = RINGS) -> float:
    """What orders the rings, in shares of resolved chats: the expected resolution less what load and luck cost.

    r - 0.03 load - 0.05 min(1, income / target) - 0.1 released; research 2.3.2 and 2.3.5.
    """
    return _scores((candidate,), policy)[0]


def next_ring(
    candidates: Iterable[Candidate],
    need: Need,
    *,
    now: float,
    rng: Dice,
    policy: Policy = RINGS,
    number: int = 1,
    heard: Collection[int] = frozenset(),
    waiting: int = 1,
) -> Ring:
    """Ring `number` (from 1) of a chat: its seats go to qualified experts who have not `heard`.

    `waiting` counts the brand's waiting chats, this one included; `now` is in seconds. The ring is the last one when
    the policy has no further, when more chats wait than `backpressure` allows, or when it seats everyone anyway.
    Raises ValueError on a number below 1.
    """
    if number < 1:
        raise ValueError(f"rings are counted from 1; got {number}")
    free = _fresh(candidates, need, heard)
    size = policy.sizes[number - 1] if number <= len(policy.sizes) else len(free)
    if size >= len(free) or waiting > policy.backpressure * len(free):
        return Ring(number, tuple(drawn(free, len(free), rng)), None)
    newcomers = _newcomers(free, policy, rng) if number == 1 and rng.random() < policy.explore else []
    kept = {one.expert for one in newcomers}
    best = [one for one in _best(free, size, policy, rng) if one.expert not in kept][: size - len(kept)]
    seats = drawn([*best, *newcomers], size, rng)
    return Ring(number, tuple(seats), now + policy.seconds, frozenset(kept))


def instead(
    candidates: Iterable[Candidate],
    need: Need,
    *,
    rng: Dice,
    policy: Policy = RINGS,
    heard: Collection[int] = frozenset(),
) -> Candidate | None:
    """Who hears at once when somebody declines: the best who has not `heard`; None when everyone has."""
    return next(iter(_best(_fresh(candidates, need, heard), 1, policy, rng)), None)


def wait(policy: Policy, *, last: bool, prompt: bool) -> float:
    """Seconds until a claim is decided, 0 for at once: the settle window of the `last` ring, and parking.

    While it waits, a claim that is decided sooner has the chat; then `claims.winner` chooses among those that came.
    """
    return max(policy.settle if last else 0.0, policy.park if prompt else 0.0)


def delay(policy: Policy, rng: Dice) -> float:
    """Seconds by which one delivery is put off, evenly within the jitter."""
    return policy.jitter * rng.random()


@dataclass(frozen=True, slots=True)
class Open:
    """A chat on an expert's list: `since` when it has waited (seconds), `fit` the expert's score for it; one that
    `returned` had an expert before, who went."""

    chat: int
    since: float
    fit: float
    returned: bool = False


def listed(chats: Sequence[Open], now: float) -> list[Open]:
    """The order of an expert's list: what came back or has waited for 120 s, oldest first; then the best fit first."""

    def place(chat: Open) -> tuple[int, float]:
        return (0, chat.since) if chat.returned or now - chat.since >= OLD_SECONDS else (1, -chat.fit)

    return sorted(chats, key=place)


def _fresh(candidates: Iterable[Candidate], need: Need, heard: Collection[int]) -> list[Candidate]:
    free = qualified(candidates, need)
    return [one for one in free if one.expert not in heard] if heard else free


def _newcomers(free: Sequence[Candidate], policy: Policy, rng: Dice) -> list[Candidate]:
    fresh = [one for one in free if one.ratings < policy.newcomer_below]
    return drawn(fresh, min(policy.newcomer_seats, policy.sizes[0]), rng)


def _best(free: Sequence[Candidate], count: int, policy: Policy, rng: Dice) -> list[Candidate]:
    """The `count` best: by score, between equals by how readily they take offers, then by luck.

    Numbers are compared first and people only at the edge, which is what makes thousands a matter of milliseconds.
    """
    if not free:
        return []
    scores = _scores(free, policy)
    edge = nlargest(count, scores)[-1]
    near = [(points, one) for points, one in zip(scores, free, strict=True) if points >= edge]
    ranked = nlargest(count, near, key=lambda pair: (pair[0], pair[1].takes, rng.random()))
    return [one for _, one in ranked]


def _scores(candidates: Iterable[Candidate], policy: Policy) -> list[float]:
    load, income, released = policy.load_weight, policy.income_weight / policy.income_target, policy.release_weight
    most = policy.income_target
    return [
        one.resolution
        - load * one.load
        - income * (one.earned if one.earned < most else most)
        - released * one.released
        for one in candidates
    ]
