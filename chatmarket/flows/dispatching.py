"""How a brand's questions are offered: its staff choose the rings, or that everyone hears at once."""

from collections.abc import Mapping
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.flows import auditing
from chatmarket.flows.offering import policy_of
from chatmarket.house import House
from chatmarket.models import Account, Brand
from chatmarket.store import unit_of_work
from matching.rings import BROADCAST, RINGS, Policy

MOST_RINGS = 5
# As people type them: whole numbers, shares in percent; how many of one make one of the policy's, and the most.
NUMBERS: Mapping[str, tuple[int, int, int]] = {
    "seconds": (1, 1, 120),
    "explore": (100, 0, 100),
    "newcomer_seats": (1, 0, 100),
    "backpressure": (100, 1, 1000),
    "load_weight": (100, 0, 100),
    "income_weight": (100, 0, 100),
    "income_target": (1, 1, 10_000_000),
}


async def shown(account: Account) -> dict[str, Any]:
    """The brand's policy as the form shows it."""
    return typed(policy_of(await Brand.get(id=account.brand_id or 0)))


def typed(policy: Policy) -> dict[str, Any]:
    """A policy as people type it: shares in percent, ring sizes as "5, 10"."""
    told: dict[str, Any] = {name: f"{getattr(policy, name) * of_one:.0f}" for name, (of_one, _, _) in NUMBERS.items()}
    return {
        **told,
        "how": "rings" if policy.sizes else "broadcast",
        "sizes": ", ".join(map(str, policy.sizes or RINGS.sizes)),
    }


async def choose(house: House, account: Account, form: Mapping[str, Any]) -> None:
    """Puts a policy in force for every question asked from now on. Raises Wrong with the field."""
    policy = _read(form)
    await _keep(house, account.brand_id or 0, account.id, _chosen(policy))


def _chosen(policy: Policy) -> dict[str, Any] | None:
    """What the form asks for, and no more: all else follows the program from version to version."""
    if policy == RINGS:
        return None
    return {"sizes": list(policy.sizes)} | {name: getattr(policy, name) for name in NUMBERS}


def _read(form: Mapping[str, Any]) -> Policy:
    if fields.choice(form.get("how"), "how", ("rings", "broadcast")) == "broadcast":
        return BROADCAST
    read = {
        name: fields.number(form.get(name), name, least=least, most=most) / of_one
        for name, (of_one, least, most) in NUMBERS.items()
    }
    read["newcomer_seats"], read["income_target"] = int(read["newcomer_seats"]), int(read["income_target"])
    return Policy(sizes=_sizes(form.get("sizes")), **read)  # type: ignore[arg-type]


def _sizes(value: Any) -> tuple[int, ...]:
    parts = fields.text(value, "sizes", most=60).replace(";", ",").split(",")
    try:
        sizes = tuple(int(part) for part in parts)
    except ValueError:
        sizes = ()
    if not 0 < len(sizes) <= MOST_RINGS or any(not 0 < size <= 10_000 for size in sizes):
        raise Wrong(N_("Write how many experts each ring adds, as in: 5, 10."), code="bad_field", field="sizes")
    return sizes


@unit_of_work
async def _keep(house: House, brand: int, actor: int, dispatch: dict[str, Any] | None) -> None:
    await Brand.filter(id=brand).update(dispatch=dispatch)
    await auditing.write_down(house, brand, actor, "dispatch", facts=dispatch or {})
