"""Numbers written in words are read here: "six one two", "seiscientos doce", "double five", "219 oh nine"."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from chatmarket.privacy.finders.vocabulary import PACK, alternation, gathered
from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.patterns import pattern, places

_SIGNS = r"[^a-z0-9\xff]{0,3}"


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in words at `start` of a scan: the figures of its groups, and how many words it has."""

    start: int
    end: int
    groups: tuple[str, ...]
    words: int
    dividers: int = 0  # "dash", "slash"

    @property
    def digits(self) -> str:
        return "".join(self.groups)


@dataclass(frozen=True, slots=True)
class _Words:
    """The number words that are read in chats of one language."""

    values: dict[str, int]
    scales: dict[str, int]
    repeats: dict[str, int]
    joins: frozenset[str]
    dividers: frozenset[str]
    tokens: Any
    runs: Any
    gate: Any


@cache
def _words(language: str) -> _Words:
    values: dict[str, int] = {}
    scales: dict[str, int] = {}
    repeats: dict[str, int] = {}
    for other in languages():
        numbers = table(other, PACK)["numbers"]
        own = () if other == language else numbers["own"]
        values |= {word: value for word, value in numbers["words"].items() if word not in own}
        scales |= numbers["scales"]
        repeats |= numbers["repeats"]
    word = alternation([*values, *scales, *repeats])
    joins = [*gathered("numbers", "joins"), *gathered("numbers", "dividers")]
    between = rf"{_SIGNS}(?:(?:{alternation(joins)})[^a-z0-9\xff]{{1,3}}){{0,2}}"
    return _Words(
        values,
        scales,
        repeats,
        frozenset(joins),
        frozenset(gathered("numbers", "dividers")),
        pattern(rf"[0-9]+|{word}|{alternation(joins)}"),
        pattern(rf"\b(?:{word}|[0-9]+)(?:{between}(?:{word}|[0-9]+))*\b"),
        rf"\b(?:{word}){between}(?:(?:{word})|[0-9])|[0-9][^a-z0-9\xff]{{1,3}}(?:{alternation(joins)})[^a-z0-9\xff]{{1,3}}[0-9]|[0-9]{between}(?:{word})\b",
    )


def gate(language: str) -> str:
    """A pattern that is in every message which has a number of two words, or of a word beside digits."""
    return str(_words(language).gate)


def spoken(language: str) -> frozenset[str]:
    """The words for numbers that are read in chats of a language."""
    words = _words(language)
    return frozenset({*words.values, *words.scales, *words.repeats})


def numerals(scan: bytes, language: str) -> Iterator[Numeral]:
    """Every number that has a word in it."""
    words = _words(language)
    for start, end in places(words.runs, scan):
        if not scan[start:end].isdigit():
            yield _read(words, scan, start, end)


def numeral_at(scan: bytes, at: int, language: str) -> Numeral | None:
    """The number that begins there, when it has a word in it."""
    words = _words(language)
    match = words.runs.match(scan, at)
    if match is None or match.group().isdigit():
        return None
    return _read(words, scan, *match.span())


def _read(words: _Words, scan: bytes, start: int, end: int) -> Numeral:
    """Groups as people say them: "seiscientos doce, treinta y cuatro" is 612 and 34."""
    groups: list[str] = []
    reader = _Reader(groups)
    spoken = dividers = 0
    for a, b in places(words.tokens, scan[start:end]):
        token = scan[start + a : start + b].decode("ascii")
        if token.isdigit():
            reader.figures(token)
            continue
        spoken += token not in words.joins
        dividers += token in words.dividers
        if token in words.repeats:
            reader.repeat(words.repeats[token])
        elif token in words.scales:
            reader.scale(words.scales[token])
        elif token in words.values:
            reader.value(words.values[token])
    reader.close()
    return Numeral(start, end, tuple(groups), spoken, dividers)


class _Reader:
    """Puts number words together as long as they go on as one number does."""

    def __init__(self, groups: list[str]) -> None:
        self._groups = groups
        self._whole = 0
        self._part: int | None = None
        self._begun = False
        self._times = 1

    def close(self) -> None:
        if self._begun:
            self._groups.append(str(self._whole + (self._part or 0)))
        self._whole, self._part, self._begun = 0, None, False

    def figures(self, token: str) -> None:
        self.close()
        self._groups.append(token)

    def repeat(self, times: int) -> None:
        self.close()
        self._times = times

    def scale(self, scale: int) -> None:
        if scale == 1_000 and self._whole % 1_000_000 >= 1_000:
            self.close()
        if scale == 100:
            if self._part is not None and not 1 <= self._part <= 99:
                self.close()
            self._part = (self._part or 1) * 100
        else:
            if self._whole and self._whole <= scale:
                self._whole = (self._whole + (self._part or 0)) * scale
            else:
                self._whole += (1 if self._part is None else self._part) * scale
            self._part = None
        self._begun = True

    def value(self, value: int) -> None:
        if self._times > 1:
            self._groups.append(str(value) * self._times)
            self._times = 1
            return
        if not self._goes_on(value):
            self.close()
        self._part = (self._part or 0) + value
        self._begun = True

    def _goes_on(self, value: int) -> bool:
        if value == 0:
            return False
        if self._part is None:
            return self._whole > 0
        if self._part >= 100 and self._part % 100 == 0:
            return value < 100
        return self._part >= 20 and self._part % 10 == 0 and value < 10
