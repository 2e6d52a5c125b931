"""What must not be kept is never kept as a part of something else, and a brand's policy holds within wider finds."""

import pytest

from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.masking import Masked, Wallet, mask
from chatmarket.privacy.merging import merged
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.segments import Kind, Text, plain
from chatmarket.privacy.spans import Span

CARD, OTHER = "4111 1111 1111 1111", "5555-5555-5555-4444"


def said(text: str, question: str = "", language: str = "en", **policies: str) -> Masked:
    turns = (Turn("expert", (Text(question),)),) if question else ()
    rules = Rules.from_json({"policies": policies}) if policies else Rules()
    return mask(text, Wallet(), Dialogue("customer", language, turns, rules))


def kept(masked: Masked) -> str:
    return "\n".join(known.value for known in masked.fresh)


@pytest.mark.parametrize("card", [CARD, OTHER, "4111111111111111"])
@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("", "I live at 22 Baker Street {}", "en"),
        ("", "22 Baker Street, London, {}", "en"),
        ("", "send it to 22 Baker Street, {}, London W1U 3BW", "en"),
        ("", "22 Baker Street\nLondon\n{}", "en"),
        ("", "{} 22 Baker Street, London", "en"),
        ("", "calle Mayor, 14 {}", "es"),
        ("", "calle Mayor 14, 28013 Madrid, {}", "es"),
        ("What is your address?", "22 baker street london {}", "en"),
        ("What is your address and your card number?", "22 baker street {} london", "en"),
        ("Your address, please?", "rose cottage {} 4 mill lane", "en"),
        ("¿Cuál es tu dirección?", "calle mayor 14 madrid {}", "es"),
        ("¿Dirección de envío?", "{} gran via 3 bilbao", "es"),
        ("Name of your first pet?", "rex {}", "en"),
        ("", "https://shop.example/pay?number={}&next=1", "en"),
    ],
)
def test_a_card_within_something_wider_keeps_its_end_only(question: str, text: str, language: str, card: str) -> None:
    written = card.replace(" ", "") if "://" in text else card
    masked = said(text.format(written), question, language)
    assert any(known.kind is Kind.CARD and known.value == f"•••• {card[-4:]}" for known in masked.fresh)
    assert written not in kept(masked) and card[:9] not in kept(masked)
    assert not any(digit in plain(masked.segments, lambda token: "") for digit in "15")


@pytest.mark.parametrize(
    ("question", "text", "secret", "kind", "language"),
    [
        ("What is your address?", "22 baker street london pin 8821", "8821", Kind.PIN, "en"),
        ("What is your address?", "pin 8821 22 baker street london", "8821", Kind.PIN, "en"),
        ("Your address?", "22 baker street london cvv 417", "417", Kind.CVV, "en"),
        ("Your address?", "12 elm road leeds code 445512", "445512", Kind.CODE, "en"),
        ("Your address?", "12 elm road leeds password hunter22", "hunter22", Kind.PASSWORD, "en"),
        ("¿Tu dirección?", "calle mayor 14 madrid pin 8821", "8821", Kind.PIN, "es"),
        ("¿Tu dirección?", "calle mayor 14 madrid cvv 417", "417", Kind.CVV, "es"),
        ("¿Tu dirección?", "calle mayor 14 madrid clave Tortilla77", "Tortilla77", Kind.PASSWORD, "es"),
        ("¿Tu dirección?", "gran via 3 el codigo es 445512 bilbao", "445512", Kind.CODE, "es"),
        ("", "22 Baker Street, PIN 8821, London", "8821", Kind.PIN, "en"),
        ("", "https://bank.example/pay?pin=8821&a=b", "8821", Kind.PIN, "en"),
        ("", "https://bank.example/pay?cvv=417", "417", Kind.CVV, "en"),
        ("", "https://x.example/in?access_code=445512", "445512", Kind.CODE, "en"),
        ("", "https://x.example/in?password=hunter22&u=1", "hunter22", Kind.PASSWORD, "en"),
        ("", "https://ana:hunter22@x.example/in", "hunter22", Kind.PASSWORD, "en"),
        ("", "https://banco.example/pago?clave=Tortilla77", "Tortilla77", Kind.PASSWORD, "es"),
    ],
)
def test_what_is_always_dropped_is_dropped_within_something_wider(
    question: str, text: str, secret: str, kind: Kind, language: str
) -> None:
    masked = said(text, question, language)
    assert kind in masked.kinds and secret not in kept(masked)
    assert secret not in plain(masked.segments)
    assert len(masked.kinds) > 1, "the rest is hidden as what it is"


@pytest.mark.parametrize(
    ("text", "policies", "gone"),
    [
        ("server at 22 Baker Street 10.1.2.3 London", {"ip": "drop"}, "10.1.2.3"),
        ("22 Baker Street, London W1U 3BW", {"postcode": "drop"}, "W1U"),
        ("calle Mayor 14, 28013 Madrid", {"postcode": "drop"}, "28013"),
        ("22 Baker Street 612345678 London", {"phone": "drop"}, "612345678"),
        ("22 Baker Street, London, ana@lumen.example", {"email": "drop"}, "lumen"),
    ],
)
def test_what_a_brand_drops_is_not_kept_within_what_it_keeps(text: str, policies: dict[str, str], gone: str) -> None:
    masked = said(text, **policies)
    assert gone not in kept(masked) and gone not in plain(masked.segments)
    assert Kind.ADDRESS in masked.kinds


@pytest.mark.parametrize(
    ("text", "policies", "hidden"),
    [
        ("22 Baker Street, London W1U 3BW", {"address": "visible"}, "W1U"),
        ("calle Mayor 14, 28013 Madrid", {"address": "visible"}, "28013"),
        ("22 Baker Street, London, 4111 1111 1111 1111", {"address": "visible"}, "4111"),
        ("https://bank.example/pay?card=4111111111111111", {"url": "visible"}, "4111"),
        ("https://bank.example/pay?pin=8821", {"url": "visible"}, "8821"),
        ("https://ana:hunter22@bank.example/", {"url": "visible"}, "hunter22"),
        ("4111111111111111@lumen.example", {"email": "visible"}, "4111"),
    ],
)
def test_what_may_be_read_shows_nothing_hidden_in_it(text: str, policies: dict[str, str], hidden: str) -> None:
    shown = plain(said(text, **policies).segments)
    assert hidden not in shown and shown[:3] in (text[:3], "[ca")


def test_overlapping_finds_are_one_of_the_kind_of_the_longest() -> None:
    finds = [Span(0, 4, Kind.NAME), Span(2, 9, Kind.ADDRESS), Span(12, 15, Kind.NUMBER)]
    assert merged(finds, "x" * 15) == [Span(0, 9, Kind.ADDRESS), Span(12, 15, Kind.NUMBER)]


def test_nothing_that_was_found_is_lost_beside_what_stands_apart() -> None:
    text = "22 Baker St, 8821 and 9034; London"
    finds = [Span(0, 34, Kind.ADDRESS), Span(13, 17, Kind.PIN), Span(22, 26, Kind.PIN), Span(28, 34, Kind.NAME)]
    assert [(text[span.start : span.end], span.kind) for span in merged(finds, text)] == [
        ("22 Baker St", Kind.ADDRESS),
        ("8821", Kind.PIN),
        ("9034", Kind.PIN),
        ("London", Kind.ADDRESS),
    ]


def test_a_short_number_found_again_parts_no_phone() -> None:
    masked = said("my pin is 1234 and call +1 212 555 1234")
    assert plain(masked.segments) == "my pin is [pin 1] and call [phone 1]"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("my mac is 00:1B:44:11:3A:B7", "00:1B:44:11:3A:B7"),
        ("it says 00-1b-44-11-3a-b7 here", "00-1b-44-11-3a-b7"),
        ("the cisco one: 001b.4411.3ab7", "001b.4411.3ab7"),
        ("zigbee 00:1B:44:11:3A:B7:00:01", "00:1B:44:11:3A:B7:00:01"),
        ("la dirección MAC es a4:5e:60:c2:91:0f", "a4:5e:60:c2:91:0f"),
        ("es la 00:11:22:33:44:55", "00:11:22:33:44:55"),
    ],
)
def test_a_hardware_address_is_a_kind_of_its_own(text: str, hidden: str) -> None:
    masked = said(text)
    assert [(span.kind, text[span.start : span.end]) for span in masked.spans] == [(Kind.MAC, hidden)]


@pytest.mark.parametrize(
    "text",
    [
        "password: P@ssw0rd",
        "the password is Ana@lumen1.com",
        "password is www.lumen-secret.com",
        "user: ana pass: t0p@secret.io",
    ],
)
@pytest.mark.parametrize("policies", [{}, {"email": "visible", "url": "visible"}])
def test_a_password_that_looks_like_an_address_is_a_password_whole(text: str, policies: dict[str, str]) -> None:
    masked = said(text, **policies)
    secret = text.split()[-1]
    assert plain(masked.segments).endswith(" [password 1]") and plain(masked.segments).startswith(text[:4])
    assert not any(known.value and known.value in secret for known in masked.fresh)
