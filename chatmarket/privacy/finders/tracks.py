"""What may lead to a name is found here, quickly: most messages have nothing of it, and end here.

Words are looked up in sets and dictionaries, without asking where they stand or how they are written; only what is
left is read word by word.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import re2

from chatmarket.privacy.finders.frames import may_stand, misspelt
from chatmarket.privacy.finders.people import LONGEST, Cue
from chatmarket.privacy.packs import table
from chatmarket.privacy.patterns import Pattern
from chatmarket.privacy.reading import Reading
from chatmarket.privacy.wordlists import LONGEST_NAME, Vocabulary, vocabulary

_LISTS = {
    "strong": Cue.STRONG,
    "persons": Cue.OWN,
    "weak": Cue.WEAK,
    "family": Cue.KIN,
    "labels": Cue.LABEL,
    "closings": Cue.CLOSING,
    "after": Cue.AFTER,
    "acts": Cue.ACT,
    "letters": Cue.LETTER,
    "resuming": Cue.RESUMED,
}
# Two words with capitals, of which the second starts no sentence.
_CAPITALS = Pattern(rb"\p{Lu}\p{Ll}{2,} \p{Lu}\p{Ll}{2}", re2.Options())
_CAPITAL = Pattern(rb"(?:^|[ ,(])\p{Lu}\p{L}{2}", re2.Options())
_DASHES = (b"- ", b"\n-", b" -", b"~", b"/ ", b"| ", b"\xfe ")
_OF_DASHES = b"-~/|\xfe \n"
LONGEST_SIGNED = 3
# Longer messages are letters and reports, full of words that nobody knows.
LONGEST_SAID = 40
# In messages of so many words some are not judged one by one.
MANY = 100

# The cues that begin with a word, the longest first: those of several words by the second, and the word itself.
Heads = tuple[Mapping[str, tuple[tuple[tuple[str, ...], Cue], ...]], tuple[Cue, ...]]


@dataclass(frozen=True, slots=True)
class Tracks:
    """Where to look in a message: `leads` are cues (first word, behind the last, which), `seeds` words of the lists."""

    words: Vocabulary
    leads: list[tuple[int, int, Cue]]
    seeds: list[int]
    capitals: bool  # two words with capitals stand side by side, or one is all there is
    lone: list[int]  # single unknown words with those beside them that people have
    framed: bool  # whether a frame may stand around somebody
    errors: list[int]  # what somebody is, with a typing error
    listed: list[int]  # names of the lists, those that are no seed as well


@cache
def _phrases(language: str) -> Mapping[str, Heads]:
    """The cues of a language by their first word, the longest first: "my name is" before "my"."""
    words, pack = vocabulary(language), table(language, "names")
    phrases = [(phrase, cue) for name, cue in _LISTS.items() for phrase in pack[name]]
    phrases += [(word, Cue.KIN) for word in words.lists["kin"] | words.lists["ranks"]]
    phrases += [(word, Cue.TITLE) for word in words.lists["titles"]]
    cues: dict[str, Heads] = {}
    for phrase, cue in sorted(phrases, key=lambda entry: (-len(entry[0]), entry)):
        head, *rest = phrase.split()
        longer, alone = cues.get(head, ({}, ()))
        if rest:
            longer = {**longer, rest[0]: (*longer.get(rest[0], ()), (tuple(rest), cue))}
        cues[head] = (longer, alone if rest else (*alone, cue))
    return cues


@cache
def _around(language: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What stands before and behind a person whom nobody knows, and what speaks of one."""
    lists = vocabulary(language).lists
    told = lists["somebody"] | lists["naming"] | lists["kin"]
    return lists["beside"] | lists["surnaming"], lists["doings"] | lists["adverbs"], told


class Door(NamedTuple):
    """What a word may lead to: the cues that begin with it, longer and alone, and whether it may be a name itself."""

    longer: Mapping[str, tuple[tuple[tuple[str, ...], Cue], ...]]
    alone: tuple[Cue, ...]
    listed: bool


LISTED = Door({}, (), listed=True)


@cache
def _doors(language: str) -> Mapping[str, Door]:
    """All words without which a message holds no name that could be found."""
    words, phrases = vocabulary(language), _phrases(language)
    listed = words.sure.own | words.firsts.own
    led = {word: Door(*heads, word in listed) for word, heads in phrases.items()}
    return {**dict.fromkeys(listed, LISTED), **led}


def tracks(reading: Reading) -> Tracks | None:
    """Where names may be in a message, or None."""
    return _Look(reading).found()


class _Look:
    """One look at the words of a message."""

    __slots__ = ("_as_written", "_language", "_original", "_reading", "_scan", "_small", "_tokens", "_words")

    def __init__(self, reading: Reading) -> None:
        self._reading, self._tokens, self._original = reading, reading.tokens, reading.bones.original
        self._scan, self._language = reading.bones.scan, reading.language
        self._words = vocabulary(reading.language)
        self._small = self._original == reading.bones.folded
        self._as_written = ""

    def found(self) -> Tracks | None:
        tokens, doors = self._tokens, _doors(self._language)
        leads: list[tuple[int, int, Cue]] = []
        seeds: list[int] = []
        pairs: list[int] = []
        last = len(tokens) - 1
        given, family = self._words.sure.given, self._words.sure.family
        for i in [i for i, token in enumerate(tokens) if token in doors or token in given or token in family]:
            longer, alone, listed = doors.get(tokens[i], LISTED)
            if alone or (longer and i < last and tokens[i + 1] in longer):
                leads += self._leads(i, longer, alone)
            if listed and self._is_seed(i, tokens[i]):
                seeds.append(i)
            elif listed and tokens[i] in self._words.sure:
                pairs.append(i)
        if any(sign in self._scan for sign in _DASHES):
            leads += self._signed()
        if b"-" in self._scan or b"'" in self._scan:
            glued = [i for i, token in enumerate(tokens) if ("'" in token or "-" in token) and token not in doors]
            seeds += [i for i in glued if self._in_part(tokens[i])]
            seeds.sort()
        capitals = not self._small and self._by_capitals(bool(leads or seeds))
        lone = [] if len(tokens) > LONGEST_SAID else list(self._lone())
        errors = misspelt(tokens, self._words)
        framed = may_stand(tokens, self._words)
        if not (leads or seeds or capitals or lone or framed or errors or pairs):
            return None
        return Tracks(self._words, leads, seeds, capitals, lone, framed or bool(errors), errors, sorted(seeds + pairs))

    def _lone(self) -> Iterator[int]:
        """Unknown words beside what people are spoken of with: "ask Dagny", "Wojtek paid", "mine also, dilnoza"."""
        tokens, lists = self._tokens, self._words.lists
        last = len(tokens) - 1
        if last > 0 and tokens[last - 1] in lists["joining"] and b", " in self._scan and self._is_strange(tokens[last]):
            yield last
        if self._small or _CAPITAL.search(self._original.encode("utf-8", "replace")) is None:
            return
        before, behind, somebody = _around(self._language)
        told = not somebody.isdisjoint(tokens)
        for i, token in enumerate(tokens):
            beside = i and (tokens[i - 1] in before or len(tokens[i - 1]) == 1)
            beside = beside or told or (i < last and tokens[i + 1] in behind) or "'" in token
            if beside and self._is_strange(token):
                yield i

    def _by_capitals(self, anyhow: bool) -> bool:
        """Whether capitals alone may give a name away; `anyhow` says that the words are looked at in any case."""
        tokens, original, folded = self._tokens, self._original, self._reading.bones.folded
        if self._reading.taken and self._is_strange(tokens[-1]):
            return True  # who gives a number signs it
        if len(tokens) == 1:
            return anyhow or self._is_strange(tokens[0])
        if b": " in self._scan and self._is_strange(tokens[-1]):
            return True  # "my name has two l's: Phillippa"
        # Most sentences begin with their only capital.
        if original[1:] == folded[1:] or _CAPITALS.search(original.encode("utf-8", "replace")) is None:
            return False
        return anyhow or len(tokens) > MANY or any(map(self._is_strange, tokens))

    def _is_strange(self, token: str) -> bool:
        """Whether a word may be a name that nobody knows: it is none of the language's."""
        words = self._words
        if len(token) > LONGEST_NAME or not (token.isascii() and token.isalpha()):
            return True
        return token not in words.never and not words.is_word(token)

    def _leads(
        self, i: int, longer: Mapping[str, tuple[tuple[tuple[str, ...], Cue], ...]], alone: tuple[Cue, ...]
    ) -> Iterator[tuple[int, int, Cue]]:
        tokens = self._tokens
        if longer and i + 1 < len(tokens):
            for rest, cue in longer.get(tokens[i + 1], ()):
                at = i + 1 + len(rest)
                if (len(rest) == 1 or tuple(tokens[i + 1 : at]) == rest) and self._may_lead(i, at, cue):
                    yield i, at, cue
        for cue in alone:
            if self._may_lead(i, i + 1, cue):
                yield i, i + 1, cue

    def _may_lead(self, i: int, at: int, cue: Cue) -> bool:
        """Whether what stands behind a cue (before it, for some) may be a name at all."""
        tokens, words = self._tokens, self._words
        if cue is Cue.AFTER:
            at = i - 2 if i > 1 and len(tokens[i - 1]) == 1 else i - 1  # "tamsin h. here"
            return i > 0 and self._is_promising(tokens[at])
        if cue in (Cue.ACT, Cue.RESUMED):
            return i > 0 and not self._small and self._is_promising(tokens[i - 1])
        if cue is Cue.KIN:
            return self._is_beside_kin(i, at)
        if at >= len(tokens):
            return False
        if cue is Cue.LETTER:
            return len(tokens[at]) == 1 and tokens[at].isalpha()
        if cue is Cue.LABEL and b":" not in self._scan and b"=" not in self._scan and b"-" not in self._scan:
            return False
        if cue in (Cue.WEAK, Cue.OWN):
            return self._is_promising(tokens[at])
        if cue is Cue.CLOSING and at and len(tokens) - at > LONGEST:
            return False
        return (
            tokens[at] not in words.lists["stop"]
            or tokens[at] in words.firsts
            or tokens[at] in words.lists["particles"]
        )

    def _is_beside_kin(self, i: int, at: int) -> bool:
        """Whether a name may stand behind what people are to each other, or before it: "Teodor is my husband"."""
        tokens, lists = self._tokens, self._words.lists
        if at < len(tokens):
            if self._is_promising(tokens[at]):
                return True
            if not self._small and i and (tokens[i - 1] in lists["owners"] or tokens[i - 1] in lists["articles"]):
                return True
            between = tokens[at] in lists["copulas"] or tokens[at] in lists["qualities"]
            if between and at + 1 < len(tokens) and self._is_promising(tokens[at + 1]):
                return True
        if i < 2 or (tokens[i - 1] not in lists["owners"] and tokens[i - 1] not in lists["articles"]):
            return False
        is_told = tokens[i - 2] in lists["copulas"] and i > 2
        return self._is_promising(tokens[i - 3 if is_told else i - 2])

    def _signed(self) -> Iterator[tuple[int, int, Cue]]:
        """A message's last words behind a dash: "where is it? - Morag"."""
        if self._scan[:1] in _OF_DASHES and self._tokens:
            yield 0, 0, Cue.CLOSING  # "- Morag, since Monday"
        behind = max(self._scan.rfind(sign) for sign in _DASHES)
        words = len(self._scan[behind:].strip(_OF_DASHES).split())
        at = len(self._tokens) - words
        if behind > 0 and at > 0 and words <= LONGEST_SIGNED:
            yield at, at, Cue.CLOSING

    def _is_promising(self, token: str) -> bool:
        words = self._words
        return token in words.names or (token not in words.never and not words.is_word(token))

    def _is_seed(self, i: int, token: str) -> bool:
        """Whether a word of the lists may be a person here; one that is a word, too, only with a capital."""
        words = self._words
        if token in words.plain:
            return True
        if token not in words.sure and token not in words.firsts:
            return False
        if not self._small and (token.capitalize() in self._cased or token.upper() in self._cased):
            return True
        return i + 1 < len(self._tokens) and token in words.firsts and self._tokens[i + 1] in words.sure

    @property
    def _cased(self) -> str:
        """The message without accents, its capitals kept: "Concepción" has the letters of the lists."""
        if not self._as_written:
            bones = self._reading.bones
            self._as_written = self._original
            if not self._original.isascii() and bones.starts is None:
                pairs = zip(self._original, bones.folded, strict=True)
                self._as_written = "".join([bare.upper() if letter.isupper() else bare for letter, bare in pairs])
        return self._as_written

    def _in_part(self, token: str) -> bool:
        sure, firsts = self._words.sure, self._words.firsts
        parts = token.replace("'", "-").split("-")
        return any(part in sure or (part in firsts and part.capitalize() in self._original) for part in parts)
