"""Bare answers are found while a question is open; what people say instead of an answer stays readable."""

import pytest

from chatmarket.privacy.finders.answers import find
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import skeleton


def found(text, *asked, language="en"):
    """The values found, in order, without those inside others."""
    reading = Reading(skeleton(text), language, frozenset(asked))
    spans = sorted({(start, end) for start, end, _ in find(reading)}, key=lambda span: (span[0], -span[1]))
    whole = [span for i, span in enumerate(spans) if not any(span[1] <= end for _, end in spans[:i])]
    return [text[slice(*reading.bones.way_back(start, end))] for start, end in whole]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("alexis", ["alexis"]),
        ("it's sophy santino", ["sophy santino"]),
        ("sure, jane doe and my account is", ["jane doe"]),
        ("Yes of course! Tamsin O'Hara", ["Tamsin O'Hara"]),
        ("hope", ["hope"]),
        ("Will", ["Will"]),
        ("will smith", ["will smith"]),
        ("Xochitl Ng", ["Xochitl Ng"]),
        ("J. Q. Public", ["J. Q. Public"]),
        ("SOPHY SANTINO", ["SOPHY SANTINO"]),
        ("Brian white 93418043810 is the account", ["Brian white"]),
        ("Mark is throwing this party.", ["Mark"]),
        ("adaeze okonkwo", ["adaeze okonkwo"]),
        ("Mary-Kate de Villiers", ["Mary-Kate de Villiers"]),
        ("riley, thanks", ["riley"]),
        ("Oh sorry, it's Deepthi", ["Deepthi"]),
        ("dunham is the surname", ["dunham"]),
        ("Prakash?", ["Prakash"]),
    ],
)
def test_names_answered_in_english(text, names):
    assert found(text, Kind.NAME) == names


@pytest.mark.parametrize(
    "text",
    [
        "why do you need that?",
        "yes",
        "ok one second",
        "I'd rather not say",
        "I don't remember",
        "I already told you",
        "my account is locked",
        "checking account",
        "hello?",
        "Great",
        "Sounds good",
        "let me check",
        "I want to cancel my subscription",
        "May I ask why?",
        "Monday at 9",
        "it's for AI and KFC",
    ],
)
def test_what_is_no_name_stays_readable_in_english(text):
    assert found(text, Kind.NAME) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Begoña", ["Begoña"]),
        ("claro, luz marina ospina", ["luz marina ospina"]),
        ("Vale, es Rosa", ["Rosa"]),
        ("jon ander", ["jon ander"]),
        ("Mª Jesús Pons", ["Mª Jesús Pons"]),
        ("Xochiquetzal", ["Xochiquetzal"]),
        ("iñaki, gracias", ["iñaki"]),
    ],
)
def test_names_answered_in_spanish(text, names):
    assert found(text, Kind.NAME, language="es") == names


@pytest.mark.parametrize(
    "text",
    ["¿para qué lo necesitas?", "sí", "un momento", "no quiero darlo", "quiero cancelar", "ya te lo dije", "soy yo"],
)
def test_what_is_no_name_stays_readable_in_spanish(text):
    assert found(text, Kind.NAME, language="es") == []


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("Buddy", ["Buddy"]),
        ("the answer is Cooper", ["Cooper"]),
        ("fluffy", ["fluffy"]),
        ("rover i think", ["rover"]),
        ("chocolate chip", ["chocolate chip"]),
        ("it was a cat called Mr Whiskers", ["Mr Whiskers"]),
        ("Sir Barks a Lot", ["Sir Barks a Lot"]),
        ("I think I named him nemo", ["nemo"]),
        ("Sanders, pet is Charlie.", ["Sanders", "Charlie"]),
    ],
)
def test_security_answers(text, secrets):
    assert found(text, Kind.SECRET) == secrets


@pytest.mark.parametrize(
    "text",
    [
        "I don't remember",
        "can i use something else?",
        "no idea sorry",
        "ok one moment",
        "Thank you so much, goodbye!",
        "why would you need to know that?",
        "I'm so confused",
        "wow",
    ],
)
def test_what_is_no_security_answer_stays_readable(text):
    assert found(text, Kind.SECRET) == []


def test_security_answers_in_spanish():
    assert found("era un perro, Rex", Kind.SECRET, language="es") == ["Rex"]
    assert found("pelusa creo", Kind.SECRET, language="es") == ["pelusa"]
    assert found("la verdad es que no sé", Kind.SECRET, language="es") == []
    assert found("¿otra pregunta?", Kind.SECRET, language="es") == []


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (Kind.PIN, "1234", ["1234"]),
        (Kind.PIN, "it's 12 34", ["12 34"]),
        (Kind.PIN, "one two three four", ["one two three four"]),
        (Kind.PIN, "it was either 0314 or 9431", ["0314", "9431"]),
        (Kind.PIN, "I'll be there at 5pm", []),
        (Kind.PIN, "I lost $500 already", []),
        (Kind.CODE, "031431 it says", ["031431"]),
        (Kind.CVV, "742", ["742"]),
        (Kind.ACCOUNT, "KOCHTRCZKI", ["KOCHTRCZKI"]),
        (Kind.ACCOUNT, "sure kochtrczki", ["kochtrczki"]),
        (Kind.ACCOUNT, "dd 67 d 7", ["dd 67 d 7"]),
        (Kind.ACCOUNT, "it's ab-12-99x", ["ab-12-99x"]),
        (Kind.ACCOUNT, "I don't have it with me", []),
        (Kind.PHONE, "654 32 10 98", ["654 32 10 98"]),
        (Kind.SSN, "9999", ["9999"]),
        (Kind.BIRTHDATE, "3rd of may 1984", ["3rd of may 1984"]),
        (Kind.BIRTHDATE, "march fifth nineteen eighty four", ["march fifth nineteen eighty four"]),
        (Kind.BIRTHDATE, "it's 05/03/84", ["05/03/84"]),
        (Kind.BIRTHDATE, "I was born in 1990", ["1990"]),
        (Kind.BIRTHDATE, "May 8", ["May 8"]),
        (Kind.BIRTHDATE, "I may tell you later", []),
        (Kind.EMAIL, "riley 543 gmailcom", ["riley 543 gmailcom"]),
        (Kind.EMAIL, "jsmith_84", ["jsmith_84"]),
        (Kind.EMAIL, "same as before", []),
        (Kind.HANDLE, "it's the_real_dan", ["the_real_dan"]),
        (Kind.HANDLE, "coolcat", ["coolcat"]),
        (Kind.HANDLE, "i forgot", []),
        (Kind.PASSWORD, "Tr0ub4dor&3, ok?", ["Tr0ub4dor&3"]),
        (Kind.ADDRESS, "742 evergreen terrace springfield", ["742 evergreen terrace springfield"]),
        (Kind.ADDRESS, "2 weeks ago", []),
        (Kind.ADDRESS, "I moved recently", []),
    ],
)
def test_figures_and_ids_answered_in_english(kind, text, values):
    assert found(text, kind) == values


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (Kind.BIRTHDATE, "3 de mayo de 1984", ["3 de mayo de 1984"]),
        (Kind.BIRTHDATE, "tres de mayo del ochenta y cuatro", ["tres de mayo del ochenta y cuatro"]),
        (Kind.BIRTHDATE, "¿por qué?", []),
        (Kind.PIN, "uno dos tres cuatro", ["uno dos tres cuatro"]),
        (Kind.EMAIL, "lucia87 gmail com", ["lucia87 gmail com"]),
        (Kind.DNI, "no lo tengo a mano", []),
        (Kind.DNI, "87654321 x", ["87654321 x"]),
    ],
)
def test_figures_answered_in_spanish(kind, text, values):
    assert found(text, kind, language="es") == values


def test_nothing_is_an_answer_without_a_question():
    assert found("alexis 1234 Buddy") == []


def test_several_kinds_may_be_answered_at_once():
    assert found("Jane Doe, 85731890, and 3100", Kind.NAME, Kind.ACCOUNT, Kind.PIN) == ["Jane Doe", "85731890", "3100"]


@pytest.mark.parametrize("text", ["Alexis " * 570, "1 " * 2000, "a. " * 1300, "May 3 " * 660, "x" * 4000, "?!" * 2000])
def test_a_hostile_answer_ends(text):
    assert isinstance(found(text[:4000], *Kind)[:1], list)
