"""Whether a PIN, a code or a password is being spoken of: what stands bare in a message may be that one then."""

from collections.abc import Iterator

from chatmarket.privacy import questions
from chatmarket.privacy.bursts import Place, has_digit, readable
from chatmarket.privacy.dialogue import EXPERT, Dialogue, Turn
from chatmarket.privacy.finders.bare_secrets import find, may_speak, spoken_of
from chatmarket.privacy.finders.cues import SECRETS
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.retold import by_digest
from chatmarket.privacy.segments import Kind, Text, Token
from chatmarket.privacy.skeleton import LONGEST, Skeleton, fold, skeleton, spaced
from chatmarket.privacy.spans import Span

# What was spoken of stays so for as many messages, of both sides.
SPOKEN_FOR = 6
# So many messages before this one may hold what it speaks of, in so many words.
TOLD_BEFORE = 3
FEW_WORDS = 9
_TALK = __name__
_SECRETS = frozenset(SECRETS.values())
_OTHERS = pattern(rf"\b(?:{alternation(gathered('talk', 'others'))})\b[^?]*\?")


def secret_talk(dialogue: Dialogue) -> Kind | None:
    """The secret that was spoken of last before a customer wrote; a question for something else ends the talk of it."""
    for turn in reversed(dialogue.turns[-SPOKEN_FOR:]):
        if turn.author == EXPERT:
            kind, ends = _of_expert(_words(turn), dialogue.language)
            if ends:
                return None
        else:
            kind = _given(turn) or _of_customer(turn)
        if kind is not None:
            return kind
    return None


def told_before(bones: Skeleton, dialogue: Dialogue) -> Iterator[tuple[Place, Span]]:
    """What was told before it was said what it is: "I keep putting 2580 in", and then "that's the alarm's PIN"."""
    turns = dialogue.turns[-TOLD_BEFORE:]
    if not may_speak(bones.words) or not any(map(_has_digit, turns)):
        return
    kind = spoken_of(bones)
    if kind is None:
        return
    for back, turn in enumerate(reversed(turns), 1):
        if turn.author == EXPERT:
            if _of_expert(_words(turn), dialogue.language)[1]:
                return
            continue
        for place, text in readable(turn, back):
            there = skeleton(text)
            if there.digits and len(there.words) <= FEW_WORDS:
                for start, end, _ in find(there, there.scan, kind):
                    yield place, Span(*there.way_back(start, end), kind, why="talk")


def _has_digit(turn: Turn) -> bool:
    return turn.author != EXPERT and any(has_digit(part.text) for part in turn.segments if isinstance(part, Text))


def _given(turn: Turn) -> Kind | None:
    return next((part.kind for part in turn.segments if isinstance(part, Token) and part.kind in _SECRETS), None)


def _of_customer(turn: Turn) -> Kind | None:
    if _TALK not in turn.tells:
        turn.tells[_TALK] = _spoken_of(_words(turn)[:LONGEST])
    kind: Kind | None = turn.tells[_TALK]
    return kind


def _spoken_of(text: str) -> Kind | None:
    folded = fold(text)
    if folded.isascii() and not may_speak(spaced(folded).split()):
        return None
    return spoken_of(skeleton(text))


def _words(turn: Turn) -> str:
    return " ".join([part.text for part in turn.segments if isinstance(part, Text)])


@by_digest
def _of_expert(text: str, language: str) -> tuple[Kind | None, bool]:
    """What an expert speaks of, and whether something else is asked for. Experts say the same again and again."""
    bones = skeleton(text[:LONGEST])
    kind = spoken_of(bones)
    if kind is not None:
        return kind, False
    wanted = questions.asks(text, language)
    return None, bool(wanted and wanted.isdisjoint(_SECRETS)) or _OTHERS.search(bones.scan) is not None
