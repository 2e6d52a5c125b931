"""The policies that are compared, by name: the market's own, and those it replaced or was measured against."""

from dataclasses import replace

from matching.rings import BROADCAST, RINGS

UNPARKED = replace(RINGS, park=0.0)

POLICIES = {
    "rings": RINGS,
    "unparked": UNPARKED,  # a script's claim wins at once
    "settle": replace(UNPARKED, settle=2.0),  # rings whose last waits 2 s for the best claim
    "waves": replace(UNPARKED, seconds=10.0, explore=0.0, load_weight=0.0, income_weight=0.0),  # by resolution alone
    "broadcast": BROADCAST,  # everyone at once, the first click wins
    "auction": replace(BROADCAST, settle=10.0),  # everyone at once, the best click within 10 s wins
    "exclusive": replace(
        UNPARKED, sizes=(1,) * 40, seconds=15.0, explore=0.0
    ),  # one after the other, as cars are called
}

SAID = {
    "rings": "5 best, 10 more, everyone; 8 s each; a claim within 0.8 s waits 8 s for a person's",
    "unparked": "rings in which every first claim wins",
    "settle": "rings; the last chooses among the claims of 2 s",
    "waves": "5, 15, everyone by resolution alone; 10 s each",
    "broadcast": "everyone at once, the first claim wins",
    "auction": "everyone at once, the best claim of 10 s wins",
    "exclusive": "one expert after the other, 15 s each",
}
