"""What ratings do to a reputation: the golden vectors of the filter, the gate, the baseline."""

from itertools import pairwise
from math import inf, nan, sqrt
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.reputation import (
    MOST_POSITIVES,
    PAUSE_BELOW,
    REENTRY,
    WARN_BELOW,
    Reputation,
    Standing,
    Tally,
    after,
    alarming,
    at_best,
    baseline,
    for_customer,
    gate_is_open,
    near_pause,
    others,
    positives_to_clear,
    score,
    standing,
    taken_back,
)

USUAL = 0.88
BARS = (0.5, 0.7, 0.88, 0.97)
NEWCOMER = Reputation()


def rated(*ratings: bool, start: Reputation = NEWCOMER, expected: float = USUAL) -> Reputation:
    for resolved in ratings:
        start = after(start, resolved, expected)
    return start


def negatives_to_pause(reputation: Reputation) -> int:
    negatives = 0
    while gate_is_open(reputation):
        reputation = after(reputation, False, USUAL)
        negatives += 1
    return negatives


def evenly(negatives: int, ratings: int) -> list[bool]:
    """One negative in the middle of each of as many equal stretches as there are negatives."""
    missed = {(2 * stretch + 1) * ratings // (2 * negatives) for stretch in range(negatives)}
    return [position not in missed for position in range(ratings)]


def ever_pauses(ratings: list[bool], expected: float = USUAL) -> bool:
    reputation = NEWCOMER
    for resolved in ratings:
        reputation = after(reputation, resolved, expected)
        if not gate_is_open(reputation):
            return True
    return False


# --- the filter


def test_a_newcomer_stands_on_the_baseline_with_a_deviation_of_eight_tenths() -> None:
    assert Reputation(mu=0.0, v=0.64) == NEWCOMER


def test_ten_positives_are_the_golden_vector() -> None:
    veteran = rated(*[True] * 10)
    assert round(veteran.mu, 4) == 0.4862
    assert round(veteran.v, 4) == 0.4218


@pytest.mark.parametrize(
    ("resolved", "mu", "v"),
    [(True, 0.07210657, 0.60088806), (False, -0.52878149, 0.60088806)],
)
def test_one_rating_moves_a_newcomer_by_variance_times_surprise(resolved: bool, mu: float, v: float) -> None:
    # 1 / (1/0.6416 + 0.88 * 0.12) = 0.60088806; times 0.12 or -0.88
    reputation = after(NEWCOMER, resolved, USUAL)
    assert reputation.mu == pytest.approx(mu, abs=1e-8)
    assert reputation.v == pytest.approx(v, abs=1e-8)


@pytest.mark.parametrize(
    ("expected", "v"),
    [
        # 1 / (1/(0.64 + 0.0016 * 0.0475 / 0.1056) + 0.95 * 0.05)
        (0.95, 0.62179585),
        # 1 / (1/(0.64 + 0.0016 * 0.1875 / 0.1056) + 0.75 * 0.25)
        (0.75, 0.57369225),
    ],
)
def test_what_is_forgotten_is_in_proportion_to_what_a_rating_tells(expected: float, v: float) -> None:
    assert after(NEWCOMER, True, expected).v == pytest.approx(v, abs=1e-8)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, 1.1, nan])
def test_a_baseline_that_is_no_share_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        after(NEWCOMER, True, wrong)


@pytest.mark.parametrize(
    ("mu", "v"), [(nan, 0.64), (inf, 0.64), (-inf, 0.64), (0.0, 0.0), (0.0, -0.1), (0.0, nan), (0.0, inf)]
)
def test_a_reputation_that_is_no_number_is_refused(mu: float, v: float) -> None:
    with pytest.raises(ValueError, match="must be a finite number"):
        Reputation(mu, v)


@pytest.mark.parametrize("mu", [-1e6, 1e6])
def test_a_far_away_reputation_overflows_nothing(mu: float) -> None:
    after(Reputation(mu), True, USUAL)
    after(Reputation(mu), False, USUAL)
    assert 0 <= score(Reputation(mu)) <= 100


HISTORIES = st.lists(st.booleans(), max_size=40)
BASELINES = st.floats(0.5, 0.97)


@settings(deadline=None)
@given(HISTORIES, BASELINES)
def test_a_positive_never_harms_and_a_negative_never_helps(history: list[bool], expected: float) -> None:
    before = rated(*history, expected=expected)
    assert after(before, False, expected).mu < before.mu < after(before, True, expected).mu
    assert at_best(after(before, False, expected)) < at_best(before) < at_best(after(before, True, expected))


@settings(deadline=None)
@given(BASELINES)
def test_whoever_resolves_as_much_as_the_baseline_is_moved_nowhere_on_average(expected: float) -> None:
    up, down = after(NEWCOMER, True, expected).mu, after(NEWCOMER, False, expected).mu
    assert expected * up + (1 - expected) * down == pytest.approx(0, abs=1e-12)


@settings(deadline=None)
@given(HISTORIES, st.floats(0.5, 0.95))
def test_failing_on_a_hard_topic_costs_less_and_succeeding_gains_more(history: list[bool], hard: float) -> None:
    before, easy = rated(*history), hard + 0.02
    assert after(before, False, hard).mu > after(before, False, easy).mu
    assert after(before, True, hard).mu > after(before, True, easy).mu


def test_certainty_settles_so_that_a_veteran_can_still_change() -> None:
    veteran = rated(*evenly(120, 1000))
    assert veteran.v == pytest.approx(0.12, abs=0.01)
    assert veteran.mu == pytest.approx(0.0, abs=0.15)


def test_an_old_failure_counts_less_than_a_fresh_one() -> None:
    failed_long_ago = rated(False, False, *[True] * 300)
    failed_just_now = rated(*[True] * 300, False, False)
    assert failed_long_ago.mu > failed_just_now.mu


# --- the score


@pytest.mark.parametrize(("mu", "expected"), [(0.0, 88.0), (-0.62, 79.777), (0.4862, 92.264), (-1.992430, 50.0)])
def test_the_score_is_the_percentage_of_usual_questions_resolved(mu: float, expected: float) -> None:
    assert score(Reputation(mu)) == pytest.approx(expected, abs=1e-3)


# --- the gate


def test_at_best_is_one_deviation_above_the_estimate() -> None:
    assert at_best(Reputation(mu=-1.0, v=0.25)) == -0.5


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        (0.8, Standing.OPEN),
        (WARN_BELOW, Standing.OPEN),
        (WARN_BELOW - 1e-9, Standing.WARNING),
        (-0.4, Standing.WARNING),
        (PAUSE_BELOW, Standing.WARNING),
        (PAUSE_BELOW - 1e-9, Standing.PAUSED),
        (-3.0, Standing.PAUSED),
    ],
)
def test_the_standing_follows_what_the_expert_could_be_at_best(best: float, expected: Standing) -> None:
    reputation = Reputation(mu=best - sqrt(0.16), v=0.16)
    assert at_best(reputation) == pytest.approx(best, abs=1e-12)
    assert standing(reputation) is expected
    assert gate_is_open(reputation) is (expected is not Standing.PAUSED)


def test_the_marks_are_those_the_gate_was_tuned_to() -> None:
    assert (WARN_BELOW, PAUSE_BELOW) == (-0.25, -0.62)


def test_the_words_of_a_standing_are_those_of_the_protocol() -> None:
    assert [each.value for each in Standing] == ["open", "warning", "paused"]


@pytest.mark.parametrize(("positives", "negatives"), [(0, 3), (10, 6), (20, 8), (30, 9), (50, 11)])
def test_after_some_straight_positives_so_many_straight_negatives_pause(positives: int, negatives: int) -> None:
    assert negatives_to_pause(rated(*[True] * positives)) == negatives


@pytest.mark.parametrize(
    ("negatives", "ratings"), [(4, 5), (5, 8), (5, 10), (6, 15), (7, 20), (10, 30), (15, 50), (26, 100)]
)
def test_so_many_evenly_spread_negatives_pause_and_one_less_does_not(negatives: int, ratings: int) -> None:
    assert evenly(negatives, ratings).count(False) == negatives
    assert ever_pauses(evenly(negatives, ratings))
    assert not ever_pauses(evenly(negatives - 1, ratings))


def test_a_proven_expert_is_warned_before_being_paused() -> None:
    proven = rated(*[True] * 20)
    standings = [standing(rated(*[False] * negatives, start=proven)) for negatives in range(9)]
    assert standings == [Standing.OPEN] * 6 + [Standing.WARNING] * 2 + [Standing.PAUSED]


def share_paused(true_rate: float, ratings: int, expected: float = USUAL, experts: int = 1500) -> float:
    rng = Random(20)
    histories = ([rng.random() < true_rate for _ in range(ratings)] for _ in range(experts))
    return sum(ever_pauses(history, expected) for history in histories) / experts


def test_good_experts_are_hardly_ever_paused_and_coin_tossers_within_twenty() -> None:
    assert share_paused(0.90, 100) < 0.02
    assert share_paused(0.50, 20) > 0.90


def test_an_easy_topic_whose_baseline_is_a_little_off_pauses_few_good_experts() -> None:
    # 0.959 is as far above 0.95 as 0.90 is above 0.88; with a fixed forgetting 5.8 % of them were paused.
    assert share_paused(0.959, 400, expected=0.96, experts=600) < 0.045


def test_the_gate_treats_an_expert_of_a_hard_topic_as_fairly() -> None:
    assert share_paused(0.78, 100, expected=0.75) < 0.02


# --- the way back


def test_an_open_gate_needs_no_positives() -> None:
    assert positives_to_clear(NEWCOMER, USUAL) == 0
    assert positives_to_clear(Reputation(mu=PAUSE_BELOW - sqrt(0.16), v=0.16), USUAL) == 0


@settings(deadline=None)
@given(HISTORIES, BASELINES)
def test_exactly_so_many_positives_open_the_gate(history: list[bool], expected: float) -> None:
    before = rated(*history, expected=expected)
    needed = positives_to_clear(before, expected)
    assert needed < MOST_POSITIVES
    assert gate_is_open(rated(*[True] * needed, start=before, expected=expected))
    if needed:
        assert not gate_is_open(rated(*[True] * (needed - 1), start=before, expected=expected))


@pytest.mark.parametrize(("negatives", "positives"), [(2, 0), (3, 1), (4, 4), (10, 21)])
def test_a_paused_newcomer_has_a_way_back(negatives: int, positives: int) -> None:
    assert positives_to_clear(rated(*[False] * negatives), USUAL) == positives


def test_the_count_ends_even_where_no_way_leads_back() -> None:
    assert positives_to_clear(Reputation(mu=-1e300), USUAL) == MOST_POSITIVES


# --- the baseline

NOBODY = Tally(0, 0)


@pytest.mark.parametrize(
    ("topic", "brand", "expected"),
    [
        pytest.param(NOBODY, NOBODY, 0.88, id="a brand without ratings"),
        pytest.param(NOBODY, Tally(1, 1), 0.88, id="a good start asks for no more than the usual"),
        pytest.param(Tally(199, 199), Tally(199, 199), 0.88, id="one rating short of enough"),
        pytest.param(NOBODY, Tally(100, 80), 0.80, id="a running mean below the usual"),
        pytest.param(Tally(50, 50), Tally(100, 80), 0.80, id="before enough the topic does not count"),
        pytest.param(NOBODY, Tally(10, 0), 0.50, id="a disastrous start stays on the floor"),
        pytest.param(NOBODY, Tally(200, 180), 0.90, id="from enough on, a topic without ratings is the brand's"),
        pytest.param(Tally(100, 60), Tally(1000, 900), 0.80, id="a hard topic: (60 + 180) / 300"),
        pytest.param(Tally(100, 100), Tally(1000, 880), 0.92, id="an easy topic: (100 + 176) / 300"),
        pytest.param(Tally(1800, 1260), Tally(4000, 3600), 0.72, id="an old hard topic: (1260 + 180) / 2000"),
        pytest.param(Tally(200, 200), Tally(200, 200), 0.97, id="perfection is not expected"),
        pytest.param(Tally(300, 10), Tally(1000, 200), 0.50, id="failure is not expected"),
    ],
)
def test_the_baseline_is_what_the_topic_lets_one_expect(topic: Tally, brand: Tally, expected: float) -> None:
    assert baseline(topic, brand) == pytest.approx(expected, abs=1e-12)


def test_what_is_enough_may_be_said_and_changes_nothing_else() -> None:
    assert baseline(Tally(50, 50), Tally(100, 80), enough=100) == pytest.approx((50 + 160) / 250)
    assert baseline(NOBODY, NOBODY, enough=0) == 0.88


@pytest.mark.parametrize(("count", "positive"), [(-1, 0), (3, 4), (3, -1), (-2, -3)])
def test_an_impossible_tally_is_refused(count: int, positive: int) -> None:
    with pytest.raises(ValueError, match=f"got {positive} of {count}"):
        Tally(count, positive)


TALLIES = st.integers(0, 2000).flatmap(lambda count: st.builds(Tally, st.just(count), st.integers(0, count)))


@settings(deadline=None)
@given(TALLIES, TALLIES)
def test_a_baseline_is_always_one_the_filter_can_use(topic: Tally, brand: Tally) -> None:
    expected = baseline(topic, brand)
    assert 0.50 <= expected <= 0.97
    after(NEWCOMER, True, expected)


# --- the others, the customer, the brand


@pytest.mark.parametrize(
    ("everyone", "own", "left"),
    [
        (Tally(100, 80), Tally(10, 2), Tally(90, 78)),
        (Tally(100, 80), Tally(0, 0), Tally(100, 80)),
        (Tally(10, 2), Tally(10, 2), Tally(0, 0)),
        (Tally(10, 9), Tally(11, 9), Tally(0, 0)),  # the own newest rating was not among all of them yet
        (Tally(10, 9), Tally(3, 0), Tally(7, 7)),
    ],
)
def test_nobody_is_measured_against_themselves(everyone: Tally, own: Tally, left: Tally) -> None:
    assert others(everyone, own) == left


def test_a_customer_without_a_past_moves_no_baseline() -> None:
    assert for_customer(0.8, NOBODY, 0.88) == pytest.approx(0.8)


def test_a_harsh_customers_no_costs_little_and_a_lenient_ones_yes_helps_little() -> None:
    # c = (0 + 8 x 0.88) / 18 = 0.3911; sigmoid(logit(0.88) + logit(0.3911) - logit(0.88)) = 0.3911, held at 0.50
    assert for_customer(0.88, Tally(10, 0), 0.88) == 0.50
    # c = (5 + 7.04) / 18 = 0.6689
    assert for_customer(0.88, Tally(10, 5), 0.88) == pytest.approx(0.6689, abs=1e-4)
    # c = 17.04 / 18 = 0.9467
    assert for_customer(0.88, Tally(10, 10), 0.88) == pytest.approx(0.9467, abs=1e-4)
    # on a harder topic by the same log-odds: logit(0.75) + logit(0.9467) - logit(0.88) = logit(0.8790)
    assert for_customer(0.75, Tally(10, 10), 0.88) == pytest.approx(0.8790, abs=1e-4)


@settings(deadline=None)
@given(BASELINES, TALLIES, st.floats(0.05, 0.95))
def test_a_moved_baseline_is_one_the_filter_can_use(expected: float, given_: Tally, usual: float) -> None:
    moved = for_customer(expected, given_, usual)
    assert 0.50 <= moved <= 0.97
    after(NEWCOMER, False, moved)


@pytest.mark.parametrize(
    ("brand", "alarms"), [(Tally(200, 139), True), (Tally(200, 140), False), (Tally(199, 0), False), (NOBODY, False)]
)
def test_a_brand_where_too_many_chats_fail_needs_a_person(brand: Tally, alarms: bool) -> None:
    assert alarming(brand) is alarms


def test_who_comes_back_is_a_little_below_a_newcomer() -> None:
    assert Reputation(-0.2, 0.64) == REENTRY
    assert gate_is_open(REENTRY)


@given(
    st.lists(st.booleans(), max_size=60), st.lists(st.sampled_from([0.5, 0.7, 0.88, 0.97]), min_size=61, max_size=61)
)
def test_nobody_is_paused_by_one_failure_who_was_not_near_it(history: list[bool], bars: list[float]) -> None:
    known = Reputation()
    for resolved, bar in zip(history, bars, strict=False):
        known = after(known, resolved, bar)
    if gate_is_open(known) and not near_pause(known):
        assert gate_is_open(after(known, False, bars[-1]))


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 30), st.sampled_from([0.7, 0.88, 0.95]))
def test_a_yes_taken_back_leaves_about_what_a_no_would_have(history: list[bool], at: int, bar: float) -> None:
    verdicts = [*history[:at], True, *history[at:]]
    at = min(at, len(history))
    path = [Reputation()]
    for resolved in verdicts:
        path.append(after(path[-1], resolved, bar))
    otherwise = path[at]
    for resolved in [False, *verdicts[at + 1 :]]:
        otherwise = after(otherwise, resolved, bar)
    steps = [(one.v, two.v) for one, two in pairwise(path[at + 1 :])]
    found = taken_back(path[-1], path[at + 1].v, steps)
    assert found.mu < path[-1].mu
    assert found.mu == pytest.approx(otherwise.mu, abs=0.25)


def test_a_warning_ends_sooner_than_a_pause() -> None:
    known = Reputation(-1.3, 0.2)
    assert 0 < positives_to_clear(known, 0.88) < positives_to_clear(known, 0.88, WARN_BELOW)
