"""Margins that were learnt elsewhere rank topics, and lie in a database as plain numbers."""

import math

import pytest

from matching.margins import Margins, phrases, pieces, unpacked

BATTERY, BRAKES, BELL = 3, 5, 8
MARGINS = Margins(
    topics=(BATTERY, BRAKES, BELL),
    scales=(0.5, 0.25, 1.0),
    offsets=(0.0, 0.1, -1.0),
    rarity={"battery": 2.0, "brake": 2.0, "my brake": 3.0, "#bra": 1.5},
    weights={"battery": [127, -127, 0], "brake": [-100, 100, 1], "my brake": [0, 127, 0], "#bra": [-1, 127, -127]},
)
ALL = {BATTERY, BRAKES, BELL}


def test_what_speaks_for_a_topic_puts_it_first() -> None:
    assert MARGINS.rank("the battery", ALL)[0] == BATTERY
    assert MARGINS.rank("my brake", ALL)[0] == BRAKES


def test_only_those_topics_are_ranked_that_are_asked_about() -> None:
    assert MARGINS.rank("the battery", {BRAKES, BELL, 99}) == (BELL, BRAKES)
    assert MARGINS.rank("the battery", {BELL}) == (BELL,)
    assert MARGINS.rank("the battery", ()) == ()


def test_without_a_known_word_offsets_decide() -> None:
    assert MARGINS.rank("", ALL) == (BRAKES, BATTERY, BELL)


def test_each_family_has_length_one_and_repeating_counts_by_its_logarithm() -> None:
    shares = {feature: share for share, feature in MARGINS._weighed("my brake brake")}
    brake, pair = (1 + math.log(2)) * 2.0, 3.0
    assert shares["brake"] == pytest.approx(brake / math.hypot(brake, pair))
    assert shares["my brake"] == pytest.approx(pair / math.hypot(brake, pair))
    assert shares["#bra"] == 1.0


def test_what_is_packed_comes_back_the_same() -> None:
    back = unpacked(MARGINS.packed())
    assert (back.topics, back.scales, back.offsets) == (MARGINS.topics, MARGINS.scales, MARGINS.offsets)
    assert back.rarity == MARGINS.rarity
    assert {name: list(row) for name, row in back.weights.items()} == dict(MARGINS.weights)
    assert back.rank("my brake", ALL) == MARGINS.rank("my brake", ALL)


def test_families_are_words_with_pairs_and_pieces_with_edges() -> None:
    assert phrases(["my", "card"]) == ["my", "card", "my card"]
    assert pieces(["ab"]) == ["# a", "#ab", "#b ", "# ab", "#ab ", "# ab "]
