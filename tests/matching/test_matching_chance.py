"""Drawing without dice of one's own."""

from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.chance import drawn


@settings(deadline=None)
@given(st.lists(st.integers(), unique=True), st.integers(-1, 30), st.integers())
def test_a_draw_is_a_part_without_repetition(items: list[int], count: int, seed: int) -> None:
    got = drawn(items, count, Random(seed))
    assert len(got) == min(max(count, 0), len(items))
    assert len(set(got)) == len(got)
    assert set(got) <= set(items)


def test_the_same_dice_draw_the_same() -> None:
    assert drawn(range(100), 10, Random(3)) == drawn(range(100), 10, Random(3))


def test_every_place_goes_to_everyone_alike() -> None:
    rng = Random(1)
    firsts = Counter(tuple(drawn("abc", 2, rng)) for _ in range(6000))
    assert len(firsts) == 6
    assert all(850 < count < 1150 for count in firsts.values())


def test_what_is_drawn_from_stays_as_it_was() -> None:
    items = [1, 2, 3]
    drawn(items, 3, Random(1))
    assert items == [1, 2, 3]
