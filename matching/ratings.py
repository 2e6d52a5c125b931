"""Which of the things customers say and do after a chat are evidence about its expert."""

from dataclasses import dataclass
from enum import StrEnum

HOUR = 3600.0
RECONTACT_SECONDS = 72 * HOUR  # the same customer on the same topic: the first answer did not hold
PAIR_SECONDS = 30 * 24 * HOUR  # so that one friend or one enemy is one rating
RATING_SECONDS = 30 * 24 * HOUR  # after a chat's end; who comes later remembers the company, not the answer
FINAL_SECONDS = 24 * HOUR  # until then an expert is not told of a rating, so that nobody is asked about theirs
FINAL_AFTER = 5  # or until so many newer ones hide whose it is


class Left(StrEnum):
    """Why a rating does not move the reputation."""

    BLAMES_BRAND = "blames_brand"
    PAIR_RATED = "pair_rated"
    CAME_BACK = "came_back"  # coming back has counted already, and a chat counts once


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one chat says: `resolved` 1 or 0, or why it says nothing."""

    resolved: bool
    left: Left | None = None

    @property
    def counts(self) -> bool:
        return self.left is None


def verdict(
    said: bool, *, blames_brand: bool, ended: float, pair_counted: float | None = None, again: float | None = None
) -> Verdict:
    """What a customer's `said` (the question was resolved) is worth. Times are seconds of one clock.

    `ended` is when the chat did, `pair_counted` when this customer's last rating of this expert that counted was
    given, `again` when the customer came back on the same topic. A re-contact within 72 hours of the chat's end is a
    "no", whatever was said; a "no" that blames the company or its product says nothing about the expert. Silence is
    no rating: at full weight it hides bad experts (research 1.5), so it never gets here.
    """
    came_back = again is not None and again - ended <= RECONTACT_SECONDS
    resolved = said and not came_back
    if not resolved and blames_brand:
        return Verdict(resolved, Left.BLAMES_BRAND)
    if pair_counted is not None and ended - pair_counted < PAIR_SECONDS:
        return Verdict(resolved, Left.PAIR_RATED)
    return Verdict(resolved)


def final(at: float, now: float, newer: int) -> bool:
    """Whether the expert may be told of a rating given `at` (seconds) that `newer` ratings have followed."""
    return newer >= FINAL_AFTER or now - at >= FINAL_SECONDS
