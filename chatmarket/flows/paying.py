"""The ledger: what a resolved chat is worth to its expert, and sums that must come to nothing."""

from datetime import UTC, datetime

from chatmarket.flows import withholding
from chatmarket.models import Chat, Entry, Posting
from chatmarket.store import rows
from matching.rewards import split


async def pay_reward(chat: Chat) -> None:
    """Settles a resolved chat once: the brand's reward goes to the expert (70 %) and the house's fees.

    Called inside the rating's transaction; a second settlement of the same chat breaks on the entry's unique key.
    """
    if await withholding.refused(chat):
        return
    entry = await Entry.create(
        key=f"chat:{chat.id}:settle", brand_id=chat.brand_id, chat_id=chat.id, at=datetime.now(UTC)
    )
    await Posting.bulk_create(postings(entry, chat))
    await withholding.hold_paid(chat)


def postings(entry: Entry, chat: Chat) -> list[Posting]:
    """What a settled reward moves: out of the brand's rewards, to its expert and to the house's fees."""
    share, fee = split(chat.reward)
    moves = {
        f"brand:{chat.brand_id}:rewards": -chat.reward,
        f"expert:{chat.expert_id}:payable": share,
        "platform:fees": fee,
    }
    return [
        Posting(entry_id=entry.id, account=account, currency=chat.currency, amount=amount)
        for account, amount in moves.items()
    ]


async def balances(expert_id: int) -> dict[str, int]:
    """Minor units payable to an expert, by currency."""
    return await _sums(withholding.payable(expert_id))


async def held(expert_id: int) -> dict[str, int]:
    """Minor units that wait until a person has looked at an expert's chats, by currency."""
    return {currency: cents for currency, cents in (await _sums(withholding.held(expert_id))).items() if cents}


async def _sums(account: str) -> dict[str, int]:
    sums = await rows("SELECT currency, SUM(amount) AS cents FROM posting WHERE account = ? GROUP BY currency", account)
    return {row["currency"]: int(row["cents"]) for row in sums}


def deed_of(entry: Entry) -> str:
    """What moved an expert's money: `settle`, or of a review `hold` or `release`."""
    return entry.key.split(":")[2] if entry.key.startswith("review:") else "settle"


async def earnings(expert_id: int, most: int = 200) -> list[Posting]:
    """An expert's latest postings, newest first, with their entries and chats."""
    return (
        await Posting.filter(account=withholding.payable(expert_id))
        .order_by("-id")
        .limit(most)
        .select_related("entry__chat__topic", "entry__chat__brand")
    )


async def trial_balance(brand_id: int) -> list[dict[str, object]]:
    """The sums of every account over the brand's own entries; per currency they come to 0."""
    sums = await rows(
        "SELECT p.account, p.currency, SUM(p.amount) AS cents FROM posting p JOIN entry e "
        "ON e.id = p.entry_id WHERE e.brand_id = ? GROUP BY p.account, p.currency "
        "ORDER BY p.account, p.currency",
        brand_id,
    )
    return [{"account": row["account"], "currency": row["currency"], "sum": int(row["cents"])} for row in sums]
