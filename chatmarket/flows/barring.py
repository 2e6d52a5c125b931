"""Blocks: a person of the brand keeps an expert, or the browser of a customer, out of it for a time or for good.

A block is one thing, a gate another: a block is decided by a person, with a reason that the blocked expert reads, and
no rating opens it. It ends by itself, for it is compared with the time wherever it counts. Live chats go on unless who
blocks ends them: their customers have done nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, NotThere, TooLate, Wrong
from chatmarket.flows import auditing, ending, noting, offering, recognising, watching
from chatmarket.flows.excluding import in_force
from chatmarket.flows.showing import View
from chatmarket.house import House
from chatmarket.models import Account, Block, Chat, Customer, Device, Expert, Role, Standing, Status
from chatmarket.store import after_commit, unit_of_work

DAYS = (1, 7, 30, 90)  # what is offered; nothing else is for good
FOR_GOOD = "always"
MOST_REASON = 300
MOST_SHOWN = 200


class OnlyStaff(NotAllowed):
    text = N_("Only the brand's staff decide this.")


class BlockedBefore(TooLate):
    code = "blocked_before"
    text = N_("This expert is blocked already. To change it, lift that block first.")


async def block(house: House, account: Account, form: Any) -> None:
    """Blocks the expert, or the customer of the chat, that `form` names, for `days` or for good, and says why. Raises
    Wrong with the field, OnlyStaff, BlockedBefore, or NotThere for another brand's."""
    days = fields.choice(form.get("days"), "days", (*map(str, DAYS), FOR_GOOD))
    if days == FOR_GOOD and account.role != Role.STAFF:
        raise OnlyStaff
    until = None if days == FOR_GOOD else datetime.now(UTC) + timedelta(days=int(days))
    reason = fields.text(form.get("reason"), "reason", most=MOST_REASON)
    if "chat" in form:
        chat = await watching.of_brand(account, fields.number(form.get("chat"), "chat"))
        reason = await noting.without_values(house, reason, [chat.id])
        await _block_customer(house, account, chat, until, reason)
        return
    expert = fields.number(form.get("expert"), "expert")
    await _block_expert(house, account, expert, until, await noting.without_values(house, reason, []))
    if form.get("end_live") == "yes":
        # After the block and each by itself: a chat's row is locked before its expert's, everywhere.
        for one in await Chat.filter(brand_id=account.brand_id, expert_id=expert, status=Status.LIVE).values("id"):
            await ending.stop(house, one["id"], "brand")


@unit_of_work
async def _block_expert(house: House, account: Account, expert: int, until: datetime | None, reason: str) -> None:
    if not await Standing.filter(expert_id=expert, brand_id=account.brand_id).exists():
        raise NotThere
    # Their row is locked as a claim locks it: one on its way is either won before, or finds the block.
    await Expert.filter(account_id=expert).select_for_update().first()
    # Under that lock, so that of two people who block at once the second is told.
    if await Block.filter(in_force(), brand_id=account.brand_id, expert_id=expert).exists():
        raise BlockedBefore
    made = await _made(account, until, reason, expert_id=expert)
    facts = {"expert": expert, "block": made.id, "days": _days(until), "reason": reason}
    await auditing.write_down(house, made.brand_id, account.id, "block_expert", facts=facts)
    after_commit(lambda: offering.refresh(house, expert))


@unit_of_work
async def _block_customer(house: House, account: Account, chat: Chat, until: datetime | None, reason: str) -> None:
    # Their row is locked as erasing locks it: a browser that is just being forgotten is not kept here.
    await Customer.filter(id=chat.customer_id).select_for_update().first()
    device = await Device.get_or_none(chat_id=chat.id, side=recognising.CUSTOMER)
    if device is None:
        text = N_("Nothing tells this customer again: they asked without a browser of their own, or long ago.")
        raise Wrong(text, code="not_known", field="chat")
    made = await _made(account, until, reason, customer_id=chat.customer_id, mark=device.mark)
    facts = {"customer": chat.customer_id, "block": made.id, "days": _days(until), "reason": reason}
    await auditing.write_down(house, made.brand_id, account.id, "block_customer", chat=chat.id, facts=facts)


async def _made(account: Account, until: datetime | None, reason: str, **whom: Any) -> Block:
    now = datetime.now(UTC)
    return await Block.create(brand_id=account.brand_id, by_id=account.id, reason=reason, at=now, until=until, **whom)


def _days(until: datetime | None) -> int | None:
    return None if until is None else round((until - datetime.now(UTC)) / timedelta(days=1))


async def lift(house: House, account: Account, block_id: int, reason: Any) -> None:
    """Ends a block before its time; one that is over stays as it is. What was for good is ended by staff alone."""
    reason = fields.text(reason, "reason", most=MOST_REASON)
    kept = await Block.get_or_none(id=block_id, brand_id=account.brand_id or 0)
    if kept is None:
        raise NotThere
    if kept.until is None and account.role != Role.STAFF:
        raise OnlyStaff
    await _lift(house, account, kept, await noting.without_values(house, reason, []))


@unit_of_work
async def _lift(house: House, account: Account, kept: Block, reason: str) -> None:
    if not await Block.filter(in_force(), id=kept.id).update(lifted_at=datetime.now(UTC)):
        return
    whom = {"expert": kept.expert_id} if kept.expert_id else {"customer": kept.customer_id}
    facts = {**whom, "block": kept.id, "reason": reason}
    await auditing.write_down(house, kept.brand_id, account.id, "lift_block", facts=facts)
    if kept.expert_id is not None:
        expert = kept.expert_id
        after_commit(lambda: offering.refresh(house, expert))


async def blocks_of(account: Account, expert: int | None = None) -> list[View]:
    """The brand's blocks, those in force first, then the newest; of one expert, or of all."""
    own = Block.filter(brand_id=account.brand_id or 0).order_by("-id").select_related("expert", "by")
    own = own.filter(expert_id=expert) if expert is not None else own
    now = await own.filter(in_force()).limit(MOST_SHOWN)
    over = await own.exclude(id__in=[one.id for one in now]).limit(MOST_SHOWN)
    return [{**_view(one), "now": True} for one in now] + [{**_view(one), "now": False} for one in over]


def _view(one: Block) -> View:
    return {
        "id": one.id,
        "expert": one.expert_id,
        "name": one.expert.name if one.expert else "",
        "customer": one.customer_id,
        "reason": one.reason,
        "by": one.by.name,
        "at": one.at,
        "until": one.until,
        "lifted_at": one.lifted_at,
    }
