"""Values of several parts are hidden whole: numbers with their letters, addresses with floors, answers in talk."""

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import Text


def readable(*said: str, language: str = "en") -> str:
    """What stays readable of the last message; an expert's begin with "A: "."""
    turns = [("expert", one[3:]) if one.startswith("A: ") else ("customer", one) for one in said]
    last = converse(turns, (), language)[-1]
    return "".join(segment.text if isinstance(segment, Text) else "*" for segment in last.segments)


IDS = [
    ("en", "A: And your policy?", "HXR 5530 1128", "*"),
    ("en", "A: And your policy?", "it's QPL 4471 9920, from may", "it's *, from may"),
    ("en", "A: Licence number?", "D 00447182 T", "*"),
    ("en", "A: Passport?", "K 7781 2290 4", "*"),
    ("en", "A: Order number?", "GLX 0091 7782 311 B", "*"),
    ("en", "A: Label number?", "ZR-4471 2299 01", "*"),
    ("es", "A: ¿Número de etiqueta?", "LA 0551 120 993", "*"),
    ("es", "A: ¿Pasaporte?", "E 4470 1822 1", "*"),
    ("es", "A: ¿Número de envío?", "NACEX 9928 4471 20", "*"),
    ("es", "A: ¿Su póliza?", "MAP 7781 0092 3", "*"),
    ("es", "A: ¿Contrato?", "el GN 4471-882-01, de gas", "el *, de gas"),
    ("es", "A: ¿Quién conducía?", "mi primo, su permiso B 00447182 P", "mi primo, su permiso *"),
]


@pytest.mark.parametrize(("language", "asked", "said", "left"), IDS)
def test_letters_beside_a_number_belong_to_it(language, asked, said, left):
    assert readable(asked, said, language=language) == left


def test_units_cues_and_words_in_capitals_are_no_part_of_a_number():
    assert readable("A: And the account?", "ACC 4471 9920") == "ACC *"
    assert readable("A: And the account?", "the ID 44719920") == "the ID *"
    assert readable("I PAID ORDER 99281730 TWICE") == "I PAID ORDER * TWICE"
    assert readable("I paid 4500 EUR, and it has 5000 W") == "I paid 4500 EUR, and it has 5000 W"


ADDRESSES = [
    ("en", "A: Would you like an exchange?", "Unit 6, 23 Dunmore Basin", "*"),
    ("en", "A: When and where?", "1st march, 31 Albion Brewery House, Broad Ln", "1st march, *"),
    ("en", "A: When and where?", "Saturday, 14 Tanner House, Dock St", "Saturday, *"),
    ("en", "A: And B?", "his is 512 Old Forge Rd, 3rd floor, se1 5aa", "his is *"),
    ("en", "A: Deliver where?", "22 Saltmarsh Court, second floor", "*"),
    ("en", "A: Where to?", "88 Commercial Road, floor 2, door 5", "*"),
    ("en", "A: Sorry!", "send it by post? Bungalow 3, Larkspur Way, TA6 7LP", "send it by post? *"),
    ("en", "A: And the new one?", "Unit 4 Riverside Works", "*"),
    ("en", "A: And B?", "the last to ul. Klonowa 8/14, 30-702 Kraków", "the last to *"),
    ("en", "A: Sorry!", "send the part to 7 Albion Works, Pollard St", "send the part to *"),
    ("en", "A: Sorry!", "please deliver to Studio 3, 40 Hatton Works", "please deliver to *"),
    ("es", "A: ¿Y la dirección de la instalación?", "dr cortezo 41 3º izq", "*"),
    ("es", "A: ¿Le enviamos otra?", "sí, Carrer de Sants 187, entresòl 1a", "sí, *"),
    ("es", "A: ¿Le enviamos otra?", "enviadlo a Carrer Gran de Gràcia 30, àtic 2a", "enviadlo a *"),
    ("es", "A: ¿Dónde?", "Local 3, Calle Huertas 20", "*"),
    ("es", "A: ¿A dónde?", "Avenida Mitre 1200, piso 4, timbre 2", "*"),
]


@pytest.mark.parametrize(("language", "before", "said", "left"), ADDRESSES)
def test_addresses_are_hidden_with_all_their_parts(language, before, said, left):
    assert readable(before, said, language=language) == left


HARMLESS = [
    ("en", "I bought unit 4, 19 screws and a Galaxy S8"),
    ("en", "Unit 4 is broken, 3 Big Macs please"),
    ("en", "the 3rd floor is noisy and the 2nd floor too"),
    ("en", "it works on 2 of 3 floors of the building"),
    ("es", "tengo 4 portátiles y 3 tabletas en la planta"),
]


@pytest.mark.parametrize(("language", "said"), HARMLESS)
def test_floors_and_units_alone_stay(language, said):
    assert readable(said, language=language) == said


ANSWERS = [
    (
        "en",
        "the security answer fails|A: Which one?|first boss|A: And what do you think it is?",
        "mrs gale or Gale",
    ),
    ("en", "it wants my secret answer|A: Any guess?", "a green ford fiesta"),
    ("en", "A: Security question is set. What do you think it was?", "old trafford"),
    (
        "es",
        "no sé la respuesta de seguridad|A: ¿Cuál es?|la ciudad|A: ¿Qué recuerda?",
        "Ceuta o puse seuta",
    ),
    ("es", "A: ¿Su nombre?|Ana|A: ¿Y su pregunta: primer auto?", "un escarabajo rojo"),
    ("es", "me pide la respuesta secreta|A: ¿Qué respuesta recuerda?|la mina|A: No es. ¿Otra?", "doña conchi a secas"),
]


@pytest.mark.parametrize(("language", "before", "said"), ANSWERS)
def test_answers_to_unspecific_questions_are_hidden_while_security_is_talked_of(language, before, said):
    assert readable(*before.split("|"), said, language=language) == "*"


def test_other_questions_end_the_talk_of_security():
    talk = "the security answer fails", "A: What do you think it is?", "mrs gale"
    assert readable(*talk, "A: How is the weather there?", "a dull blue sky") == "a dull blue sky"
    assert readable("A: What do you think it is?", "a broken cable") == "a broken cable"
    assert readable("the answer to the question is st hildas primary") == "the answer to the question is *"


FRAMES = [
    ("en", "i set it to Walrus!Moon51 is that ok", "i set it to * is that ok"),
    ("en", "I use kestrel99 to log in", "I use * to log in"),
    ("en", "login tquill71 and the password custard", "login * and the password *"),
    ("en", "use 4471 at the gate", "use * at the gate"),
    ("en", "4471 gets you through the gate", "* gets you through the gate"),
    ("en", "the gate takes 7714", "the gate takes *"),
    ("en", "add me, thedriftingpony on insta", "add me, * on insta"),
    ("es", "uso golondrina99 para entrar", "uso * para entrar"),
    ("es", "usuario tquilez71 y la clave mermelada", "usuario * y la clave *"),
    ("es", "pon 4471 en la verja", "pon * en la verja"),
    ("es", "marque 5582 y se abre la puerta", "marque * y se abre la puerta"),
    ("es", "agregame, laponiviajera en insta", "agregame, * en insta"),
    ("en", "i set it to 21 degrees", "i set it to 21 degrees"),
    ("en", "I use Chrome to log in", "I use Chrome to log in"),
    ("en", "use gate 14 at the airport", "use gate 14 at the airport"),
    ("en", "add me to the list on insta", "add me to the list on insta"),
    ("es", "uso Chrome para entrar", "uso Chrome para entrar"),
]


@pytest.mark.parametrize(("language", "said", "left"), FRAMES)
def test_what_is_done_with_a_secret_tells_it(language, said, left):
    assert readable(said, language=language) == left
