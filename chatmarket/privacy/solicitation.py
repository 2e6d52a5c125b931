"""An expert's words that lead away from here, or around the masker, are found here by each language's phrases."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from chatmarket.privacy import ideas, packs
from chatmarket.privacy.conjunctions import Conjunctions
from chatmarket.privacy.finders import web
from chatmarket.privacy.finders.vocabulary import gathered
from chatmarket.privacy.merging import merged
from chatmarket.privacy.patterns import Found, pattern, places
from chatmarket.privacy.rules import STANDARD, Rules
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import BLANK, Skeleton
from chatmarket.privacy.spans import Span

_BETWEEN = r"[^a-z0-9\xff]+"
_ANY_WORD = r"[a-z0-9\xff'-]+"
# A word that may begin a sentence: nothing need stand before it.
_LOOSE = r"[^a-z0-9\xff]*\b"
# The endings of sites that people spell out, their letters apart or not; the rest of the world's are no words.
_ENDING = "|".join(" ?".join(ending) for ending in sorted(web.SPOKEN_ENDINGS))
# "lucalights. com", "lucalights .es": a space crept in, or was put there.
_TORN = pattern(rf"[a-z0-9-]{{3,}}(?: \.[ ]?|\. )(?:com|net|org)\b|[a-z0-9-]{{3,}} \.(?:{_ENDING})\b")
# The sort of what asks for a secret, and leads nowhere else.
SECRET = "secret"  # noqa: S105 - a sort
# Sorts of phrases that nothing excuses.
_NEVER_EXCUSED = frozenset({"insisting"})
_JOINTS = "|".join(gathered("joints", "words", "solicitation"))
# What else may stand in a phrase: a token typed as such, the end of a clause, the beginning of a number or an address.
_GIVEN = {
    "token": rf"\[(?:{'|'.join(kind for kind in Kind if kind not in (Kind.URL, Kind.IP))}) [0-9]{{1,4}}\]",
    "end": rf"(?:{_BETWEEN}(?:{_JOINTS})\b|[ ]*(?:[.,;:!?)]|$))",
    "at": "@",
    "ending": rf"(?:{_ENDING})\b",
    "asked": r"[ ]*[?]",
    "start": r"(?:^|[.,;:!?\n])",
    "details": rf"(?:\+?[0-9]|[a-z0-9._-]+@|{_ANY_WORD}\.[a-z])",
}
_ENDS = ("<end>", "<asked>")
_NAMED = re.compile(r"<([a-z0-9]+)>")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of a pack: the language and sort it is of, how it reads, and words without which it cannot stand."""

    language: str
    sort: str
    regular: str
    anchors: tuple[frozenset[str], ...]

    @property
    def why(self) -> str:
        return f"{self.language} {self.sort}"

    @property
    def excusable(self) -> bool:
        return self.sort not in _NEVER_EXCUSED


def find(bones: Skeleton, rules: Rules = STANDARD) -> Iterator[Span]:
    """Where a message leads away, as spans of the kind SOLICITATION; in order, without overlaps.

    All languages' phrases count, whatever the chat's: an expert may change to another one. What a brand allows excuses
    words about things that it may sell: its experts talk of them all day. Time is linear in the text.
    """
    phrases, harmless = _phrases(), _harmless()
    own = list(rules.permits(bones)) if rules.allowed else []
    sold = _blanked(bones.scan, own) if own else bones.scan
    found = []
    for phrase in map(phrases.__getitem__, _anchored().met(bones.words)):
        scan = sold if phrase.sort in ideas.SOLD else bones.scan
        found += [(*place, phrase) for place in places(_compiled(phrase.regular), scan)]
    torn = list(places(_TORN, bones.scan)) if b" ." in bones.scan or b". " in bones.scan else []
    together = list(ideas.find(bones, own))
    if found or torn or together:
        excused = list(places(harmless, bones.scan)) if harmless is not None and found else []
        left = [*together, *((*place, "site") for place in torn)]
        left += [(a, b, phrase.why) for a, b, phrase in found if not (phrase.excusable and _overlaps(a, b, excused))]
        led = (Span(*bones.way_back(a, b), Kind.SOLICITATION, why=why) for a, b, why in left)
        yield from merged(led, bones.original)


def asks_for_secrets(spans: Iterable[Span]) -> bool:
    """Whether all that was found in a message asks for a secret, and leads nowhere else."""
    return all(span.why.split()[-1] == SECRET for span in spans)


def _blanked(scan: bytes, own: list[Found]) -> bytes:
    for start, end in own:
        scan = scan[:start] + BLANK * (end - start) + scan[end:]
    return scan


def _overlaps(start: int, end: int, others: list[Found]) -> bool:
    return any(first < end and start < last for first, last in others)


@cache
def _phrases() -> list[Phrase]:
    return [
        Phrase(language, sort, _regular(phrase, _words(language)), _anchors(language, phrase))
        for language in packs.languages()
        for sort, phrases in packs.table(language, "solicitation").get("phrases", {}).items()
        for phrase in phrases
    ]


@cache
def _anchored() -> Conjunctions:
    """By a message's words the phrases that may stand in it: mostly few, or none."""
    return Conjunctions([phrase.anchors for phrase in _phrases()])


@cache
def _harmless() -> Any:
    """What excuses a find: it overlaps one of these."""
    excuses = [
        _regular(phrase, _words(language))
        for language in packs.languages()
        for phrase in packs.table(language, "solicitation").get("harmless", {}).get("phrases", ())
    ]
    return pattern("|".join(excuses)) if excuses else None


@cache
def _compiled(regular: str) -> Any:
    return pattern(regular)


def _words(language: str) -> Mapping[str, list[str]]:
    words: Mapping[str, list[str]] = packs.table(language, "solicitation").get("words", {})
    return words


def _anchors(language: str, phrase: str) -> tuple[frozenset[str], ...]:
    """For each part of a phrase the words of which one must stand in the message."""
    parts = [_alternatives(part, _words(language)) for part in phrase.split() if not part.endswith("?")]
    return tuple(frozenset(form for one in part for form in _forms(one)) for part in parts if part)


def _forms(alternative: str) -> Iterator[str]:
    """The longest word of an alternative, as it stands in a message with its apostrophe and without."""
    longest = max(re.split("[ _-]", alternative), key=len)
    yield longest.replace("'", "")
    if "'" in longest:
        yield max(longest.split("'"), key=len)


def _alternatives(part: str, words: Mapping[str, list[str]]) -> list[str] | None:
    """The words that may stand for a part; None where it is of another sort."""
    alternatives: list[str] = []
    for one in part.removesuffix("?").split("|"):
        named = _NAMED.fullmatch(one)
        if named is not None and named[1] not in words:
            return None
        alternatives += words[named[1]] if named is not None else [one]
    return alternatives


def _regular(phrase: str, words: Mapping[str, list[str]]) -> str:
    """A phrase of a pack as a regular expression over a skeleton."""
    built, first = r"\b", True
    for part in phrase.split():
        optional = part.endswith("?") and not part.startswith("<")
        bare = part[:-1] if optional else part
        if bare == "<start>":
            built = _GIVEN["start"]
            continue
        if bare.startswith("<") and bare[1:-1].isdigit():
            built += rf"(?:{_BETWEEN}{_ANY_WORD}){{0,{bare[1:-1]}}}"
            continue
        step = _step(bare, _joint(bare, alone=built == r"\b", first=first), words)
        built += f"(?:{step})?" if optional else step
        first = first and optional
    return f"(?:{built})" if built.endswith((r"\]", ")")) and _begins_oddly(phrase.split()[-1]) else rf"(?:{built}\b)"


def _joint(part: str, *, alone: bool, first: bool) -> str:
    """What stands between a part and the one before it."""
    if alone:
        return ""
    if first:
        return _LOOSE
    return _BETWEEN if not _begins_oddly(part) else r"[^a-z0-9\xff\[+@]+"


def _step(part: str, joint: str, words: Mapping[str, list[str]]) -> str:
    """A part with what parts it from the one before; nothing parts a clause from its end."""
    ends = [one for one in part.split("|") if one in _ENDS]
    others = [one for one in part.split("|") if one not in _ENDS]
    ways = [_alternative(one, words) for one in ends]
    if others:
        ways.append(joint + _word("|".join(others), words))
    return f"(?:{'|'.join(ways)})"


def _begins_oddly(part: str) -> bool:
    return any(f"<{given}>" in part for given in _GIVEN)


def _word(part: str, words: Mapping[str, list[str]]) -> str:
    return f"(?:{'|'.join(_alternative(one, words) for one in part.split('|'))})"


def _alternative(one: str, words: Mapping[str, list[str]]) -> str:
    named = _NAMED.fullmatch(one)
    if named is None:
        return _literal(one)
    if named[1] in _GIVEN and named[1] not in words:
        return _GIVEN[named[1]]
    return "|".join(_literal(word) for word in words[named[1]])


def _literal(word: str) -> str:
    """A word or several; an apostrophe may be left out, and hyphens, spaces and underscores are alike."""
    return _BETWEEN.join("'?".join(map(re.escape, piece.split("'"))) for piece in re.split("[ _-]", word))
