"""What a rating does to an expert's reputation, and when the gate stops further offers.

A reputation is skill in log-odds against what the topic lets one expect: 0 resolves as many chats as the baseline says,
and a hard topic or a harsh crowd costs nobody anything. It is kept as an estimate and its variance, moved by a logistic
filter in the manner of Glickman's rating system ("Parameter estimation in large dynamic paired comparison experiments",
Applied Statistics 48, 1999) with a fixed opponent, the baseline. The gate asks how good the expert could still be:
one standard deviation above the estimate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log, sqrt, tanh

NEWCOMER_VARIANCE = 0.64  # as unsure as 0.8 in log-odds: three straight failures pause a newcomer, two do not
FORGETTING = 0.0016  # variance added per rating: at the usual baseline a rating 53 ratings back weighs half
PAUSE_BELOW = -0.62  # 84 % sure of resolving fewer than 80 % where 88 % is usual; pauses 1 in 100 good experts
WARN_BELOW = -0.25  # reached about six ratings before the pause by those who will be paused

USUAL_BASELINE = 0.88  # what a brand without a past may expect
LOWEST_BASELINE = 0.50  # a brand where most chats fail needs a human's eye, not a bar that sinks with it
HIGHEST_BASELINE = 0.97  # three failures in a hundred are nobody's fault
ENOUGH_RATINGS = 200  # before them a brand's mean is too uncertain to ask for more than the usual
BORROWED_RATINGS = 200  # how many ratings of the brand a topic's own have to outweigh
BORROWED_LENIENCY = 8  # ratings' worth of the usual customer in what is known of one: most are seen once or twice
ALARMING_MEAN = 0.70  # below it a brand needs a person: against a low baseline everybody looks good

MOST_POSITIVES = 1_000  # the count must end; a hundred straight failures at the highest baseline need 160


@dataclass(frozen=True, slots=True)
class Reputation:
    """`mu`: skill above the baseline in log-odds; `v`: the variance of that estimate. The default is a newcomer's."""

    mu: float = 0.0
    v: float = NEWCOMER_VARIANCE

    def __post_init__(self) -> None:
        if not isfinite(self.mu):
            raise ValueError(f"mu must be a finite number; got {self.mu!r}")
        if not (isfinite(self.v) and self.v > 0):
            raise ValueError(f"v must be a finite number above 0; got {self.v!r}")


@dataclass(frozen=True, slots=True)
class Tally:
    """`count` ratings, of which `positive` said that the question was resolved."""

    count: int
    positive: int

    def __post_init__(self) -> None:
        if not 0 <= self.positive <= self.count:
            raise ValueError(f"a tally needs 0 <= positive <= count; got {self.positive} of {self.count}")


REENTRY = Reputation(mu=-0.2)  # after requalifying: as unsure as of a newcomer, and a little below


class Standing(StrEnum):
    """What an expert is told about the gate."""

    OPEN = "open"
    WARNING = "warning"
    PAUSED = "paused"


def after(reputation: Reputation, resolved: bool, baseline: float) -> Reputation:
    """The reputation after one rating on a topic where the share `baseline` of chats (0 < baseline < 1) is resolved.

        v <- v + q,  p = sigmoid(logit(baseline) + mu),  v <- 1 / (1/v + p(1-p)),  mu <- mu + v (x - p)

    with x = 1 when `resolved`, else 0, and q = FORGETTING baseline (1 - baseline) / (0.88 * 0.12). A rating tells as
    much as baseline (1 - baseline), and so much is forgotten: where nearly every chat is resolved, a fixed q would
    forget faster than ratings teach, and an estimate of the baseline that is a little off would pause twice as many
    good experts (2.5 % of them in 500 ratings at 0.95 instead of 1.3 %; docs/market.md). At the usual baseline q is
    FORGETTING.
    Raises ValueError on a baseline outside (0, 1).
    """
    p = expected(reputation, baseline)
    v = 1 / (1 / (reputation.v + FORGETTING * _telling(baseline) / _telling(USUAL_BASELINE)) + p * (1 - p))
    return Reputation(reputation.mu + v * (resolved - p), v)


def expected(reputation: Reputation, baseline: float) -> float:
    """The share (0 to 1) of chats this expert resolves where `baseline` is usual: sigmoid(logit(baseline) + mu)."""
    return _sigmoid(_logit(baseline) + reputation.mu)


def score(reputation: Reputation) -> float:
    """The percentage (0 to 100) of usual questions this expert would resolve: 100 sigmoid(logit(0.88) + mu)."""
    return 100 * expected(reputation, USUAL_BASELINE)


def at_best(reputation: Reputation) -> float:
    """How good the expert could well be, in log-odds: mu + sqrt(v). True skill is higher in one case of six."""
    return reputation.mu + sqrt(reputation.v)


def standing(reputation: Reputation) -> Standing:
    """PAUSED when even at best the expert is below PAUSE_BELOW, WARNING when below WARN_BELOW, else OPEN."""
    best = at_best(reputation)
    if best < PAUSE_BELOW:
        return Standing.PAUSED
    return Standing.WARNING if best < WARN_BELOW else Standing.OPEN


def gate_is_open(reputation: Reputation) -> bool:
    """Whether the expert gets offers: always, unless the standing is PAUSED."""
    return standing(reputation) is not Standing.PAUSED


def near_pause(reputation: Reputation) -> bool:
    """Whether one more failure could pause: nobody is paused who was not warned.

    On the topic where failing is rarest it tells most, so that one decides.
    """
    return standing(after(reputation, False, HIGHEST_BASELINE)) is Standing.PAUSED


def taken_back(reputation: Reputation, left: float, since: Iterable[tuple[float, float]]) -> Reputation:
    """The reputation after a yes turns out a no; `left` is the variance that rating left, `since` those before and
    after each later rating.

    A rating enters as v x, so the yes had brought v more than a no; each later rating has forgotten a share of that,
    v after / v before.
    """
    for before, later in since:
        left *= later / before
    return Reputation(reputation.mu - left, reputation.v)


def baseline(topic: Tally, brand: Tally, enough: int = ENOUGH_RATINGS) -> float:
    """The share of chats one may expect to be resolved on a topic, between 0.50 and 0.97.

    `topic` and `brand` (all its topics) are the last 90 days without the expert in question; whoever counts sees to
    that. From `enough` ratings of the brand on it is the topic's mean, shrunk to the brand's:
    (topic positives + 200 brand mean) / (topic count + 200). Before, it is the brand's mean so far, at most 0.88;
    without any rating, 0.88.
    """
    if not brand.count:
        return USUAL_BASELINE
    mean = brand.positive / brand.count
    expected = min(USUAL_BASELINE, mean) if brand.count < enough else _shrunk(topic, mean)
    return min(max(expected, LOWEST_BASELINE), HIGHEST_BASELINE)


def others(everyone: Tally, own: Tally) -> Tally:
    """The ratings of `everyone` but the expert who got `own`: nobody is measured against themselves.

    Where the two were counted at different moments the result stays a possible tally.
    """
    count = max(0, everyone.count - own.count)
    return Tally(count, min(count, max(0, everyone.positive - own.positive)))


def for_customer(baseline: float, given: Tally, usual: float) -> float:
    """The baseline (0.50 to 0.97) as this customer rates; `given` are their ratings of other experts.

    Where customers say yes to the share `usual` (0 to 1, excluded), this one is taken to say yes to
    c = (positive + 8 usual) / (count + 8), and the baseline moves by logit(c) - logit(usual): a harsh customer costs
    nobody much, a lenient one helps nobody much (research 1.5). A customer without ratings moves nothing.
    """
    own = (given.positive + BORROWED_LENIENCY * usual) / (given.count + BORROWED_LENIENCY)
    moved = _sigmoid(_logit(baseline) + _logit(own) - _logit(usual))
    return min(max(moved, LOWEST_BASELINE), HIGHEST_BASELINE)


def alarming(brand: Tally, enough: int = ENOUGH_RATINGS) -> bool:
    """Whether so few of a brand's chats are resolved that a person must look: a relative gate grades on a curve."""
    return brand.count >= enough and brand.positive < ALARMING_MEAN * brand.count


def positives_to_clear(reputation: Reputation, baseline: float, below: float = PAUSE_BELOW) -> int:
    """How many resolved chats in a row at `baseline` (0 < baseline < 1) would lift the best the expert could be to
    `below`: over the gate, or over the warning; 0 when it is there. Counts to MOST_POSITIVES at most.
    """
    positives = 0
    while positives < MOST_POSITIVES and at_best(reputation) < below:
        reputation = after(reputation, True, baseline)
        positives += 1
    return positives


def _shrunk(topic: Tally, mean: float) -> float:
    return (topic.positive + BORROWED_RATINGS * mean) / (topic.count + BORROWED_RATINGS)


def _telling(share: float) -> float:
    return share * (1 - share)


def _logit(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError(f"a baseline lies between 0 and 1, both excluded; got {share!r}")
    return log(share / (1 - share))


def _sigmoid(log_odds: float) -> float:
    return (1 + tanh(log_odds / 2)) / 2  # as 1 / (1 + exp(-x)), but never overflows
