"""The words that lead up to a value are found here: "my pin is either", "nº de cuenta:", "the last four are"."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from chatmarket.privacy.finders.vocabulary import alternation, gathered, sections, spelling
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import FOREIGN_LETTER, Skeleton

_SECTIONS = sections("cues")
_NOT_AFTER = {section: frozenset(words) for section, words in sections("not_cues").items()}
_FILLERS = gathered("grammar", "fillers")
_COPULAS = gathered("grammar", "copulas")
_NOUNS = gathered("grammar", "number_nouns")
STATES = frozenset(gathered("grammar", "states"))

# A cue that stands in two lists (of two languages, say) means what the first of these says.
_ORDER = (
    "pin", "cvv", "password", "lock", "ssn", "dni", "iban", "locator", "birthdate", "expiry", "secret", "document",
    "account", "tail", "card", "phone", "handle", "platform", "letter", "entrance", "code",
)  # fmt: skip

# What a cue leads to, by its section; what is dropped and never kept among it.
KINDS = {
    "pin": Kind.PIN, "cvv": Kind.CVV, "code": Kind.CODE, "lock": Kind.CODE, "password": Kind.PASSWORD,
    "entrance": Kind.CODE, "expiry": Kind.EXPIRY, "card": Kind.CARD, "phone": Kind.PHONE, "ssn": Kind.SSN,
    "account": Kind.ACCOUNT, "locator": Kind.ACCOUNT, "document": Kind.DOCUMENT,
}  # fmt: skip
SECRETS = {section: KINDS[section] for section in ("pin", "cvv", "code", "lock", "password")}

SOURCE = rf"\b(?:{alternation(phrase for phrases in _SECTIONS.values() for phrase in phrases)})(?:'?s)?(?:\b|_)"
_CUE = pattern(SOURCE)
_SPACED = bytes(byte if chr(byte).isascii() and chr(byte).isalnum() else 32 for byte in range(256))


def _forms(word: str) -> Iterator[str]:
    """The first word in a message where one of a cue's stands: "d" or "dni" for "d.n.i.", and "pins" for "pin"."""
    pieces = "".join(letter if letter.isalnum() else " " for letter in word).split()
    for whole in accumulate(pieces):
        yield whole
        yield f"{whole}s"


def _endings(word: str) -> Iterator[str]:
    """The same for the last word of a message's."""
    pieces = "".join(letter if letter.isalnum() else " " for letter in word).split()
    for whole in accumulate(reversed(pieces), lambda after, before: before + after):
        yield whole
        yield f"{whole}s"


# By the tellingest word of a phrase, and then by its first one, what else stands in it: each word in all its forms.
Leading = dict[str, dict[str, list[tuple[frozenset[str], ...]]]]


def _telling(word: str) -> tuple[bool, int]:
    return len(word) > 1 and word.isalpha(), len(word)


def _leading() -> Leading:
    """Without all its words a phrase stands nowhere; asking for the tellingest first is quickest."""
    leading: Leading = {}
    for phrase in (phrase for phrases in _SECTIONS.values() for phrase in phrases):
        words = phrase.split()
        # The longest word of a phrase is in fewer messages than its first: "the last four" needs "four".
        # Of an abbreviation it is the last piece: "a/c" needs a "c".
        tellingest = max(words, key=_telling)
        others = tuple(frozenset((*_forms(word), *_endings(word))) for word in words[1:] if word != tellingest)
        for form in _endings(tellingest):
            for first in _forms(words[0]):
                leading.setdefault(form, {}).setdefault(first, []).append(others)
    return leading


_LEADING = _leading()


def telling(sections_of_cues: Iterable[str], besides: frozenset[str]) -> frozenset[str]:
    """Words of which one stands in every message that has a cue of these sections, but for `besides`, unless it has
    foreign letters."""
    phrases = {phrase for section in sections_of_cues for phrase in _SECTIONS.get(section, ())} - besides
    found = {form for phrase in phrases if " " not in phrase for form in _endings(phrase)}
    for words in (phrase.split() for phrase in phrases):
        if found.isdisjoint(words):
            found.update(_endings(max(words, key=_telling)))
    return frozenset(found)


_GRAMMAR = frozenset(_FILLERS)
_END = r"[^a-z0-9\xff\-']"
# Grammar between a cue and its value. A hyphen after a word makes it a part of the value: "A-55-K9".
_LEAD = pattern(rf"[^a-z0-9\xff]{{0,5}}(?:(?:{alternation(_FILLERS)}){_END}{{1,5}})*")
_COPULA = pattern(rf"[:=]|\b(?:{alternation(_COPULAS)})\b")
_NOUN = pattern(rf"[:=#]|\b(?:{alternation(_NOUNS)})\b")
ALTERNATIVE = pattern(
    rf"(?:[^a-z0-9\xff]{{1,5}}(?:{alternation(gathered('grammar', 'alternatives'))})\b)*[^a-z0-9\xff]{{1,5}}"
)
_WORD_BEFORE = pattern(r"([a-z0-9\xff-]+)[^a-z0-9\xff]{1,3}$")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue, and where the value begins that it leads to.

    `told` is whether a verb or a colon leads on to the value; `named` whether a number is spoken of.
    """

    section: str
    start: int
    end: int
    value: int
    told: bool
    named: bool


@cache
def _section_of(phrase: str) -> str:
    for section in _ORDER:
        if phrase in _spelled(section) or phrase.removesuffix("s") in _spelled(section):
            return section
    return ""


@cache
def _spelled(section: str) -> frozenset[str]:
    return frozenset(
        " ".join(phrase.replace("'", "").replace(".", "").replace("-", " ").replace("/", " ").split())
        for phrase in _SECTIONS.get(section, ())
    )


def are_likely(words: list[str]) -> bool:
    """Whether a message of ASCII letters with these words may have a cue."""
    return not _LEADING.keys().isdisjoint(words) and bool(_firsts(set(words)))


def _firsts(words: set[str]) -> set[str]:
    """Those of the words that a cue may begin with."""
    firsts: set[str] = set()
    for word in words & _LEADING.keys():
        leading = _LEADING[word]
        for first in words & leading.keys():
            if first not in firsts and any(_are_there(words, others) for others in leading[first]):
                firsts.add(first)
    return firsts


def _are_there(words: set[str], others: tuple[frozenset[str], ...]) -> bool:
    return not others or not any(map(words.isdisjoint, others))


def lead_only(words: list[str]) -> bool:
    """Whether nothing but cues and grammar is said: "cvv", "and my pin is"."""
    return all(len(word) > 1 and (word in _LEADING or word in _GRAMMAR) for word in words)


def may_stand(bones: Skeleton) -> bool:
    """Whether a message has a cue."""
    if bones.folded.isascii() and not are_likely(bones.words):
        return False
    return next(_matches(bones.scan), None) is not None


def cues(scan: bytes) -> Iterator[Cue]:
    """Every cue in order; overlapping ones once, the longest."""
    at = 0
    sections: dict[bytes, str] = {}
    for match in _matches(scan):
        start, at = match.span()
        written = scan[start:at]
        section = sections.get(written)
        if section is None:
            section = sections[written] = _section_of(spelling(written))
        if not section or _is_of_another_sort(scan, start, section):
            continue
        lead = _LEAD.match(scan, at)
        words = scan[start : lead.end()]
        yield Cue(
            section,
            start,
            at,
            lead.end(),
            written.endswith(b"'s") or _COPULA.search(scan[at : lead.end()]) is not None,
            _NOUN.search(words) is not None,
        )


def section_of(name: bytes) -> str:
    """Which cue a name as programs write it is: "access_code", "pin"; empty for none."""
    return _section_of(spelling(name.replace(b"_", b" ").replace(b"-", b" ")))


def _matches(scan: bytes) -> Iterator[Any]:
    """Where cues stand. Searching all of a message for hundreds of phrases costs many times more than its words."""
    if FOREIGN_LETTER.encode("latin-1") in scan:
        yield from _CUE.finditer(scan)
        return
    bare = scan.translate(_SPACED)
    firsts = _firsts(set(bare.decode("ascii").split()))
    end = 0
    for at in sorted(_standing(firsts, bare)) if firsts else ():
        if at >= end and (match := _CUE.match(scan, at)) is not None:
            yield match
            end = match.end()


def _standing(words: set[str], bare: bytes) -> Iterator[int]:
    """Where any of the words stand in a text of nothing but words and spaces."""
    line = b" %b " % bare
    for word in words:
        sought = b" %b " % word.encode("ascii")
        at = line.find(sought)
        while at >= 0:
            yield at
            at = line.find(sought, at + 1)


def _is_of_another_sort(scan: bytes, start: int, section: str) -> bool:
    if section not in _NOT_AFTER:
        return False
    before = _WORD_BEFORE.search(scan[max(0, start - 24) : start])
    return before is not None and before.group(1).decode("latin-1") in _NOT_AFTER[section]
