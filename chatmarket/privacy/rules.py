"""What a brand decides about its customers' values: which kinds are kept, which are dropped, which may be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chatmarket.privacy.segments import Kind


class Policy(StrEnum):
    """What becomes of the values of one kind."""

    VAULT = "vault"  # hidden from experts, kept sealed; the brand's own people may reveal it
    DROP = "drop"  # hidden from everybody, kept nowhere
    VISIBLE = "visible"  # not looked for


# Sensitive authentication data must not be stored, even encrypted (PCI DSS 3.3); no brand may choose otherwise.
ALWAYS_DROPPED = frozenset({Kind.CVV, Kind.PIN, Kind.CODE, Kind.PASSWORD})


@dataclass(frozen=True)
class Rules:
    """A brand's rules. `policies` names the kinds that are not vaulted; `patterns` are RE2 over folded text, by name;
    `allowed` are the brand's own words (products, towns, promotion codes), folded: they are never masked as such."""

    policies: Mapping[Kind, Policy] = field(default_factory=dict)
    patterns: tuple[tuple[str, str], ...] = ()
    allowed: frozenset[str] = frozenset()

    def policy(self, kind: Kind) -> Policy:
        """What becomes of the values of `kind`."""
        return Policy.DROP if kind in ALWAYS_DROPPED else self.policies.get(kind, Policy.VAULT)


STANDARD = Rules()
