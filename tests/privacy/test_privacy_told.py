"""Whole dialogues, with each value set in «»: all of it is hidden, and no word around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import Text

FOLDER = Path(__file__).parent / "told"
AUTHORS = {"a": "expert", "c": "customer"}


def dialogues() -> Iterator[tuple[str, str]]:
    for file in sorted(FOLDER.glob("*.txt")):
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        yield from ((file.stem[-2:], block) for block in "\n".join(lines).split("\n\n") if block.strip())


@pytest.mark.parametrize(("language", "block"), list(dialogues()))
def test_what_is_told_is_hidden_and_nothing_else(language, block):
    lines = block.strip().splitlines()
    said = [(AUTHORS[line[0]], line[3:].replace("«", "").replace("»", "")) for line in lines]
    wanted = [_readable(line[3:]) for line in lines]
    seen = []
    for (author, text), turn in zip(said, converse(said, (), language), strict=True):
        left = [part.text for part in turn.segments if isinstance(part, Text)] if author == "customer" else [text]
        seen.append(_words("|".join(left)))
    assert seen == wanted


def _readable(line: str) -> list[str]:
    """The words around the values; addresses and phones beside them may be hidden as well."""
    return _words("|".join(part.partition("»")[2] or ("" if "»" in part else part) for part in line.split("«")))


def _words(text: str) -> list[str]:
    return [word for word in "".join(c if c.isalnum() else " " for c in text).split() if word]
