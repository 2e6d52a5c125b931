"""What people tell of themselves and others in passing is hidden whole, and what only looks like it stays.

In the lists a line is a conversation: its messages stand between " // ", an expert's begin with "Q:", values that the
chat knows beforehand with "K:kind=", and what must be hidden is in braces. Nothing else may be touched.
"""

import re
from pathlib import Path

import pytest

from chatmarket.privacy.conversation import converse
from chatmarket.privacy.masking import Known
from chatmarket.privacy.segments import Kind

LISTS = Path(__file__).parent / "said"
SORTS = ("persons", "homes", "again", "innocent", "asked", "passing", "shapes", "strangers", "world")


def lines() -> list[tuple[str, str]]:
    return [
        (line, language)
        for language in ("en", "es")
        for sort in SORTS
        for line in (LISTS / f"{sort}_{language}.txt").read_text(encoding="utf-8").splitlines()
    ]


def read(line: str) -> tuple[list[tuple[str, str]], tuple[Known, ...]]:
    turns, known = [], []
    for part in line.replace("\\n", "\n").split(" // "):
        if part.startswith("K:"):
            kind, _, value = part[2:].partition("=")
            known.append(Known(Kind(kind) if kind in set(Kind) else Kind.KNOWN, len(known) + 1, value))
        elif part.startswith("Q: "):
            turns.append(("expert", part[3:]))
        else:
            turns.append(("customer", part))
    return turns, tuple(known)


def hidden(text: str, spans) -> set[int]:
    """The letters and digits that cannot be read."""
    return {i for span in spans for i in range(span.start, span.end) if text[i].isalnum()}


@pytest.mark.parametrize(("line", "language"), lines())
def test_what_is_marked_is_hidden_and_nothing_else(line, language):
    turns, known = read(line)
    bare = [(author, re.sub(r"[{}]", "", text)) for author, text in turns]
    for (author, marked), (_, text), shown in zip(turns, bare, converse(bare, known, language), strict=True):
        if author == "expert":
            continue
        wanted, at, within = set(), 0, False
        for letter in marked:
            if letter in "{}":
                within = letter == "{"
                continue
            if within and letter.isalnum():
                wanted.add(at)
            at += 1
        assert hidden(text, shown.spans) == wanted, text


def test_the_parts_of_a_known_name_have_its_number():
    given = (Known(Kind.NAME, 1, "Zdenka Novak"),)
    said = ["i am zdenka", "Z. Novak here", "the Novaks", "my sister Jarmila Novak"]
    shown = converse([("customer", text) for text in said], given)
    numbers = [[part.n for part in one.segments if hasattr(part, "n")] for one in shown]
    assert numbers[0] == [1]
    assert numbers[1] == [1]
    assert numbers[3] == [3], "somebody else of that family is somebody else"
