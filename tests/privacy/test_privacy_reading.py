"""The words of a message are found by hand where its pattern would find them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.skeleton import skeleton

WORD = pattern(r"[a-z0-9\xff]+(?:['-][a-z0-9\xff]+)*")


@given(st.text(alphabet=st.sampled_from("aZé9ñ王ﬃ'-’ .\n_@"), max_size=40) | st.text(max_size=40))
def test_words_stand_where_the_pattern_finds_them(text):
    reading = Reading(skeleton(text))
    assert [(word.start, word.end) for word in reading.words] == list(places(WORD, reading.bones.scan))
    assert len(reading.tokens) == len(reading.words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ana O'Hara", [("ana", True, False), ("o'hara", True, False)]),
        ("JOSÉ b2", [("jose", True, True), ("b2", False, False)]),
        ("I", [("i", True, False)]),
    ],
)
def test_a_word_tells_how_it_was_written(text, words):
    assert [(word.text, word.capital, word.shouted) for word in Reading(skeleton(text)).words] == words
