"""What the other side asked for is found here: personal data comes as a bare answer to a question."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from chatmarket.privacy.dialogue import Dialogue, Turn
from chatmarket.privacy.packs import language_of, table
from chatmarket.privacy.patterns import NEVER, Gate, pattern, places
from chatmarket.privacy.retold import by_digest
from chatmarket.privacy.segments import Kind, Text, Token
from chatmarket.privacy.skeleton import BLANK, LONGEST, skeleton

# A question stays open for so many messages of the customer's.
OPEN_FOR = 3
# Words of a sentence that only lists what is wanted; more of them tell something.
LONGEST_LIST = 9
_SENTENCE = pattern(r"[^.!?;\n]+(?:\.[a-z0-9][^.!?;\n]*)*\??")
# "What's the password or the memorable word?": with one of them the other is not asked for any more.
_EITHER = frozenset({Kind.PASSWORD, Kind.SECRET})
_NOTHING: frozenset[Kind] = frozenset()


def asked(dialogue: Dialogue) -> frozenset[Kind]:
    """The kinds that the expert's open questions ask of the customer who writes now; nothing of an expert.

    The last question counts, with all that was asked since the customer last spoke; one about anything else closes it.
    What an earlier one asked for stays open until it was given and the expert went on. No question is open for longer
    than OPEN_FOR messages.
    """
    if dialogue.author == "expert":
        return _NOTHING
    language = language_of(dialogue.language)
    kinds: set[Kind] = set()
    given: set[Kind] = set()
    answers, went_on, closed = 0, False, False
    for turn, text in _backwards(dialogue.turns):
        if text is None:
            answers += 1
            if closed or answers >= OPEN_FOR:
                break
            if went_on:
                given.update(part.kind for part in turn.segments if isinstance(part, Token))
            continue
        question = _question(text, language)
        if question.wanted >= _EITHER and given & _EITHER:
            given |= _EITHER
        if question.wanted:
            kinds |= question.wanted - given
        went_on = went_on or not question.repeats
        closed = closed or question.closes
    return frozenset(kinds) if kinds else _NOTHING


def _backwards(turns: tuple[Turn, ...]) -> Iterator[tuple[Turn, str | None]]:
    """What was said, the last first: an expert's with their words, those that were not delivered among them."""
    for turn in reversed(turns):
        for text in reversed(turn.unsaid):
            yield turn, text
        yield turn, _said(turn) if turn.author == "expert" else None


def asks(text: str, language: str) -> frozenset[Kind]:
    """The kinds that an expert's message asks for."""
    return _question(text, language_of(language)).wanted


def _said(turn: Turn) -> str:
    if len(turn.segments) == 1 and isinstance(turn.segments[0], Text):
        return turn.segments[0].text
    return " ".join(part.text for part in turn.segments if isinstance(part, Text))


@dataclass(frozen=True)
class _Phrases:
    """How a language asks."""

    forms: Any
    statements: Any
    verbs: Any
    question: Any
    repeats: Any
    things: tuple[tuple[Kind | None, Any], ...]
    which: Gate  # of the things
    any_thing: Any


@cache
def _phrases(language: str) -> _Phrases:
    pack = table(language, "questions")
    things = tuple((Kind(kind) if kind else None, pattern(source)) for kind, source in pack["things"])
    anything = "|".join(source for kind, source in pack["things"] if kind)
    sentences = {key: pattern(pack[key] or NEVER) for key in ("forms", "statements", "verbs", "question", "repeats")}
    which = Gate(source for _, source in pack["things"])
    return _Phrases(things=things, which=which, any_thing=pattern(anything or NEVER), **sentences)


@dataclass(frozen=True, slots=True)
class _Question:
    """What one message of an expert's does to open questions."""

    wanted: frozenset[Kind]
    closes: bool  # it asks for something else
    repeats: bool  # it asks for the same again


@by_digest
def _question(text: str, language: str) -> _Question:
    phrases = _phrases(language)
    scan = skeleton(text[:LONGEST]).scan
    wanted: frozenset[Kind] = _NOTHING
    if phrases.any_thing.search(scan) is not None:
        wanted = frozenset(kind for a, b in places(_SENTENCE, scan) for kind in _wanted(scan[a:b], phrases))
    repeats = not wanted and phrases.repeats.search(scan) is not None
    closes = not wanted and not repeats and phrases.question.search(scan) is not None
    return _Question(wanted, closes, repeats)


def _wanted(sentence: bytes, phrases: _Phrases) -> Iterator[Kind]:
    """The kinds one sentence asks for."""
    if not _is_request(sentence, phrases):
        return
    stands = sorted(phrases.which.stands(sentence))
    while stands:
        kind, thing = phrases.things[stands[0]]
        at = stands[0] + 1
        if kind is not None:
            yield kind
        for start, end in places(thing, sentence):
            sentence = sentence[:start] + BLANK * (end - start) + sentence[end:]
        # What was a part of this thing is none any more.
        stands = sorted(which for which in phrases.which.stands(sentence) if which >= at)


def _is_request(sentence: bytes, phrases: _Phrases) -> bool:
    if phrases.statements.search(sentence) is not None:
        return False
    if phrases.forms.search(sentence) is not None:
        return True
    return len(sentence.split()) <= LONGEST_LIST and phrases.verbs.search(sentence) is None
