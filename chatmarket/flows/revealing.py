"""The questions nobody answered in time, and the one value staff may read: the address left with such a question."""

from datetime import UTC, datetime
from typing import Any

from chatmarket import fields
from chatmarket.errors import NotThere
from chatmarket.flows import auditing, vaulting, watching
from chatmarket.house import House
from chatmarket.models import Account, Chat, Status
from chatmarket.store import unit_of_work


async def unanswered(account: Account, most: int = 200) -> list[Chat]:
    """The brand's escalated chats, those still open first, the newest first."""
    return (
        await Chat.filter(brand_id=account.brand_id, status=Status.ESCALATED)
        .order_by("answered_at", "-asked_at")
        .limit(most)
        .select_related("topic")
    )


async def reveal(house: House, account: Account, chat_id: int, reason: Any) -> str:
    """The address left with an escalated chat. The audit row, with the reason, is committed before it is returned."""
    chat = await watching.of_brand(account, chat_id)
    if chat.status != Status.ESCALATED or not chat.email_token:
        raise NotThere
    await _write_down(house, account, chat, fields.text(reason, "reason", most=200))
    kind, _, n = chat.email_token.partition(" ")
    value = (await vaulting.opened(house, chat.id)).value(kind, int(n))
    if value is None:
        raise NotThere
    return value


@unit_of_work
async def _write_down(house: House, account: Account, chat: Chat, reason: str) -> None:
    facts = {"token": chat.email_token, "reason": reason}
    await auditing.write_down(house, chat.brand_id, account.id, "reveal", chat=chat.id, facts=facts)


@unit_of_work
async def answered(house: House, account: Account, chat_id: int) -> None:
    """The staff have dealt with it; a second time it stays as it is."""
    chat = await watching.of_brand(account, chat_id)
    if chat.status != Status.ESCALATED:
        raise NotThere
    if not await Chat.filter(id=chat.id, answered_at=None).update(answered_at=datetime.now(UTC)):
        return
    await auditing.write_down(house, chat.brand_id, account.id, "answered", chat=chat.id)
