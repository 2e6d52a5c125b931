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
        ("\u0149\u0967\u0968sw", "[postcode 1]"),  # glued to a letter of another script, it is hidden with it
        ("\u0436sw1a 1aa", "[postcode 1]"),
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


@pytest.mark.parametrize(
    ("question", "answer", "shown"),
    [
        ("Booking reference?", "z w 4 k g 9", "[account 1]"),
        ("Your player id please", "it's kx 7 1 4 e", "it's [account 1]"),
        ("Which confirmation number do you have?", "bfgh83", "[account 1]"),
        ("Could you read me the number?", "kd 71 33 w", "[account 1]"),
        ("What is your flight id?", "it is 871", "it is 871"),
        ("And the number of guests?", "it is 120", "it is 120"),
        ("Account number?", "at 5 pm", "at 5 pm"),
        ("What new password would you like?", "Kolibri1987", "[password 1]"),
        ("Would you like your password by e-mail?", "certainly", "certainly"),
        ("What is the house number?", "number 17", "[address 1]"),
        ("Street and house number?", "elm 22", "[address 1]"),
        ("How many rooms?", "17", "17"),
        ("Your name, please?", "Bracket", "[name 1]"),
        ("Your name, please?", "Nope", "Nope"),
        ("Your name, please?", "Great", "Great"),
        ("Policy number?", "kx five five two one", "[account 1]"),
        ("What is the vehicle registration?", "rt zero nine wd 4410", "[document 1]"),
        ("Thanks. City?", "tulsa oklahoma", "[address 1]"),
        ("Thanks. City?", "why?", "why?"),
        ("Which city is the hotel in?", "tulsa", "tulsa"),
        ("Full name and account number?", "piet kovalenko 7 7 1 3 x", "[name 1] [account 2]"),
    ],
)
def test_what_is_answered_is_hidden_and_nothing_else(question, answer, shown):
    assert read(f">{question}", answer)[1] == shown.replace("[account 2]", "[account 1]")


@pytest.mark.parametrize(
    ("question", "answer", "shown"),
    [
        ("¿Me da el número?", "kd 71 33 w", "[account 1]"),
        ("¿Número de habitaciones?", "120", "120"),
        ("¿Cuál quiere que sea su contraseña?", "Colibri1987", "[password 1]"),
        ("Gracias. ¿Y la ciudad?", "getafe", "[address 1]"),
    ],
)
def test_what_is_answered_in_spanish_is_hidden_and_nothing_else(question, answer, shown):
    assert read(f">{question}", answer, language="es")[1] == shown


def test_a_question_may_go_on_to_another_person():
    assert read(">Her login?", "rkarvo", ">And yours?", "tkarvo")[3] == "[handle 2]"
    assert read(">Date of birth of Kabir?", "9 july 2016", ">And Diya?", "11 sept 2014")[3] == "[birthdate 2]"


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("my name is Trần Thị Be", "en", "my name is [name 1]"),
        ("its Bo Zhang here", "en", "its [name 1] here"),
        ("please ask for Harpreet at the door", "en", "please ask for [name 1] at the door"),
        ("el titular es luis alberto de la cruzada", "es", "el titular es [name 1]"),
        ("Ingvild", "en", "[name 1]"),
        ("Hello", "en", "Hello"),
        ("Netflix", "en", "Netflix"),
        ("plate 71 KLD 904", "en", "plate [document 1]"),
        ("número de cliente 00 71 33 B", "es", "número de cliente [account 1]"),
        ("number 4 and 7 of the list", "en", "number 4 and 7 of the list"),
        ("karvo / k4r7vo99&x is what I typed", "en", None),
        ("cumplo el 4 de marzo", "es", "cumplo el [birthdate 1]"),
    ],
)
def test_names_and_ids_end_where_they_end(text, language, shown):
    found = read(text, language=language)[0]
    assert found == shown if shown else "&" not in found
