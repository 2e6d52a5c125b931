"""Whether a PIN, a code or a password is being spoken of: what stands bare in a message may be that one then."""

from functools import lru_cache

from chatmarket.privacy import questions
from chatmarket.privacy.bursts import readable
from chatmarket.privacy.dialogue import EXPERT, Dialogue, Turn
from chatmarket.privacy.finders.bare_secrets import TALK, is_of_shops, spoken_of
from chatmarket.privacy.finders.vocabulary import alternation, gathered
from chatmarket.privacy.patterns import pattern
from chatmarket.privacy.segments import Kind, Token
from chatmarket.privacy.skeleton import LONGEST, skeleton

# What was spoken of stays so for as many messages, of both sides.
SPOKEN_FOR = 6
_SECRETS = frozenset(TALK.values())
_OTHERS = pattern(rf"\b(?:{alternation(gathered('talk', 'others'))})\b[^?]*\?")


def secret_talk(dialogue: Dialogue) -> Kind | None:
    """The secret that was spoken of last; a question for something else ends the talk of it."""
    if dialogue.author == EXPERT:
        return None
    for turn in reversed(dialogue.turns[-SPOKEN_FOR:]):
        text = " ".join(text for _, text in readable(turn, 0))
        if turn.author == EXPERT:
            kind, ends = _of_expert(text, dialogue.language)
            if ends:
                return None
        else:
            kind = _given(turn) or spoken_of(skeleton(text).scan)
        if kind is not None:
            return kind
        if is_of_shops(text.encode("latin-1", "replace").lower()):
            return None
    return None


def _given(turn: Turn) -> Kind | None:
    return next((part.kind for part in turn.segments if isinstance(part, Token) and part.kind in _SECRETS), None)


@lru_cache(maxsize=questions.REMEMBERED)
def _of_expert(text: str, language: str) -> tuple[Kind | None, bool]:
    """What an expert speaks of, and whether something else is asked for. Experts say the same again and again."""
    scan = skeleton(text[:LONGEST]).scan
    kind = spoken_of(scan)
    if kind is not None:
        return kind, False
    wanted = questions.asks(text, language)
    return None, bool(wanted and wanted.isdisjoint(_SECRETS)) or _OTHERS.search(scan) is not None
