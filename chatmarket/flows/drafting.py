"""Rules as somebody types them: read into what can be put in force, or refused with what is wrong beside each field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.flows import ruling
from chatmarket.privacy import reach
from chatmarket.privacy.rules import (
    ALWAYS_DROPPED,
    LONGEST_ALLOWED,
    LONGEST_NAME,
    LONGEST_PATTERN,
    MOST_ALLOWED,
    MOST_PATTERNS,
    NEVER_VISIBLE,
    SHORTEST_ALLOWED,
    STANDARD,
    BadRules,
    Policy,
    Rules,
    bounded,
    compiled,
)
from chatmarket.privacy.segments import Kind

T = TypeVar("T")

# Kinds whose fate no brand may choose: what must be stored nowhere, and what is never delivered.
FIXED = (*(kind for kind in Kind if kind in ALWAYS_DROPPED), Kind.SOLICITATION)
CHOOSABLE = tuple(kind for kind in Kind if kind not in FIXED)
# The fates that a brand may choose for a kind.
CHOICES = {
    kind: [str(policy) for policy in Policy if policy is not Policy.VISIBLE or kind not in NEVER_VISIBLE]
    for kind in CHOOSABLE
}
# What is said of a pattern that is refused, and what a person can do about it.
_COMPLAINTS = {
    "missing )": N_("A bracket ( is opened and never closed."),
    "unexpected )": N_("A bracket ) is closed that was never opened."),
    "missing ]": N_("A set [ is opened and never closed."),
    "no argument for repetition": N_("There is nothing before *, + or ? that could be repeated."),
    "bad repetition operator": N_("Two of *, + and ? stand one after the other."),
    "invalid repetition size": N_("The numbers in { } are too large, or the wrong way round."),
    "invalid character class range": N_("A range in [ ] is not known, or the wrong way round."),
    "invalid perl operator": N_("Looking ahead or back, as in (?=…) and (?<=…), is not possible here."),
    "invalid escape sequence": N_("After \\ stands a letter or number that means nothing here."),
    "trailing \\": N_("The pattern ends in \\, and nothing follows it."),
    "too large": N_("This pattern is too large: its repetitions multiply."),
    "fits where nothing stands": N_("This pattern also fits where nothing stands: name something that must be there."),
    "Latin alphabet": N_("A pattern is written in letters of the Latin alphabet."),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form about rules holds, right or wrong: policies by kind, patterns with names, words one per line."""

    policies: Mapping[str, Any]
    patterns: Sequence[tuple[str, str]] = ()
    allowed: str = ""

    @classmethod
    def of(cls, rules: Any) -> "Draft":
        """The rules in force, ready to be edited."""
        kept, known = rules or {}, ruling.policies_of(rules)
        return cls(
            {str(kind): str(known.policy(kind)) for kind in CHOOSABLE},
            tuple((one["name"], one["pattern"]) for one in kept.get("patterns", ())),
            "\n".join(kept.get("allowed", ())),
        )


class Unruly(Exception):
    """What is wrong with a draft, by field."""

    def __init__(self, errors: dict[str, Wrong]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class Findings:
    """Collects what is wrong with several fields, so that all of it is told at once."""

    def __init__(self) -> None:
        self.errors: dict[str, Wrong] = {}

    def read(self, name: str, reading: Callable[[], T]) -> T | None:
        try:
            return reading()
        except Wrong as wrong:
            self.errors.setdefault(name, wrong)
            return None

    def read_all(self, reading: Callable[[], T]) -> T | None:
        """As `read`, of what tells of its fields itself."""
        try:
            return reading()
        except Unruly as unruly:
            self.errors |= unruly.errors
            return None


def rules_of(draft: Draft) -> Any:
    """A draft as JSON that `Rules` takes; None when it says nothing but the standard. Raises Unruly."""
    found = Findings()
    kept = {
        "policies": {kind: policy for kind, policy in _policies(draft, found) if policy != STANDARD.policy(Kind(kind))},
        "patterns": _together(list(_patterns(draft, found)), found),
        "allowed": found.read("allowed", lambda: _words(draft.allowed)),
    }
    if found.errors:
        raise Unruly(found.errors)
    told = {name: value for name, value in kept.items() if value}
    return told or None


def _policies(draft: Draft, found: Findings) -> Iterator[tuple[str, str]]:
    for kind in CHOOSABLE:
        name, policy = f"policy-{kind}", draft.policies.get(kind)
        if found.read(name, partial(fields.choice, policy, name, CHOICES[kind])):
            yield str(kind), str(policy)


def _patterns(draft: Draft, found: Findings) -> Iterator[dict[str, str]]:
    names: set[str] = set()
    typed = [(n, *pair) for n, pair in enumerate(draft.patterns, 1) if any(part.strip() for part in pair)]
    for n, name, source in typed:
        called = found.read(f"pattern-name-{n}", partial(_name, name, f"pattern-name-{n}", names))
        read = found.read(f"pattern-{n}", partial(_pattern, source, f"pattern-{n}"))
        if called and read:
            names.add(called)
            yield {"name": called, "pattern": read}
    if len(typed) > MOST_PATTERNS:
        found.errors["patterns"] = Wrong(N_("There is room for %(most)s patterns."), most=MOST_PATTERNS)


def _together(patterns: list[dict[str, str]], found: Findings) -> list[dict[str, str]]:
    try:
        bounded(tuple((one["name"], one["pattern"]) for one in patterns))
    except BadRules:
        found.errors.setdefault(
            "patterns", Wrong(N_("These patterns are too slow together: let them repeat less, or have fewer of them."))
        )
    return patterns


def _name(typed: str, field: str, taken: set[str]) -> str:
    name = fields.text(typed, field, most=LONGEST_NAME)
    if name in taken:
        raise Wrong(N_("Another pattern has this name."), code="bad_field", field=field)
    return name


def _pattern(typed: str, field: str) -> str:
    source = fields.text(typed, field, most=LONGEST_PATTERN)
    try:
        read = compiled("", source)
    except BadRules as bad:
        words = (words for part, words in _COMPLAINTS.items() if part in str(bad))
        raise Wrong(next(words, N_("This pattern cannot be read.")), code="bad_pattern", field=field) from None
    if word := reach.hides(read):
        text = N_("This would hide ordinary words, such as “%(word)s”: name what stands before or around the value.")
        raise Wrong(text, code="bad_pattern", field=field, word=word)
    return source


def _words(typed: str) -> list[str]:
    words: dict[str, int] = {}  # with the first line each stands in
    for line, word in enumerate(map(str.strip, typed.splitlines()), 1):
        if word:
            words.setdefault(word, line)
    if len(words) > MOST_ALLOWED:
        raise Wrong(N_("There is room for %(most)s words or phrases."), field="allowed", most=MOST_ALLOWED)
    for word, line in words.items():
        _word(word, line)
    return list(words)


def _word(word: str, line: int) -> None:
    fields.text(word, "allowed", most=10 * LONGEST_ALLOWED)
    try:
        Rules.from_json({"allowed": [word]})
    except BadRules:
        text = N_("Line %(line)s: a word or phrase has %(least)s to %(most)s letters or digits.")
        raise Wrong(text, field="allowed", line=line, least=SHORTEST_ALLOWED, most=LONGEST_ALLOWED) from None
