"""A chat comes back: its expert hands it back and says why, or has not said a word in time.

It waits again in the first ring, before all others; what was said stays, and the next expert reads it.
"""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from chatmarket import fields
from chatmarket.errors import NotThere
from chatmarket.flows import offering, recognising, showing
from chatmarket.flows.talking import NotLive
from chatmarket.house import House
from chatmarket.models import Account, Chat, Expert, HandBack, Status
from chatmarket.store import after_commit, changed, unit_of_work
from chatmarket.templating import LANGUAGES
from matching import probation
from realtime import channels

REASONS = ("topic", "difficulty", "time", "unclear", "other")
SILENCE = "silence"
COUNTED_WITHIN = timedelta(days=30)
STRIKES_WITHIN = timedelta(seconds=probation.STRIKE_SECONDS + probation.COOLING_SECONDS)
NO_LONGER_YOURS = 4404
AT_ONCE = 100


async def hand_back(house: House, account: Account, chat_id: int, reason: Any) -> None:
    """Gives a live chat back; a second time it stays as it is.

    Raises Wrong for an unknown reason, NotLive once it is over, NotThere for a chat that is not this expert's.
    """
    chat = await Chat.get_or_none(id=chat_id).select_related("brand")
    if chat is None or not (chat.expert_id == account.id or await _gave_back(chat_id, account.id)):
        raise NotThere
    reason = fields.choice(reason, "reason", REASONS)
    if not await _hand_back(house, chat, account.id, reason) and not await _gave_back(chat_id, account.id):
        raise NotLive


async def _gave_back(chat_id: int, expert: int) -> bool:
    return await HandBack.filter(chat_id=chat_id, expert_id=expert).exists()


@unit_of_work
async def _hand_back(house: House, chat: Chat, expert: int, reason: str) -> bool:
    now = datetime.now(UTC)
    mine = Chat.filter(id=chat.id, status=Status.LIVE, expert_id=expert, practice=False)
    if not await mine.update(**_waits_again(chat, now)):
        return False
    since = now - COUNTED_WITHIN
    earlier = HandBack.filter(expert_id=expert, brand_id=chat.brand_id, at__gt=since).exclude(reason=SILENCE)
    await _note(house, chat, expert, reason, now, counts=probation.return_counts(await earlier.count()))
    return True


def _waits_again(chat: Chat, now: datetime) -> dict[str, Any]:
    return {
        "status": Status.WAITING,
        "expert_id": None,
        "claimed_at": None,
        "reply_due_at": None,
        "settles_at": None,
        "returned": F("returned") + 1,
        "hidden": F("hidden") + 1,  # no open vault knows how the last expert read their words
        "ring_before": F("ring"),
        "widens_at": None,
        "offered_at": None,
        "grows_at": None,  # minutes with an expert are no waiting: what it pays stays
        "card": offering.new_card(),
        "said_at": now,
        "expires_at": now + timedelta(seconds=chat.brand.wait_limit_s),
    }


async def _note(house: House, chat: Chat, expert: int, reason: str, now: datetime, *, counts: bool) -> None:
    await HandBack.create(
        chat_id=chat.id, expert_id=expert, brand_id=chat.brand_id, reason=reason, counts=counts, at=now
    )
    await Expert.filter(account_id=expert, live__gt=0).update(live=F("live") - 1)
    await recognising.unnote(chat.id)
    # How they read their own words is for nobody else: the next expert reads what others do.
    # Nor is their cid: said again, it would be answered by what was right in it, and the next expert has cids, too.
    await changed(
        "UPDATE message SET typed = NULL, cid = 'back ' || CAST(id AS text) WHERE chat_id = ? AND author = 'expert'",
        chat.id,
    )
    after_commit(lambda: _offer_again(house, chat.id, expert))


async def _offer_again(house: House, chat_id: int, expert: int) -> None:
    chat = await showing.chat_whole(chat_id)
    # Who had it is told and hears no more of it, before anybody can say another word.
    rooms = {language: channels.room(chat_id, "expert", language) for language in LANGUAGES}
    for language, room in rooms.items():
        house.switchboard.publish(showing.state_frame(chat, None, "expert", language), room)
    house.switchboard.hang_up(NO_LONGER_YOURS, *rooms.values())
    await showing.tell_room(house, chat)
    await offering.offer(house, chat)
    await showing.tell_board(house, chat)
    await offering.refresh(house, expert)


async def due(house: House) -> None:
    """For the clock: chats whose first word is late."""
    now = datetime.now(UTC)
    late = Chat.filter(status=Status.LIVE, reply_due_at__lte=now).limit(AT_ONCE).select_related("brand")
    for chat in await late:
        await offering.in_peace(chat, _reclaim(house, chat, chat.expert_id or 0))


async def rested(house: House) -> None:
    """For the clock: experts whose rest is over hear of questions again."""
    now = datetime.now(UTC)
    for expert in await Expert.filter(rests_until__lte=now).limit(AT_ONCE):
        if await Expert.filter(account_id=expert.account_id, rests_until__lte=now).update(rests_until=None):
            await offering.refresh(house, expert.account_id)


@unit_of_work
async def _reclaim(house: House, chat: Chat, expert: int) -> None:
    """Unless a word was said meanwhile: the message and this change the same row, one after the other."""
    now = datetime.now(UTC)
    silent = Chat.filter(id=chat.id, status=Status.LIVE, expert_id=expert, reply_due_at__lte=now)
    if not await silent.update(**_waits_again(chat, now)):
        return
    await _note(house, chat, expert, SILENCE, now, counts=True)
    struck = HandBack.filter(expert_id=expert, reason=SILENCE, at__gt=now - STRIKES_WITHIN)
    until = probation.cooling_until([row["at"].timestamp() for row in await struck.values("at")], now.timestamp())
    if until is not None:
        await Expert.filter(account_id=expert).update(rests_until=datetime.fromtimestamp(until, UTC))


async def strikes_of(experts: Collection[int]) -> Counter[int]:
    """Chats of the last hour that these experts let go without a word."""
    since = datetime.now(UTC) - timedelta(seconds=probation.STRIKE_SECONDS)
    found = HandBack.filter(expert_id__in=list(experts), reason=SILENCE, at__gt=since)
    return Counter(row["expert_id"] for row in await found.values("expert_id"))
