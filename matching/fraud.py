"""What should be looked at by a person before money is paid: signals with reasons, never a verdict.

A signal holds a payment until somebody has looked. It forfeits nothing, closes nobody and moves no reputation; there is
no function here that could. The patterns are those of people who ask and answer themselves, because the brand pays.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, lgamma, log, log1p

UNLIKELY = 1e-4  # a pattern that honest play shows once in ten thousand times: rare among thousands of pairs
WINS_AT_LEAST = 3  # twice is a coincidence: 3 wins of 3 at a share of 2 % come up 8 times in a million
SHORT_SECONDS = 30.0
SHORT_MESSAGES = 2  # a customer with a question writes at least it and a thank you
SHORT_SHARE = 0.2  # of the five-star chats: some questions are quickly answered, most are not
SHINGLE = 3  # words: shorter ones are shared by everybody who asks the same thing
ALIKE = 0.7  # Jaccard: above it two people who never met do not write
COMPARED = 8  # earlier texts of a shingle that are compared, so that a thousand equal texts cost no million steps
CROWDED = 5  # people on one device: above it it is an office or a library, and says nothing


class Kind(StrEnum):
    """What was noticed."""

    PAIR = "pair"
    SHORT_PRAISE = "short_praise"
    NEW_CUSTOMERS = "new_customers"
    DUPLICATES = "duplicates"
    SHARED_DEVICE = "shared_device"


_REASONS = {
    Kind.PAIR: "{seen} of this customer's {of} questions were claimed by one expert; by chance it were {usual:.1f}",
    Kind.SHORT_PRAISE: "{seen} of {of} five-star chats had fewer than 2 customer messages or took less than 30 s",
    Kind.NEW_CUSTOMERS: "{seen} of {of} claims are of customers who came the same day; usual were {usual:.1f}",
    Kind.DUPLICATES: "{seen} of {of} questions this expert answered are nearly word for word the same",
    Kind.SHARED_DEVICE: "{seen} customers of this expert's {of} used a device the expert uses too",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """`seen` of `of` chats or people look like `kind`; `usual` is how many would by chance. Its effect is a hold."""

    kind: Kind
    seen: int
    of: int
    usual: float = 0.0

    @property
    def reason(self) -> str:
        return _REASONS[self.kind].format(seen=self.seen, of=self.of, usual=self.usual)


@dataclass(frozen=True, slots=True)
class Ended:
    """A chat with five stars: the customer's messages, and the seconds from claim to end."""

    messages: int
    seconds: float

    @property
    def short(self) -> bool:
        return self.messages < SHORT_MESSAGES or self.seconds < SHORT_SECONDS


def chance(seen: int, of: int, share: float) -> float:
    """The probability that a share `share` (0 to 1) wins `seen` or more of `of` times: the upper binomial tail.

    Raises ValueError on impossible counts or a share outside 0 to 1.
    """
    if not 0 <= seen <= of or not 0 <= share <= 1:
        raise ValueError(f"a chance needs 0 <= seen <= of and a share from 0 to 1; got {seen} of {of} at {share}")
    if seen == 0 or share == 1:
        return 1.0
    if share == 0:
        return 0.0
    return min(1.0, sum(exp(_log_term(count, of, share)) for count in range(seen, of + 1)))


def pair(wins: int, questions: int, share: float) -> Signal | None:
    """One expert has `wins` of a customer's `questions`; `share` is the expert's share of all claims on those topics.

    Rings and seats by lot make an accomplice win his friend's question about as seldom as anyone's.
    """
    unlikely = wins >= WINS_AT_LEAST and chance(wins, questions, share) < UNLIKELY
    return Signal(Kind.PAIR, wins, questions, questions * share) if unlikely else None


def new_customers(fresh: int, claims: int, share: float) -> Signal | None:
    """`fresh` of an expert's claims are of customers younger than a day; `share` is what is usual at the brand."""
    unlikely = fresh >= WINS_AT_LEAST and chance(fresh, claims, share) < UNLIKELY
    return Signal(Kind.NEW_CUSTOMERS, fresh, claims, claims * share) if unlikely else None


def short_praise(praised: Sequence[Ended]) -> Signal | None:
    """Of an expert's five-star chats at least three, and more than a fifth, were too short to have helped."""
    short = sum(chat.short for chat in praised)
    many = short >= WINS_AT_LEAST and short > SHORT_SHARE * len(praised)
    return Signal(Kind.SHORT_PRAISE, short, len(praised)) if many else None


def duplicates(questions: Mapping[int, str]) -> Signal | None:
    """At least three of the questions (masked text by chat id) an expert answered are nearly the same."""
    alike = sum(len(group) for group in groups(questions))
    return Signal(Kind.DUPLICATES, alike, len(questions)) if alike >= WINS_AT_LEAST else None


def shared_devices(expert: Collection[str], customers: Mapping[int, Collection[str]]) -> Signal | None:
    """Customers (by id) whose device marks are among the expert's; a mark of more than five customers says nothing."""
    users = Counter(mark for marks in customers.values() for mark in set(marks))
    telling = {mark for mark in expert if users[mark] <= CROWDED}
    shared = sum(not telling.isdisjoint(marks) for marks in customers.values())
    return Signal(Kind.SHARED_DEVICE, shared, len(customers)) if shared else None


def shingles(text: str) -> frozenset[str]:
    """The runs of three words of a text, whatever its case and punctuation; a shorter text is one run."""
    words = "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
    return frozenset(" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)) if words)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's index of two sets of shingles, 0 to 1: what both have of what either has. Two empty sets share 0."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def groups(texts: Mapping[int, str]) -> list[frozenset[int]]:
    """The near-duplicates (Jaccard of at least 0.7) among texts by id, each group of two or more once.

    Linear in the text: a text is compared with at most eight earlier ones, those with which it shares most.
    """
    cut = {number: shingles(text) for number, text in texts.items()}
    seen: dict[str, list[int]] = defaultdict(list)
    first: dict[int, int] = {}
    for number, own in cut.items():
        near = Counter(other for shingle in own for other in seen[shingle])
        match = (other for other, _ in near.most_common(COMPARED) if alike(own, cut[other]) >= ALIKE)
        first[number] = first[found] if (found := next(match, None)) is not None else number
        _remember(seen, own, number)
    return _gathered(first)


def _remember(seen: dict[str, list[int]], own: Iterable[str], number: int) -> None:
    for shingle in own:
        if len(seen[shingle]) < COMPARED:
            seen[shingle].append(number)


def _gathered(first: Mapping[int, int]) -> list[frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for number, group in first.items():
        found[group].add(number)
    return [frozenset(group) for group in found.values() if len(group) > 1]


def _log_term(count: int, of: int, share: float) -> float:
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    return ways + count * log(share) + (of - count) * log1p(-share)
