"""A brand's staff decide what becomes of its customers' values: which kinds are kept, dropped, or shown to experts."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tortoise.expressions import F

from chatmarket.errors import N_, TooLate, Wrong
from chatmarket.flows import auditing, proving
from chatmarket.flows.proving import Proof
from chatmarket.house import House
from chatmarket.models import Account, Audit, Brand, Chat, Login, Status
from chatmarket.privacy.rules import Rules
from chatmarket.privacy.segments import Kind
from chatmarket.store import unit_of_work

ACTION = "rules"


class Outdated(TooLate):
    """Somebody else decided meanwhile."""

    code = "rules_changed"
    text = N_("%(name)s changed the rules while you were editing. Nothing you typed is lost: compare, then save again.")


class Unconfirmed(Wrong):
    """Experts would read values that were hidden until now, and nobody has said that this is meant."""

    code = "unconfirmed"
    text = N_("Please confirm that experts may read this.")

    def __init__(self, kinds: Collection[Kind]) -> None:
        super().__init__(field=f"policy-{min(kinds)}")
        self.kinds = kinds


def version(rules: Any) -> str:
    """Tells rules that were changed meanwhile from those that somebody began to edit."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]


def visible(rules: Any) -> frozenset[Kind]:
    """The kinds that experts may read under these rules."""
    return policies_of(rules).visible


def policies_of(rules: Any) -> Rules:
    """Of rules as JSON only what becomes of each kind: patterns take many milliseconds to compile, and say nothing of
    that."""
    return Rules.from_json({"policies": (rules or {}).get("policies", {})})


async def brand_of(staff: Account) -> Brand:
    return await Brand.get(id=staff.brand_id or 0)


async def rule(
    house: House, login: Login, wanted: Any, seen: str, confirmed: Collection[str] = (), *, proof: Proof
) -> None:
    """Puts the rules `wanted` (as JSON, None for the standard ones) in force for the staff's brand.

    `seen` is the version they were made from. Raises Outdated when others are in force by now, Unconfirmed unless
    `confirmed` names every kind that is opened to experts, and as `prove` does: whatever is changed, for a pattern that
    goes or a word that is allowed shows values too, and a harmless change is not told from these by less than reading
    both rules.
    """
    brand = await brand_of(login.account)
    if brand.rules == wanted:
        return
    if version(brand.rules) != seen:
        raise Outdated(name=await _last_to_rule(brand.id))
    _check(brand.rules, wanted, confirmed)
    await proving.prove(house, login, proof)
    await _rule(house, login.account, wanted, seen, confirmed)


def _check(rules: Any, wanted: Any, confirmed: Collection[str]) -> None:
    if unconfirmed := visible(wanted) - visible(rules) - set(confirmed):
        raise Unconfirmed(unconfirmed)


@unit_of_work
async def _rule(house: House, staff: Account, wanted: Any, seen: str, confirmed: Collection[str]) -> None:
    # Of two who save at once the second waits here; whoever only names the brand in a new row does not.
    brand = await Brand.filter(id=staff.brand_id or 0).select_for_update(no_key=True).get()
    if brand.rules == wanted:
        return
    if version(brand.rules) != seen:
        raise Outdated(name=await _last_to_rule(brand.id))
    _check(brand.rules, wanted, confirmed)
    facts = _changes(brand.rules, wanted)
    brand.rules = wanted
    await brand.save(update_fields=["rules"])
    await _tell_open_chats(brand.id)
    await auditing.write_down(house, brand.id, staff.id, ACTION, facts=facts)


async def _tell_open_chats(brand_id: int) -> None:
    """Whoever holds one of these chats' vaults open masks its next message by the rules in force now."""
    open_ = Chat.filter(brand_id=brand_id, status__in=[Status.WAITING, Status.LIVE])
    await open_.update(hidden=F("hidden") + 1)


async def _last_to_rule(brand_id: int) -> str:
    last = await Audit.filter(brand_id=brand_id, action=ACTION).order_by("-id").first().select_related("actor")
    return last.actor.name if last else "–"


def _changes(before: Any, after: Any) -> dict[str, object]:
    """What an audit may keep of a change: kinds and counts, never a pattern or a word."""
    old, new = before or {}, after or {}
    was, is_ = policies_of(before), policies_of(after)
    changed = {str(kind): str(is_.policy(kind)) for kind in Kind if is_.policy(kind) is not was.policy(kind)}
    counts = {
        "patterns": _counts(_named(old), _named(new)),
        "allowed": _counts(old.get("allowed", ()), new.get("allowed", ())),
    }
    return {"policies": changed, **{part: count for part, count in counts.items() if any(count.values())}}


def _named(rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["pattern"]) for one in rules.get("patterns", ())]


def _counts(old: Iterable[Any], new: Iterable[Any]) -> Mapping[str, int]:
    was, is_ = set(old), set(new)
    return {"added": len(is_ - was), "removed": len(was - is_)}
