"""The share an expert would resolve on a topic: own ratings, as far as there are any."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.reputation import Reputation
from matching.routing import Record, knows, noted, resolution


@pytest.mark.parametrize(
    ("record", "mu", "baseline", "share"),
    [
        (Record(), 0.0, 0.88, 0.88),  # nothing known: the baseline
        (Record(10, 10), 0.0, 0.88, 0.94),  # (10 + 8.8) / 20
        (Record(10, 0), 0.0, 0.88, 0.44),
        (Record(90, 45), 0.0, 0.80, 0.53),  # (45 + 8) / 100
        (Record(), 0.4862, 0.88, 0.9226),  # a good reputation elsewhere is worth something here
    ],
)
def test_ten_ratings_worth_of_the_expected_stand_against_the_own(
    record: Record, mu: float, baseline: float, share: float
) -> None:
    assert resolution(record, Reputation(mu), baseline) == pytest.approx(share, abs=1e-4)


def test_what_was_fades_by_a_hundredth() -> None:
    record = noted(noted(Record(), True), False)
    assert (record.count, record.positive) == pytest.approx((1.99, 0.99))


def test_a_hundred_ratings_back_counts_a_third() -> None:
    record = noted(Record(), True)
    for _ in range(100):
        record = noted(record, False)
    assert record.positive == pytest.approx(0.366, abs=1e-3)
    assert record.count < 100


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=300), st.floats(-3, 3), st.floats(0.5, 0.97))
def test_a_share_is_a_share_and_one_more_success_raises_it(history: list[bool], mu: float, baseline: float) -> None:
    record = Record()
    for resolved in history:
        record = noted(record, resolved)
    worse, better = (resolution(noted(record, resolved), Reputation(mu), baseline) for resolved in (False, True))
    assert 0 < worse < better < 1


@pytest.mark.parametrize(
    ("certified", "record", "share", "known"),
    [
        (True, Record(), 0.3, True),
        (False, Record(), 0.99, False),
        (False, Record(5, 4), 0.75, True),
        (False, Record(5, 4), 0.74, False),
        (False, Record(4.9, 4.9), 0.95, False),
    ],
)
def test_a_topic_is_known_by_certificate_or_by_proof(
    certified: bool, record: Record, share: float, known: bool
) -> None:
    assert knows(certified, record, share) is known


@pytest.mark.parametrize(("count", "positive"), [(-1, 0), (1, 2), (float("inf"), 1)])
def test_an_impossible_record_is_refused(count: float, positive: float) -> None:
    with pytest.raises(ValueError, match="a record needs"):
        Record(count, positive)
