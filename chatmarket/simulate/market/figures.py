"""What a run of the market was like: counted while it plays, and put into the figures that are compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from chatmarket.simulate.market import assumptions as a
from chatmarket.simulate.market.crowd import Expert
from matching import claims


@dataclass(frozen=True, slots=True)
class Figures:
    """One policy in one market. Times are seconds, shares 0 to 1, NaN where nothing was there to measure."""

    asked: float
    p50: float  # from the question to the claim that was followed by a word
    p95: float
    lost: float  # share of questions whose customer left
    resolved: float  # share of ended chats
    offers: float  # a question
    gini: float  # of income an hour online
    newcomer_offers: float  # share of all offers
    newcomer_claims: float  # share of all claims
    newcomers_idle: float  # share of newcomers an hour or more online who got no chat
    bots: float  # share of claims, as a multiple of their share of all hours online
    pages: float  # a question
    false_pauses: float  # share of experts at or above the usual who were paused
    bad_paused: float  # share of lemons and bots who were
    bots_seen: float  # share of bots whose claims a person would be asked to look at
    people_seen: float  # share of people the same would happen to


class Log:
    """Everything that is counted; what was asked before the measuring began is not."""

    def __init__(self, experts: Sequence[Expert], begins: float, ends: float) -> None:
        self.experts, self.begins, self.ends = experts, begins, ends
        self.times: list[float] = []
        self.shares = 0.0
        self.seen: Counter[str] = Counter()
        self.offers: Counter[int] = Counter()
        self.claims: Counter[int] = Counter()
        self.income: Counter[int] = Counter()
        self.online: Counter[int] = Counter()
        self.clicks: Counter[int] = Counter()
        self.prompt: Counter[int] = Counter()
        # By heart, before any rating of the run: who was new and who was good.
        self.good = {one.number for one in experts if not one.bot and _mean(one) >= a.logit(0.88)}
        self.bad = {one.number for one in experts if _mean(one) < a.logit(0.70)}

    def asked(self, measured: bool) -> None:
        self.seen["asked"] += measured

    def offered(self, measured: bool, expert: Expert) -> None:
        self.offers[expert.number] += measured

    def lost(self, measured: bool) -> None:
        self.seen["lost"] += measured

    def answered(self, measured: bool, expert: Expert, seconds: float) -> None:
        if measured:
            self.times.append(seconds)
            self.claims[expert.number] += 1

    def clicked(self, expert: Expert, prompt: bool) -> None:
        self.clicks[expert.number] += 1
        self.prompt[expert.number] += prompt

    def ended(self, measured: bool, expert: Expert, share: float, resolved: bool) -> None:
        """`share` is the expert's true one: its mean is what the resolved share comes to, with less luck in it."""
        if measured:
            self.seen["ended"] += 1
            self.shares += share
            self.income[expert.number] += resolved

    def paged(self) -> None:
        self.seen["pages"] += 1

    def was_online(self, expert: Expert, since: float, until: float) -> None:
        seconds = min(until, self.ends) - max(since, self.begins)
        if seconds > 0:
            self.online[expert.number] += int(seconds)

    def close(self) -> None:
        for expert in self.experts:
            if expert.online:
                self.was_online(expert, expert.since, self.ends)

    def figures(self) -> Figures:
        times, seen = sorted(self.times), self.seen
        bots = {one.number for one in self.experts if one.bot}
        people = {one.number for one in self.experts} - bots
        newcomers = {one.number for one in self.experts if one.newcomer}
        present = [number for number, seconds in self.online.items() if seconds >= a.HOUR]
        new = [number for number in present if number in newcomers]
        paused = {one.number for one in self.experts if not one.open}
        scripted = {number for number in self.clicks if claims.scripted(self.prompt[number], self.clicks[number])}
        return Figures(
            asked=seen["asked"],
            p50=quantile(times, 0.50),
            p95=quantile(times, 0.95),
            lost=ratio(seen["lost"], seen["asked"]),
            resolved=ratio(self.shares, seen["ended"]),
            offers=ratio(self.offers.total(), seen["asked"]),
            gini=gini(self.income[number] * a.HOUR / self.online[number] for number in present),
            newcomer_offers=_share(self.offers, newcomers),
            newcomer_claims=_share(self.claims, newcomers),
            newcomers_idle=ratio(sum(not self.claims[number] for number in new), len(new)),
            bots=ratio(_share(self.claims, bots), _share(self.online, bots)),
            pages=ratio(seen["pages"], seen["asked"]),
            false_pauses=ratio(len(paused & self.good), len(self.good)),
            bad_paused=ratio(len(paused & self.bad), len(self.bad)),
            bots_seen=ratio(len(scripted & bots), len(bots)),
            people_seen=ratio(len(scripted & people), len(people)),
        )


def mean(several: Sequence[Figures]) -> Figures:
    """Each figure's mean over runs; what a run could not measure is left out."""
    return Figures(**{each.name: _average([getattr(one, each.name) for one in several]) for each in fields(Figures)})


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the ordered values that so large a share does not exceed; NaN of none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def gini(incomes: Iterable[float]) -> float:
    """Gini's index: 0 when all earn the same, towards 1 when one earns everything; NaN when nobody earns."""
    ordered = sorted(incomes)
    total = sum(ordered)
    if not total:
        return math.nan
    weighted = sum(rank * income for rank, income in enumerate(ordered, 1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _mean(expert: Expert) -> float:
    return sum(expert.skills.values()) / len(expert.skills)


def _share(counts: Counter[int], of: set[int]) -> float:
    return ratio(sum(counts[number] for number in of), counts.total())


def _average(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
