"""Whom the gate pauses, and how soon: experts of known skill, rated by each world's customers, through the real filter.

The baseline is estimated, as the server does it, from other experts' ratings in the same world. Beside what the gate
does stands what any test could do at most, whatever it knew: the power of the best test of twenty ratings
(Neyman and Pearson) that pauses no more good experts than the goal allows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from chatmarket.simulate.market import assumptions as a
from chatmarket.simulate.market.assumptions import World
from chatmarket.simulate.market.figures import ratio
from matching import reputation
from matching.reputation import Reputation, Tally

RATINGS = 500
SOON = 20
GOOD, BAD = 0.90, 0.50  # where 88 of 100 are usual; a harder queue moves both by the same log-odds
SHARES = (0.90, 0.85, 0.80, 0.70, 0.60, 0.50)
GOOD_GOAL, BAD_GOAL = 0.018, 0.93
OTHERS = Tally(2_000, 0), Tally(300, 0)  # ratings of others in 90 days: the brand's, and the topic's among them
Said: TypeAlias = dict[str, tuple[float, float]]  # by temper: shares of chats rated yes, and no


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whose ratings count as what: `back` is the share of failures that ask again, `known` how many experts each
    customer has rated before."""

    world: World
    back: float = 0.0
    known: int = 0

    def resolves(self, share: float) -> float:
        return self.world.share(a.logit(share))

    def positive(self, share: float) -> float:
        return self.world.positive(self.resolves(share), self.back)


@dataclass(frozen=True, slots=True)
class Detected:
    """What became of `experts` of one skill. Means are over those paused within 500 ratings; NaN when none was."""

    experts: int
    paused_at: tuple[int, ...]  # the rating at which each of the paused was
    chats: float  # for each rating
    failing: float  # share of chats not resolved

    def within(self, ratings: int) -> float:
        return ratio(sum(at <= ratings for at in self.paused_at), self.experts)

    @property
    def ratings(self) -> float:
        return ratio(sum(self.paused_at), len(self.paused_at))

    @property
    def bad_chats(self) -> float:
        """Chats not resolved before the pause, whether anybody said so or not."""
        return self.ratings * self.chats * self.failing


def detect(crowd: Crowd, share: float, experts: int, rng: Random, baseline: float | None = None) -> Detected:
    """`experts` who resolve `share` of usual chats, up to 500 ratings each; a `baseline` is estimated unless given."""
    resolved = crowd.resolves(share)
    said = crowd.world.shares(resolved, crowd.back)
    usual = crowd.world.positive(crowd.world.usual, crowd.back)
    ends = [_paused_at(crowd, said, baseline or _estimated(usual, rng), rng) for _ in range(experts)]
    each = 1 / sum(yes + no for yes, no in said.values())
    return Detected(experts, tuple(end for end in ends if end), each, 1 - resolved)


def _paused_at(crowd: Crowd, said: Said, baseline: float, rng: Random) -> int:
    """At which rating the gate closes; 0 when it does not."""
    standing = Reputation()
    for number, (positive, expected) in enumerate(_ratings(crowd, said, baseline, rng), 1):
        standing = reputation.after(standing, positive, expected)
        if not reputation.gate_is_open(standing):
            return number
    return 0


def _ratings(crowd: Crowd, said: Said, baseline: float, rng: Random) -> Iterator[tuple[bool, float]]:
    """What customers say, and what was to be expected of each."""
    if not crowd.known:
        yes, no = (sum(column) for column in zip(*said.values(), strict=True))
        yield from ((rng.random() < yes / (yes + no), baseline) for _ in range(RATINGS))
        return
    usual = crowd.world.shares(crowd.world.usual, crowd.back)
    mean = crowd.world.positive(crowd.world.usual, crowd.back)
    moved = [reputation.for_customer(baseline, Tally(crowd.known, yes), mean) for yes in range(crowd.known + 1)]
    kinds = [(temper, verdict) for temper in said for verdict in (True, False)]
    for temper, verdict in rng.choices(kinds, [mass for both in said.values() for mass in both], k=RATINGS):
        yes, no = usual[temper]
        yield verdict, moved[sum(rng.random() < yes / (yes + no) for _ in range(crowd.known))]


def _estimated(positive: float, rng: Random) -> float:
    brand, topic = (Tally(each.count, _binomial(each.count, positive, rng)) for each in OTHERS)
    return reputation.baseline(topic, brand)


def _binomial(count: int, share: float, rng: Random) -> int:
    """By the normal approximation: hundreds of ratings, and thousands of such tallies."""
    drawn = rng.gauss(count * share, math.sqrt(count * share * (1 - share)))
    return min(count, max(0, round(drawn)))


def at_most(crowd: Crowd, ratings: int = SOON, wrongly: float = GOOD_GOAL) -> float:
    """The share of bad experts any test of such ratings can pause in time that ever pauses so few good ones.

    Of the ratings' yes and no alone: who is known to be harsh or lenient tells more.
    """
    good, bad = crowd.positive(GOOD), crowd.positive(BAD)
    left, power = wrongly, 0.0
    for positives in range(ratings + 1):
        of_good, of_bad = (_exactly(positives, ratings, share) for share in (good, bad))
        if of_good >= left:
            return power + of_bad * left / of_good
        left, power = left - of_good, power + of_bad
    return power


def _exactly(positives: int, ratings: int, share: float) -> float:
    return math.comb(ratings, positives) * math.pow(share, positives) * math.pow(1 - share, ratings - positives)


# -- tables


def skills_table(world: World, experts: int, rng: Random) -> Iterator[Sequence[str]]:
    """The rows of research 1.5: how soon experts of each skill are paused."""
    yield "true share", "paused within 20 / 50 / 100 / 500 ratings", "mean ratings", "mean bad chats"
    for share in SHARES:
        found = detect(Crowd(world), share, experts, rng)
        within = " / ".join(f"{100 * found.within(ratings):.1f}" for ratings in (SOON, 50, 100, RATINGS))
        told = (f"{found.ratings:.1f}", f"{found.bad_chats:.1f}") if share < GOOD else ("-", "-")
        yield f"{share:.2f}", f"{within} %", *told


def worlds_table(crowds: Mapping[str, Crowd], experts: int, rng: Random) -> Iterator[Sequence[str]]:
    """For each world: good experts paused, bad ones caught, and what any test could do."""
    yield "world", "good paused in 500", "bad paused in 20", "mean ratings", "mean bad chats", "any test at most"
    for name, crowd in crowds.items():
        wrong = detect(crowd, GOOD, experts, rng).within(RATINGS)
        bad = detect(crowd, BAD, experts, rng)
        yield (
            name,
            f"{100 * wrong:.2f} %{_missed(wrong <= GOOD_GOAL)}",
            f"{100 * bad.within(SOON):.1f} %{_missed(bad.within(SOON) >= BAD_GOAL)}",
            f"{bad.ratings:.1f}",
            f"{bad.bad_chats:.1f}",
            "-" if crowd.known else f"{100 * at_most(crowd):.1f} %",
        )


def _missed(met: bool) -> str:
    return "" if met else " (!)"
