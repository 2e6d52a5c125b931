"""What people and programs fill in: each value is taken as what it should be, or refused with its field's name."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from chatmarket.errors import N_, Wrong

ANY_NUMBER = 2**31 - 1  # the largest that a column holds: a number of which nobody said how large it may be

_ADDRESS = re.compile(r"[^@\s\x00-\x1f<>()\[\],;:\\\"]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")


class Together:
    """Reads all of a form before any of it is refused: who filled it in hears of everything that is wrong at once."""

    def __init__(self) -> None:
        self.wrong: list[Wrong] = []

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around what reads one field, or several that stand or fall together."""
        try:
            yield
        except Wrong as wrong:
            self.wrong.append(wrong)

    def settle(self) -> None:
        """Raises the first that was wrong, with the others."""
        if self.wrong:
            first, *first.also = self.wrong
            raise first


def text(value: Any, field: str, *, most: int, least: int = 1) -> str:
    """`value` as text of `least` to `most` characters that every database and socket can carry, ends trimmed."""
    if not isinstance(value, str):
        raise Wrong(N_("This must be text."), code="bad_field", field=field)
    # The length comes first: nothing else may look at a text of any length.
    if len(value) > most:
        raise Wrong(
            N_("This holds at most %(most)s characters; yours has %(length)s."),
            code="too_long",
            field=field,
            most=most,
            length=len(value),
        )
    if "\0" in value or not _encodes(value):
        raise Wrong(N_("This holds a character that cannot be stored."), code="bad_text", field=field)
    trimmed = value.strip()
    if len(trimmed) < least:
        raise Wrong(N_("Please fill this in."), code="empty", field=field)
    return trimmed


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def number(value: Any, field: str, *, least: int = 1, most: int = ANY_NUMBER) -> int:
    """A whole number, given as JSON or typed in a form; "1e1", " 1", true and unicode digits are none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        if most < ANY_NUMBER:
            text = N_("Write a whole number from %(least)s to %(most)s.")
            raise Wrong(text, code="bad_field", field=field, least=least, most=most)
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field=field)
    return value


def numbers(value: Any, field: str, *, most: int = 50) -> list[int]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise Wrong(N_("Please choose at least one."), code="bad_field", field=field)
    return sorted({number(item, field) for item in value})


def choice(value: Any, field: str, choices: Iterable[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Wrong(N_("Please choose one of the offered values."), code="bad_field", field=field)
    return value


def choices(value: Any, field: str, offered: Iterable[str]) -> list[str]:
    offered = list(offered)
    if not isinstance(value, list) or not 1 <= len(value) <= len(offered):
        raise Wrong(N_("Please choose at least one."), code="bad_field", field=field)
    return sorted({choice(item, field, offered) for item in value})


def flag(value: Any, field: str) -> bool:
    """A yes or a no, as JSON or as typed in a form."""
    if isinstance(value, bool):
        return value
    return choice(value, field, ("yes", "no")) == "yes"


def truth(value: Any, field: str) -> bool:
    """A yes or a no in JSON: true or false and nothing else, for it may move money."""
    if not isinstance(value, bool):
        raise Wrong(N_("This must be true or false."), code="bad_field", field=field)
    return value


def email(value: Any, field: str = "email") -> str:
    address = text(value, field, most=254).lower()
    # Lowering may lengthen: U+0130 becomes two characters.
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Wrong(N_("This does not look like an e-mail address."), code="bad_field", field=field)
    return address


def password(value: Any, field: str = "password") -> str:
    """8 to 128 characters, kept as typed (OWASP ASVS 6.2: no composition rules, no trimming)."""
    if not isinstance(value, str) or not 8 <= len(value) <= 128:
        raise Wrong(N_("A password has 8 to 128 characters."), code="bad_field", field=field)
    text(value, field, most=128, least=0)
    return value
