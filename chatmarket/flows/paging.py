"""When a brand pages its experts who are away, the webhook of its own that reaches them, and what left so far."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as parts
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, Wrong
from chatmarket.flows import auditing
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Brand, Notice
from chatmarket.outside.street import LONGEST_URL, BadUrl
from chatmarket.store import unit_of_work
from matching.paging import USUAL, Paging

MOST_SHOWN = 100
# As people type them: whole numbers; how many of one make one of the policy's, the least and the most.
NUMBERS: Mapping[str, tuple[int, int, int]] = {
    "waiting_share": (100, 0, 1000),
    "pages_per_chat": (1, 1, 50),
    # Half an hour is what experts were promised when they let themselves be paged: a brand may only wait longer.
    "rest_seconds": (60, 30, 1440),
    "patience_seconds": (1, 0, 600),
}
_OF_MANY = frozenset({"rest_seconds"})  # typed in minutes, kept in seconds
KNOWN = frozenset(part.name for part in parts(Paging))


@dataclass(frozen=True, slots=True)
class Summons:
    """How one brand pages: whether at all, by which policy, and by which webhook beside what experts have."""

    on: bool = True
    policy: Paging = USUAL
    webhook: str = ""


def summons_of(brand: Brand) -> Summons:
    """What the brand's people chose; nothing is as usual."""
    kept: dict[str, Any] = brand.paging or {}
    # Another version may have kept what this one does not know.
    known = {name: value for name, value in kept.items() if name in KNOWN}
    return Summons(bool(kept.get("on", True)), Paging(**known), str(kept.get("webhook", "")))


def typed(summons: Summons) -> dict[str, Any]:
    """As the form shows it: shares in percent, rests in minutes."""
    told: dict[str, Any] = {}
    for name, (scale, _, _) in NUMBERS.items():
        value = getattr(summons.policy, name)
        told[name] = f"{value / scale if name in _OF_MANY else value * scale:.0f}"
    return {**told, "on": "yes" if summons.on else "no", "webhook": summons.webhook}


async def choose(house: House, staff: Account, form: Mapping[str, Any]) -> None:
    """Puts it in force for the next question that waits too long. Raises Wrong with the field."""
    summons = await _read(house, form)
    kept = {name: getattr(summons.policy, name) for name in NUMBERS}
    await _keep(house, staff, {**kept, "on": summons.on, "webhook": summons.webhook})


async def _read(house: House, form: Mapping[str, Any]) -> Summons:
    read = {}
    for name, (scale, least, most) in NUMBERS.items():
        number = fields.number(form.get(name), name, least=least, most=most)
        read[name] = float(number * scale if name in _OF_MANY else number / scale)
    on = fields.flag(form.get("on"), "on")
    return Summons(on, Paging(**read), await _webhook(house, form.get("webhook")))


async def _webhook(house: House, value: Any) -> str:
    url = fields.text(value or "", "webhook", most=LONGEST_URL, least=0)
    if not url:
        return ""
    try:
        await house.outside.street.check(url)
    except BadUrl:
        told = N_("A webhook is an https address of a machine on the open internet, without a user or password in it.")
        raise Wrong(told, code="bad_field", field="webhook") from None
    return url


@unit_of_work
async def _keep(house: House, staff: Account, kept: dict[str, Any]) -> None:
    assert staff.brand_id is not None
    await Brand.filter(id=staff.brand_id).update(paging=kept)
    facts = {**kept, "webhook": bool(kept["webhook"])}
    await auditing.write_down(house, staff.brand_id, staff.id, "paging", facts=facts)


async def shown(house: House, staff: Account) -> View:
    """The form as it stands, what the webhook is signed with, and the latest that left for this brand."""
    brand = await Brand.get(id=staff.brand_id or 0)
    return {"filled": typed(summons_of(brand)), "secret": signing_keys(house, brand.id)[0], "sent": await _sent(staff)}


async def _sent(staff: Account) -> list[View]:
    latest = Notice.filter(brand_id=staff.brand_id).order_by("-id").limit(MOST_SHOWN)
    return [
        {
            "kind": one.kind,
            "way": one.way,
            "expert": one.expert_id,
            "name": one.expert.name if one.expert else "",
            "topic": one.topic.name(staff.language) if one.topic else "",
            "state": one.state,
            "result": one.result,
            "tries": one.tries,
            "at": one.made_at,
            "done_at": one.done_at,
        }
        for one in await latest.select_related("expert", "topic")
    ]


def signing_keys(house: House, brand: int) -> list[str]:
    """What signs this brand's webhooks, newest first: one from each of the house's own keys, so that none is kept and
    a rotation leaves the old one valid for as long as its key stands behind the new."""
    return [
        hmac.new(f"webhook:{key}".encode(), str(brand).encode(), hashlib.sha256).hexdigest()
        for key in house.settings.secret_keys
    ]


def signatures(house: House, brand: int, at: int, body: bytes) -> str:
    """The header that proves a webhook is ours: `t=seconds,v1=hex[,v1=hex]` over "seconds.body"."""
    signed = [
        hmac.new(key.encode(), b"%d." % at + body, hashlib.sha256).hexdigest() for key in signing_keys(house, brand)
    ]
    return ",".join([f"t={at}", *(f"v1={one}" for one in signed)])
