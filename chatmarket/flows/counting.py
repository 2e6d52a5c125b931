"""How much waits for a brand's people: every page of theirs says so, and it is counted anew only when it changes."""

from chatmarket.house import House
from chatmarket.models import Case, CaseState, Review, ReviewState
from chatmarket.store import after_commit
from realtime import channels

WAITING = (CaseState.OPEN, CaseState.APPEALED)


async def waiting(house: House, brand: int) -> dict[str, int]:
    """{"reviews": open ones, "cases": undecided ones} of a brand."""
    known = house.waiting.get(brand)
    if known is not None and not known[0].is_set():
        return known[1]
    told = house.switchboard.ear(channels.reviews(brand))  # before the count: what changes meanwhile is told to it
    counts = {
        "reviews": await Review.filter(brand_id=brand, state=ReviewState.OPEN).count(),
        "cases": await Case.filter(brand_id=brand, state__in=WAITING).count(),
    }
    house.waiting.put(brand, (told, counts))
    return counts


def changed(house: House, brand: int) -> None:
    """Inside the unit of work that opens or closes a review or a case: whoever remembers the counts counts anew."""
    after_commit(lambda: house.switchboard.wake(channels.reviews(brand)))
