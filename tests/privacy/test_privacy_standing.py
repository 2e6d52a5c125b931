"""A part of a known name that is a word first is hidden where it stands as a name, and left where it is a word."""

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import plain


def after(name: str, text: str, language: str = "en") -> str:
    introduced, shown = converse([("customer", name), ("customer", text)], (), language)
    assert "[name 1]" in plain(introduced.segments)
    return plain(shown.segments)


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("my name is Will Marsh", "will it arrive? i will wait", "en"),
        ("I'm Grace Young", "the young one is broken", "en"),
        ("my name is Peter May", "it may take a week, may i ask", "en"),
        ("my name is Anna Black", "i want the black one", "en"),
        ("me llamo Luis Blanco", "lo quiero en blanco", "es"),
        ("me llamo Ana Calle", "vivo en la calle de al lado", "es"),
    ],
)
def test_a_word_is_left_alone(name, text, language):
    assert after(name, text, language) == text


@pytest.mark.parametrize(
    ("name", "text", "hidden", "language"),
    [
        ("my name is Will Marsh", "it is for will marsh", "it is for [name 1]", "en"),
        ("my name is Will Marsh", "marsh, will", "[name 1], [name 1]", "en"),
        ("my name is Will Marsh", "ask for Marsh", "ask for [name 1]", "en"),
        ("my name is Will Marsh", "marsh", "[name 1]", "en"),
        ("my name is Will Marsh", "will here again", "[name 1] here again", "en"),
        ("me llamo Luis Blanco", "pregunta por Blanco", "pregunta por [name 1]", "es"),
        ("my name is Rose Marlowe", "rose again", "[name 1] again", "en"),
        ("my name is Will", "i will wait", "i [name 1] wait", "en"),
    ],
)
def test_a_name_is_hidden(name, text, hidden, language):
    assert after(name, text, language) == hidden
