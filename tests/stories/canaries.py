"""Personal values that are planted, and every form in which one of their bytes may come out again."""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterator
from functools import cache

# What may be read by everybody: it shows that a scan looked where the customer's words are.
PLAIN = "pomegranate tractor"

# Given beforehand, by the brand's page or the person's account with it.
GIVEN = {
    "name": ["Anastasia Zwolinski"],
    "email": ["a.zwolinski@heronmail.example"],
    "phone": ["+34 634 918 275"],
    "address": ["Calle Espliego 47, 3B, 28013 Madrid"],
    "birthdate": ["17/04/1983"],
    "postcode": ["41927"],
    "dni": ["50718294M"],
    "iban": ["ES79 2100 0813 6101 2345 6789"],
    "number": ["8843120967"],
    "known": ["Wren Cottage"],
}
# Typed, each in the words of somebody who gives it away; `<>` marks the value.
TYPED = [
    "write to <bruno.kestrel@falconpost.example> please",
    "or call <+34 671 920 384>",
    "the card is <4012 8888 8888 1881>",
    "refund to <GB29 NWBK 6016 1331 9268 19>",
    "my DNI is <23456789D>",
    "my social security number is <219-09-9998>",
    "it says <https://shop.example/u/kestrel?token=eyJhbGciOiJIUzI1>",
    "from <198.51.100.214>",
    "my name is <Bartholomew Quillfeather>",
    "I live at <1842 Larkspur Avenue, Apt 9, Springfield, IL 62704>",
    "my account number is <KQ7741ZX90>",
    "my order number is <3348917502>",
    "my PIN is <7391>",
    "the code I got is <482 193>",
    "my password is <Tangerine!Otter58>",
    "the security code of the card is <846>",
    "my mother's maiden name was <Featherstonehaugh>",
    "I was born on <3 November 1987>",
    "add me on telegram: <quill_feather87>",
    "my passport is <PAB765432>",
]
# One value in two messages.
SPLIT = [("my other card is <5555 5555>", "<5555 4444>"), ("then use <lina.siskin>", "<at gmail dot com>")]
# Nothing tells that this is a value until the other half is there; its readers are corrected then.
KNOWN_LATER = frozenset({"lina.siskin"})
COMMENT = "thanks, write me at <carla.ibis@egretmail.example> or <+34 688 271 904>"
ON_THE_FORM = {"name": "Gideon Larkfield", "email": "g.larkfield@whinchat.example"}
LEFT = "dario.plover@curlewmail.example"

_VALUE = re.compile(r"<([^>]*)>")
_SHORT = 5  # letters and digits of a value that any page may hold by chance
_TELLING_HEX = 8
_ENOUGH = {False: 7, True: 10}  # so many letters, or digits alone, are looked for without the signs between them


def said(marked: str) -> str:
    """The words as they are typed."""
    return marked.replace("<", "").replace(">", "")


@cache
def values() -> list[str]:
    """Every value that must not come out."""
    typed = [*TYPED, *(half for pair in SPLIT for half in pair), COMMENT]
    return [
        *(value for kind in GIVEN.values() for value in kind),
        *(v for t in typed for v in _VALUE.findall(t)),
        *ON_THE_FORM.values(),
        LEFT,
    ]


def found(where: bytes) -> dict[str, str]:
    """The values that stand in these bytes, and how: plain, in other case, spaced, reversed, encoded."""
    text = where.decode("utf-8", "replace").casefold()
    squeezed = _squeezed(text)
    return {value: how for value in values() if (how := _how(text, squeezed, value))}


def _how(text: str, squeezed: str, value: str) -> str | None:
    for form, needle in _forms(value):
        if needle in text:
            return f"{form}: {needle}"
    bare = _squeezed(value)
    if len(bare) >= _ENOUGH[bare.isdigit()] and (bare in squeezed or bare[::-1] in squeezed):
        return f"spaced or reversed: {bare}"
    return None


@cache
def _forms(value: str) -> list[tuple[str, str]]:
    forms = [(form, needle.casefold()) for form, needle in _every_form(value) if len(_squeezed(needle)) > _SHORT]
    # Six signs of hexadecimal stand among a million random ones by chance.
    return [(form, needle) for form, needle in forms if form != "in hex" or len(needle) >= _TELLING_HEX]


def _every_form(value: str) -> Iterator[tuple[str, str]]:
    raw = value.encode()
    yield "plain", value
    yield "reversed", value[::-1]
    yield "in an address", urllib.parse.quote(value)
    yield "in a form", urllib.parse.quote_plus(value)
    yield "in JSON", json.dumps(value)[1:-1]
    yield "in HTML", html.escape(value)
    yield "in hex", raw.hex()
    for shift in range(3):  # base64 of whatever stands before it: three ways to fall on its grid
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        whole = coded[4 if shift else 0 : len(coded) - 4]
        yield "in base64", whole
        yield "in base64 of addresses", whole.replace("+", "-").replace("/", "_")


def _squeezed(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def too_short() -> list[str]:
    """Values that stand in every page by chance: they are looked for in what people said only."""
    return [value for value in values() if len(_squeezed(value)) <= _SHORT]
