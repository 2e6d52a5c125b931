"""A waiting chat's reward grows where its brand wants that; what the card shows when it is claimed is what is paid."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket.flows import offering
from chatmarket.house import House
from chatmarket.models import Brand, Chat, Status
from matching.rewards import Ramp, ramped

STEP_S = 30.0  # between two steps of one chat: half of what a minute brings
AT_ONCE = 100


def ramp_of(brand: Brand) -> tuple[Ramp, int | None] | None:
    """How the brand's rewards grow, and the most it pays for one chat; None where they do not."""
    kept: list[Any] | None = (brand.dispatch or {}).get("ramp")
    if not kept:
        return None
    after, percent, most, budget = kept
    return Ramp(after, percent, most), budget


def begins(brand: Brand, asked_at: datetime) -> datetime | None:
    """When a chat asked then is first worth more; None where it never is."""
    ramp = ramp_of(brand)
    return None if ramp is None else asked_at + timedelta(seconds=ramp[0].after_seconds)


async def due(house: House) -> None:
    """For the clock: chats whose reward grows now."""
    now = datetime.now(UTC)
    growing = Chat.filter(status=Status.WAITING, grows_at__lte=now, expires_at__gt=now)
    for chat in await growing.limit(AT_ONCE).select_related("brand", "topic"):
        await offering.in_peace(chat, _grow(house, chat, now))


async def _grow(house: House, chat: Chat, now: datetime) -> None:
    ramp = ramp_of(chat.brand)
    before, base = chat.reward, chat.asked_reward or chat.reward
    grown = before
    if ramp is not None:
        grown = max(before, ramped(base, (now - chat.asked_at).total_seconds(), *ramp))
    more = ramp is not None and ramped(base, float("inf"), *ramp) > grown
    growing = Chat.filter(id=chat.id, status=Status.WAITING, grows_at=chat.grows_at)
    chat.grows_at = now + timedelta(seconds=STEP_S) if more else None
    chat.reward, chat.asked_reward = grown, base
    # A claim fixes it: once the chat is live this changes nothing, and no other clock grows it as well.
    if await growing.update(reward=grown, asked_reward=base, grows_at=chat.grows_at) and grown > before:
        await offering.show_again(house, chat)
