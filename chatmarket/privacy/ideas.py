"""What an expert is up to is found here where one sentence brings certain ideas together, in whatever order.

Phrases say it in an order; people say it in every other one, too. Each language's pack names ideas, with words, and
says which of them in one sentence lead away from here, and which beside them mean that all is well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from chatmarket.privacy import packs
from chatmarket.privacy.conjunctions import Conjunctions
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.skeleton import Skeleton

PACK = "solicitation"
SHORTEST_STEM = 3
_WORD = pattern(r"[a-z0-9\xff]+(?:['-][a-z0-9\xff]+)*")
_BREAK = pattern(r"[.!?;\n]")
# More words are looked at as several sentences, so that time stays linear however long one is.
LONGEST = 60
# Beside the packs' ideas every sentence may be `asked`, with a question mark, and `short`: of so many words at most.
SHORT = 6
# Sorts of rules about things that a brand may sell: where its allowed words say them, they lead nowhere.
SOLD = frozenset({"remote", "voucher"})

_ALWAYS = frozenset({"asked", "short"})
_INSIDE = b"abcdefghijklmnopqrstuvwxyz0123456789'-\xff"
_SPACED = bytes(byte if byte in _INSIDE else 32 for byte in range(256))

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Ideas of a language that must stand in one sentence, and those of which none may."""

    language: str
    sort: str
    wanted: frozenset[str]
    unless: frozenset[str]

    @property
    def why(self) -> str:
        return f"{self.language} {self.sort}"


@dataclass(frozen=True, slots=True)
class _Pack:
    """The ideas of a language by their words, their words' beginnings, and the first two of several words."""

    whole: dict[str, frozenset[str]]
    stems: dict[str, frozenset[str]]
    longer: dict[tuple[str, str], tuple[tuple[tuple[str, ...], str], ...]]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of a sentence, where they stand, and the sign behind the last."""

    texts: Sequence[str]
    at: Sequence[Place]
    ends_with: bytes


def find(bones: Skeleton, allowed: Sequence[Found] = ()) -> Iterator[tuple[int, int, str]]:
    """Start and end in the skeleton of what stands together, and which language's rule it is by.

    `allowed` are the places of a brand's own words, which are nobody's idea of a thing that it may sell.
    """
    # Most messages have nothing of any rule, wherever it stands: where each word stands is asked of the others.
    rules = [_rules()[which] for which in _gate().met(_telling(bones.scan))]
    if not rules:
        return
    for sentence in _sentences(bones.scan):
        stands: dict[str, list[frozenset[str]]] = {}
        for rule in rules:
            if rule.language not in stands:
                texts = sentence.texts
                stands[rule.language] = [_stands_for(rule.language, texts, i) for i in range(len(texts))]
            yield from _together(rule, sentence, stands[rule.language], allowed if rule.sort in SOLD else ())


def _telling(scan: bytes) -> list[str]:
    """The words of a message as the gate knows them: each, those a word begins with, and those that stand in pairs."""
    texts = scan.translate(_SPACED).decode("latin-1").split()
    heads, pairs = _heads(), _pairs()
    telling = [text[:end] + "*" for text in texts if text[:SHORTEST_STEM] in heads for end in _ends(text)]
    # Hardly any word is the first of a pair: only behind those is the second looked at.
    last = len(texts) - 1
    for at in [at for at, text in enumerate(texts) if text in pairs]:
        if at < last and texts[at + 1] in pairs[texts[at]]:
            telling.append(f"{texts[at]} {texts[at + 1]}")
    return texts + telling


def _ends(text: str) -> range:
    return range(SHORTEST_STEM, len(text) + 1)


def _sentences(scan: bytes) -> Iterator[_Sentence]:
    """The words of each sentence, or of each LONGEST of them."""
    words: list[Place] = []
    for start, end in places(_WORD, scan):
        if words and (len(words) >= LONGEST or _BREAK.search(scan[words[-1][1] : start]) is not None):
            yield _sentence(scan, words)
            words = []
        words.append((start, end))
    if words:
        yield _sentence(scan, words)


def _sentence(scan: bytes, words: list[Place]) -> _Sentence:
    last = words[-1][1]
    return _Sentence([scan[start:end].decode("latin-1") for start, end in words], words, scan[last : last + 1])


def _together(
    rule: Rule, sentence: _Sentence, stands: list[frozenset[str]], allowed: Sequence[Found]
) -> Iterator[tuple[int, int, str]]:
    if allowed:
        stands = [
            ideas if all(end <= first or last <= start for first, last in allowed) else frozenset()
            for (start, end), ideas in zip(sentence.at, stands, strict=True)
        ]
    have = frozenset[str]().union(*stands)
    have |= {"asked"} if sentence.ends_with == b"?" else frozenset()
    have |= {"short"} if len(sentence.texts) <= SHORT else frozenset()
    if rule.wanted <= have and rule.unless.isdisjoint(have):
        which = [i for i, ideas in enumerate(stands) if ideas & rule.wanted] or [0, len(stands) - 1]
        yield sentence.at[which[0]][0], sentence.at[which[-1]][1], rule.why


def _stands_for(language: str, texts: Sequence[str], i: int) -> frozenset[str]:
    """The ideas of a word, by itself and as the first of several."""
    pack, word = _pack(language), texts[i]
    found = pack.whole.get(word, frozenset())
    for end in _ends(word):
        found |= pack.stems.get(word[:end], frozenset())
    following = pack.longer.get((word, texts[i + 1]), ()) if i + 1 < len(texts) else ()
    return found.union([idea for rest, idea in following if tuple(texts[i + 2 : i + 2 + len(rest)]) == rest])


@cache
def _pack(language: str) -> _Pack:
    pack = _Pack({}, {}, {})
    for idea in packs.table(language, PACK).get("ideas", {}):
        for word in _words(language, idea):
            head, *rest = word.split("_")
            if rest:
                pair = (head, rest[0])
                pack.longer[pair] = (*pack.longer.get(pair, ()), (tuple(rest[1:]), idea))
            elif head.endswith("*"):
                pack.stems[head[:-1]] = pack.stems.get(head[:-1], frozenset()) | {idea}
            else:
                pack.whole[head] = pack.whole.get(head, frozenset()) | {idea}
    return pack


@cache
def _rules() -> tuple[Rule, ...]:
    return tuple(rule for language in packs.languages() for rule in _rules_of(language))


@cache
def _gate() -> Conjunctions:
    return Conjunctions([[_forms(rule.language, idea) for idea in sorted(rule.wanted - _ALWAYS)] for rule in _rules()])


@cache
def _heads() -> frozenset[str]:
    """What the words that begin like a stem begin with."""
    return frozenset(stem[:SHORTEST_STEM] for language in packs.languages() for stem in _pack(language).stems)


@cache
def _pairs() -> dict[str, set[str]]:
    """The first of several words, with those that may stand behind it."""
    pairs: dict[str, set[str]] = {}
    for language in packs.languages():
        for first, second in _pack(language).longer:
            pairs.setdefault(first, set()).add(second)
    return pairs


def _forms(language: str, idea: str) -> set[str]:
    """How the gate knows the words of an idea: of several, the first two."""
    return {" ".join(word.split("_")[:2]) for word in _words(language, idea)}


def _rules_of(language: str) -> Iterator[Rule]:
    for sort, rules in packs.table(language, PACK).get("together", {}).items():
        for rule in rules:
            ideas = rule.split()
            unless = frozenset(idea[1:] for idea in ideas if idea.startswith("-"))
            yield Rule(language, sort, frozenset(idea for idea in ideas if not idea.startswith("-")), unless)


def _words(language: str, idea: str) -> Iterator[str]:
    table = packs.table(language, PACK)
    for one in table["ideas"][idea].split():
        if one.startswith("<"):
            yield from (word.replace(" ", "_") for word in table["words"][one[1:-1]])
        else:
            yield one
