"""Secrets, ids and dates of birth are found by the words that lead up to them."""

import pytest

from chatmarket.privacy.masking import Wallet, mask


def found(text):
    return [(span.kind.value, text[span.start : span.end]) for span in mask(text, Wallet()).spans]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("my pin is 8821", [("pin", "8821")]),
        ("PIN: 8 8 2 1", [("pin", "8 8 2 1")]),
        ("it should be 8821, that's my pin number", [("pin", "8821")]),
        ("the pin is either 8821 or 9034", [("pin", "8821"), ("pin", "9034")]),
        ("el pin que puse es 8821", [("pin", "8821")]),
        ("mi pin es ocho ocho dos uno", [("pin", "ocho ocho dos uno")]),
        ("pin double eight two one", [("pin", "double eight two one")]),
        ("cvc 044", [("cvv", "044")]),
        ("the three digits on the back are 044", [("cvv", "044")]),
        ("los números de atrás: cero cuatro cuatro", [("cvv", "cero cuatro cuatro")]),
        ("código de seguridad 044", [("cvv", "044")]),
        ("they sent me the code 7719", [("code", "7719")]),
        ("verification code: 77 19 02", [("code", "77 19 02")]),
        ("el código que me llegó es 7719", [("code", "7719")]),
        ("clearance code is K7-7719", [("code", "K7-7719")]),
        ("tarjeta 5555 5555 5555 4444, caduca 11/27", [("card", "5555 5555 5555 4444"), ("expiry", "11/27")]),
        ("expires 4/29", [("expiry", "4/29")]),
        ("the last four of my social are 2210", [("ssn", "2210")]),
        ("my card ends in 2210", [("card", "2210")]),
        ("la tarjeta acabada en 2210", [("card", "2210")]),
        ("first half 5555 5555", [("number", "5555 5555")]),
    ],
)
def test_a_short_number_is_hidden_after_its_cue(text, values):
    assert found(text) == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my password is Ferret_22!", "Ferret_22!"),
        ("password: velvet", "velvet"),
        ("pwd=x9!kk", "x9!kk"),
        ('the password is "open the blue door"', "open the blue door"),
        ("my passphrase is purple donkey quiet lamp", "purple donkey quiet lamp"),
        ("the password for the router is marigold", "marigold"),
        ("mi contraseña es girasol", "girasol"),
        ("la clave del wifi es Tortilla77", "Tortilla77"),
        ("contraseña: mesa verde nube", "mesa verde nube"),
        ("our key is sk_test_8Zq1Lr5TnB3xYw7", "sk_test_8Zq1Lr5TnB3xYw7"),
        ("AKIA3XQ7LMN2PR5TUVWX is the id", "AKIA3XQ7LMN2PR5TUVWX"),
        ("use 9f86d081884c7d659a2feaa0c55ad015", "9f86d081884c7d659a2feaa0c55ad015"),
    ],
)
def test_a_password_is_hidden_and_is_dropped(text, value):
    assert found(text) == [("password", value)]


@pytest.mark.parametrize(
    "text",
    [
        "my password is not accepted",
        "my password is wrong",
        "my password keeps failing",
        "the password is case sensitive",
        "pass me to somebody else",
        "mi contraseña no funciona",
        "la clave es incorrecta",
        "he olvidado la contraseña y el pin",
        "I forgot my pin in 2019",
        "the pin you sent has 4 digits",
        "the code expired after 10 minutes",
        "the promo code AUTUMN15 fails",
        "zip code?",
        "my account is locked",
        "mi cuenta está bloqueada",
        "the order had 3 items for 1200 dollars",
        "pedido de 1200 euros",
        "my reservation is from 11th to 20th",
        "the reservation is for June 14-22",
        "I can handle it lol",
        "reserva del 5 al 12 de mayo",
        "what is my mother's maiden name for?",
        "my pet is sick",
        "mi mejor amigo me lo recomendó",
        "it is my birthday next week",
        "I was born in Spain",
        "my card expires in 3 days",
        "twitter is down",
        "my username is wrong",
        "instagram no carga",
        "can I open an account for my offspring?",
        "a SWIFT transfer",
        "the last four days",
        "model KR-2210 of my order",
    ],
)
def test_the_words_alone_are_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("account number 4410", "account", "4410"),
        ("acct # 00-441-0", "account", "00-441-0"),
        ("my account is PLMBRTXQKD", "account", "PLMBRTXQKD"),
        ("order #5512", "account", "5512"),
        ("booking reference is TRWQPL", "account", "TRWQPL"),
        ("claim B-71-X / 2025", "account", "B-71-X / 2025"),
        ("policy id is ff 31 k 9", "account", "ff 31 k 9"),
        ("nº de póliza 31-K9/04", "account", "31-K9/04"),
        ("localizador XR7T2Q", "account", "XR7T2Q"),
        ("NHC: 551", "account", "551"),
        ("NºCol: 28 31 4410", "account", "28 31 4410"),
        ("pasaporte ZAB004410", "document", "ZAB004410"),
        ("driver's license D4410-220", "document", "D4410-220"),
        ("matrícula 4410 bcd", "document", "4410 bcd"),
        ("RFC VECJ880326XK4", "document", "VECJ880326XK4"),
        ("mi dni es 4410221", "dni", "4410221"),
        ("social security number 536 22 8145", "ssn", "536 22 8145"),
        ("my username is rosalind", "handle", "rosalind"),
        ("telegram: rosa_lind", "handle", "rosa_lind"),
        ("find rosa_lind on instagram", "handle", "rosa_lind"),
        ("mi insta es rosalind", "handle", "rosalind"),
        ("my mother's maiden name was Whitlock", "secret", "Whitlock"),
        ("maiden name whitlock", "secret", "whitlock"),
        ("my first pet was a cat called Ziggy", "secret", "Ziggy"),
        ("Ziggy was my first pet", "secret", "Ziggy"),
        ("mi primera mascota se llamaba Pelusa", "secret", "Pelusa"),
        ("el apellido de soltera de mi madre es Olmedo", "secret", "Olmedo"),
        ("the city I was born in is Toledo", "secret", "Toledo"),
        ("DOB 7/9/71", "birthdate", "7/9/71"),
        ("born 9 Sept 1971", "birthdate", "9 Sept 1971"),
        (
            "my birthday is the ninth of september nineteen seventy one",
            "birthdate",
            "ninth of september nineteen seventy one",
        ),
        ("nací el nueve de septiembre del setenta y uno", "birthdate", "nueve de septiembre del setenta y uno"),
        ("fecha de nacimiento: 09.09.71", "birthdate", "09.09.71"),
    ],
)
def test_what_a_cue_leads_to_is_hidden_whole(text, kind, value):
    for before, after in (("", ""), ("Hi, ", "."), ("hola; ", "\ngracias")):
        assert (kind, value) in found(before + text + after)


def test_the_letter_of_an_identity_number_is_hidden_when_it_is_told_apart():
    assert [value for _, value in found("es 87654321 y la letra es la X")] == ["87654321", "X"]
    assert found("la letra es la X") == []


def test_a_cue_written_with_look_alike_letters_still_leads_to_its_value():
    assert found("mу рin is 8821") == [("pin", "8821")]  # Cyrillic


def test_check_digits_say_more_than_the_words_before():
    assert found("account 5555 5555 5555 4444") == [("card", "5555 5555 5555 4444")]
    assert found("account DE89 3704 0044 0532 0130 00") == [("iban", "DE89 3704 0044 0532 0130 00")]


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("reach me on telegram rosemarlowe", "rosemarlowe"), ("telegram rosemarlowe", "rosemarlowe"),
        ("insta rosem", "rosem"), ("insta: rosem_84", "rosem_84"), ("skype live:rose.m", "live:rose.m"),
        ("find me on discord as rosemar", "rosemar"), ("my gamertag is NightOwl", "NightOwl"),
        ("my psn is rosemarlowe", "rosemarlowe"), ("psn quillfeather", "quillfeather"),
        ("dm me on ig, quillf", "quillf"), ("add me on snapchat quillfeather", "quillfeather"),
        ("escríbeme al telegram rosamarlo", "rosamarlo"), ("en telegram soy rosamarlo", "rosamarlo"),
        ("estoy en instagram como plumaquil", "plumaquil"), ("búscame en facebook plumaquil", "plumaquil"),
        ("mi nick es plumaquil", "plumaquil"),
    ],
)  # fmt: skip
def test_who_somebody_is_in_a_network_is_hidden(text, handle):
    assert found(text) == [("handle", handle)]


@pytest.mark.parametrize(
    ("text", "handle", "password"),
    [
        ("usuario marta clave tulipan", "marta", "tulipan"), ("user rosem password tulip", "rosem", "tulip"),
        ("username martha pass tulips", "martha", "tulips"), ("login jdoee password hunter", "jdoee", "hunter"),
        ("username jdoee and password banana", "jdoee", "banana"), ("usuario pepe contraseña gatito", "pepe", "gatito"),
        ("mi usuario es pepillo y la clave es gatito", "pepillo", "gatito"),
    ],
)  # fmt: skip
def test_a_user_and_a_password_side_by_side_are_both_hidden(text, handle, password):
    assert found(text) == [("handle", handle), ("password", password)]


@pytest.mark.parametrize(
    "text",
    [
        "telegram works fine", "my discord stopped working", "i use discord daily", "my skype account is blocked",
        "instagram doesnt load", "facebook marketplace", "paypal declined", "steam deck", "mi telegram no funciona",
        "en instagram sale un error", "el usuario nuevo clave incorrecta", "i cant log in, user and password wrong",
        "what user and password do i need", "no me acuerdo del usuario ni la contraseña",
        "usuario y contraseña correctos", "user forgot password again",
    ],
)  # fmt: skip
def test_networks_and_logins_that_are_only_spoken_of_are_left_alone(text):
    assert found(text) == []
