"""Who of a brand's people may read hidden values: its staff, and the moderators to whom they gave that right."""

from typing import Any

from tortoise.queryset import QuerySet

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, NotThere
from chatmarket.flows import auditing, proving
from chatmarket.flows.proving import Proof
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Login, Role
from chatmarket.store import unit_of_work


class MayNotReveal(NotAllowed):
    code = "may_not_reveal"
    text = N_("You may not reveal hidden details. Your brand's staff can give you that right.")


def may_reveal(account: Account) -> bool:
    return account.role == Role.STAFF or (account.role == Role.MODERATOR and account.may_reveal)


async def people(staff: Account) -> list[View]:
    """The brand's own people, and who of them may reveal."""
    found = await Account.filter(brand_id=staff.brand_id, role__in=[Role.MODERATOR, Role.STAFF]).order_by("name", "id")
    return [
        {
            "id": one.id,
            "name": one.name,
            "email": one.email,
            "role": str(one.role),
            "may_reveal": may_reveal(one),
            "disabled": one.disabled_at is not None,
        }
        for one in found
    ]


async def trust(house: House, login: Login, person: int, given: Any, proof: Proof) -> None:
    """Staff who prove who they are give a moderator of their brand the right to reveal, or take it back; what is so
    already stays so."""
    staff = login.account
    if not await _moderators(staff, person).exists():
        raise NotThere
    may = fields.flag(given, "may")
    await proving.prove(house, login, proof)
    await _trust(house, staff, person, may)


@unit_of_work
async def _trust(house: House, staff: Account, person: int, may: bool) -> None:
    if await _moderators(staff, person).filter(may_reveal=not may).update(may_reveal=may):
        action = "allow_reveal" if may else "deny_reveal"
        await auditing.write_down(house, staff.brand_id or 0, staff.id, action, facts={"person": person})


def _moderators(staff: Account, person: int) -> QuerySet[Account]:
    return Account.filter(id=person, brand_id=staff.brand_id or 0, role=Role.MODERATOR)
