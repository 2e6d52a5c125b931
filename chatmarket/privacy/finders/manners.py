"""How people answer in one language is known here: what they say before, after and instead of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from chatmarket.privacy.packs import table
from chatmarket.privacy.wordlists import Vocabulary, vocabulary


@dataclass(frozen=True)
class Manners:
    """The words around answers; `lists` are those of questions.toml."""

    words: Vocabulary
    lists: Mapping[str, frozenset[str]]
    numbers: frozenset[str]
    months: frozenset[str]
    ordinals: frozenset[str]
    endings: frozenset[str]  # of numbers that count: "3rd"
    said: frozenset[str]  # what people say all the time, and no answer
    not_after: frozenset[str]  # what a harmless number stands before


@cache
def manners(language: str) -> Manners:
    """The manners of a pack."""
    lists = {key: frozenset(value.split()) for key, value in table(language, "questions")["answers"].items()}
    values = table(language, "values")
    numbers = {**values["numbers"]["words"], **values["numbers"]["scales"]}
    harmless = values["harmless"]["units"] + values["harmless"]["money"]
    words = vocabulary(language)
    said = words.lists["stop"] | words.lists["irregular"] | words.lists["greetings"]
    return Manners(
        words,
        lists,
        frozenset(numbers),
        frozenset(values["dates"]["months"]),
        frozenset(values["dates"]["ordinals"]),
        frozenset(values["dates"]["endings"]),
        said - words.ranks,
        frozenset(harmless),
    )
