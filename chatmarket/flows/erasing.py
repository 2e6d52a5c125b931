"""The right to be forgotten: a customer's key goes, and with it everything that only that key could read.

What stays says nothing about them: the masked chats and the money are whole, messages' fingerprints were made with the
key and mean nothing now, and the audit says that it was done, when, and on whose word.
"""

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from chatmarket import fields
from chatmarket.errors import N_, NotThere, Wrong
from chatmarket.flows import auditing, ending, learning, noting, proving, recognising
from chatmarket.flows.proving import Proof
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Audit, Brand, Chat, Customer, CustomerKey, Login, Message, VaultValue
from chatmarket.store import StoreBusy, after_commit, changed, dialect, rows, unit_of_work

logger = logging.getLogger(__name__)

AT_ONCE = 50  # customers whose time is up, in one look; the next look takes the rest
MOST_REASON = 200
LONGEST_DAYS = 3650
BY_PERSON, BY_RETENTION, BY_COMMAND = "person", "retention", "command"


async def of_brand(brand: int | None, customer: int) -> Customer:
    """The customer, if they asked this brand; another brand's are not there."""
    found = await Customer.get_or_none(id=customer, brand_id=brand or 0)
    if found is None:
        raise NotThere
    return found


async def erase_for(house: House, login: Login, customer: int, reason: Any, proof: Proof) -> bool:
    """Staff erase a customer of their brand and say why; False when it was done before. Raises as `prove` does."""
    kept = await of_brand(login.account.brand_id, customer)
    reason = fields.text(reason, "reason", most=MOST_REASON)
    await proving.prove(house, login, proof)
    return await erase(house, kept, login.account_id, by=BY_PERSON, reason=reason)


async def erase(house: House, customer: Customer, actor: int, *, by: str, reason: str = "") -> bool:
    """Erases a customer, whose open chats are ended first; False when it was done before."""
    # The row stays when all else is gone: what a reason quotes of them must not be in it.
    chats = await Chat.filter(customer_id=customer.id).order_by("id")
    reason = await noting.without_values(house, reason, [chat.id for chat in chats])
    erased = await _erase(house, customer, actor, {"by": by, "reason": reason})
    if erased:
        await overwrite()
    return erased


@unit_of_work
async def _erase(
    house: House, customer: Customer, actor: int, why: dict[str, str], quiet_since: datetime | None = None
) -> bool:
    # Who comes back holds this row while they ask: a question is either among these chats, or a new customer's.
    await Customer.filter(id=customer.id).select_for_update().first()
    theirs = Chat.filter(customer_id=customer.id)
    # Locked before all else: a message on its way either comes before, or finds its chat over. The higher version makes
    # every open copy of these vaults stale.
    await theirs.update(hidden=F("hidden") + 1)
    chats = await theirs.order_by("id").values("id", "said_at")
    if quiet_since is not None and any(chat["said_at"] >= quiet_since for chat in chats):
        return False
    if not await changed("DELETE FROM customerkey WHERE customer_id = ?", customer.id):
        return False
    numbers = [chat["id"] for chat in chats]
    for number in numbers:
        await ending.stop(house, number, "brand")
    values = await VaultValue.filter(chat_id__in=numbers).delete() if numbers else 0
    await Message.filter(chat_id__in=numbers, typed__not_isnull=True).update(typed=None)
    await learning.forget(numbers)
    await recognising.forget(customer.id, numbers)
    facts = {**why, "customer": customer.id, "chats": len(numbers), "values": values}
    await auditing.write_down(house, customer.brand_id, actor, "erase", facts=facts)
    after_commit(lambda: _forget(house, numbers))
    return True


def _forget(house: House, chats: list[int]) -> None:
    for chat in chats:
        house.vaults.drop(chat)


async def overwrite() -> None:
    """SQLite keeps deleted rows' bytes in its log until that is emptied; PostgreSQL's VACUUM is its own clock's."""
    if dialect() != "sqlite":
        return
    emptied = await rows("PRAGMA wal_checkpoint(TRUNCATE)")
    if any(row["busy"] for row in emptied):
        logger.warning("the log still holds what was erased: somebody reads the database; the next one empties it")


# By the clock


async def retain(house: House, login: Login, days: Any, confirmed: Any, proof: Proof) -> None:
    """Staff set how many days after their last word the brand's customers are erased; nothing: never.

    The clock then erases many without asking: who sets a time, or a shorter one, confirms that; all prove who they are.
    """
    kept = None if days in (None, "") else fields.number(days, "days", most=LONGEST_DAYS)
    brand = login.account.brand_id or 0
    before = (await Brand.get(id=brand)).retention_days
    if kept == before:
        return
    if kept is not None and (before is None or kept < before) and confirmed != "yes":
        raise Wrong(N_("Please confirm that this is meant."), code="unconfirmed", field="confirmed")
    await proving.prove(house, login, proof)
    await _retain(house, brand, login.account_id, kept)


@unit_of_work
async def _retain(house: House, brand: int, actor: int, days: int | None) -> None:
    await Brand.filter(id=brand).update(retention_days=days)
    await auditing.write_down(house, brand, actor, "retention", facts={"days": days})


async def due(house: House) -> int:
    """Erases customers whose retention period is over; how many. Many clocks may look: the key's row settles it."""
    erased = 0
    for brand in await Brand.filter(retention_days__not_isnull=True):
        since = datetime.now(UTC) - timedelta(days=brand.retention_days or 0)
        erased += await _erase_overdue(house, brand.id, since)
    if erased:
        await overwrite()
    return erased


async def _erase_overdue(house: House, brand: int, since: datetime) -> int:
    """Goes on behind those who cannot be erased: else the first fifty of them would keep everybody after them."""
    erased = last = 0
    while erased < AT_ONCE and (some := await _overdue(brand, since, last)):
        for number in some:
            erased += await _in_peace(house, Customer(id=number, brand_id=brand), since)
        last = some[-1]
    return erased


async def _overdue(brand: int, since: datetime, last: int) -> list[int]:
    found = await rows(
        "SELECT k.customer_id FROM customerkey k JOIN customer c ON c.id = k.customer_id "
        "WHERE c.brand_id = ? AND c.created_at < ? AND k.customer_id > ? AND NOT EXISTS (SELECT 1 FROM chat h "
        "WHERE h.customer_id = c.id AND (h.status IN ('waiting', 'live') OR h.said_at >= ?)) "
        "ORDER BY k.customer_id LIMIT ?",
        brand,
        since,
        last,
        since,
        AT_ONCE,
    )
    return [row["customer_id"] for row in found]


async def _in_peace(house: House, customer: Customer, since: datetime) -> bool:
    """One customer who cannot be erased must not keep the others."""
    try:
        machine = await auditing.machine()
        return await _erase(house, customer, machine.id, {"by": BY_RETENTION}, since)
    except StoreBusy:
        raise
    except Exception:
        logger.exception("a customer was not erased", extra={"customer": customer.id})
        return False


async def erasure(brand: int, customer: int) -> View | None:
    """When a customer was erased, by `person`, `retention` or `command`, and the name of who did; None if they are not.

    `at` and `by` are None where no row of the audit tells.
    """
    if not await is_erased(customer):
        return None
    noted = await rows(
        "SELECT max(id) AS id FROM audit WHERE brand_id = ? AND action = 'erase' "
        "AND CAST(facts ->> 'customer' AS integer) = ?",
        brand,
        customer,
    )
    row = await Audit.get_or_none(id=noted[0]["id"] or 0).select_related("actor")
    if row is None:
        return {"at": None, "by": None, "name": ""}
    return {"at": row.at, "by": row.facts.get("by"), "name": row.actor.name}


async def is_erased(customer: int) -> bool:
    return not await CustomerKey.exists(customer_id=customer)


async def erased_of(customers: Collection[int]) -> set[int]:
    """Those of these customers who are erased, in one read."""
    kept = await CustomerKey.filter(customer_id__in=set(customers)).values("customer_id") if customers else []
    return set(customers) - {row["customer_id"] for row in kept}
