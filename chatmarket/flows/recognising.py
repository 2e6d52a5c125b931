"""Browsers are told again by a keyed digest, so that who asks and answers themselves can be noticed.

The digest is of a random number in a cookie (or of what a brand's own program calls its customer's device), under a
key that the database does not hold, and of one brand: two brands cannot tell that they have the same visitor. It is
kept with its chat, for so many days, and goes with its customer. It is never published and never logged.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from chatmarket.house import House
from chatmarket.models import Block, Device

LONGEST = 200  # characters of what a program calls a device
CUSTOMER, EXPERT = "customer", "expert"


def mark_of(house: House, brand: int, device: str) -> str | None:
    """What a brand keeps of a device; None of one that says nothing."""
    return house.seal(f"device {brand}", device) if device else None


async def note(brand: int, chat: int, side: str, mark: str | None) -> None:
    """Inside the unit of work in which a chat is asked or claimed; of each side the first counts."""
    if mark is not None:
        one = Device(brand_id=brand, chat_id=chat, side=side, mark=mark, at=datetime.now(UTC))
        await Device.bulk_create([one], ignore_conflicts=True)


async def unnote(chat: int) -> None:
    """Inside the unit of work that takes a chat from its expert: the mark is the next one's."""
    await Device.filter(chat_id=chat, side=EXPERT).delete()


async def forget(customer: int, chats: Collection[int]) -> None:
    """Inside the unit of work that erases a customer. A block of their browser ends with its mark: who is not kept
    cannot be told again."""
    await Device.filter(chat_id__in=list(chats)).delete()
    await Block.filter(customer_id=customer).update(mark=None)


async def forget_old(house: House) -> None:
    """Marks say nothing after a while."""
    await Device.filter(at__lt=datetime.now(UTC) - timedelta(days=house.settings.device_days)).delete()
