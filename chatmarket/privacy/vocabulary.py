"""The words of a language are known here: which are ordinary, which are names, which are both."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from chatmarket.privacy.packs import table, words

# Verdicts on words remembered; people say the same few thousand words.
REMEMBERED = 20_000
# Beyond this a word is ordinary without being looked up: hardly a name is longer, and the lists stay small.
LONGEST_NAME = 12


@lru_cache(maxsize=REMEMBERED)
def is_ordinary(word: str, language: str) -> bool:
    """Whether a folded word is one of the language's, or a form of one: "walked", "compramos"."""
    common = words(language, "common")
    if len(word) > LONGEST_NAME or word in common or word in irregular(language):
        return True
    return any(stem in common for stem in stems(word, language))


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
    return endings, max(map(len, endings))
