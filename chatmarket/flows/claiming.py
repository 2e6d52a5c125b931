"""The first admissible claim wins the chat: matching judges, and a conditional update breaks the tie."""

from datetime import UTC, datetime, timedelta

from tortoise.exceptions import DoesNotExist
from tortoise.expressions import F, Q

from chatmarket import metrics
from chatmarket.errors import ClaimRefused, NotThere
from chatmarket.flows import offering, qualifying, recruiting, showing
from chatmarket.house import House
from chatmarket.models import SHUT, Account, Chat, Expert, Offer, Reply, Standing, Status
from chatmarket.store import after_commit, unit_of_work
from matching.claims import Claim, judge, lost_by
from matching.probation import NEWCOMER_CAPACITY
from matching.qualification import Refusal

LOST_WITHIN = timedelta(minutes=10)  # who claims a chat later than this did not lose it by milliseconds


async def claim(house: House, account: Account, chat_id: int) -> Chat:
    """The chat, now live and this expert's; claimed twice by its winner it stays so.

    Raises ClaimRefused with the reason, NotThere for another brand's.
    """
    try:
        # Most claims come too late: they are told so by a few reads, before any transaction begins.
        chat = await _judged(account, chat_id)
        if chat.status == Status.LIVE:
            return chat
        chat = await _claim(house, account, chat)
    except ClaimRefused as refused:
        metrics.CLAIMS[refused.code] += 1
        if refused.code == "taken":
            await _lost(account, chat_id)
        raise
    metrics.CLAIMS["won"] += 1
    return chat


async def _judged(account: Account, chat_id: int) -> Chat:
    """The chat, if this expert may claim it or has done so."""
    chat = await Chat.get_or_none(id=chat_id)
    if chat is None:
        raise NotThere
    if chat.expert_id == account.id and chat.status == Status.LIVE:
        return chat
    try:
        candidate = await qualifying.candidate_of(account.id, chat.brand_id, chat.language)
    except DoesNotExist:
        raise NotThere from None
    refusal = judge(chat.need(), candidate)
    if refusal is Refusal.FOREIGN:
        raise NotThere
    if refusal is Refusal.TAKEN:
        raise _too_late(chat)
    if refusal is not None:
        raise ClaimRefused(refusal)
    if (await offering.hearing([chat], [account.id])).why(chat, account.id) is None:
        raise ClaimRefused("not_offered")
    if await recruiting.owes_acceptance(account.id, chat.brand_id):
        raise ClaimRefused("terms_first")
    return chat


def _too_late(chat: Chat) -> ClaimRefused:
    """Taken by another, or gone for another reason: the words differ."""
    return ClaimRefused("taken" if chat.status in (Status.LIVE, Status.ENDED) else "gone")


@unit_of_work
async def _claim(house: House, account: Account, chat: Chat) -> Chat:
    now = datetime.now(UTC)
    won = await Chat.filter(id=chat.id, status=Status.WAITING, expires_at__gt=now).update(
        status=Status.LIVE, expert_id=account.id, claimed_at=now, said_at=now
    )
    if not won:
        return await _won_before(account, chat.id)
    # The chat's row first, then the expert's: every flow locks in this order, so none can wait in a circle.
    standing = await Standing.get_or_none(expert_id=account.id, brand_id=chat.brand_id)
    allowed = standing.capacity if standing else NEWCOMER_CAPACITY
    free = Expert.filter(Q(live__lt=F("capacity")) & Q(live__lt=allowed), account_id=account.id, available=True)
    seated = await free.update(live=F("live") + 1)
    if not seated:
        available = await Expert.filter(account_id=account.id, available=True).exists()
        raise ClaimRefused("full" if available else "paused_self")
    if await Standing.filter(expert_id=account.id, brand_id=chat.brand_id, state__in=SHUT).exists():
        raise ClaimRefused("paused_gate")
    await offering.close(chat.id, "claimed")
    await _write_down(chat.id, "won", await _claim_of(chat.id, account.id, now))
    after_commit(lambda: _announce(house, chat.id))
    return chat


async def _lost(account: Account, chat_id: int) -> None:
    """Why a claim lost: by how many milliseconds, and never to whom."""
    now = datetime.now(UTC)
    chat = await Chat.get(id=chat_id)
    if chat.claimed_at is None or chat.expert_id in (None, account.id) or now - chat.claimed_at > LOST_WITHIN:
        return
    if await offering.was_offered(chat, account.id):
        won = await _claim_of(chat_id, chat.expert_id or 0, chat.claimed_at)
        lost = await _claim_of(chat_id, account.id, now)
        await _write_down(chat_id, "lost", lost, behind_ms=lost_by(lost, won))


async def _claim_of(chat_id: int, expert_id: int, at: datetime) -> Claim:
    """Counted from the first ring in which they heard; the open one, which everyone hears, is the last."""
    offers = await Offer.filter(chat_id=chat_id).order_by("number")
    heard = [offer.made_at.timestamp() for offer in offers if offer.open or str(expert_id) in offer.seats]
    return Claim(expert_id, heard[0] if heard else 0.0, at.timestamp())


@unit_of_work
async def _write_down(chat_id: int, what: str, claim: Claim, behind_ms: int | None = None) -> None:
    """Once for each chat and expert: whoever presses again is told again, and no more is written."""
    at = datetime.fromtimestamp(claim.at, UTC)
    reply = Reply(chat_id=chat_id, expert_id=claim.expert, what=what, behind_ms=behind_ms, prompt=claim.prompt, at=at)
    await Reply.bulk_create([reply], ignore_conflicts=True)


async def _won_before(account: Account, chat_id: int) -> Chat:
    """Pressed twice at once, the second of the two has won all the same."""
    chat = await Chat.get(id=chat_id)
    if chat.expert_id != account.id or chat.status != Status.LIVE:
        raise _too_late(chat)
    return chat


async def _announce(house: House, chat_id: int) -> None:
    chat = await showing.chat_whole(chat_id)
    await showing.tell_room(house, chat)
    await offering.take_back(house, chat, "claimed")
    await showing.tell_board(house, chat)
    if chat.expert:
        await offering.refresh(house, chat.expert.id)
