"""Money that waits for a person: held while a signal is open, then given back to its expert, or to the brand.

Moves are entries like all others: two or more postings that sum to nothing, never changed, each made once. Whoever
moves what one expert has of one brand locks their standing first, as a rating does, so that a payment is either there
when a signal holds, or finds the signal there.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from chatmarket.models import Chat, Entry, Evidence, Posting, Review, ReviewState, Standing
from chatmarket.store import rows
from matching.fraud import Kind

SIGNALS = tuple(str(kind) for kind in Kind)  # a report alone holds nothing: it is somebody's word
Sums = Mapping[tuple[str, str], int]  # minor units by account and currency


def payable(expert: int) -> str:
    return f"expert:{expert}:payable"


def held(expert: int) -> str:
    return f"expert:{expert}:held"


async def lock(expert: int, brand: int) -> None:
    """Inside a unit of work: until it is over nobody else moves what this expert has of this brand."""
    await Standing.filter(expert_id=expert, brand_id=brand).select_for_update().first()


async def moved(chats: Collection[int]) -> Mapping[int, Sums]:
    """What the entries of each of these chats come to, account by account."""
    if not chats:
        return {}
    marks = ", ".join("?" for _ in chats)
    found = await rows(
        "SELECT e.chat_id, p.account, p.currency, SUM(p.amount) AS cents FROM entry e JOIN posting p "  # noqa: S608
        f"ON p.entry_id = e.id WHERE e.chat_id IN ({marks}) GROUP BY e.chat_id, p.account, p.currency",
        *chats,
    )
    sums: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in found:
        sums[row["chat_id"]][row["account"], row["currency"]] = int(row["cents"])
    return sums


async def hold(review: Review, chats: Collection[int]) -> int:
    """Holds what these chats paid and nobody has paid out or holds already; how many. The standing is locked."""
    if review.kind not in SIGNALS or not chats:
        return 0
    own, waiting, done = payable(review.expert_id), held(review.expert_id), 0
    for chat, sums in sorted((await moved(chats)).items()):
        for (account, currency), cents in sums.items():
            if account == own and 0 < cents <= await _balance(own, currency):
                await _enter(review, chat, "hold", {(own, currency): -cents, (waiting, currency): cents})
                done += 1
    return done


async def refused(chat: Chat) -> bool:
    """Whether a person upheld a signal that rests on this chat, which then pays nothing; locks the standing."""
    await lock(chat.expert_id or 0, chat.brand_id)
    upheld = Review.filter(evidence__chat_id=chat.id, state=ReviewState.UPHELD, kind__in=SIGNALS)
    return await upheld.exists()


async def hold_paid(chat: Chat) -> None:
    """A chat that a person looks at was paid just now, inside the same unit of work."""
    open_ = Review.filter(evidence__chat_id=chat.id, state=ReviewState.OPEN, kind__in=SIGNALS)
    review = await open_.order_by("id").first()
    if review is not None:
        await hold(review, [chat.id])


async def release(review: Review) -> int:
    """Gives back what no other open signal holds; how many chats. The standing is locked, the review is not open."""
    chats = await _evidence(review)
    others = Evidence.filter(chat_id__in=chats, review__state=ReviewState.OPEN, review__kind__in=SIGNALS)
    still = {one.chat_id for one in await others} if chats else set()
    own, waiting, done = payable(review.expert_id), held(review.expert_id), 0
    for chat, sums in sorted((await moved(set(chats) - still)).items()):
        for (account, currency), cents in sums.items():
            if account == waiting and cents > 0:
                await _enter(review, chat, "release", {(waiting, currency): -cents, (own, currency): cents})
                done += 1
    return done


async def reverse(review: Review) -> int:
    """A person upheld the signal: all that the held chats moved goes back to where it came from; how many chats."""
    chats, waiting, done = await _evidence(review), held(review.expert_id), 0
    for chat, sums in sorted((await moved(chats)).items()):
        if any(account == waiting and cents > 0 for (account, _), cents in sums.items()):
            await _enter(review, chat, "uphold", {place: -cents for place, cents in sums.items() if cents})
            done += 1
    return done


async def _evidence(review: Review) -> list[int]:
    return [one.chat_id for one in await Evidence.filter(review_id=review.id).order_by("chat_id")]


async def _balance(account: str, currency: str) -> int:
    sums = await rows(
        "SELECT COALESCE(SUM(amount), 0) AS cents FROM posting WHERE account = ? AND currency = ?", account, currency
    )
    return int(sums[0]["cents"])


async def _enter(review: Review, chat: int, deed: str, moves: Sums) -> None:
    entry = await Entry.create(
        key=f"review:{review.id}:{deed}:{chat}", brand_id=review.brand_id, chat_id=chat, at=datetime.now(UTC)
    )
    await Posting.bulk_create(
        [
            Posting(entry_id=entry.id, account=account, currency=currency, amount=cents)
            for (account, currency), cents in moves.items()
        ]
    )
