"""How many details an expert has named: hidden ones, and numbers in a list to choose from."""

import pytest

from chatmarket.privacy.guesses import named
from chatmarket.privacy.segments import Kind, Text, Token

MAIL = Token(Kind.EMAIL, 0)


@pytest.mark.parametrize(
    ("messages", "many"),
    [
        ([(Text("is it "), MAIL, Text(" or "), MAIL)], 2),
        ([(Token(Kind.EMAIL, 1), Text(" is right"))], 0),  # quoted
        ([(Text("see "), Token(Kind.URL, 0))], 0),
        ([(Text("1111, 2222 or 3333?"),)], 3),
        ([(Text("1111, 2222 or 3333?"),), (Text("2222, 3333, 4444?"),)], 4),
        ([(Text("1111 or 2222?"),), (Text("models 300, 4000 and 50000"),)], 0),
        ([(Text("it weighs 12, 34 or 56"),)], 0),
    ],
)
def test_details_that_an_expert_names_are_counted(messages, many):
    assert named(messages) == many
