"""What is kept nowhere is hidden again when it is typed once more, however late and with no cue."""

import pytest

from chatmarket.privacy import retold
from chatmarket.privacy.conversation import converse
from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.ledger import kept
from chatmarket.privacy.marks import marks_of
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, plain
from chatmarket.privacy.standing import is_word_first, parts_of
from chatmarket.privacy.wordlists import is_anybodys, is_ordinary

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
    for text in ("9917, 4821", "4821\n612 345 678", "612 345 678, 4821", "48 21 or 9917", "x=4821&y=7712345"):
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


@pytest.mark.parametrize(
    ("cue", "later", "left"),
    [
        ("my pin is 1234", "my phone is 612 1234 55", "my phone is [phone 1]"),
        ("my pin is 1234", "it is 1234 5566 7788", "it is [phone 1]"),
        ("cvv 123", "room 123 at 123 Main Street, Springfield", "[address 1]"),
        ("my pin is 123", "I live at 123 Main Street, Springfield", "I live at [address 1]"),
        ("cvv 123", "I paid 123 euros", "I paid 123 euros"),
        ("my pin is 1230", "I paid 1230 euros for 1230 km", "I paid 1230 euros for 1230 km"),
        ("my pin is 1230", "at 12:30", "at 12:30"),
        ("the code is 2024", "I bought it in 2024", "I bought it in 2024"),
        ("the code is 2024", "it's 2024", "it's [code 1]"),
        ("my password is lumen2024", "lumen2024@mail.example", "[email 1]"),
        ("my password is springfield!", "I live at 123 Main Street, Springfield", "I live at [address 1]"),
    ],
)
def test_a_value_of_its_own_is_whole_though_it_holds_the_characters_of_a_dropped_one(cue, later, left):
    assert read(cue, later)[-1] == left


def test_a_password_is_kept_in_nothing_wider_that_leaves_it_out():
    wallet = Wallet(_kept("password", "hunter22"), KEY)
    for text in ("https://x.example/hunter22/in", "I live at 12 Elm Road, hunter22, Leeds"):
        masked = mask(text, wallet)
        assert Kind.PASSWORD in masked.kinds and len(masked.kinds) > 1
        assert not any("hunter22" in known.value for known in masked.fresh)


@pytest.mark.parametrize("again", ['"4821"', "4821 \U0001f44d", "\u201c4821\u201d", "4821.", "so 4821, then"])
def test_signs_beside_a_number_explain_nothing(again):
    assert "4821" not in plain(mask(again, Wallet(_kept("pin", "4821"), KEY)).segments)


@pytest.mark.parametrize(("kind", "value"), [("cvv", "846"), ("pin", "4111123411111119"), ("code", "61234567890")])
def test_no_mark_is_made_of_a_security_code_or_of_more_digits_than_the_kind_has(kind, value):
    assert marks_of(KEY, Known(Kind(kind), 1, value)) == b""


def test_a_card_with_the_digits_of_a_pin_in_it_is_a_card():
    assert read("pin 1234", "card 4111 1234 1111 1119", "1234")[1:] == ["card [card 1]", "[pin 1]"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I will wait", "I will wait"),
        ("Will is here", "[name 1] is here"),
        ("will here again", "[name 1] here again"),
        ("so says will marsh", "so says [name 1]"),
        ("so says will j. marsh", "so says [name 1] j. [name 1]"),
        ("will", "[name 1]"),
    ],
)
def test_a_dropped_name_that_is_a_word_first_hides_no_ordinary_language(text, left):
    rules = Rules({Kind.NAME: Policy.DROP})
    wallet = Wallet(_kept("name", "Will Marsh", rules), KEY)
    assert plain(mask(text, wallet, Dialogue("customer", rules=rules)).segments) == left


def test_secrets_and_known_names_stay_in_no_memory_of_the_process():
    marks_of(KEY, Known(Kind.PASSWORD, 1, "qvorlaxy"))
    assert parts_of(["qvorlaxa qvorlaxo"]) == {}
    assert not any(hasattr(asked, "cache_info") for asked in (is_ordinary, is_anybodys, is_word_first))


def test_what_an_expert_said_is_remembered_by_a_digest_only():
    mask("have you tried qvorlaxen light", Wallet(), Dialogue("expert"))
    assert retold.plain("en") and all(isinstance(one, bytes) and len(one) == 16 for one in retold.plain("en"))
