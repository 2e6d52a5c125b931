"""Values are found by their shape; prices, dates and the like are left alone."""

import pytest

from chatmarket.privacy.finders.detectors import find
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
        "it holds 15,000 mAh and weighs 1,250 kg",
        "un disco de 12000 GB",
        "I have 25400 points and 120000 miles",
        "gana 25.300 euros, o 1.200.450,75 pesos",
        "between 10000 and 20000 of them",
        "the balance was 104.50, then 98.20",
        "a box of 70 x 45 x 40 mm and a 2560x1440 screen",
        "open 24/7/365, 10.30-12.30",
        "talks of 100-150 people",
        "from 05/2023 to 2024-01",
        "season 2023/24",
        "ISO 27001:2022",
        "build 22631, Windows 11",
        "firmware 2.14.301.1",
        "error 10061 and error code 0x8004010F",
        "the 5G router, MP3, H2O, 4K60 and RTX 4090",
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


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "no sé, 48213", "48213"),
        ("number", "it is 77 410", "77 410"),
        ("number", "ORD-448213", "ORD-448213"),
        ("number", "KXB448213", "KXB448213"),
        ("account", "es q7w2e9r4t1", "q7w2e9r4t1"),
        ("number", "0831264", "0831264"),
        ("postcode", "60614-2210", "60614-2210"),
        ("ssn", "536-22-8145", "536-22-8145"),
        ("ssn", "281234567840", "281234567840"),
        ("card", "4444 5555 5555 5555", "4444 5555 5555 5555"),  # backwards
        ("document", "20-26756539-3", "20-26756539-3"),
        ("document", "390.533.447-05", "390.533.447-05"),
        ("document", "7412 KLM", "7412 KLM"),
        ("birthdate", "23/11/1968", "23/11/1968"),
        ("birthdate", "14 de febrero de 1977", "14 de febrero de 1977"),
        ("iban", "DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),  # mistyped
        ("mac", "00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7"),
        ("handle", "habla con @nuria_p", "@nuria_p"),
        ("handle", "nuria#2210", "nuria#2210"),
    ],
)
def test_what_nothing_explains_is_hidden_whatever_it_is(kind, text, value):
    assert found(text) == [(kind, value)] or [value] == [text for _, text in found(text)]
    assert found(text)[0][0] in (kind, "account", "phone", "number")


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
        ("expiry", "09/28"),
        ("cvv", "123"),
    ]


def test_a_link_holding_a_mail_address_and_digits_is_one_value():
    link = "https://ana@lumen.example/654321098?item=5555"
    assert found(f"({link}).") == [("url", link)]


def test_offsets_are_those_of_the_original_text():
    text = "ﷺ e\u0301\u200b ﬁn: 6\u200b54 321 098 ß"
    assert found(text) == [("phone", "6\u200b54 321 098")]


def test_a_message_of_more_than_4000_characters_is_refused_before_anything_else():
    assert find("a" * 4_000) == []
    with pytest.raises(ValueError, match="holds at most 4000"):
        find("ﷺ" * 4_001)
