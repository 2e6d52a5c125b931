"""The market's floor, event by event: questions come, rings widen, experts claim, chats end, ratings move reputations.

Every decision is taken by the functions of `matching` that the server calls; here is only what people do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import log
from random import Random

from chatmarket.simulate.market import assumptions as a
from chatmarket.simulate.market.assumptions import Load
from chatmarket.simulate.market.crowd import BRAND, LANGUAGE, TOPIC_WEIGHTS, Crowd, Expert
from chatmarket.simulate.market.figures import Log
from matching import claims, paging, probation, rings
from matching.candidates import WAITING, Need
from matching.claims import Claim
from matching.paging import Resting
from matching.rings import Open, Policy

PEOPLE, QUESTIONS = "people", "questions"


@dataclass(slots=True, eq=False)
class Question:
    """A customer's question on its way to an expert."""

    number: int
    topic: int
    asked: float
    leaves: float
    measured: bool
    waits: bool = True
    ring: int = 0
    last: bool = False
    heard: set[int] = field(default_factory=set)
    settling: list[Claim] = field(default_factory=list)

    @property
    def need(self) -> Need:
        return Need(self.number, BRAND, self.topic, LANGUAGE, WAITING if self.waits else "live")


class Floor:
    """One run of a market: `play` it, then read its `log`."""

    def __init__(self, crowd: Crowd, load: Load, policy: Policy, seed: int, pages: bool = True) -> None:
        self.crowd, self.load, self.policy, self.pages = crowd, load, policy, pages
        self.arrivals = Random(f"{seed} {QUESTIONS}")  # noqa: S311  # the same questions for every policy
        self.rng = Random(f"{seed} {PEOPLE}")  # noqa: S311
        self.now = 0.0
        self.ends = load.warming + load.measured
        self.waiting: dict[int, Question] = {}
        self.log = Log(self.crowd.experts, load.warming, self.ends)
        self.fresh = 0  # questions since the last page
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._order = count()

    def play(self) -> Log:
        for expert in self.crowd.experts:
            if self.rng.random() < a.ONLINE_SHARE:
                self._come(expert)
            else:
                self._rest(expert)
        self._ask(0)
        while self._events:
            self.now, _, call, given = heappop(self._events)
            if self.now > self.ends and not self.waiting:
                break
            call(*given)
        self.log.close()
        return self.log

    def _at(self, seconds: float, call: Callable[..., None], *given: object) -> None:
        heappush(self._events, (self.now + seconds, next(self._order), call, given))

    # -- the customer

    def _ask(self, number: int) -> None:
        """One question, and the next one's time; both from the stream that is the same for every policy."""
        measured = self.now >= self.load.warming
        if number:
            topic = self.arrivals.choices(range(a.TOPICS), TOPIC_WEIGHTS)[0]
            patience = self.arrivals.uniform(*a.PATIENCE_SECONDS)
            question = Question(number, topic, self.now, self.now + patience, measured)
            self.waiting[number] = question
            self.fresh += 1
            self.log.asked(question.measured)
            self._at(patience, self._leave, question)
            self._widen(question, 0)
            self._page(topic)
        gap = self.arrivals.expovariate((self.load.during if measured else self.load.before) / a.HOUR)
        if not measured and self.now + gap > self.load.warming:
            gap = self.load.warming - self.now  # the surge begins on the second
        if self.now + gap < self.ends:
            self._at(gap, self._ask, number + 1)

    def _leave(self, question: Question) -> None:
        if question.waits:
            self._taken(question)
            self.log.lost(question.measured)

    # -- offers

    def _widen(self, question: Question, after: int) -> None:
        """The ring after `after`; nothing when the question is taken, or has moved on since this was planned."""
        if not question.waits or question.last or question.ring != after:
            return
        online = [one for one in self.crowd.experts if one.online]
        ring = rings.next_ring(
            (one.candidate(question.topic, self.now) for one in online),
            question.need,
            now=self.now,
            rng=self.rng,
            policy=self.policy,
            number=after + 1,
            heard=question.heard,
            waiting=len(self.waiting),
        )
        question.ring, question.last = ring.number, ring.last
        for seat in ring.seats:
            self._offer(question, self.crowd.experts[seat.expert])
        if ring.widens_at is not None:
            self._at(ring.widens_at - self.now, self._widen, question, ring.number)

    def _offer(self, question: Question, expert: Expert) -> None:
        question.heard.add(expert.number)
        self.log.offered(question.measured, expert)
        delay = rings.delay(self.policy, self.rng)
        if expert.bot:
            thinks, takes = self.rng.uniform(*a.BOT_SECONDS), True
        else:
            thinks = self._spread(a.REACTION_SECONDS, a.REACTION_SPREAD)
            takes = self.rng.random() < a.ACCEPTS
        self._at(delay + thinks, self._react, question, expert, takes, self.now + delay)

    def _react(self, question: Question, expert: Expert, takes: bool, delivered: float) -> None:
        if takes and claims.judge(question.need, expert.candidate(question.topic, self.now)) is None:
            self._claim(question, expert, Claim(expert.number, delivered, self.now, expert.expected[question.topic]))
        self._look(expert)

    def _look(self, expert: Expert) -> None:
        """An expert with room looks at the list of what is offered to everyone, and considers the first new chat."""
        if not self.waiting or not expert.free(self.now):
            return
        shown = [one for one in self.waiting.values() if self._is_new(one, expert)]
        if shown:
            chats = [Open(one.number, one.asked, expert.expected[one.topic]) for one in shown]
            self._offer(self.waiting[rings.listed(chats, self.now)[0].chat], expert)

    def _is_new(self, question: Question, expert: Expert) -> bool:
        return question.last and question.topic in expert.topics and expert.number not in question.heard

    # -- claims

    def _claim(self, question: Question, expert: Expert, claim: Claim) -> None:
        if claims.too_many(expert.claimed, expert.capacity, self.now):
            return
        self.log.clicked(expert, claim.prompt)
        seconds = rings.wait(self.policy, last=question.last, prompt=claim.prompt)
        if not seconds:
            self._win(question, expert)
            return
        question.settling.append(claim)
        self._at(seconds, self._settle, question)

    def _settle(self, question: Question) -> None:
        """Decides among the claims so far; a later one's own time finds the question taken."""
        free = [one for one in question.settling if self.crowd.experts[one.expert].free(self.now)]
        if question.waits and free:
            self._win(question, self.crowd.experts[claims.winner(free, self.rng).expert])

    def _win(self, question: Question, expert: Expert) -> None:
        self._taken(question)
        expert.load += 1
        expert.wins += 1
        expert.claimed.append(self.now)
        if not expert.bot and self.rng.random() < a.VANISHES:
            self._at(a.REPLY_SECONDS, self._give_back, question, expert)
            return
        self.log.answered(question.measured, expert, self.now - question.asked)
        self._at(self._spread(a.HANDLING_SECONDS, a.HANDLING_SPREAD), self._end, question, expert)

    def _taken(self, question: Question) -> None:
        question.waits = False
        del self.waiting[question.number]

    def _give_back(self, question: Question, expert: Expert) -> None:
        """No word in time: a strike, and the chat goes back to the first ring, but not to the same expert."""
        expert.load -= 1
        expert.gone += 1
        expert.strikes.append(self.now)
        expert.cooling = probation.cooling_until(expert.strikes, self.now) or 0.0
        if self.now >= question.leaves:
            self.log.lost(question.measured)
            return
        question.waits, question.ring, question.last, question.heard = True, 0, False, {expert.number}
        question.settling = []
        self.waiting[question.number] = question
        self._widen(question, 0)

    def _end(self, question: Question, expert: Expert) -> None:
        expert.load -= 1
        world = self.crowd.world
        share = world.share(expert.skills[question.topic])
        resolved = self.rng.random() < share
        self.log.ended(question.measured, expert, share, resolved)
        if resolved:
            expert.paid.append((self.now, a.REWARD))
        yes = world.says_yes(resolved, self.rng.random())
        if self.rng.random() < (world.yes_rated if yes else world.no_rated):
            self.crowd.rate(expert, question.topic, yes)
        if not expert.open:
            self._go(expert)
        self._look(expert)

    # -- coming and going

    def _come(self, expert: Expert, session: int | None = None) -> None:
        """Comes online: as planned for this `session`, or called, which makes the plan void."""
        if expert.online or not expert.open or session not in (None, expert.session):
            return
        expert.online, expert.since, expert.session = True, self.now, expert.session + 1
        self._at(self.rng.expovariate(1 / (a.SESSION_HOURS * a.HOUR)), self._go, expert)
        self._look(expert)

    def _go(self, expert: Expert) -> None:
        """Goes offline; whom the gate has paused went home at once."""
        if not expert.online:
            return
        self.log.was_online(expert, expert.since, self.now)
        expert.online = False
        self._rest(expert)

    def _rest(self, expert: Expert) -> None:
        hours = a.SESSION_HOURS * (1 / a.ONLINE_SHARE - 1)
        self._at(self.rng.expovariate(1 / (hours * a.HOUR)), self._come, expert, expert.session)

    def _page(self, topic: int) -> None:
        if not self.pages:
            return
        online = sum(one.online for one in self.crowd.experts)
        if not paging.surges(len(self.waiting), online):
            self.fresh = 0
            return
        offline = [one for one in self.crowd.experts if not one.online and one.open and topic in one.topics]
        called = paging.paged(
            (Resting(one.number, one.paged) for one in offline),
            waiting=len(self.waiting),
            online=online,
            fresh=self.fresh,
            now=self.now,
            rng=self.rng,
        )
        self.fresh = 0
        for number in called:
            expert = self.crowd.experts[number]
            expert.paged = self.now
            self.log.paged()
            if self.rng.random() < a.COMES:
                self._at(self._spread(a.COMING_SECONDS, a.COMING_SPREAD), self._come, expert)

    def _spread(self, median: float, spread: float) -> float:
        return self.rng.lognormvariate(log(median), spread)
