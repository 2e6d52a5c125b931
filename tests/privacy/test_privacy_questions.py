"""An expert's question opens the kinds it asks for, for as long as it is open."""

import sys

import pytest

from chatmarket.privacy import questions
from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.questions import asked, asks
from chatmarket.privacy.segments import Kind, Text, Token


def kinds(text, language="en"):
    return sorted(asks(text, language))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Could I get your name, please?", ["name"]),
        ("Who am I speaking with?", ["name"]),
        ("what's the name on the account", ["name"]),
        ("Could you provide me with the name of the host, please?", ["name"]),
        ("Full name, account number, and PIN please.", ["account", "name", "pin"]),
        ("Account number?", ["account"]),
        ("I still need the code.", ["code"]),
        ("first pet?", ["secret"]),
        ("What was your mother's maiden name?", ["secret"]),
        ("And what was the name of the pet you had as a child?", ["secret"]),
        ("Where were you born?", ["secret"]),
        ("Thanks for your name, Jane. And your DOB?", ["birthdate"]),
        ("When is your birthday?", ["birthdate"]),
        ("What is the e-mail on your account?", ["email"]),
        ("Can you confirm the shipping address and zip?", ["address", "postcode"]),
        ("Where should we send it?", ["address"]),
        ("What's the best number to reach you?", ["phone"]),
        ("last 4 of your social please", ["card", "ssn"]),
        ("the three digits on the back of the card?", ["cvv"]),
        ("What's your username?", ["handle"]),
        ("Please enter your new password", ["password"]),
        ("I'll need your passport number", ["document"]),
        ("what's the order number?", ["account"]),
    ],
)
def test_what_english_questions_ask_for(text, wanted):
    assert kinds(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("¿me dices tu DNI?", ["dni"]),
        ("Para verificar necesito tu fecha de nacimiento", ["birthdate"]),
        ("¿a nombre de quién está la cuenta?", ["name"]),
        ("Nombre y apellidos, por favor", ["name"]),
        ("¿Cómo te llamas?", ["name"]),
        ("¿Con quién tengo el gusto?", ["name"]),
        ("¿Cuál era tu primera mascota?", ["secret"]),
        ("¿El apellido de soltera de tu madre?", ["secret"]),
        ("pásame el número de pedido", ["account"]),
        ("¿Me confirmas tu dirección y código postal?", ["address", "postcode"]),
        ("¿Qué teléfono te pongo?", ["phone"]),
        ("dime el código que te ha llegado", ["code"]),
        ("Indíqueme su correo electrónico", ["email"]),
        ("¿los tres dígitos de atrás?", ["cvv"]),
    ],
)
def test_what_spanish_questions_ask_for(text, wanted):
    assert kinds(text, "es") == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Hello, how can I help?",
        "At what venue would you like to have your party?",
        "What is the product name?",
        "Do you have a promo code?",
        "Never share your password with anyone.",
        "Thanks for your account number.",
        "I have updated your address.",
        "Your PIN was correct!",
        "I've sent you an e-mail.",
        "My name is Alex, how are you?",
        "",
    ],
)
def test_what_asks_for_nothing_in_english(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    "text", ["¿En qué puedo ayudarte?", "Gracias por tu DNI", "¿y el nombre del producto?", "Te he enviado un correo."]
)
def test_what_asks_for_nothing_in_spanish(text):
    assert kinds(text, "es") == []


def open_after(*said, author="customer", language="en"):
    """What is open after these messages: of the expert's (strings), of the customer's (tuples of segments)."""
    turns = [Turn("expert", (Text(one),)) if isinstance(one, str) else Turn("customer", one) for one in said]
    return sorted(asked(Dialogue(author, language, tuple(turns))))


ASIDE = (Text("one second"),)
NAME = (Token(Kind.NAME, 1),)


def test_a_question_is_open_for_three_messages():
    question = "Could I get your name?"
    assert open_after(question) == ["name"]
    assert open_after(question, ASIDE, ASIDE) == ["name"]
    assert open_after(question, ASIDE, ASIDE, ASIDE) == []


def test_nothing_is_asked_of_an_expert():
    assert open_after("Could I get your name?", author="expert") == []
    assert open_after((Text("and your name?"),)) == []


def test_a_question_about_something_else_closes_the_one_before():
    assert open_after("Your name?", NAME, "What day suits you?") == []
    assert open_after("Your name?", ASIDE, "What day suits you?", ASIDE) == []
    assert open_after("Your name?", "Are you there?") == ["name"]


def test_what_was_not_given_stays_open_beside_the_next_question():
    assert open_after("Your PIN?", (Text("I forgot it"),), "Then your date of birth?") == ["birthdate", "pin"]
    assert open_after("Your name?", NAME, "Thanks, and your PIN?") == ["pin"]
    assert open_after("Your name?", NAME) == ["name"], "a surname may follow"


def test_a_question_for_the_rest_repeats_the_one_before():
    given = (Token(Kind.PIN, 1),)
    assert open_after("Your PIN?", given, "Can you tell me the rest?") == ["pin"]


def test_a_masked_word_in_a_question_is_no_matter():
    turn = Turn("expert", (Token(Kind.NAME, 1), Text(", what is your account number?")))
    assert asked(Dialogue("customer", "en", (turn,))) == {Kind.ACCOUNT}


def test_another_language_falls_back_to_english():
    assert open_after("Your name?", language="de-AT") == ["name"]
    assert open_after("¿Tu nombre?", language="es-MX") == ["name"]


def test_what_an_expert_wrote_is_remembered_without_their_words():
    said = "-".join(("what", "is", "the", "pin", "of", "Quorvane"))
    turn = Turn("expert", (Text(said),))
    before = sys.getrefcount(said)
    for _ in range(2):
        assert mask("2580", Wallet(), Dialogue(turns=(turn,))).kinds == (Kind.PIN,)
        assert questions.asks(said, "en") == {Kind.PIN}
    assert sys.getrefcount(said) == before
