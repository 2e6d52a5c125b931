"""The experts of a simulated market: who they are, what they have behind them, and how matching sees them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

from chatmarket.simulate.market import assumptions as a
from chatmarket.simulate.market.assumptions import HOUR, World
from matching import probation, reputation, routing
from matching.candidates import Candidate
from matching.reputation import Reputation, Tally
from matching.routing import Record

BRAND, LANGUAGE = 1, "en"
TOPIC_WEIGHTS = [1 / rank for rank in range(1, a.TOPICS + 1)]


@dataclass(slots=True, eq=False)
class Expert:
    """A simulated person (or script). `skills` are true log-odds by topic; everything else matching may see."""

    number: int
    skills: dict[int, float]
    bot: bool = False
    newcomer: bool = False
    standing: Reputation = reputation.Reputation()
    ratings: int = 0
    records: dict[int, Record] = field(default_factory=dict)
    own: dict[int, Tally] = field(default_factory=dict)
    expected: dict[int, float] = field(default_factory=dict)  # resolution by topic, as of the last rating
    capacity: int = 1
    load: int = 0
    online: bool = False
    open: bool = True
    since: float = 0.0
    session: int = 0
    paged: float | None = None
    cooling: float = 0.0
    wins: int = 0
    gone: int = 0  # claims after which nothing was written
    paid: deque[tuple[float, int]] = field(default_factory=deque)
    strikes: list[float] = field(default_factory=list)
    claimed: deque[float] = field(default_factory=lambda: deque(maxlen=8))
    topics: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.topics = frozenset(self.skills)

    def free(self, now: float) -> bool:
        return self.online and self.open and self.load < self.capacity and now >= self.cooling

    def candidate(self, topic: int, now: float) -> Candidate:
        """This expert as `matching` sees one, for a need on `topic`."""
        return Candidate(
            expert=self.number,
            brands=_BRANDS,
            topics=self.topics,
            languages=_LANGUAGES,
            online=self.online and now >= self.cooling,
            gate_open=self.open,
            load=self.load,
            capacity=self.capacity,
            resolution=self.expected.get(topic, 0.0),
            ratings=self.ratings,
            earned=self.earned(now),
            released=self.gone / self.wins if self.wins else 0.0,
        )

    def earned(self, now: float) -> int:
        while self.paid and self.paid[0][0] < now - HOUR:
            self.paid.popleft()
        return sum(amount for _, amount in self.paid)


_BRANDS, _LANGUAGES = frozenset({BRAND}), frozenset({LANGUAGE})


class Crowd:
    """All experts, and what all customers have said so far."""

    def __init__(self, world: World, bots: float, rng: Random, experts: int = a.EXPERTS) -> None:
        self.world = world
        self.said = {topic: Tally(0, 0) for topic in range(a.TOPICS)}
        self.all = Tally(0, 0)
        self.experts = [self._seated(number, number < round(bots * experts), rng) for number in range(experts)]
        ranks = sorted(self.experts, key=lambda one: -one.standing.mu)
        for rank, expert in enumerate(ranks):
            expert.capacity = probation.capacity(expert.ratings, rank=rank / len(ranks))
            for topic in expert.topics:
                self._expect(expert, topic)

    def baseline(self, expert: Expert, topic: int) -> float:
        """What is usual on the topic, from the ratings of all but this expert."""
        own = expert.own
        mine = Tally(sum(one.count for one in own.values()), sum(one.positive for one in own.values()))
        topical = reputation.others(self.said[topic], own.get(topic, Tally(0, 0)))
        return reputation.baseline(topical, reputation.others(self.all, mine))

    def rate(self, expert: Expert, topic: int, resolved: bool) -> None:
        """One rating, as `flows.rating` does it: the reputation, the record, the gate."""
        expert.standing = reputation.after(expert.standing, resolved, self.baseline(expert, topic))
        self._note(expert, topic, resolved)
        self._expect(expert, topic)
        if not reputation.gate_is_open(expert.standing):
            expert.open = False

    def _seated(self, number: int, bot: bool, rng: Random) -> Expert:
        """An expert whom the past did not pause; the place of one whom it did goes to the next applicant.

        A bot's place goes to a bot: the market has the stated share of them, whatever the gate thinks of their past.
        """
        while True:
            expert = _person(number, bot, rng)
            past = self._past(expert, rng)
            if expert.open:
                for topic, resolved in past:
                    self._note(expert, topic, resolved)
                return expert

    def _past(self, expert: Expert, rng: Random) -> list[tuple[int, bool]]:
        """The ratings from before by topic, through the same filter and gate."""
        least, more = a.PAST_RATINGS
        count = rng.randrange(least) if expert.newcomer else least + int(rng.expovariate(1 / more))
        topics = sorted(expert.topics)
        usual, past = self.world.positive(self.world.usual), []
        for topic in rng.choices(topics, [TOPIC_WEIGHTS[topic] for topic in topics], k=count):
            resolved = rng.random() < self.world.positive(self.world.share(expert.skills[topic]))
            expert.standing = reputation.after(expert.standing, resolved, usual)
            past.append((topic, resolved))
            if not reputation.gate_is_open(expert.standing):
                expert.open = False
                break
        return past

    def _note(self, expert: Expert, topic: int, resolved: bool) -> None:
        expert.ratings += 1
        expert.records[topic] = routing.noted(expert.records.get(topic, Record()), resolved)
        expert.own[topic] = _one_more(expert.own.get(topic, Tally(0, 0)), resolved)
        self.said[topic] = _one_more(self.said[topic], resolved)
        self.all = _one_more(self.all, resolved)

    def _expect(self, expert: Expert, topic: int) -> None:
        """The shares matching orders by; on the other topics the reputation has moved as well."""
        for each in expert.topics if topic in expert.expected else (topic,):
            record = expert.records.get(each, Record())
            expert.expected[each] = routing.resolution(record, expert.standing, self.baseline(expert, each))


def _one_more(tally: Tally, resolved: bool) -> Tally:
    return Tally(tally.count + 1, tally.positive + resolved)


def _person(number: int, bot: bool, rng: Random) -> Expert:
    """Somebody who was admitted: a lemon among twenty, a newcomer among five."""
    lemon = not bot and rng.random() < a.LEMONS
    mean, spread = (a.BOT_SKILL, 0.0) if bot else (a.LEMON_SKILL, 0.0) if lemon else a.SKILL
    skill = rng.gauss(mean, spread)
    topics = _topics(rng)
    newcomer = rng.random() < a.NEWCOMERS
    return Expert(number, {topic: rng.gauss(skill, a.TOPIC_SKILL) for topic in topics}, bot, newcomer)


def _topics(rng: Random) -> list[int]:
    wanted, chosen = rng.randint(*a.TOPICS_EACH), dict[int, None]()
    while len(chosen) < wanted:
        chosen[rng.choices(range(a.TOPICS), TOPIC_WEIGHTS)[0]] = None
    return list(chosen)
