"""An expert passes on an offer and says why: somebody else hears at once, and no reputation moves."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chatmarket import fields
from chatmarket.errors import ClaimRefused, NotThere
from chatmarket.flows import offering, showing
from chatmarket.house import House
from chatmarket.models import Account, Chat, Reply, Status
from chatmarket.store import after_commit, unit_of_work

REASONS = ("topic", "difficulty", "time", "unclear", "other")


async def decline(house: House, account: Account, chat_id: int, reason: Any) -> None:
    """Passes on an offer; a second time it stays as it is.

    Raises Wrong for an unknown reason, NotThere for a chat that was not offered to this expert, ClaimRefused with
    "gone" for one that waits no longer.
    """
    chat = await Chat.get_or_none(id=chat_id).select_related("brand", "topic")
    if chat is None or not await offering.was_offered(chat, account.id):
        raise NotThere
    await _decline(house, account, chat, fields.choice(reason, "reason", REASONS))


@unit_of_work
async def _decline(house: House, account: Account, chat: Chat, reason: str) -> None:
    # The chat's row is the lock: pressed twice at once, the second waits and finds the first.
    waiting = await Chat.filter(id=chat.id, status=Status.WAITING).select_for_update().first()
    if await Reply.filter(chat_id=chat.id, expert_id=account.id, what="declined").exists():
        return
    if waiting is None:
        raise ClaimRefused("gone")
    now = datetime.now(UTC)
    await Reply.create(chat_id=chat.id, expert_id=account.id, what="declined", reason=reason, at=now)
    after_commit(lambda: _pass_on(house, account, chat))


async def _pass_on(house: House, account: Account, chat: Chat) -> None:
    await offering.refresh(house, account.id)
    await offering.pass_on(house, chat)


async def latest(account: Account, language: str, most: int = 20) -> Sequence[showing.View]:
    """What became of this expert's last claims, and what they passed on."""
    replies = (
        Reply.filter(expert_id=account.id).order_by("-id").limit(most).select_related("chat__topic", "chat__brand")
    )
    return [
        {
            "at": reply.at,
            "what": reply.what,
            "reason": reply.reason,
            "behind_ms": reply.behind_ms,
            "prompt": reply.prompt,
            "topic": reply.chat.topic.name(language),
            "brand": reply.chat.brand.name,
        }
        for reply in await replies
    ]
