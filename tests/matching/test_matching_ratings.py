"""Which ratings count, and as what."""

import pytest

from matching.ratings import Left, Verdict, final, verdict

DAY = 86_400.0
ENDED = 100 * DAY


@pytest.mark.parametrize(
    ("said", "again", "resolved"),
    [
        (True, None, True),
        (False, None, False),
        (True, 72 * 3600.0, False),
        (True, 72 * 3600.0 + 1, True),
        (True, 0.0, False),
    ],
)
def test_coming_back_within_three_days_is_a_no(said: bool, again: float | None, resolved: bool) -> None:
    back = None if again is None else ENDED + again
    assert verdict(said, blames_brand=False, ended=ENDED, again=back) == Verdict(resolved)


def test_a_no_that_blames_the_company_says_nothing_about_the_expert() -> None:
    found = verdict(False, blames_brand=True, ended=ENDED)
    assert found.left is Left.BLAMES_BRAND
    assert not found.counts
    assert verdict(True, blames_brand=True, ended=ENDED).counts


@pytest.mark.parametrize(("days", "counts"), [(0.0, False), (29.9, False), (30.0, True)])
def test_a_customer_and_an_expert_are_one_rating_in_thirty_days(days: float, counts: bool) -> None:
    found = verdict(True, blames_brand=False, ended=ENDED, pair_counted=ENDED - days * DAY)
    assert found.counts is counts
    assert found.left is (None if counts else Left.PAIR_RATED)


@pytest.mark.parametrize(
    ("hours", "newer", "told"), [(0.0, 0, False), (23.9, 4, False), (24.0, 0, True), (0.0, 5, True), (0.0, 4, False)]
)
def test_a_rating_is_final_a_day_later_or_once_five_more_have_followed(hours: float, newer: int, told: bool) -> None:
    assert final(ENDED, ENDED + hours * 3600, newer) is told
