"""Who is blocked now, read wherever it counts: by claims, rings, lobbies, and those who ask (barring decides it)."""

from collections.abc import Collection
from datetime import UTC, datetime

from tortoise.expressions import Q

from chatmarket.errors import N_, NotAllowed
from chatmarket.flows.showing import View
from chatmarket.models import Block


class Barred(NotAllowed):
    code = "blocked"
    text = N_("You cannot ask this brand here at the moment.")


def in_force() -> Q:
    """Of a block: it counts now. Nothing ends it but the time, or whoever lifts it."""
    return Q(lifted_at=None) & (Q(until=None) | Q(until__gt=datetime.now(UTC)))


async def excluded(experts: Collection[int], brand: int | None = None) -> set[tuple[int, int]]:
    """Which of these experts are blocked, as (expert, brand); of one brand, or of all."""
    blocks = Block.filter(in_force(), expert_id__in=list(experts))
    blocks = blocks.filter(brand_id=brand) if brand is not None else blocks
    found = await blocks.values_list("expert_id", "brand_id") if experts else []
    return {(expert, at) for expert, at in found}


async def check_customer(brand: int, mark: str | None, customer: int | None = None) -> None:
    """Raises Barred when this browser, or the customer who says by a token who they are, may not ask the brand."""
    blocks = Block.filter(in_force(), brand_id=brand)
    if mark is not None and await blocks.filter(mark=mark).exists():
        raise Barred
    # A block without a mark is over: its customer was erased.
    if customer is not None and await blocks.filter(customer_id=customer, mark__not_isnull=True).exists():
        raise Barred


async def told(experts: Collection[int]) -> dict[int, list[View]]:
    """What blocked experts are told, by expert: of which brand, until when, why, and the block's number."""
    views: dict[int, list[View]] = {expert: [] for expert in experts}
    now = Block.filter(in_force(), expert_id__in=list(experts)).order_by("id").select_related("brand")
    for one in await now if experts else []:
        view = {"id": one.id, "brand": one.brand.name, "slug": one.brand.slug, "reason": one.reason, "until": one.until}
        views[one.expert_id or 0].append(view)
    return views
