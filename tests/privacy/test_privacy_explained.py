"""What explains a number must not explain somebody's: default deny, and what must stay readable all the same."""

import pytest

from chatmarket.privacy.dialogue import Dialogue
from chatmarket.privacy.masking import Wallet, mask
from chatmarket.privacy.segments import plain

HIDDEN = [
    ("482137.123", "482137.123"), ("we are flat 1 in 28013", "28013"), ("it is 48.21.37", "48.21.37"),
    ("482/137-55", "482/137-55"), ("727-482", "727-482"), ("123456.78 they said", "123456.78"),
    ("10.0.0.1.7 is it", "10.0.0.1.7"),
    ("KB6123456 is my booking", "KB6123456"), ("my booking is KB6123456", "KB6123456"),
    ("KB6123456, that's the booking", "KB6123456"), ("4821 is my order number", "4821"),
    ("A7K2 is the locator", "A7K2"), ("10.15.7 is my policy number", "10.15.7"),
    ("A319-482 = my reservation", "A319-482"),
    ("CVE-2024-12345 is my claim", "2024-12345"), ("DDR4-3200 is my ticket number", "DDR4-3200"),
    ("i5-84213 es mi póliza", "i5-84213"), ("4821 es mi número de pedido", "4821"),
    ("84.213 es mi contrato", "84.213"),
    ("KB5034441 es mi reserva", "KB5034441"), ("(4711-22) ese es mi número de socio", "4711-22"),
]  # fmt: skip
READABLE = [
    "install KB5034441 and restart", "macOS 10.15.7", "version 31.0.101.5186 of the driver", "it costs 1234.50",
    "12,500.75 in total", "about 1 in 10,000 people", "1 in 500", "port 48213 is open", "iPhone 12 is my device",
    "2024 was my order year", "the 737-800 has wifi", "the A320-214 is quieter", "350 was my order total",
    "it is 192.168.1.1 or 192.168.0.254, then", "model WH-1000XM5", "screen 1920x1080", "between 10:30 and 12:45",
    "i5-8400 and DDR4-3200 memory", "error 0x80070057", "chrome 120.0.6099.109 crashes",
    "build 190041.508 of the software",
    "size 70 x 45 x 40 mm", "3.5 kg and 12.75 m", "ISO 9001:2015", "boarding gate 4521", "we go to gate 4521",
    "cuesta 12.500,75 euros", "puerto 48213", "la versión 10.15.7 no va", "1 de cada 10.000",
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("text", "value"), HIDDEN)
def test_what_may_be_somebodys_is_hidden_however_it_is_written(text, value, language):
    assert value not in plain(mask(text, Wallet(), Dialogue(language=language)).segments)


@pytest.mark.parametrize("text", READABLE)
def test_what_is_everybodys_stays_readable(text):
    assert plain(mask(text, Wallet()).segments) == text
