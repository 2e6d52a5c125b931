"""Values are found by their shape; prices, dates and the like are left alone."""

import time

import pytest

from chatmarket.privacy.detectors import find
from chatmarket.privacy.segments import Kind


def found(text):
    return [(span.kind.value, text[span.start : span.end]) for span in find(text)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "marta.vidal@lumen.example"),
        ("email", "MARTA+shop@mail.lumen.co.uk"),
        ("email", "núria.peña@dominio.españa.example"),
        ("email", "mаrta@lumen.com"),  # a Cyrillic letter
        ("email", "marta＠lumen．com"),
        ("email", "mar\u200bta@lu\u2060men.com"),
        ("email", "marta[@]lumen[.]com"),
        ("email", "marta @ lumen.com"),
        ("email", "marta@gmail"),
        ("phone", "654 32 10 98"),
        ("phone", "654321098"),
        ("phone", "654-321-098"),
        ("phone", "654.321.098"),
        ("phone", "654/321/098"),
        ("phone", "6 5 4 3 2 1 0 9 8"),
        ("phone", "6.5.4.3.2.1.0.9.8"),
        ("phone", "+34 654 321 098"),
        ("phone", "0034 654321098"),
        ("phone", "+44 (0)20 7946 0011"),
        ("phone", "(212) 555-0187"),
        ("phone", "1-212-555-0187"),
        ("phone", "555-0187"),
        ("phone", "+1 212 555 0187"),
        ("phone", "６５４ ３２１ ０９８"),
        ("phone", "٦٥٤٣٢١٠٩٨"),
        ("phone", "654\u200b321\u200d098"),
        ("phone", "6️⃣5️⃣4️⃣3️⃣2️⃣1️⃣0️⃣9️⃣8️⃣"),
        ("phone", "654–321–098"),
        ("phone", "654, 321, 098"),
        ("phone", "7083340014"),
        ("card", "5555 5555 5555 4444"),
        ("card", "5555-5555.5555_4444"),
        ("card", "5555555555554444"),
        ("card", "3782 822463 10005"),
        ("card", "5 5 5 5 5 5 5 5 5 5 5 5 4 4 4 4"),
        ("card", "⑤⑤⑤⑤ ⑤⑤⑤⑤ ⑤⑤⑤⑤ ④④④④"),
        ("card", "5555, 5555, 5555, 4444"),
        ("number", "5555 5555 5555 4443"),
        ("iban", "2100 0418 45 0200051332"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("iban", "de89370400440532013000"),
        ("iban", "GB82-WEST-1234-5698-7654-32"),
        ("iban", "NL91ABNA0417164300"),
        ("url", "https://lumen.example/reset?token=a.b-c"),
        ("url", "hxxps://lumen[.]example/u/marta"),
        ("url", "www.lumen.example/perfil"),
        ("url", "martavidal.com"),
        ("url", "martavidal.es/tienda"),
        ("url", "lumen.co.uk"),
        ("url", "t.me/marta"),
        ("url", "peña.es"),
        ("ip", "1.2.3.4"),
        ("ip", "198.51.100.23"),
        ("ip", "2001:db8:0:1::23"),
        ("ip", "::1"),
        ("dni", "87654321X"),
        ("dni", "87654321x"),
        ("dni", "87.654.321-X"),
        ("dni", "87 654 321 x"),
        ("dni", "Y-7654321-G"),
        ("dni", "y7654321g"),
    ],
)
def test_a_value_is_found_whole_wherever_it_stands(kind, value):
    for before, after in (("", ""), ("es ", " vale"), ("mira: ", ". Gracias"), ("(", ")"), ("¿", "?")):
        spans = find(before + value + after)
        covered = [(span.kind.value, (before + value + after)[span.start : span.end]) for span in spans]
        assert len(covered) == 1, covered
        assert covered[0][0] == kind
        assert value in covered[0][1]
        assert len(covered[0][1]) <= len(value) + 2


@pytest.mark.parametrize(
    "text",
    [
        "the coat costs $1,499.00 and I paid 1499",
        "1.450,75 € y 1.999,00 €",
        "me cobraron 1.250.000,00 pesos",
        "US$ 1,250,000.00",
        "12.50 13.75 99.90 4.25",
        "pedí 3 x 250 ml y 12 de 500",
        "I want 10, 20, 30 and 40 of them",
        "quiero 100, 200, 300 unidades",
        "llegó el 17/04/2026 a las 18:30",
        "2026-04-17 10:45:30",
        "17/04/2026 18:30",
        "2026-04-17T09:00:00.120Z",
        "from 10:45-12:30, 13:00-14:30",
        "01/02/2024-05/02/2024",
        "cliente desde 2015",
        "2019, 2020, 2021",
        "2019 2020 2021 2022",
        "tallas 36 37 38 39 40",
        "version 3.11.7",
        "3.11.7",
        "versión 10.15.7.1205",
        "Chrome/120.0.6099.109",
        "node.js, vue.js and index.html",
        "factura.pdf photo.jpg report.docx",
        "e.g. this, i.e. that, p.ej. otro",
        "No va.es que no enciende",
        "Hola.me llamo así",
        "thanks.It works",
        "the app.Me too",
        "stop.it is broken",
        "code 0x80070005, model KB-4411",
        "presión 120/80 y 39.5 de fiebre",
        "the ratio is 16:9, at 10:45:30",
        "std::vector and abc::def",
        "call me @ noon",
        "4 out of 5, 100%",
        "ﷺ ﷺ ﷺ 😀😀",
        "",
    ],
)
def test_ordinary_numbers_and_words_are_left_alone(text):
    assert found(text) == []


def test_a_phone_is_hidden_even_when_it_is_dressed_up_as_prices_or_a_version():
    for dressed in ("654.32 10.98", "654.321.098 €", "v654.321.098", "654 3/2/10 98"):
        assert [span.kind for span in find(dressed)] == [Kind.PHONE], dressed


def test_a_bare_name_in_the_middle_of_a_sentence_is_a_link():
    for text in ("mira martavidal.es no funciona", "mi web es marta.me y la tuya", "marta-vidal.es que vende"):
        assert [span.kind for span in find(text)] == [Kind.URL], text


def test_values_side_by_side_are_told_apart():
    assert found("ana@lumen.es, 654321098 y 5555555555554444") == [
        ("email", "ana@lumen.es"),
        ("phone", "654321098"),
        ("card", "5555555555554444"),
    ]
    assert found("654321098 5555555555554444") == [("phone", "654321098"), ("card", "5555555555554444")]
    assert found("654321098, 28013") == [("phone", "654321098"), ("number", "28013")]


def test_what_stands_beside_a_card_is_hidden_with_it():
    assert found("5555 5555 5555 4444 09/28 123") == [
        ("card", "5555 5555 5555 4444"),
        ("number", "09/28"),
        ("cvv", "123"),
    ]


def test_a_link_holding_a_mail_address_and_digits_is_one_value():
    link = "https://ana:pw@lumen.example/654321098?card=5555555555554444"
    assert found(f"({link}).") == [("url", link)]


def test_offsets_are_those_of_the_original_text():
    text = "ﷺ e\u0301\u200b ﬁn: 6\u200b54 321 098 ß"
    assert found(text) == [("phone", "6\u200b54 321 098")]


def test_a_message_of_more_than_4000_characters_is_refused_before_anything_else():
    assert find("a" * 4_000) == []
    with pytest.raises(ValueError, match="holds at most 4000"):
        find("ﷺ" * 4_001)


@pytest.mark.parametrize(
    "piece",
    ["1-", "a ", "a@", "a@b.co ", "a.b", "x.com ", "1.", "1.1.1.1 ", "1:", "::1 ", "es91", "ES91 2100 ", "4 ",
     "4" * 14 + " ", "4 " * 38 + "a ", "12.50 612 34 56 78,", "61 2:34:56 78 ", "+3461234567,", "1/1/24 ",
     "87654321X ", "http://a ", "((1", "ﷺ1", "1\ufe0f\u20e3", "😀1", "\u200b1", "e\u0301", "\ud800"],
)  # fmt: skip
def test_a_hostile_message_takes_no_longer_than_its_length(piece):
    # The budget is 10 ms; the bound leaves room for a slow machine and still catches anything quadratic.
    hostile = (piece * 4_000)[:4_000]
    best = 1.0
    for _ in range(3):
        began = time.thread_time()
        find(hostile)
        best = min(best, time.thread_time() - began)
    assert best < 0.05
