"""Values in disguise are found: in words, letter by letter, encoded, in other scripts."""

import pytest

from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Wallet, mask


def found(text, language="en"):
    spans = mask(text, Wallet(), Dialogue("customer", language)).spans
    return [(span.kind.value, text[span.start : span.end]) for span in spans]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "it's five five five, oh one eight seven", "five five five, oh one eight seven"),
        ("en", "two triple one, double six, nine", "two triple one, double six, nine"),
        ("en", "nineteen twenty-two, forty five", "nineteen twenty-two, forty five"),
        ("en", "six1two2three", "six1two2three"),
        ("en", "212 five five five oh 187", "212 five five five oh 187"),
        ("en", "5 and 5 and 5 and 0 and 1", "5 and 5 and 5 and 0 and 1"),
        ("en", "654 dash 321 slash 098", "654 dash 321 slash 098"),
        ("en", "5521 then 7712 then 9031", "5521 then 7712 then 9031"),
        ("en", "siete uno dos tres cuatro", "siete uno dos tres cuatro"),
        ("es", "seis cinco cuatro, treinta y dos, diez", "seis cinco cuatro, treinta y dos, diez"),
        ("es", "es el setecientos doce cero cero cinco", "setecientos doce cero cero cinco"),
        ("es", "cinco mil doscientos once, mil cien", "cinco mil doscientos once, mil cien"),
        ("es", "ochenta y siete millones cuatrocientos mil once", "ochenta y siete millones cuatrocientos mil once"),
        ("es", "doble siete, triple tres", "doble siete, triple tres"),
    ],
)
def test_numbers_in_words_are_hidden(language, text, value):
    assert [value for _, value in found(text, language)] == [value]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "two or three days, maybe four or five"),
        ("en", "one of the two has no one like it"),
        ("en", "in nineteen ninety nine"),
        ("en", "two thousand and twenty five"),
        ("en", "twenty twenty was worse"),
        ("en", "a hundred thousand people, two hundred times"),
        ("en", "three hundred and fifty thousand five hundred dollars"),
        ("en", "six, nine and twelve months"),
        ("en", "ooooh nooo, so sooo good, lol 100"),
        ("en", "see 2 bills so 5 is less"),
        ("en", "a b c d, Q & A, e.g. i.e. U.S.A."),
        ("en", "I use gmail and outlook"),
        ("en", "my email is not working, meet at noon"),
        ("en", "the dot com years"),
        ("en", "nothing works at this point in time"),
        ("es", "en este punto de la historia, un punto de vista"),
        ("en", "counterrevolutionaries misunderstandings"),
        ("es", "uno de los dos, el tercero no"),
        ("es", "dos o tres o cuatro veces"),
        ("es", "el año dos mil veinticinco"),
        ("es", "cuesta treinta mil quinientos veinte pesos"),
        ("es", "mi correo no llega, en gmail no sale"),
        ("es", "once días, mil gracias"),
        ("es", "y a o e u"),
        ("es", "el niño Müller pidió crème brûlée"),
    ],
)
def test_ordinary_number_words_and_letters_are_left_alone(language, text):
    assert found(text, language) == []


@pytest.mark.parametrize(
    "text",
    [
        "vera dot lane at outlook dot com",
        "vera at hotmail",
        "vera_lane AT mail DOT co DOT uk",
        "vera(at)lumen(dot)org",
        "vera {at} lumen {dot} org",
        "vera(a)gmail.com",
        "vera-at-gmail-dot-com",
        "vera_at_lumen_dot_org",
        "vera, gmail",
        "vera77 hotmail",
        "vera 77 gmail com",
        "v e r a @ g m a i l . c o m",
        "v-e-r-a underscore l-a-n-e at gmail",
        "v e r a guion bajo 77 arroba gmail",
        "vera punto lane arroba lumen punto es",
        "vera%40lumen.org",
        "vera at g mail dot com",
        "veraatgmaildotcom",
        "veraarrobagmailpuntocom",
        "moc.nemul@arev",
        "vеra@lumеn.com",  # Cyrillic
        "νera@lumen.com",  # Greek
    ],
)
def test_a_spelled_address_is_hidden_from_its_first_letter_to_its_last(text):
    for before, after in (("", ""), ("write to ", ""), ("es: ", ", vale")):
        spans = found(before + text + after)
        assert [kind for kind, _ in spans] == ["email"], spans
        assert text in spans[0][1]


def test_the_two_halves_of_an_address_are_hidden_in_messages_of_their_own():
    assert found("my e-mail is veralane") == [("email", "veralane")]
    assert found("at gmail") == [("email", "at gmail")]
    assert found("my e-mail is wrong") == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("spelled W-H-I-T-L-O-C-K", "name", "W-H-I-T-L-O-C-K"),
        ("se escribe o l m e d o", "name", "o l m e d o"),
        ("O as in Oscar, L as in Lima, M as in Mike", "name", "O as in Oscar, L as in Lima, M as in Mike"),
        ("198 dot 51 dot 100 dot 7", "ip", "198 dot 51 dot 100 dot 7"),
        ("198 punto 51 punto 100 punto 7", "ip", "198 punto 51 punto 100 punto 7"),
        ("dmVyYUBsdW1lbi5vcmc=", "email", "dmVyYUBsdW1lbi5vcmc="),
        ("b3BlbiB0aGUgYmx1ZSBkb29y", "password", "b3BlbiB0aGUgYmx1ZSBkb29y"),
        ("go to lumen dot com slash vera", "url", "lumen dot com slash vera"),
        ("I am Ольга", "name", "Ольга"),
        ("soy 李小龙", "name", "李小龙"),
        ("6S4-32I-O98", "phone", "6S4-32I-O98"),
        ("5555x5555x5555x4444", "card", "5555x5555x5555x4444"),
        ("5555 **** **** 4444", "number", "5555 **** **** 4444"),
        ("ocho siete seis cinco cuatro tres dos uno equis", "dni", "ocho siete seis cinco cuatro tres dos uno equis"),
    ],
)
def test_other_writings_are_hidden(text, kind, value):
    assert found(text) == [(kind, value)]


def test_a_message_in_another_language_is_no_name():
    assert found("Здравствуйте, у меня не работает приложение, помогите пожалуйста") == []
