"""The words of a language are known here: which are ordinary, which are names, which are both."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chatmarket.privacy.packs import WORLD, languages, table, words

# Beyond this a word is ordinary without being looked up: hardly a name is longer, and the lists stay small.
LONGEST_NAME = 12
SHORTEST_NAME = 3
# Shorter names are easily something else: a word of another language, or a typing error.
LONG = 5
# Nor does a name of another language of fewer letters stand for a person by itself.
SHORTEST_FOREIGN = 4


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


class Names:
    """Names of a language, and those of the world, which all languages share: their lists are in memory once."""

    __slots__ = ("family", "given", "own", "shortest")

    def __init__(
        self,
        own: frozenset[str],
        given: frozenset[str],
        family: frozenset[str] = frozenset(),
        shortest: int = SHORTEST_NAME,
    ) -> None:
        self.own, self.given, self.family, self.shortest = own, given, family, shortest

    def __contains__(self, word: str) -> bool:
        # Without a loop: it is asked for most words of most messages.
        if word in self.own:
            return True
        return len(word) >= self.shortest and (word in self.given or word in self.family)


@dataclass(frozen=True)
class Vocabulary:
    """What the finders of names ask a language: which words are names, and which are names before anything else."""

    language: str
    firsts: Names
    names: Names  # first names and surnames
    sure: Names  # of those, the ones that are no ordinary word, place, brand or month
    plain: Names  # and those that are so in lower case, with nothing before them
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
    # Names of the world are weaker evidence: whatever else a word may be here, it is that.
    others = words(language, "common"), irregular(language), places, lists["seldom"], lists["particles"], never
    given, family, typed = (_without(foreign, others) for foreign in _world())
    return Vocabulary(
        language,
        Names(firsts, given),
        Names(names - lists["particles"], given, family),
        Names(sure, given, family, SHORTEST_FOREIGN),
        Names(plain, typed),
        places,
        never,
        ranks,
        lists["seldom"],
        lists,
    )


@cache
def _world() -> tuple[frozenset[str], ...]:
    """First names of the world, its surnames, and the first names that people go by in lower case, too."""
    given, familiar = words(WORLD, "first_names"), words(WORLD, "familiar")
    short = frozenset(name for name in given - familiar if len(name) < LONG)
    short |= frozenset(name for name in familiar if len(name) < SHORTEST_FOREIGN)
    return given, words(WORLD, "surnames"), given - short


def _without(names: frozenset[str], others: Iterable[frozenset[str]]) -> frozenset[str]:
    """The same names, not a copy, when none is anything else: the lists are made so for the packs that there are."""
    return names.difference(*others) if any(not names.isdisjoint(words) for words in others) else names


def _set(entries: str | Iterable[str]) -> frozenset[str]:
    return frozenset(entries.split() if isinstance(entries, str) else entries)
