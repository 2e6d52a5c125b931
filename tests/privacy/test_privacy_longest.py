"""The longest messages, one after the other: each is masked as one that stands alone, and none is refused."""

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import plain
from chatmarket.privacy.skeleton import LONGEST

ADDRESS = " ana@example.com"
LINK = "https://example.com/" + "a" * (LONGEST - 20)


@pytest.mark.parametrize("said", ["é" * (LONGEST - 16) + ADDRESS, "7 " * 1992 + ADDRESS, "word " * 796 + ADDRESS])
@pytest.mark.parametrize("before", ["call me at", LINK, "612", "x" * LONGEST])
def test_a_message_of_full_length_is_masked_whatever_was_said_before(before: str, said: str) -> None:
    shown = converse([("customer", text) for text in (before, said, said[:-1], "612", said)])
    for one in (shown[1], shown[4]):
        # A crowd of digits is masked as a whole, whatever it is.
        assert one.spans[-1].end == len(said) and "ana" not in plain(one.segments)
