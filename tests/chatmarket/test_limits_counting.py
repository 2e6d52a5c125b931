"""Buckets fill again, counts come back to nothing, and neither grows without end."""

import pytest

from chatmarket.errors import TooMuch
from chatmarket.limits import Buckets, Counts, Limits, TooManySockets

IDA, ANA = ("account", 1), ("chat", 1)


def _limits(**tight: int) -> Limits:
    none = {
        "user_messages": 0,
        "brand_messages": 0,
        "user_sockets": 0,
        "brand_sockets": 0,
        "chat_sockets": 0,
        "user_resumes": 0,
    }
    return Limits(**{**none, **tight})


def test_a_bucket_holds_two_seconds_worth_and_fills_again() -> None:
    buckets = Buckets(5)
    assert [buckets.take("ida", 0.0) for _ in range(11)] == [True] * 10 + [False]
    assert buckets.take("bea", 0.0), "each has their own"
    assert not buckets.take("ida", 0.1)
    assert buckets.take("ida", 0.3)
    assert [buckets.take("ida", 100.0) for _ in range(11)] == [True] * 10 + [False], "it never holds more"


def test_a_rate_under_one_lets_one_through_at_a_time() -> None:
    slow = Buckets(0.1)
    assert slow.take("ida", 0.0)
    assert not slow.take("ida", 9.0)
    assert slow.take("ida", 10.1)


def test_a_clock_that_steps_back_takes_nothing_away() -> None:
    buckets = Buckets(1)
    assert buckets.take("ida", 10.0)
    assert buckets.take("ida", 5.0)


def test_a_flood_of_people_forgets_whoever_was_idle_longest() -> None:
    buckets = Buckets(1, most_keys=2)
    for name in ("ida", "bea", "ida", "carla"):
        buckets.take(name, 0.0)
    assert len(buckets) == 2
    assert not buckets.take("ida", 0.0), "ida was not idle and is remembered"


def test_a_count_is_given_back_and_forgotten() -> None:
    counts = Counts(2)
    assert [counts.enter("ida") for _ in range(3)] == [True, True, False]
    counts.leave("ida")
    assert counts.enter("ida")
    for _ in range(2):
        counts.leave("ida")
    assert len(counts) == 0


def test_whoever_floods_does_not_use_up_the_brands_share() -> None:
    limits = _limits(user_messages=1, brand_messages=2)
    for _ in range(2):
        limits.take(IDA, 7, 0.0)
    for _ in range(50):
        with pytest.raises(TooMuch):
            limits.take(IDA, 7, 0.0)
    limits.take(ANA, 7, 0.0)
    limits.take(ANA, 7, 0.0)
    with pytest.raises(TooMuch):
        limits.take(("chat", 2), 7, 0.0)
    limits.take(("chat", 2), 8, 0.0)
    assert limits.refused == {"user_messages": 50, "brand_messages": 1}


def test_a_socket_too_many_is_refused_and_leaves_no_trace() -> None:
    limits = _limits(user_sockets=5, brand_sockets=1)
    with limits.seated(IDA, 7, 1):
        assert len(limits.rooms) == 1
        with pytest.raises(TooManySockets), limits.seated(("account", 2), 7, 2):
            pass
        assert len(limits.rooms) == 1
        with limits.seated(("account", 2), None), limits.seated(("account", 2), 8):
            pass
    assert len(limits.rooms) == 0
    with limits.seated(("account", 2), 7, 2):
        pass
    assert limits.refused == {"brand_sockets": 1}


def test_customers_and_accounts_have_limits_of_their_own() -> None:
    limits = _limits(user_sockets=2, chat_sockets=1)
    with limits.seated(ANA, 7, 1):
        with pytest.raises(TooManySockets), limits.seated(ANA, 7, 1):
            pass
        with (
            limits.seated(IDA, 7, 1),
            limits.seated(IDA, 7, 1),
            pytest.raises(TooManySockets),
            limits.seated(IDA, 7, 1),
        ):
            pass
    assert limits.refused == {"chat_sockets": 1, "user_sockets": 1}


def test_no_limit_is_none() -> None:
    limits = _limits()
    for _ in range(1000):
        limits.take(IDA, 7, 0.0)


def test_reading_anew_is_counted_by_person_and_not_by_brand() -> None:
    limits = _limits(user_resumes=1)
    assert [limits.may_resume(IDA, 0.0) for _ in range(3)] == [True, True, False]
    assert all(limits.may_resume(("chat", number), 0.0) for number in range(1, 1000)), "a herd"
    assert limits.may_resume(IDA, 1.0)
    assert limits.refused == {"user_resumes": 1}
