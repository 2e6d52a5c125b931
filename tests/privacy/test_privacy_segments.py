"""Segments survive the wire, and nothing else does."""

import pytest

from chatmarket.privacy.segments import Kind, Text, Token, from_json, plain, to_json

SAID = (Text("write to "), Token(Kind.EMAIL, 1), Text(" please"))


def test_segments_are_written_as_the_protocol_says():
    assert to_json(SAID) == [{"text": "write to "}, {"token": "email", "n": 1}, {"text": " please"}]


def test_segments_come_back_as_they_were_written():
    assert from_json(to_json(SAID)) == SAID


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"text": 1},
        {"text": "a", "n": 1},
        {"token": "email", "n": 0},
        {"token": "email", "n": True},
        {"token": "email", "n": "1"},
        {"token": "soul", "n": 1},
        {"token": "email", "n": 1, "value": "ana@lumen.es"},
    ],
)
def test_a_shape_that_is_no_segment_is_refused(shape):
    with pytest.raises(ValueError, match="A segment is"):
        from_json([shape])


def test_plain_text_names_the_tokens():
    assert plain(SAID) == "write to [email 1] please"
    assert plain(SAID, label=lambda token: "•" * token.n) == "write to • please"
