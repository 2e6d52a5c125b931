"""Whether a pattern is calm is judged here: how many situations a text can bring it into, however it is written.

RE2 goes from situation to situation, and meets each once. Where a match may begin anew within another, and what begins
it is not told from what goes on ("a[ab]{50}"), each letter of the text is remembered for itself: two to the power of
fifty situations, and every letter costs as much as a search.
"""

import re
from re import _constants as say  # type: ignore[attr-defined]
from re import _parser as grammar  # type: ignore[attr-defined]
from typing import Any

# A set of characters is an integer with a bit for each.
_ALL = (1 << 256) - 1
_SOME = {
    say.CATEGORY_DIGIT: sum(1 << ord(letter) for letter in "0123456789"),
    say.CATEGORY_SPACE: sum(1 << ord(letter) for letter in " \t\n\r\f\v"),
    say.CATEGORY_WORD: sum(1 << code for code in range(128) if chr(code).isalnum() or chr(code) == "_"),
}
_OTHERS = {
    say.CATEGORY_NOT_DIGIT: say.CATEGORY_DIGIT,
    say.CATEGORY_NOT_SPACE: say.CATEGORY_SPACE,
    say.CATEGORY_NOT_WORD: say.CATEGORY_WORD,
}
# The characters of a match one by one, each a set, and whether it may be missing.
Row = list[tuple[int, bool]]
MOST_ROWS = 32


class _Wild(ValueError):
    """The pattern is no plain row of characters."""


def beginnings(source: str) -> frozenset[int] | None:
    """The sets of several characters that a calm pattern begins with; None for a pattern that is not calm.

    Calm is a row of characters in which only a run of equal sets can be begun anew: the first set may be repeated; all
    behind it lie within it or have nothing of it, and what may be missing has nothing of it. "[0-9]{4}-?[0-9]{4}" and
    "LC-[0-9]{6,9}" are calm. A word's border only makes matches rarer.
    """
    try:
        rows = _rows(grammar.parse(source, re.ASCII), last=True)
    except (_Wild, re.error, RecursionError, OverflowError, Warning):
        return None
    firsts = {row[0][0] for row in rows if row}
    return frozenset(one for one in firsts if one & (one - 1)) if all(map(_is_calm, rows)) else None


def _is_calm(row: Row) -> bool:
    if not row or row[0][1]:
        return False
    first, missing = row[0][0], any(optional for _, optional in row)
    run = next((at for at, (one, _) in enumerate(row) if one != first), len(row))
    return all(
        not one & first or (one | first == first and at > run and not missing) or (one == first and not optional)
        for at, (one, optional) in enumerate(row)
    )


def _rows(parsed: Any, *, last: bool) -> list[Row]:
    """A pattern as rows of which any may match."""
    rows: list[Row] = [[]]
    parsed = [one for one in parsed if one[0] is not say.AT]
    for at, (op, given) in enumerate(parsed):
        rows = [row + more for more in _places(op, given, last=last and at + 1 == len(parsed)) for row in rows]
        if len(rows) > MOST_ROWS:
            raise _Wild
    return rows


def _places(op: Any, given: Any, *, last: bool) -> list[Row]:
    if op is say.SUBPATTERN:
        return _rows(given[3], last=last)
    if op is say.BRANCH:
        return [row for one in given[1] for row in _rows(one, last=last)]
    if op in (say.MAX_REPEAT, say.MIN_REPEAT):
        return [_repeated(*given, last=last)]
    return [[(_set(op, given), False)]]


def _repeated(least: int, most: int, parsed: Any, *, last: bool) -> Row:
    rows = _rows(parsed, last=False)
    if len(rows) > 1:
        raise _Wild
    once = rows[0]
    if least == most:
        return once * least
    if (least, most) == (0, 1) and len(once) == 1:
        return [(once[0][0], True)]
    # What goes on at the end, and ends somewhere, meets nothing new.
    if last and least and len(once) == 1:
        return once * (least if most is say.MAXREPEAT else most)
    raise _Wild


def _set(op: Any, given: Any) -> int:
    if op is say.LITERAL:
        return _letter(given)
    if op is say.NOT_LITERAL:
        return _ALL ^ _letter(given)
    if op is say.ANY:
        return _ALL ^ (1 << ord("\n"))
    if op is say.CATEGORY:
        return _SOME[given] if given in _SOME else _ALL ^ _SOME[_OTHERS[given]]
    if op is say.RANGE:
        return sum({1 << ord(chr(code).lower()) for code in range(given[0], min(given[1], 127) + 1)})
    if op is not say.IN:
        raise _Wild
    negated = given[0][0] is say.NEGATE
    whole = 0
    for one, more in given[negated:]:
        whole |= _set(one, more)
    return _ALL ^ whole if negated else whole


def _letter(code: int) -> int:
    return 1 << min(ord(chr(code).lower()), 255)
