"""What an expert is up to is found here where one sentence brings certain ideas together, in whatever order.

Phrases say it in an order; people say it in every other one, too. Each language's pack names ideas, with words, and
says which of them in one sentence lead away from here, and which beside them mean that all is well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from chatmarket.privacy import packs
from chatmarket.privacy.patterns import pattern, places
from chatmarket.privacy.skeleton import Skeleton

PACK = "solicitation"
# Forms of words remembered; support says the same few thousand.
REMEMBERED = 10_000
SHORTEST_STEM = 3
_WORD = pattern(r"[a-z0-9\xff]+(?:['-][a-z0-9\xff]+)*")
_BREAK = pattern(r"[.!?;\n]")
# More words are looked at as several sentences, so that time stays linear however long one is.
LONGEST = 60
# Beside the packs' ideas every sentence may be `asked`, with a question mark, and `short`: of so many words at most.
SHORT = 6

_ALWAYS = frozenset({"asked", "short"})
_INSIDE = b"abcdefghijklmnopqrstuvwxyz0123456789'-\xff"
_SPACED = bytes(byte if byte in _INSIDE else 32 for byte in range(256))

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Ideas that must stand in one sentence, and those of which none may."""

    why: str
    wanted: frozenset[str]
    unless: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Pack:
    """The ideas of a language by their words, their words' beginnings, and the first two of several words."""

    whole: dict[str, frozenset[str]]
    stems: dict[str, frozenset[str]]
    longer: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]]
    rules: tuple[Rule, ...]


def find(bones: Skeleton) -> Iterator[tuple[int, int, str]]:
    """Start and end in the skeleton of what stands together, and which language's rule it is by."""
    texts = bones.scan.translate(_SPACED).decode("latin-1").split()
    for language in packs.languages():
        pack = _pack(language)
        # Most messages have nothing of any rule, wherever it stands: where each word stands is asked of the others.
        have = _ideas_of(pack, language, texts) | _ALWAYS
        if any(rule.wanted <= have for rule in pack.rules):
            for words in _sentences(bones.scan):
                yield from _together(pack, language, bones.scan, words)


def _sentences(scan: bytes) -> Iterator[list[Place]]:
    """The words of each sentence, or of each LONGEST of them."""
    words: list[Place] = []
    for start, end in places(_WORD, scan):
        if words and (len(words) >= LONGEST or _BREAK.search(scan[words[-1][1] : start]) is not None):
            yield words
            words = []
        words.append((start, end))
    if words:
        yield words


def _together(pack: _Pack, language: str, scan: bytes, words: list[Place]) -> Iterator[tuple[int, int, str]]:
    texts = [scan[start:end].decode("latin-1") for start, end in words]
    have = _ideas_of(pack, language, texts)
    have |= {"asked"} if scan[words[-1][1] : words[-1][1] + 1] == b"?" else set()
    have |= {"short"} if len(words) <= SHORT else set()
    for rule in pack.rules:
        if rule.wanted <= have and rule.unless.isdisjoint(have):
            spans = [words[i] for i in range(len(words)) if _stands_for(pack, language, texts, i) & rule.wanted]
            yield (spans or words)[0][0], (spans or words)[-1][1], rule.why


def _ideas_of(pack: _Pack, language: str, texts: list[str]) -> set[str]:
    """All ideas that some words stand for."""
    have: set[str] = set()
    for text in set(texts):
        have |= _ideas(language, text)
    for i, pair in enumerate(pairwise(texts)):
        if pair in pack.longer:
            have.update(_longer(pack, texts, i))
    return have


def _stands_for(pack: _Pack, language: str, texts: list[str], i: int) -> frozenset[str]:
    return _ideas(language, texts[i]) | frozenset(_longer(pack, texts, i))


def _longer(pack: _Pack, texts: list[str], i: int) -> list[str]:
    """The ideas of several words from one on."""
    following = pack.longer.get((texts[i], texts[i + 1]), ()) if i + 1 < len(texts) else ()
    return [idea for rest, idea in following if tuple(texts[i + 2 : i + 2 + len(rest)]) == rest]


@lru_cache(maxsize=REMEMBERED)
def _ideas(language: str, word: str) -> frozenset[str]:
    """The ideas that a word stands for by itself."""
    pack = _pack(language)
    found = pack.whole.get(word, frozenset())
    for length in range(SHORTEST_STEM, len(word) + 1):
        found |= pack.stems.get(word[:length], frozenset())
    return found


@cache
def _pack(language: str) -> _Pack:
    table = packs.table(language, PACK)
    pack = _Pack({}, {}, {}, tuple(_rules(language)))
    for idea, listed in table.get("ideas", {}).items():
        for word in _listed(listed, table.get("words", {})):
            head, *rest = word.split("_")
            if rest:
                pair = (head, rest[0])
                pack.longer[pair] = (*pack.longer.get(pair, ()), (tuple(rest[1:]), idea))
            elif head.endswith("*"):
                pack.stems[head[:-1]] = pack.stems.get(head[:-1], frozenset()) | {idea}
            else:
                pack.whole[head] = pack.whole.get(head, frozenset()) | {idea}
    return pack


def _rules(language: str) -> Iterator[Rule]:
    for sort, rules in packs.table(language, PACK).get("together", {}).items():
        for rule in rules:
            ideas = rule.split()
            unless = frozenset(idea[1:] for idea in ideas if idea.startswith("-"))
            yield Rule(f"{language} {sort}", frozenset(idea for idea in ideas if not idea.startswith("-")), unless)


def _listed(listed: str, words: dict[str, list[str]]) -> Iterator[str]:
    for one in listed.split():
        if one.startswith("<"):
            yield from (word.replace(" ", "_") for word in words[one[1:-1]])
        else:
            yield one
