"""What is kept nowhere is hidden again when it is typed once more, however late and with no cue."""

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.ledger import kept
from chatmarket.privacy.marks import marks_of
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, plain

KEY = b"k" * 32


def read(*lines):
    """The messages as they read at last; an expert's begin with `>`."""
    said = [("expert" if line.startswith(">") else "customer", line.removeprefix(">")) for line in lines]
    return [plain(one.segments) for one in converse(said)]


@pytest.mark.parametrize(
    ("cue", "again", "left"),
    [
        ("my PIN is 4821", "I typed 4821 and it says no", "I typed [pin 1] and it says no"),
        ("my PIN is 4821", "48 21", "[pin 1]"),
        ("my password is Secr3t!Otter", "secr3t!otter does not work", "[password 1] does not work"),
        ("my code is 482 193", "482193?", "[code 1]?"),
        ("the security code of the card is 846", "846 it is", "[cvv 1] it is"),
        (
            "my password is qvorlax",
            "why is qvorlax refused over and over again?",
            "why is [password 1] refused over and over again?",
        ),
    ],
)
@pytest.mark.parametrize("between", [0, 30])
def test_a_dropped_value_is_hidden_again_without_a_cue_however_long_ago_it_was(cue, again, left, between):
    talk = ["it still does not start"] * between
    assert read(cue, *talk, again)[-1] == left


def test_an_everyday_word_is_hidden_where_it_is_nearly_all_that_is_said():
    lines = read("the blue light blinks", "my password is blue, yes blue", "blue!", "the blue cable is in", "it's blue")
    assert lines[0] == "the blue light blinks", "with a token there it would tell whose password is blue"
    assert "blue" not in lines[1] and "blue" not in lines[2] and "blue" not in lines[4]
    assert lines[3] == "the blue cable is in"


def test_the_same_secret_has_the_same_number_and_another_has_another():
    assert read("my PIN is 4821", "my PIN is 4821", "my PIN is 9917", "9917 or 4821")[1:] == [
        "my PIN is [pin 1]",
        "my PIN is [pin 2]",
        "[pin 2] or [pin 1]",
    ]


def test_what_was_dropped_comes_into_no_vault_in_the_company_of_others():
    wallet = Wallet(_kept("pin", "4821"), KEY)
    for text in ("9917, 4821", "it is 4821 5566 7788", "4821 7712345"):
        masked = mask(text, wallet)
        assert "4821" not in plain(masked.segments) and not any("4821" in known.value for known in masked.fresh)


def test_an_expert_learns_nothing_from_it():
    assert read("my PIN is 4821, my password is blue", ">is it 4821 or 4822?", ">blue?")[1:] == [
        "is it 4821 or 4822?",
        "blue?",
    ]
    hinted = mask("the password is blue", Wallet(_kept("password", "blue"), KEY), Dialogue("expert"))
    assert plain(hinted.segments) == "the password is [password]"


def _kept(kind, value, rules=Rules()):
    return (kept(Known(Kind(kind), 1, value), rules, KEY),)


def test_a_mark_is_keyed_and_says_nothing_by_itself():
    (known,) = _kept("pin", "4821")
    assert known.value == "" and len(known.marks) == 9 and b"4821" not in known.marks
    assert known.marks != marks_of(b"x" * 32, Known(Kind.PIN, 1, "4821"))
    assert mask("4821 again", Wallet((known,), b"x" * 32)).spans == ()
    assert "4821" not in repr(known) + repr(Wallet((known,), KEY))


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("name", "Zoraida Quintanar", "so says quintanar, zoraida"),
        ("known", "Wren Cottage", "I live in wren cottage"),
        ("address", "Elm Row 4", "at elm row 4"),
        ("phone", "612 345 678", "612345678"),
        ("email", "zoraida@heronmail.example", "zoraida @ heronmail . example"),
    ],
)
def test_what_a_brand_drops_is_found_in_every_message(kind, value, text):
    wallet = Wallet(_kept(kind, value, Rules({Kind(kind): Policy.DROP})), KEY)
    assert not any(word in plain(mask(text, wallet).segments) for word in value.lower().split())


def test_a_message_of_nothing_but_candidates_is_hidden_whole():
    wallet = Wallet(_kept("pin", "48217"), KEY)
    assert [span.why for span in mask("a bb a bb " * 400, wallet).spans] == ["crowd"]
