"""The questions nobody answered in time: the brand's own staff write to the address that was left."""

from datetime import UTC, datetime
from typing import Any

from chatmarket.errors import NotThere
from chatmarket.flows import auditing, revealing, watching
from chatmarket.flows.proving import Proof
from chatmarket.flows.revealing import Revealed
from chatmarket.house import House
from chatmarket.models import Account, Chat, Login, Status
from chatmarket.store import unit_of_work


async def unanswered(account: Account, most: int = 200) -> list[Chat]:
    """The brand's escalated chats, those still open first, the newest first."""
    return (
        await Chat.filter(brand_id=account.brand_id, status=Status.ESCALATED)
        .order_by("answered_at", "-asked_at")
        .limit(most)
        .select_related("topic")
    )


async def reveal_address(house: House, login: Login, chat_id: int, reason: Any, proof: Proof) -> Revealed:
    """The address left with an escalated chat."""
    chat = await watching.of_brand(login.account, chat_id)
    if chat.status != Status.ESCALATED or not chat.email_token:
        raise NotThere
    return await revealing.reveal(house, login, chat_id, chat.email_token, reason, proof)


@unit_of_work
async def answered(house: House, account: Account, chat_id: int) -> None:
    """The staff have dealt with it; a second time it stays as it is."""
    chat = await watching.of_brand(account, chat_id)
    if chat.status != Status.ESCALATED:
        raise NotThere
    if await Chat.filter(id=chat.id, answered_at=None).update(answered_at=datetime.now(UTC)):
        await auditing.write_down(house, chat.brand_id, account.id, "answered", chat=chat.id)
