"""Who is there, and what is needed: the two values every decision of the market is made from."""

from dataclasses import dataclass

from matching.reputation import USUAL_BASELINE

WAITING = "waiting"  # the one status of a chat in which it can be claimed


@dataclass(frozen=True, slots=True)
class Need:
    """A chat in want of an expert.

    `chat`, `brand` and `topic` are ids, `language` is a code such as "es", `status` is the chat's.
    """

    chat: int
    brand: int
    topic: int
    language: str
    status: str

    @property
    def waits(self) -> bool:
        return self.status == WAITING


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert, as seen from one need.

    `topics` are the ids of the topics the expert is certified for, `gate_open` is the expert's gate at the need's
    brand, `load` and `capacity` count live chats; one who let customers wait for nothing is `resting` for a while.

    What orders the rings: `resolution` is the share of chats the expert would resolve on the need's topic (see
    `routing`), `ratings` counts all of the brand, `earned` is the income of the last 60 minutes in minor units,
    `released` the share of recent claims that went back, `takes` the share of offers seen and claimed.
    The defaults are a newcomer's.
    """

    expert: int
    brands: frozenset[int]
    topics: frozenset[int]
    languages: frozenset[str]
    online: bool
    gate_open: bool
    load: int
    capacity: int
    resolution: float = USUAL_BASELINE
    ratings: int = 0
    earned: int = 0
    released: float = 0.0
    takes: float = 0.0
    resting: bool = False

    @property
    def full(self) -> bool:
        return self.load >= self.capacity
