"""Where a value ends, and what looks like one: words behind it, halves of it, quotations, code."""

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Known, Wallet, mask
from chatmarket.privacy.rules import Policy, Rules
from chatmarket.privacy.segments import Kind, plain


def read(*lines: str, language: str = "en") -> list[str]:
    """The messages as they read at last; an expert's begin with `>`."""
    said = [("expert" if line.startswith(">") else "customer", line.removeprefix(">")) for line in lines]
    return [plain(shown.segments) for shown in converse(said, (), language)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it is ES91 2100 0418 4502 0005 1332 all right", "it is [iban 1] all right"),
        ("GB33 BUKB 2020 1555 5555 55 for now", "[iban 1] for now"),
        ("iban ES91 2100 0418 4502 0005 1333 ok", "iban [iban 1] ok"),
        ("my cvv 044 5555", "my cvv [cvv 1] [cvv 2]"),
        ("password is 881 20", "password is [password 1]"),
        ("password is 881 205 17 now", "password is [password 1] now"),
        ('"rosa" at "gmail"', '"[email 1]"'),
        ("rosa.k\nat outlook dot com", "[email 1]"),
        ("[email 1] is rosa at lumen", "[email 1] is [email 1]"),
        ("[email 1] is wrong", "[email 1] is wrong"),
    ],
)
def test_a_value_is_hidden_to_its_end_and_no_further(text, shown):
    assert read(text) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "put @import first",
        "@media (min-width: 40em) and @supports(display: grid)",
        "@theme { --gap: 1rem }",
        "@Override above the method",
        "@lru_cache(maxsize=8) is slow",
    ],
)
def test_code_is_no_user_name(text):
    assert read(text) == [text]


def test_a_user_name_beside_code_is_hidden():
    assert read("ask @rosa_k (the author) about @import") == ["ask [handle 1] (the author) about @import"]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (
            ("rosa@lumen.example and my number is 633", "412 907"),
            ["[email 1] and my number is [number 2]", "[number 1]"],
        ),
        (("then use karvo.siskin", "at gmail dot com"), ["then use [email 1]", "[email 1]"]),
        (
            ("I said many times that you can write to me under karvo.siskin", "at outlook dot com"),
            None,
        ),
        (("card 5555 5555", "5555 4444", "or karvo.siskin", "at gmail dot com"), None),
    ],
)
def test_a_value_over_two_messages_is_hidden_in_both(lines, shown):
    found = read(*lines)
    assert shown is None or found[0].rpartition(" ")[0] == shown[0].rpartition(" ")[0]
    assert not any(left in " ".join(found) for left in ("633", "907", "siskin", "5555", "4444"))


def test_a_visible_address_is_readable_whole():
    rules = Rules({Kind.EMAIL: Policy.VISIBLE})
    text = "rosa@lumen.example is mine"
    assert plain(mask(text, Wallet(), Dialogue(rules=rules)).segments) == "rosa@lumen.example is mine"
    known = Wallet((Known(Kind.NAME, 1, "Rosa"),))
    assert plain(mask(text, known, Dialogue(rules=rules)).segments).startswith("[name 1]@")
