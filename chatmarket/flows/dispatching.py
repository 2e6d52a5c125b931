"""How a brand's questions are offered: its staff choose the rings, or that everyone hears at once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.flows import auditing, raising
from chatmarket.flows.offering import policy_of
from chatmarket.house import House
from chatmarket.models import Account, Brand
from chatmarket.store import unit_of_work
from matching.rewards import Ramp
from matching.rings import BROADCAST, RINGS, Policy

MOST_RINGS = 5
# As people type them: whole numbers, shares in percent; how many of one make one of the policy's, and the most.
NUMBERS: dict[str, tuple[int, int, int]] = {
    "seconds": (1, 1, 120),
    "explore": (100, 0, 100),
    "newcomer_seats": (1, 0, 100),
    "backpressure": (100, 1, 1000),
    "load_weight": (100, 0, 100),
    "income_weight": (100, 0, 100),
    "income_target": (1, 1, 10_000_000),
}
ALWAYS: dict[str, tuple[int, int, int]] = {"settle": (1, 0, 30), "park": (1, 0, 30), "reply": (1, 0, 600)}
RAMP: Mapping[str, tuple[int, int]] = {"ramp_after": (0, 3600), "ramp_percent": (1, 100), "ramp_most": (1, 400)}
MOST_BUDGET = 10_000_000
MOST_SEATS = 10_000


async def shown(account: Account) -> dict[str, Any]:
    """The brand's policy as the form shows it."""
    brand = await Brand.get(id=account.brand_id or 0)
    return typed(policy_of(brand)) | _ramp_typed(raising.ramp_of(brand))


def typed(policy: Policy) -> dict[str, Any]:
    """A policy as people type it: shares in percent, ring sizes as "5, 10"."""
    told: dict[str, Any] = {
        name: f"{getattr(policy, name) * of_one:.0f}" for name, (of_one, _, _) in (NUMBERS | ALWAYS).items()
    }
    return {
        **told,
        "how": "rings" if policy.sizes else "broadcast",
        "sizes": ", ".join(map(str, policy.sizes or RINGS.sizes)),
    }


async def choose(house: House, account: Account, form: Mapping[str, Any]) -> None:
    """Puts a policy in force for every question asked from now on. Raises Wrong with the field."""
    policy, ramp = _read(form), _ramp(form)
    await _keep(house, account.brand_id or 0, account.id, _chosen(policy, ramp))


def _ramp_typed(ramp: tuple[Ramp, int | None] | None) -> dict[str, Any]:
    usual, budget = ramp or (Ramp(), None)
    return {
        "ramp": "yes" if ramp else "no",
        "ramp_after": f"{usual.after_seconds:.0f}",
        "ramp_percent": str(usual.percent_per_minute),
        "ramp_most": str(usual.most_percent),
        "ramp_budget": "" if budget is None else str(budget),
    }


def _chosen(policy: Policy, ramp: list[int | None] | None) -> dict[str, Any] | None:
    """What the form asks for, and no more: all else follows the program from version to version."""
    if policy == RINGS and ramp is None:
        return None
    chosen = {"sizes": list(policy.sizes)} | {name: getattr(policy, name) for name in NUMBERS | ALWAYS}
    return chosen | ({"ramp": ramp} if ramp else {})


def _read(form: Mapping[str, Any]) -> Policy:
    how = fields.choice(form.get("how"), "how", ("rings", "broadcast"))
    always = _numbers(form, ALWAYS)
    if how == "broadcast":
        _check(form, {name: (least, most) for name, (_, least, most) in NUMBERS.items()})
        if form.get("sizes"):
            _sizes(form["sizes"])
        return replace(BROADCAST, **always)
    read = _numbers(form, NUMBERS)
    read["newcomer_seats"], read["income_target"] = int(read["newcomer_seats"]), int(read["income_target"])
    sizes = _sizes(form.get("sizes"))
    if read["newcomer_seats"] > sizes[0]:
        text = N_("The first ring has %(seats)s seats: newcomers get at most so many.")
        raise Wrong(text, code="bad_field", field="newcomer_seats", seats=sizes[0])
    return Policy(sizes=sizes, **read, **always)


def _numbers(form: Mapping[str, Any], wanted: Mapping[str, tuple[int, int, int]]) -> dict[str, Any]:
    read = {
        name: fields.number(form.get(name), name, least=least, most=most) for name, (_, least, most) in wanted.items()
    }
    return {name: value / wanted[name][0] for name, value in read.items()}


def _ramp(form: Mapping[str, Any]) -> list[int | None] | None:
    """After how many seconds rewards grow, by how many percent a minute, at most by how many, and up to how much."""
    if fields.choice(form.get("ramp", "no"), "ramp", ("yes", "no")) == "no":
        _check(form, {**RAMP, "ramp_budget": (1, MOST_BUDGET)})
        return None
    values = [fields.number(form.get(name), name, least=least, most=most) for name, (least, most) in RAMP.items()]
    budget = form.get("ramp_budget")
    return [*values, fields.number(budget, "ramp_budget", most=MOST_BUDGET) if budget else None]


def _check(form: Mapping[str, Any], unused: Mapping[str, tuple[int, int]]) -> None:
    """What is typed where it does not count now is refused all the same: dropped in silence it would seem kept."""
    for name, (least, most) in unused.items():
        if form.get(name):
            fields.number(form[name], name, least=least, most=most)


def _sizes(value: Any) -> tuple[int, ...]:
    parts = fields.text(value, "sizes", most=60).replace(";", ",").split(",")
    text = N_("Write how many experts each ring adds, in digits from 0 to 9, as in: 5, 10.")
    told = Wrong(text, code="bad_field", field="sizes")
    try:
        sizes = tuple(fields.number(part.strip(), "sizes", most=MOST_SEATS) for part in parts)
    except Wrong:
        raise told from None
    if len(sizes) > MOST_RINGS:
        raise told
    return sizes


@unit_of_work
async def _keep(house: House, brand: int, actor: int, dispatch: dict[str, Any] | None) -> None:
    await Brand.filter(id=brand).update(dispatch=dispatch)
    await auditing.write_down(house, brand, actor, "dispatch", facts=dispatch or {})
