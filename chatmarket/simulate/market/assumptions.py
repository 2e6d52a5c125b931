"""How the simulated people behave: every assumption of the market's simulation, in one place.

Most are those of the research the market was designed by; where it is silent, the value is marked "ours". They are
models of people, not measurements: the order of the policies is worth more than any second.
"""

from dataclasses import dataclass
from math import exp, log

from matching.probation import FIRST_REPLY_SECONDS

HOUR = 3600.0

# The crowd
EXPERTS = 400
ONLINE_SHARE = 0.2  # 80 of 400 at any time
SESSION_HOURS = 2.0  # mean of an exponential
TOPICS = 8  # asked about by Zipf's law: the n-th has 1/n of the first's questions
TOPICS_EACH = (2, 5)  # drawn as often as they are asked about
SKILL = (1.9, 0.6)  # log-odds of resolving a chat: mean and spread over experts; 87 of 100 on average
TOPIC_SKILL = 0.5  # spread over one expert's topics
LEMONS = 0.05  # share of applicants who resolve every second chat
LEMON_SKILL = 0.0
NEWCOMERS = 0.20  # share with fewer than 20 ratings
BOTS = 0.03  # share who claim by script
BOT_SKILL = 1.1  # 75 of 100; "mediocre" in the research, the figure is ours
PAST_RATINGS = (
    20,
    100.0,
)  # ours: at least, and the mean of what comes on top; the gate was there, and paused most lemons

# Answering an offer
REACTION_SECONDS = 12.0  # median from the card to the click
REACTION_SPREAD = 0.8  # ours: of the logarithm; one in six clicks within 5 s, one in six takes more than 27
BOT_SECONDS = (0.15, 0.35)
ACCEPTS = 0.6  # share of offers an expert who is free takes, if still there
VANISHES = 0.03  # share of claims after which nothing is ever written
REPLY_SECONDS = FIRST_REPLY_SECONDS
HANDLING_SECONDS = 240.0  # median
HANDLING_SPREAD = 0.6  # ours: of the logarithm; the mean is 287 s
PATIENCE_SECONDS = (300.0, 900.0)  # ours: evenly; then the customer is lost to the market

# Being called while offline
COMES = 0.25  # share of the paged who come at all
COMING_SECONDS = 1200.0  # median; half of those who come are there within twenty minutes
COMING_SPREAD = 0.95  # of the logarithm

REWARD = 140  # minor units the expert gets for a resolved chat: 70 % of 2.00


@dataclass(frozen=True, slots=True)
class Load:
    """Questions an hour, before and while it is measured; `bots` is the share of scripts in the crowd."""

    before: float
    during: float
    warming: float = HOUR  # seconds before anything is counted
    measured: float = 2 * HOUR
    bots: float = BOTS


MARKETS = {
    "calm": Load(100, 100, measured=10 * HOUR),
    "surge": Load(100, 1_400),  # x14, from one second to the next
    "overload": Load(250, 3_500),  # x14 of more than the crowd can do: no policy saves it, paging does
    "bots": Load(100, 100, measured=10 * HOUR, bots=0.10),
}


HARSH, LENIENT, FAIR = "harsh", "lenient", "fair"


@dataclass(frozen=True, slots=True)
class World:
    """How customers rate. `usual` is the share of chats an expert of average skill resolves.

    `yes_rated` and `no_rated` are the shares of customers who would say so and do; a harsh customer says no whatever
    happened, a lenient one yes (that they always do is ours).
    """

    usual: float = 0.88
    yes_rated: float = 1.0
    no_rated: float = 1.0
    harsh: float = 0.0
    lenient: float = 0.0

    def shares(self, resolved: float, back: float = 0.0) -> dict[str, tuple[float, float]]:
        """By temper the shares of all chats that are rated yes, and no, of an expert who resolves `resolved`.

        Of those whose chat failed the share `back` asks again, which is a no whatever they said.
        """
        returned = (1 - resolved) * back
        failed = (1 - resolved) * (1 - back)
        tempers = {HARSH: (self.harsh, 0.0), LENIENT: (self.lenient, resolved + failed)}
        tempers[FAIR] = (1 - self.harsh - self.lenient, resolved)
        return {
            temper: (size * yes * self.yes_rated, size * ((resolved + failed - yes) * self.no_rated + returned))
            for temper, (size, yes) in tempers.items()
        }

    def positive(self, resolved: float, back: float = 0.0) -> float:
        """The share of yes among the ratings: what the gate sees of an expert who resolves `resolved`."""
        shares = self.shares(resolved, back).values()
        yes, no = sum(yes for yes, _ in shares), sum(no for _, no in shares)
        return yes / (yes + no)

    def says_yes(self, resolved: bool, temper: float) -> bool:
        """What a customer would say; `temper` is uniform in [0, 1): the harsh come first, the lenient last."""
        return temper >= self.harsh and (resolved or temper >= 1 - self.lenient)

    def share(self, skill: float) -> float:
        """The share of chats an expert resolves here whose log-odds are `skill` where 88 of 100 are usual."""
        return sigmoid(skill + logit(self.usual) - logit(0.88))


_BIASED = {"yes_rated": 0.30, "no_rated": 0.45, "harsh": 0.08, "lenient": 0.10}

WORLDS = {
    "clean": World(),
    "harsh+silent": World(**_BIASED),
    "prompted": World(yes_rated=0.60, no_rated=0.70, harsh=0.08, lenient=0.10),
    "hard": World(usual=0.75),
    "easy": World(usual=0.95),
    "hard+biased": World(usual=0.75, **_BIASED),
}

COMES_BACK = 0.6  # share of failed chats whose customer asks again within 72 hours, which counts as a no


def logit(share: float) -> float:
    return log(share / (1 - share))


def sigmoid(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))
