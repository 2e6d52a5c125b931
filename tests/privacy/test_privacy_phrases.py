"""Phrases are found whole word by whole word, in one way when there are few and in another when there are many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatmarket.privacy import phrases
from chatmarket.privacy.phrases import Phrases, spelled

words = st.sampled_from(["a", "b", "c", "dd", "e", "é", "ab"])
some = st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=12, unique=True)
texts = st.lists(st.one_of(words, st.sampled_from([" ", ", ", "  ", "-", "\n"])), max_size=30).map("".join)


@given(some, texts)
def test_both_ways_find_the_same(given_phrases, text):
    few, many = (Phrases({phrase: phrase for phrase in given_phrases}) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrases, "MOST_ALIKE", 100)
        by_word = sorted(few.find(text))
        patch.setattr(phrases, "MOST_ALIKE", 0)
        by_automaton = sorted(many.find(text))
    assert by_word == by_automaton
    assert all(spelled(text[start:end]) == spelled(phrase) for start, end, phrase in by_word)


@pytest.mark.parametrize(
    ("text", "places"),
    [("los angeles", [(0, 11)]), ("(los  angeles)", [(1, 13)]), ("los, angeles!", [(0, 12)]), ("losangeles", [])],
)
def test_signs_and_spaces_between_words_do_not_matter(text, places):
    assert [found[:2] for found in Phrases({"los angeles": 1}).find(text)] == places
