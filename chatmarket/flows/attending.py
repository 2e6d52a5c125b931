"""Experts whose lobby is closed, or who do nothing there for long, are set away until they say that they are back."""

from datetime import UTC, datetime, timedelta

from tortoise.queryset import QuerySet

from chatmarket.flows import offering
from chatmarket.house import House
from chatmarket.models import Expert
from chatmarket.store import after_commit, unit_of_work

SEEN_EVERY = timedelta(seconds=20)  # signs of life in between are not written down
AT_ONCE = 200


async def seen(expert: int) -> None:
    """A person did something in their lobby."""
    now = datetime.now(UTC)
    known = Expert.filter(account_id=expert, seen_at__gt=now - SEEN_EVERY, lost_at=None)
    if not await known.exists():
        await Expert.filter(account_id=expert).update(seen_at=now, lost_at=None)


async def due(house: House) -> None:
    """For the clock. Where nobody can say who is here, nobody is set away."""
    here = await house.switchboard.presence.known()
    if here is None:
        return
    now = datetime.now(UTC)
    await _lose_and_find(here, now)
    # Who is in a chat is not in the lobby, and has enough to do.
    free = Expert.filter(available=True, live=0)
    if lost := house.settings.away_lost_seconds:
        await _set_away(house, free.filter(lost_at__lte=now - timedelta(seconds=lost)), "lost")
    if idle := house.settings.away_minutes:
        await _set_away(house, free.filter(seen_at__lte=now - timedelta(minutes=idle), lost_at=None), "idle")


async def _lose_and_find(here: set[int], now: datetime) -> None:
    lost = Expert.filter(available=True, lost_at=None, live=0).exclude(seen_at=None)
    gone = {row["account_id"] for row in await lost.values("account_id")} - here
    if gone:
        await Expert.filter(account_id__in=gone, lost_at=None, live=0).update(lost_at=now)
    lost = Expert.filter(account_id__in=list(here), lost_at__not_isnull=True)
    if back := [row["account_id"] for row in (await lost.values("account_id") if here else [])]:
        await Expert.filter(account_id__in=back).update(lost_at=None)


async def _set_away(house: House, found: QuerySet[Expert], why: str) -> None:
    for row in await found.limit(AT_ONCE).values("account_id"):
        await _go(house, found, row["account_id"], why)


@unit_of_work
async def _go(house: House, found: QuerySet[Expert], expert: int, why: str) -> None:
    if await found.filter(account_id=expert).update(available=False, away=why):
        after_commit(lambda: offering.refresh(house, expert))
