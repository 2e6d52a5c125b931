"""What a brand decides about its customers' values: which kinds are kept, which are dropped, which may be read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import re2

from chatmarket.privacy.histories import beginnings
from chatmarket.privacy.once import once
from chatmarket.privacy.patterns import Found, Pattern
from chatmarket.privacy.phrases import Phrases, spelled
from chatmarket.privacy.segments import Kind
from chatmarket.privacy.skeleton import Skeleton, fold


class Policy(StrEnum):
    """What becomes of the values of one kind."""

    VAULT = "vault"  # hidden from experts, kept sealed; the brand's own people may reveal it
    DROP = "drop"  # hidden from everybody, kept nowhere
    VISIBLE = "visible"  # not looked for


# Sensitive authentication data must not be stored, even encrypted (PCI DSS 3.3); no brand may choose otherwise. The
# last month of a card may be, but serves nobody here without the card.
ALWAYS_DROPPED = frozenset({Kind.CVV, Kind.EXPIRY, Kind.PIN, Kind.CODE, Kind.PASSWORD})
# Kept in no longer value either: of a card only the end is.
UNKEPT = ALWAYS_DROPPED | {Kind.CARD}
# Whoever reads one may pay or be somebody else with it (and PCI DSS 3.4 lets nobody read a whole card); no expert needs
# one. Brands show e-mails, phones and the like to let experts name the brand's own.
NEVER_VISIBLE = frozenset({Kind.CARD, Kind.IBAN, Kind.DNI, Kind.SSN, Kind.DOCUMENT})
# So sure by their own shape, and so dear, that no list of harmless words may bring them to light.
NEVER_ALLOWED = frozenset({Kind.CARD, Kind.IBAN, Kind.EMAIL, Kind.DNI, Kind.SSN})

# All patterns are looked for in one pass over each message; fifty of them cost about as much as one of our finders.
MOST_PATTERNS = 50
# What is longer is rarely one number's shape, and nobody can read it a year later.
LONGEST_PATTERN = 200
# Steps of the compiled program: repetitions multiply ("(?:[a-z]{1,50}){1,50}"), and each step costs time per letter.
MOST_STEPS = 1_000
# And of all patterns of a brand together: fifty plain ones ("LC-[0-9]{6}") have 700. Ordinary letters of 4,000
# characters are looked through in 0.1 ms then.
MOST_STEPS_TOGETHER = 1_000
# Where a repetition may begin anew within itself ("a[ab]{50}"), RE2 meets two to the power of its steps of situations,
# in a letter written to be slow. It remembers those of some ten steps; each beyond them costs 0.1 ms. All patterns of a
# brand that may (see histories) have so many together, their plain letters aside; those that may not are cheap.
MOST_REPEATED = 17
# In calm patterns of many different beginnings ("[a-m]{8}", "[h-t]{8}") RE2 meets each mixture of them.
MOST_BEGINNINGS = 4
# RE2 falls back to a slower search when a pattern needs more memory than this (bytes), or refuses it.
PATTERN_MEMORY = 1 << 20
LONGEST_NAME = 60
# A catalogue's names and a country's towns; the list is searched in one pass, however long, but is read by people.
MOST_ALLOWED = 2_000
LONGEST_ALLOWED = 100
SHORTEST_ALLOWED = 2

# Sets, escapes, repetitions, and all else that is no letter, digit, space or hyphen.
_NO_LETTERS = re2.compile(r"\[[^\]]*\]|\\.|\{[0-9,]*\}|[^A-Za-z0-9 \-]")


class BadRules(ValueError):
    """Rules that cannot be kept; the text says what is wrong, for the person who wrote them."""


@dataclass(frozen=True)
class Rules:
    """A brand's rules. `policies` names the kinds that are not vaulted; `patterns` are RE2 over folded text, by name;
    `allowed` are the brand's own words (products, towns, promotion codes), folded: they are never masked as such."""

    policies: Mapping[Kind, Policy] = field(default_factory=dict)
    patterns: tuple[tuple[str, str], ...] = ()
    allowed: frozenset[str] = frozenset()

    def policy(self, kind: Kind) -> Policy:
        """What becomes of the values of `kind`."""
        if kind in ALWAYS_DROPPED:
            return Policy.DROP
        policy = self.policies.get(kind, Policy.VAULT)
        return Policy.VAULT if policy is Policy.VISIBLE and kind in NEVER_VISIBLE else policy

    @once
    def visible(self) -> frozenset[Kind]:
        """The kinds that may be read."""
        return frozenset(kind for kind in self.policies if self.policy(kind) is Policy.VISIBLE)

    @once
    def unkept(self) -> frozenset[Kind]:
        """The kinds of which nothing may be kept as a part of something else."""
        return UNKEPT.union(kind for kind in self.policies if self.policy(kind) is Policy.DROP)

    @once
    def parts_addresses(self) -> bool:
        """Whether addresses and the postcodes in them have different fates."""
        return self.policy(Kind.POSTCODE) is not self.policy(Kind.ADDRESS)

    def found(self, bones: Skeleton) -> Iterator[Found]:
        """Where the brand's own patterns match, in the skeleton. Raises BadRules for patterns that are none."""
        if not self.patterns:
            return
        gate, compiled = _compiled(self.patterns)
        for which in gate.Match(bones.scan) or ():
            yield from (match.span() for match in compiled[which].finditer(bones.scan) if match.end() > match.start())

    def permits(self, bones: Skeleton) -> list[Found]:
        """Where the brand's own words stand, in the skeleton."""
        return [(start, end) for start, end, _ in self._phrases.find(bones.folded, bones.words)] if self.allowed else []

    @once
    def _phrases(self) -> Phrases[None]:
        return Phrases({spelled(phrase): None for phrase in self.allowed})

    @classmethod
    def from_json(cls, shape: object) -> "Rules":
        """`{"policies": {kind: policy}, "patterns": [{"name", "pattern"}], "allowed": [words]}`, each part optional.

        None stands for the standard rules. Raises BadRules (a ValueError).
        """
        if shape is None:
            return STANDARD
        if not isinstance(shape, Mapping):
            raise BadRules("Rules are an object with policies, patterns and allowed.")
        strange = [str(part) for part in shape if part not in ("policies", "patterns", "allowed")]
        if strange:
            raise BadRules(f"Rules have policies, patterns and allowed; there is no {strange[0]!r}.")
        return cls(
            _policies(shape.get("policies") or {}),
            _patterns(shape.get("patterns") or []),
            _allowed(shape.get("allowed") or []),
        )

    def to_json(self) -> dict[str, Any]:
        """The opposite of `from_json`."""
        return {
            "policies": {str(kind): str(policy) for kind, policy in self.policies.items()},
            "patterns": [{"name": name, "pattern": source} for name, source in self.patterns],
            "allowed": sorted(self.allowed),
        }


def _policies(shape: object) -> dict[Kind, Policy]:
    if not isinstance(shape, Mapping):
        raise BadRules("Policies are an object: a kind, and vault, drop or visible.")
    return dict(_policy(kind, policy) for kind, policy in shape.items())


def _policy(kind: object, policy: object) -> tuple[Kind, Policy]:
    if kind not in set(Kind) or kind == Kind.SOLICITATION:
        raise BadRules(f"There is no kind {kind!r} of values.")
    if policy not in set(Policy):
        raise BadRules(f"The policy for {kind} is vault, drop or visible, not {policy!r}.")
    if kind in ALWAYS_DROPPED and policy != Policy.DROP:
        raise BadRules(f"Values of the kind {kind} are always dropped: nobody may keep them or read them.")
    if kind in NEVER_VISIBLE and policy == Policy.VISIBLE:
        raise BadRules(f"Values of the kind {kind} are never visible: they are vaulted or dropped.")
    return Kind(str(kind)), Policy(str(policy))


def _patterns(shape: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(shape, list) or not all(isinstance(one, Mapping) for one in shape):
        raise BadRules("Patterns are a list, each with a name and a pattern.")
    if len(shape) > MOST_PATTERNS:
        raise BadRules(f"There may be {MOST_PATTERNS} patterns at most; these are {len(shape)}.")
    named = tuple((one.get("name"), one.get("pattern")) for one in shape)
    names = [name for name, _ in named]
    for name, source in named:
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise BadRules(f"Each pattern has a name of at most {LONGEST_NAME} letters.")
        if names.count(name) > 1:
            raise BadRules(f"There are two patterns of the name {name!r}.")
        if not isinstance(source, str):
            raise BadRules(f"The pattern {name!r} is empty.")
        compiled(name, source)
    bounded(named)
    return named


def bounded(patterns: tuple[tuple[str, str], ...]) -> None:
    """Raises BadRules when the patterns are each well, and too dear together."""
    steps = repeated = 0
    begun: frozenset[int] = frozenset()
    for name, source in patterns:
        size = compiled(name, source).programsize
        steps += size
        begins = beginnings(source)
        if begins is None or len(begun | begins) > MOST_BEGINNINGS:
            repeated += max(0, size - _letters(source))
        else:
            begun |= begins
        if steps > MOST_STEPS_TOGETHER or repeated > MOST_REPEATED:
            raise BadRules(
                f"The patterns together are too slow to look for, from {name!r} on: what they repeat is too long. "
                "Shorter repetitions, or fewer patterns, are faster, and so are repetitions of one set of characters "
                "only, such as [0-9]{8} or [A-Z0-9]{4}-[0-9]{6}."
            )


def _letters(source: str) -> int:
    """How many of a pattern's letters stand for themselves and once; in brackets they may be repeated."""
    return 0 if "(" in source or "|" in source else len(_NO_LETTERS.sub("", source))


def _allowed(shape: object) -> frozenset[str]:
    if not isinstance(shape, list) or not all(isinstance(one, str) for one in shape):
        raise BadRules("Allowed words are a list of words or phrases.")
    if len(shape) > MOST_ALLOWED:
        raise BadRules(f"There may be {MOST_ALLOWED} allowed words or phrases at most; these are {len(shape)}.")
    return frozenset(_phrase(one) for one in shape)


def _phrase(written: str) -> str:
    phrase = " ".join(fold(written).split())
    if len(spelled(phrase)) < SHORTEST_ALLOWED or len(phrase) > LONGEST_ALLOWED:
        raise BadRules(
            f"An allowed word or phrase has {SHORTEST_ALLOWED} to {LONGEST_ALLOWED} letters or digits: "
            f"{written[:LONGEST_ALLOWED]!r} has not."
        )
    return phrase


def compiled(name: str, source: str) -> Any:
    """One pattern, ready to be looked for. Raises BadRules that names it and says what is wrong with it."""
    if not source.strip():
        raise BadRules(f"The pattern {name!r} is empty.")
    if len(source) > LONGEST_PATTERN:
        raise BadRules(f"The pattern {name!r} has {len(source)} letters; it may have {LONGEST_PATTERN}.")
    # Messages are read without accents; so is the pattern, but for the case of its letters, where \D is not \d.
    bare = "".join(letter if letter.isascii() else fold(letter) for letter in source)
    if not bare.isascii():
        raise BadRules(f"The pattern {name!r} holds letters that are not of the Latin alphabet.")
    try:
        found = re2.compile(bare.encode(), _options())
    except re2.error as wrong:
        raise BadRules(f"The pattern {name!r} is not one that RE2 can read: {_reason(wrong)}.") from None
    if found.programsize > MOST_STEPS:
        raise BadRules(f"The pattern {name!r} is too large: its repetitions multiply to too many steps.")
    if found.fullmatch(b"") is not None:
        raise BadRules(f"The pattern {name!r} fits where nothing stands; it needs something that must be there.")
    return found


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[tuple[str, str], ...]) -> tuple[Any, list[Any]]:
    """A gate that tells which patterns match at all, and the patterns. Shared by equal rules: compiling is dear."""
    gate = re2.Set.SearchSet(_options(shared=True))
    alone = [compiled(name, source) for name, source in patterns]
    for one in alone:
        gate.Add(one.pattern)
    gate.Compile()
    return gate, [Pattern(one.pattern, _options()) for one in alone]


def _options(shared: bool = False) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True  # only where it matches counts, and telling groups apart is slow
    options.max_mem = PATTERN_MEMORY * (MOST_PATTERNS if shared else 1)
    return options


def _reason(wrong: Exception) -> str:
    said = wrong.args[0] if wrong.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def outside(start: int, end: int, permitted: Iterable[Found]) -> bool:
    """Whether a find does not lie wholly within one of the brand's own words."""
    return not any(first <= start and end <= last for first, last in permitted)


STANDARD = Rules()
