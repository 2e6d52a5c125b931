"""Other spellings of what a chat knows: people shorten names and streets, and glue them to user names."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from chatmarket.privacy.packs import languages, table
from chatmarket.privacy.skeleton import spaced
from chatmarket.privacy.wordlists import is_anybodys

# Parts of a name that are joined with each other; more of them are a list of people.
MOST_PARTS = 4
SHORTEST = 3
# "anasmith", "asmith": shorter ones may be anything.
SHORTEST_GLUED = 6
# A part so long is a person within a longer word: "novakfamily". And the name of a street alone tells which it is.
SHORTEST_INSIDE = 5
MOST_OF_STREET = 4
SHORTEST_HALF = 3


def names(folded: str) -> Iterator[str]:
    """How a name is said again: by initials, in the plural, glued to user names."""
    words = spaced(folded).split()[:MOST_PARTS]
    whole = spaced(folded.replace("'", "").replace("-", "")).split()[:MOST_PARTS]
    yield from (word for word in whole if len(word) >= SHORTEST and word not in words)  # "obrien"
    for first, second in pairwise(words):
        if len(first) < SHORTEST <= len(second):
            yield f"{first} {second}"  # "o brien"
    yield from initialled(whole)
    for i, first in enumerate(whole):
        for j, second in enumerate(whole):
            if i != j:
                yield from (glued for glued in (first + second, first[0] + second) if len(glued) >= SHORTEST_GLUED)


def initialled(words: list[str]) -> Iterator[str]:
    """ "A. Smith", "Smith, A.", "the Smiths"."""
    for word in words[1:]:
        if len(word) >= SHORTEST:
            yield f"{words[0][0]} {word}"
            yield f"{word} {words[0][0]}"
    yield from (f"{word}s" for word in words if len(word) > SHORTEST and not word.endswith("s"))


def shortened(folded: str) -> Iterator[tuple[str, str]]:
    """The initialled and plural variants, each with the part of the name that may be an ordinary word: "a price"."""
    words = spaced(folded.replace("'", "").replace("-", "")).split()[:MOST_PARTS]
    for variant in initialled(words):
        yield (
            variant,
            next(word for word in words if variant == f"{word}s" or (len(word) > 1 and word in variant.split())),
        )


def inside(folded: str) -> Iterator[str]:
    """The parts of a name that may give it away within a longer word."""
    yield from (word for word in spaced(folded).split() if len(word) >= SHORTEST_INSIDE)


def half(folded: str) -> Iterator[str]:
    """The district of a postcode, "sw1a"; and all of it without its space."""
    first, *rest = spaced(folded).split()
    if rest and first[0].isalpha() and not first.isalpha():
        yield first + "".join(rest)
        if len(first) >= SHORTEST_HALF:
            yield first


def firms(folded: str) -> Iterator[str]:
    """A firm's name without its legal form, and in one word."""
    words = spaced(folded).split()
    while len(words) > 1 and words[-1] in _forms():
        words.pop()
    letters = sum(map(len, words))
    if letters >= SHORTEST_GLUED and (len(words) > 1 or not is_anybodys(words[0])):
        yield " ".join(words)
    if len(words) > 1 and letters > SHORTEST_GLUED:
        yield "".join(words)


@cache
def _forms() -> frozenset[str]:
    return frozenset(form for one in languages() for form in table(one, "addresses")["same"]["firms"].split())


def streets(folded: str) -> Iterator[str]:
    """A street with its kind written in full or short, with its number and without: "rosebery ave"."""
    for segment in folded.replace(";", ",").replace("\n", ",").split(","):
        words = _without_endings(spaced(segment).split())
        for after, same in _kinds():
            for k, word in enumerate(words):
                if word in same:
                    yield from _written(words, k, same[word], after)


def _without_endings(words: list[str]) -> list[str]:
    """ "St. Mary's Road" is typed "st marys road"."""
    bare: list[str] = []
    for word in words:
        if word == "s" and bare:
            bare[-1] += "s"
        else:
            bare.append(word)
    return bare


def _written(words: list[str], k: int, same: tuple[str, ...], after: bool) -> Iterator[str]:
    """The street whose kind is word k; `after` says that the kind stands behind its name."""
    around = words[max(0, k - MOST_OF_STREET) : k] if after else words[k + 1 : k + 1 + MOST_OF_STREET]
    name = _up_to_number(around[::-1])[::-1] if after else _up_to_number(around)
    if not name:
        return
    bare = [word for word in name if word not in _particles()]
    spellings = {" ".join(part) for part in (name, bare) if part}
    spellings |= {" ".join(_saints().get(word, word) for word in part.split()) for part in spellings}
    for spelling in spellings:
        for kind in same:
            yield f"{spelling} {kind}" if after else f"{kind} {spelling}"
    if len("".join(bare)) >= SHORTEST_INSIDE and not all(map(is_anybodys, bare)):
        yield " ".join(bare)


def _up_to_number(words: list[str]) -> list[str]:
    return words[: next((n for n, word in enumerate(words) if not word.isalpha()), len(words))]


@cache
def _kinds() -> tuple[tuple[bool, Mapping[str, tuple[str, ...]]], ...]:
    """The kinds of streets of each language with all their spellings, and whether they stand behind the name."""
    found = []
    for language in languages():
        pack = table(language, "addresses")
        groups = [tuple(group.split()) for group in pack["same"]["streets"]]
        found.append((pack["word"] == "after", {word: group for group in groups for word in group}))
    return tuple(found)


@cache
def _saints() -> Mapping[str, str]:
    """What is written short within a street's name."""
    pairs = [group.split() for one in languages() for group in table(one, "addresses")["same"]["names"]]
    return {**dict(pairs), **{short: long for long, short in pairs}}


@cache
def _particles() -> frozenset[str]:
    return frozenset(word for one in languages() for word in table(one, "addresses")["inside"]["particles"].split())
