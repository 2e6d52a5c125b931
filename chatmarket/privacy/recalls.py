"""Whether the answer to a security question is wanted, in whatever words: "And what do you think it is?"."""

from functools import cache
from itertools import islice
from typing import Any

from chatmarket.privacy import questions
from chatmarket.privacy.dialogue import EXPERT, Dialogue, Turn
from chatmarket.privacy.packs import language_of, table
from chatmarket.privacy.patterns import NEVER, pattern
from chatmarket.privacy.retold import by_digest
from chatmarket.privacy.segments import Kind, Text
from chatmarket.privacy.skeleton import LONGEST, skeleton

# Security was spoken of in so many messages before the question, of both sides.
SPOKEN_FOR = 6
# Messages of the customer's that answer one question.
ANSWERS = 3
# "First pet?" alone is the security question itself.
FEW_WORDS = 5
_ONLY = frozenset({Kind.SECRET})
_TALK = __name__


def is_wanted(dialogue: Dialogue) -> bool:
    """Whether the expert's last question is a security question, or one that only goes on from such talk."""
    if dialogue.author == EXPERT:
        return False
    before = reversed(dialogue.turns)
    question = next((turn for turn in islice(before, ANSWERS) if turn.author == EXPERT), None)
    if question is None:
        return False
    asks, goes_on, spoken, _ = _of_expert(_words(question), dialogue.language)
    if asks or not goes_on or spoken:
        return asks or goes_on
    for turn in islice(before, SPOKEN_FOR):
        if turn.author == EXPERT:
            _, _, spoken, ends = _of_expert(_words(turn), dialogue.language)
            if spoken or ends:
                return spoken
        elif _is_spoken_of(turn, dialogue.language):
            return True
    return False


@cache
def _phrases(language: str) -> tuple[Any, Any]:
    pack = table(language, "questions")["security"]
    return pattern(pack["spoken"] or NEVER), pattern(pack["goes_on"] or NEVER)


def _is_spoken_of(turn: Turn, language: str) -> bool:
    if _TALK not in turn.tells:
        spoken, _ = _phrases(language_of(language))
        turn.tells[_TALK] = spoken.search(skeleton(_words(turn)[:LONGEST]).scan) is not None
    found: bool = turn.tells[_TALK]
    return found


def _words(turn: Turn) -> str:
    return " ".join([part.text for part in turn.segments if isinstance(part, Text)])


@by_digest
def _of_expert(text: str, language: str) -> tuple[bool, bool, bool, bool]:
    """Whether a message is a short security question, goes on from one, speaks of them, or asks for something else."""
    scan = skeleton(text[:LONGEST]).scan
    spoken, goes_on = _phrases(language_of(language))
    wanted = questions.asks(text, language)
    stands = spoken.search(scan) is not None
    asks = wanted == _ONLY and not stands and len(scan.split()) <= FEW_WORDS
    return asks, wanted <= _ONLY and goes_on.search(scan) is not None, stands, bool(wanted - _ONLY)
