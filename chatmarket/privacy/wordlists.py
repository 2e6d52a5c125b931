"""The words of a language are known here: which are ordinary, which are names, which are both."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chatmarket.privacy.packs import languages, table, words

# Beyond this a word is ordinary without being looked up: hardly a name is longer, and the lists stay small.
LONGEST_NAME = 12
SHORTEST_NAME = 3
# Shorter names are easily something else: a word of another language, or a typing error.
LONG = 5


def is_ordinary(word: str, language: str) -> bool:
    """Whether a folded word is one of the language's, or a form of one: "walked", "compramos". Nothing is remembered:
    words of messages would outlive their chats, and looking them up takes less than a microsecond."""
    common = words(language, "common")
    if len(word) > LONGEST_NAME or word in common or word in irregular(language):
        return True
    return any(stem in common for stem in stems(word, language))


def is_anybodys(word: str) -> bool:
    """Whether a folded word is ordinary in any language of ours."""
    return any(is_ordinary(word, language) for language in languages())


def stands_in_a_dictionary(word: str) -> bool:
    """Whether any language of ours has a folded word as it is: brands are made of them ("Black Friday")."""
    if any(word in words(language, "common") for language in languages()):
        return True
    return any(word in vocabulary(language).lists["calendar"] for language in languages())


@cache
def irregular(language: str) -> frozenset[str]:
    """Ordinary words that the dictionary lacks and no ending explains."""
    return frozenset(table(language, "names")["irregular"].split())


def stems(word: str, language: str) -> Iterator[str]:
    """What a word may be a form of."""
    endings, longest = _endings(language)
    for length in range(1, min(longest, len(word) - 2) + 1):
        for root in endings.get(word[-length:], ()):
            yield word[:-length] + root


@cache
def _endings(language: str) -> tuple[Mapping[str, tuple[str, ...]], int]:
    endings: dict[str, tuple[str, ...]] = {}
    for ending, root in table(language, "names")["endings"]:
        endings[ending] = (*endings.get(ending, ()), root)
    return endings, max(map(len, endings), default=0)


@dataclass(frozen=True)
class Vocabulary:
    """What the finders of names ask a language: which words are names, and which are names before anything else."""

    language: str
    firsts: frozenset[str]
    names: frozenset[str]  # first names and surnames
    sure: frozenset[str]  # of those, the ones that are no ordinary word, place, brand or month
    plain: frozenset[str]  # and those that are so in lower case, with nothing before them
    places: frozenset[str]  # and brands, and months
    never: frozenset[str]  # no part of a name, though some people are called so
    ranks: frozenset[str]  # of those, what people are to each other
    seldom: frozenset[str]
    lists: Mapping[str, frozenset[str]]  # all lists of words of names.toml, by name

    def is_word(self, word: str) -> bool:
        """Whether a folded word is something else than a name: ordinary, a place, a brand, a month."""
        return word not in self.sure and (word in self.places or is_ordinary(word, self.language))


@cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a pack."""
    lists = {key: _set(value) for key, value in table(language, "names").items() if key != "endings"}
    firsts = words(language, "first_names")
    ranks = lists["titles"] | lists["ranks"] | lists["kin"]
    never = ranks | lists["stop"] | lists["greetings"] | lists["bodies"] | lists["determiners"] | lists["whereto"]
    names = frozenset(
        name for name in firsts | words(language, "surnames") | lists["people"] if len(name) >= SHORTEST_NAME
    )
    places = words(language, "places") | lists["cities"] | lists["brands"] | lists["calendar"]
    ordinary = {name for name in names if is_ordinary(name, language)} - lists["people"]
    sure = names - ordinary - places - lists["seldom"] - lists["particles"] - never
    short = firsts - words(language, "familiar") - lists["people"]
    plain = sure & firsts - frozenset(name for name in short if len(name) < LONG)
    return Vocabulary(
        language, firsts, names - lists["particles"], sure, plain, places, never, ranks, lists["seldom"], lists
    )


def _set(entries: str | Iterable[str]) -> frozenset[str]:
    return frozenset(entries.split() if isinstance(entries, str) else entries)
