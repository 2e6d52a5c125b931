"""Whether an expert may answer a chat, and if not, the first reason why not."""

from collections.abc import Iterable
from enum import StrEnum

from matching.candidates import Candidate, Need


class Refusal(StrEnum):
    """Why an expert does not get a chat."""

    TAKEN = "taken"
    FULL = "full"
    PAUSED_SELF = "paused_self"
    PAUSED_GATE = "paused_gate"
    RESTING = "resting"
    UNSKILLED = "unskilled"
    WRONG_LANGUAGE = "wrong_language"
    FOREIGN = "foreign"


def refusal(candidate: Candidate, need: Need) -> Refusal | None:
    """The first reason why `candidate` may not answer `need`, or None: the expert is qualified.

    The order runs from what never changes to what changes by the minute, and it starts with the brand, so that
    an expert of another brand learns nothing else.
    """
    reasons = (
        (need.brand not in candidate.brands, Refusal.FOREIGN),
        (need.topic not in candidate.topics, Refusal.UNSKILLED),
        (need.language not in candidate.languages, Refusal.WRONG_LANGUAGE),
        (not candidate.gate_open, Refusal.PAUSED_GATE),
        (not candidate.online, Refusal.PAUSED_SELF),
        (candidate.resting, Refusal.RESTING),
        (candidate.full, Refusal.FULL),
    )
    return next((reason for holds, reason in reasons if holds), None)


def qualified(candidates: Iterable[Candidate], need: Need) -> list[Candidate]:
    """Those of whom `refusal` has nothing to say, in the order given: the same question where no reason is asked.

    A ring looks at thousands of candidates within milliseconds, so this is one expression with what changes by the
    minute first.
    """
    brand, topic, language = need.brand, need.topic, need.language
    return [
        one
        for one in candidates
        if one.online
        and one.gate_open
        and not one.resting
        and one.load < one.capacity
        and topic in one.topics
        and language in one.languages
        and brand in one.brands
    ]
