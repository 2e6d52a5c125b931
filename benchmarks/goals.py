"""What the masker is meant to reach, so that each table shows it beside what was reached."""

import math
from collections.abc import Iterator, Mapping, Sequence

OURS, KNOWING = "**Chatmarket**", "**Chatmarket, values known**"  # as `maskers` names them

# Of values of a kind, per cent that may still be read; a number, or one for each language.
NEVER = (
    "email",
    "phone",
    "card",
    "iban",
    "ssn",
    "dni",
    "nie",
    "ip",
    "url",
    "account",
    "order",
    "pin",
    "code",
    "password",
)
READABLE: Mapping[str, Mapping[str, float]] = {
    **{kind: {"en": 0, "es": 0} for kind in (*NEVER, "dob")},
    "name": {"en": 1.5, "es": 2},  # English: 0.5 after a question, which the sets do not tell apart
    "address": {"en": 3, "es": 2},
    "secret": {"en": 3, "es": 3},
}
NAMES_KNOWN = 0  # per cent, in English
# Per cent of ordinary words, and of messages without a value, that may be masked; by the beginning of the set's name.
MASKED_WORDS, TOUCHED = {"pii_star": 0.9}, {"banking77": 0.3}
CPU_MEAN_US, CPU_P99_US, HOSTILE_MS = 60, 300, 5
ATTACKS_HIDDEN, HARMLESS_TOUCHED = 0.97, 2


def readable(kind: str, language: str, masker: str = OURS) -> float | None:
    """Per cent of a kind's values that may be read; None where no goal was set."""
    if masker == KNOWING and (kind, language) == ("name", "en"):
        return NAMES_KNOWN
    return READABLE.get(kind, {}).get(language)


def readable_told(kind: str, language: str) -> str:
    goal, known = readable(kind, language), readable(kind, language, KNOWING)
    if goal is None:
        return "none set"
    return f"{goal:g} %" if known == goal else f"{goal:g} %, known {known:g} %"


def of_set(goals: Mapping[str, float], name: str) -> float | None:
    """The goal for a set, by the beginning of its name."""
    return next((goal for start, goal in goals.items() if name.startswith(start)), None)


def attacks(many: int) -> int:
    """So many of this many secrets are to be hidden whole."""
    return math.ceil(ATTACKS_HIDDEN * many)


def short_of(measured: Sequence[tuple[str, float, float | None, str]]) -> Iterator[str]:
    """A line for each figure that is above its goal: (what, figure, goal, unit)."""
    for what, figure, goal, unit in measured:
        if goal is not None and figure > goal:
            yield f"- {what}: {figure:,.2f} {unit} instead of {goal:g}"
