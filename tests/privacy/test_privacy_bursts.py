"""What several messages give away together is masked: values begun in one and ended in the next, digits in pieces."""

import re

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.segments import Kind, Text, Token, plain


def read(*lines: str, language: str = "en", known: tuple[Known, ...] = ()) -> list[str]:
    """The messages as they read at last; an expert's begin with `>`."""
    said = [("expert" if line.startswith(">") else "customer", line.removeprefix(">")) for line in lines]
    return [plain(shown.segments) for shown in converse(said, known, language)]


@pytest.mark.parametrize(
    "lines",
    [
        ("4111", "1111", "1111", "1111"),
        ("my card is 4111", "1111 1111 1111"),
        ("612 34", "56 78"),
        ("ok it is 61", "2 34", "and then 5678"),
        ("61", "> and?", "23", "> go on", "45", "678"),
        ("ES91-2100-0418-4502", "0005-1332"),
        ("es 61", "luego 23", "y 456"),
        ("six one", "two three", "four five six"),
        ("6", "1", "2", "3", "4", "5", "6", "7", "8"),
    ],
)
def test_digits_given_in_pieces_are_hidden_in_every_message(lines):
    shown = [line for line in read(*lines) if "and?" not in line and "go on" not in line]
    left = re.sub(r"\[[a-z]+ [0-9]+\]", "", " ".join(shown))
    assert not re.search(r"[0-9]|six|two|five", left), shown


@pytest.mark.parametrize(
    "lines",
    [
        ("size 42", "and 2 of them", "10:30 is fine"),
        (">How many rooms do you need?", "2", ">For how many nights?", "14", ">Which floor?", "12", "34"),
        ("my phone is [x]", "2 of us"),
        ("2019", "2020"),
        ("12", "34"),
        ("$250", "$1200"),
        ("at 10:30", "or 11:45"),
    ],
)
def test_numbers_that_something_explains_are_left_alone(lines):
    assert read(*lines) == [line.removeprefix(">") for line in lines]


def test_a_number_that_is_whole_takes_nothing_from_before():
    assert read("42", "654321098") == ["42", "[phone 1]"]


def test_an_address_at_the_border_of_two_messages_is_one():
    first, second = read("write to ana.ruiz", "@lumen.es please")
    assert "ruiz" not in first and "lumen" not in second


def test_a_value_of_before_is_put_back_to_read_on():
    wallet = Wallet((Known(Kind.NAME, 1, "ana"),))
    before = Turn("customer", (Text("write to "), Token(Kind.NAME, 1)))
    masked = mask("@lumen.es please", wallet, Dialogue(turns=(before,)))
    assert "lumen" not in plain(masked.segments)


def test_the_longest_message_may_follow_another():
    before = Turn("customer", (Text("it is 12 " * 400),))
    assert mask("34 " * 1_333, Wallet(), Dialogue(turns=(before,) * 20)).segments


def test_what_the_other_side_said_between_ends_a_burst():
    assert read("write to ana.ruiz", ">Sorry?", "@lumen.es please")[0].endswith("ruiz")


def test_a_new_value_is_masked_in_what_its_owner_said_before_and_nothing_tells_an_expert_that_it_is_theirs():
    lines = read("order kochtrczki9", ">kochtrczki9, I see", "my e-mail is kochtrczki9@lumen.es")
    assert [line for line in lines if "kochtrczki9" in line] == [lines[1]] == ["kochtrczki9, I see"]


def test_hindsight_tells_the_places_in_the_message_it_amends():
    turns = (Turn("customer", (Token(Kind.PHONE, 1), Text(", is it kochtrczki9?"))), Turn("expert", (Text("yes"),)))
    masked = mask("kochtrczki9@lumen.es", Wallet((Known(Kind.PHONE, 1, "654321098"),)), Dialogue(turns=turns))
    (hindsight,) = masked.hindsight
    assert hindsight.back == 2
    assert plain(hindsight.segments) == "[phone 1], is it [email 2]?"
    ((which, span),) = hindsight.spans
    assert (which, span.start, span.end) == (1, 8, 19)
    assert [known.value for known in masked.fresh] == ["kochtrczki9@lumen.es", "kochtrczki9"]


@pytest.mark.parametrize("text", ["my card is 4111", "mi correo es", "my e-mail is", "612 34", "ana@lumen.es"])
def test_a_message_that_may_go_on_must_be_known_to_the_next(text):
    assert mask(text, Wallet()).pending
    assert mask(text, Wallet()).teaches


@pytest.mark.parametrize("text", ["hello", "thank you very much", ""])
def test_most_messages_teach_nothing(text):
    assert not mask(text, Wallet()).teaches
