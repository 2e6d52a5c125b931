"""How many hidden values one person may be given in a day: counted in the audit, over all processes.

Who reads many is told of to the brand, and then stopped.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket.errors import SignInFirst
from chatmarket.flows import auditing
from chatmarket.flows.showing import View
from chatmarket.flows.trusting import MayNotReveal, may_reveal
from chatmarket.house import House
from chatmarket.models import Account, Audit, Login
from chatmarket.store import unit_of_work

DAY = timedelta(hours=24)
MANY, SPENT, REFUSED = "many", "spent", "refused"  # why the brand is told


@unit_of_work
async def spend(
    house: House, login: Login, action: str, facts: dict[str, Any], *, chat: int | None = None, values: int = 1
) -> bool:
    """The audit row of giving out so many values, if the person may have as many more. Others of the brand wait
    meanwhile, so that nobody's last one is given twice."""
    brand = login.account.brand_id or 0
    await auditing.hold(house, brand)
    account = await _still(login)
    before = await _spent(brand, account.id)
    if before + values > house.settings.reveals_per_day:
        if before >= house.settings.reveals_per_day:
            await _alert(house, account, brand, SPENT, before)
        else:  # many at once, in an export: told apart, so that a later stop is told as well
            await _alert(house, account, brand, REFUSED, values)
        return False
    await auditing.write_down(house, brand, account.id, action, chat=chat, facts=facts)
    if values and before + values >= house.settings.reveal_alert:
        await _alert(house, account, brand, MANY, before + values)
    return True


async def _still(login: Login) -> Account:
    """The account as it is now: while a password was checked, the login may have been revoked or the right taken."""
    there = Login.filter(id=login.id, revoked_at=None, ends_at__gt=datetime.now(UTC), account__disabled_at=None)
    found = await there.select_related("account").first()
    if found is None:
        raise SignInFirst
    account: Account = found.account
    if account.brand_id != login.account.brand_id or not may_reveal(account):
        raise MayNotReveal
    return account


async def _spent(brand: int, person: int) -> int:
    """How many values somebody was given within the last 24 hours, one by one or in exports."""
    since = datetime.now(UTC) - DAY
    given = Audit.filter(brand_id=brand, actor_id=person, action__in=["reveal", "export"], at__gt=since)
    noted = await given.values("action", "facts")
    return sum(1 if row["action"] == "reveal" else int(row["facts"].get("values", 0)) for row in noted)


async def _alert(house: House, account: Account, brand: int, why: str, reveals: int) -> None:
    """Once in 24 hours for each reason."""
    since = datetime.now(UTC) - DAY
    told = await Audit.filter(brand_id=brand, actor_id=account.id, action="alert", at__gt=since).values("facts")
    if not any(row["facts"].get("why") == why for row in told):
        await auditing.write_down(house, brand, account.id, "alert", facts={"why": why, "reveals": reveals})


async def alerts(account: Account) -> list[View]:
    """Who read so much in the last 24 hours that the brand is told."""
    since = datetime.now(UTC) - DAY
    told = Audit.filter(brand_id=account.brand_id, action="alert", at__gt=since).order_by("-id").limit(20)
    return [{"name": row.actor.name, "at": row.at, **row.facts} for row in await told.select_related("actor")]
