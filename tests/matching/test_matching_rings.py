"""Rings: the best few, then more, then everyone; newcomers have their seats, and a crowd of chats waits for no ring."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.candidates import Candidate, Need
from matching.qualification import refusal
from matching.rings import (
    BROADCAST,
    RINGS,
    Open,
    Policy,
    Ring,
    Why,
    delay,
    instead,
    listed,
    next_ring,
    score,
    wait,
)

NEED = Need(chat=1, brand=1, topic=10, language="es", status="waiting")
BEA = Candidate(
    expert=0,
    brands=frozenset({1}),
    topics=frozenset({10}),
    languages=frozenset({"es"}),
    online=True,
    gate_open=True,
    load=0,
    capacity=2,
    ratings=100,
)
PLAIN = replace(RINGS, explore=0.0)
SURE = replace(RINGS, explore=1.0)


def crowd(count: int) -> list[Candidate]:
    """Experts 0 to count - 1; the higher the number, the better."""
    return [replace(BEA, expert=number, resolution=0.5 + number / 1000) for number in range(count)]


def ring(candidates: list[Candidate], policy: Policy = PLAIN, seed: int = 1, **more: object) -> Ring:
    return next_ring(candidates, NEED, now=100.0, rng=Random(seed), policy=policy, **more)  # type: ignore[arg-type]


def seated(found: Ring) -> set[int]:
    return {one.expert for one in found.seats}


# --- the score


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 0.90),
        ({"load": 1}, 0.87),
        ({"earned": 1000}, 0.875),
        ({"earned": 2000}, 0.85),
        ({"earned": 90_000}, 0.85),
        ({"released": 0.5}, 0.85),
        ({"load": 1, "earned": 2000, "released": 1.0}, 0.72),
    ],
)
def test_load_income_and_vanishing_cost_what_the_research_says(change: dict[str, float], expected: float) -> None:
    assert score(replace(BEA, resolution=0.90, **change)) == pytest.approx(expected)  # type: ignore[arg-type]


# --- the rings


def test_the_rings_are_those_of_the_research() -> None:
    assert (RINGS.sizes, RINGS.seconds, RINGS.explore, RINGS.newcomer_seats) == ((5, 10), 8.0, 0.15, 2)
    assert (RINGS.load_weight, RINGS.income_weight, RINGS.backpressure, RINGS.settle) == (0.03, 0.05, 0.5, 0.0)


def test_five_best_then_ten_more_then_everyone() -> None:
    people = crowd(40)
    first = ring(people)
    assert seated(first) == set(range(35, 40))
    assert first.widens_at == 108.0
    second = ring(people, number=2, heard=seated(first))
    assert seated(second) == set(range(25, 35))
    third = ring(people, number=3, heard=seated(first) | seated(second))
    assert seated(third) == set(range(25))
    assert third.last
    assert third.widens_at is None


def test_broadcast_is_one_ring_that_holds_everyone() -> None:
    found = ring(crowd(40), BROADCAST)
    assert seated(found) == set(range(40))
    assert found.last


def test_a_ring_that_would_seat_everyone_is_the_last() -> None:
    assert ring(crowd(5)).last
    assert not ring(crowd(6)).last
    assert ring([]).last


@pytest.mark.parametrize(("waiting", "last"), [(1, False), (20, False), (21, True), (500, True)])
def test_when_more_chats_wait_than_half_of_the_free_choosing_only_delays(waiting: int, last: bool) -> None:
    found = ring(crowd(40), waiting=waiting)
    assert found.last is last
    assert len(found.seats) == (40 if last else 5)


def test_who_may_not_answer_has_no_seat_however_good() -> None:
    people = crowd(20)
    unfit = [
        replace(BEA, expert=99, resolution=1.0, **change)  # type: ignore[arg-type]
        for change in ({"online": False}, {"gate_open": False}, {"load": 2}, {"brands": frozenset({2})})
    ]
    assert seated(ring([*unfit, *people])) == set(range(15, 20))


def test_between_equals_who_takes_more_offers_comes_first_and_then_luck() -> None:
    equals = [replace(BEA, expert=number, takes=0.9 if number == 7 else 0.1) for number in range(20)]
    found = [seated(ring(equals, seed=seed)) for seed in range(40)]
    assert all(7 in seats for seats in found)
    assert len(set().union(*found)) == 20


def test_the_order_of_delivery_is_not_the_order_of_score() -> None:
    firsts = Counter(ring(crowd(40), seed=seed).seats[0].expert for seed in range(200))
    assert set(firsts) == set(range(35, 40))


def test_rings_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="got 0"):
        ring(crowd(3), number=0)


# --- newcomers


def test_two_of_five_seats_are_kept_for_newcomers() -> None:
    people = [replace(one, ratings=19 if one.expert < 10 else 20) for one in crowd(40)]
    found = ring(people, SURE)
    assert len(found.seats) == 5
    assert len(found.newcomers) == 2
    assert found.newcomers < set(range(10))
    assert seated(found) - found.newcomers == {37, 38, 39}
    assert {found.why(expert) for expert in found.newcomers} == {Why.NEWCOMER}
    assert found.why(39) is Why.BEST


def test_without_newcomers_their_seats_go_to_the_best() -> None:
    assert seated(ring(crowd(40), SURE)) == set(range(35, 40))


def test_a_newcomer_among_the_best_takes_no_second_seat() -> None:
    people = [replace(one, ratings=3 if one.expert == 39 else 100) for one in crowd(40)]
    assert seated(ring(people, SURE)) == set(range(35, 40))


def test_so_large_a_share_of_chats_keeps_seats() -> None:
    people = [replace(one, ratings=0 if one.expert < 10 else 100) for one in crowd(40)]
    rng = Random(5)
    kept = sum(bool(next_ring(people, NEED, now=0.0, rng=rng).newcomers) for _ in range(3000))
    assert 0.13 < kept / 3000 < 0.17


def test_only_the_first_ring_keeps_seats() -> None:
    people = [replace(one, ratings=0) for one in crowd(40)]
    assert not ring(people, SURE, number=2).newcomers


# --- between the rings


def test_who_declines_makes_room_for_the_next_best() -> None:
    people = crowd(10)
    assert instead(people, NEED, rng=Random(1), heard={9, 8}) == people[7]
    assert instead(people, NEED, rng=Random(1), heard=range(10)) is None


def test_a_list_shows_the_best_fit_first_until_something_is_old() -> None:
    fresh, better, old, older = Open(1, 50.0, 0.7), Open(2, 60.0, 0.9), Open(3, -20.0, 0.1), Open(4, -30.0, 0.2)
    assert listed([fresh, old, better, older], now=100.0) == [older, old, better, fresh]
    assert listed([old], now=99.0) == [old]
    back = Open(5, 90.0, 0.0, returned=True)
    assert listed([fresh, better, back, old], now=100.0) == [old, back, better, fresh]


@pytest.mark.parametrize(
    ("policy", "last", "prompt", "seconds"),
    [
        (RINGS, False, True, 8.0),
        (RINGS, True, True, 8.0),
        (RINGS, True, False, 0.0),
        (BROADCAST, True, True, 0.0),
        (replace(RINGS, settle=2.0), True, False, 2.0),
        (replace(RINGS, settle=2.0), False, False, 0.0),
        (replace(RINGS, park=0.0), False, True, 0.0),
        (replace(RINGS, settle=2.0), True, True, 8.0),
    ],
)
def test_a_claim_waits_only_where_the_brand_wants_it(policy: Policy, last: bool, prompt: bool, seconds: float) -> None:
    assert wait(policy, last=last, prompt=prompt) == seconds


def test_deliveries_are_spread_within_the_jitter() -> None:
    rng = Random(1)
    delays = [delay(RINGS, rng) for _ in range(200)]
    assert min(delays) >= 0
    assert max(delays) < 0.15
    assert max(delays) - min(delays) > 0.1


@pytest.mark.parametrize(
    "wrong",
    [{"sizes": (0,)}, {"seconds": 0.0}, {"settle": -1.0}, {"park": -1.0}, {"explore": 1.1}, {"income_target": 0}],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"ring|share|target"):
        Policy(**wrong)  # type: ignore[arg-type]


CROWDS = st.lists(
    st.builds(
        Candidate,
        expert=st.integers(1, 1000),
        brands=st.frozensets(st.integers(1, 2)),
        topics=st.just(frozenset({10})),
        languages=st.just(frozenset({"es"})),
        online=st.booleans(),
        gate_open=st.booleans(),
        load=st.integers(0, 2),
        capacity=st.integers(1, 3),
        resolution=st.sampled_from([0.5, 0.8, 0.9]),
        ratings=st.integers(0, 40),
        earned=st.integers(0, 3000),
    ),
    max_size=40,
    unique_by=lambda candidate: candidate.expert,
)


@settings(deadline=None)
@given(CROWDS, st.integers(), st.integers(1, 60))
def test_through_all_rings_everyone_qualified_hears_exactly_once(
    candidates: list[Candidate], seed: int, waiting: int
) -> None:
    rng, heard, number, last = Random(seed), [], 0, False
    while not last:
        number += 1
        found = next_ring(candidates, NEED, now=0.0, rng=rng, number=number, heard=set(heard), waiting=waiting)
        heard += [one.expert for one in found.seats]
        assert found.newcomers <= {one.expert for one in found.seats}
        last = found.last
    assert number <= 3
    assert len(heard) == len(set(heard))
    assert set(heard) == {one.expert for one in candidates if refusal(one, NEED) is None}


@settings(deadline=None)
@given(CROWDS, st.integers())
def test_nobody_outside_the_first_ring_scores_higher_than_anybody_inside(
    candidates: list[Candidate], seed: int
) -> None:
    found = next_ring(candidates, NEED, now=0.0, rng=Random(seed), policy=PLAIN)
    inside = seated(found)
    outside = [score(one) for one in candidates if refusal(one, NEED) is None and one.expert not in inside]
    if inside and outside:
        assert max(outside) <= min(score(one) for one in found.seats)
