"""How a chat is over: either side ends it, the customer withdraws it, or the clock escalates or closes it."""

import logging
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import F

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, TooLate
from chatmarket.flows import offering, showing, vaulting
from chatmarket.flows.talking import NotLive, Seat
from chatmarket.house import House
from chatmarket.models import Chat, Expert, Status
from chatmarket.privacy.masking import Known
from chatmarket.privacy.rules import Policy
from chatmarket.privacy.segments import Kind
from chatmarket.store import StoreBusy, after_commit, rows, unit_of_work

logger = logging.getLogger(__name__)

TAKEN = "email 0"  # the place is held; the number is known once the value is in the vault
AT_ONCE = 200  # timers taken in one look; the next look takes the rest


class NotKept(NotAllowed):
    code = "not_kept"
    text = N_("Your address was not kept: the brand has decided to keep none. Please ask again.")


async def end(house: House, seat: Seat) -> None:
    """Ends a live chat for both sides; ended a second time it stays as it is. Raises NotLive while it waits."""
    if await _end(house, seat.chat, seat.audience):
        return
    if not await Chat.filter(id=seat.chat, status=Status.ENDED).exists():
        raise NotLive


@unit_of_work
async def _end(house: House, chat_id: int, by: str, quiet_since: datetime | None = None) -> bool:
    live = Chat.filter(id=chat_id, status=Status.LIVE)
    live = live.filter(said_at__lt=quiet_since) if quiet_since else live
    if not await live.update(status=Status.ENDED, ended_at=datetime.now(UTC), ended_by=by):
        return False
    chat = await Chat.get(id=chat_id)
    here = {"seen_at": datetime.now(UTC)} if by != "clock" else {}
    await Expert.filter(account_id=chat.expert_id, live__gt=0).update(live=F("live") - 1, **here)
    after_commit(lambda: _over(house, chat_id))
    return True


async def _over(house: House, chat_id: int) -> None:
    house.vaults.drop(chat_id)
    chat = await showing.chat_whole(chat_id)
    await showing.tell_room(house, chat)
    await showing.tell_board(house, chat)
    if chat.expert_id is not None:
        await offering.refresh(house, chat.expert_id)


@unit_of_work
async def withdraw(house: House, chat_id: int) -> None:
    """The customer no longer waits. Raises TooLate once an expert has come; a second time it stays as it is."""
    gone = await Chat.filter(id=chat_id, status=Status.WAITING).update(
        status=Status.WITHDRAWN, ended_at=datetime.now(UTC), ended_by="customer"
    )
    if gone:
        await offering.close(chat_id, "withdrawn")
        after_commit(lambda: _gone(house, chat_id, "withdrawn"))
    elif not await Chat.filter(id=chat_id, status=Status.WITHDRAWN).exists():
        raise TooLate


@unit_of_work
async def stop(house: House, chat_id: int, by: str) -> None:
    """Whatever a chat is waiting for, it is over for everybody; one that is over stays as it is."""
    if await _end(house, chat_id, by):
        return
    over = {"status": Status.WITHDRAWN, "ended_at": datetime.now(UTC), "ended_by": by}
    if await Chat.filter(id=chat_id, status=Status.WAITING).update(**over):
        await offering.close(chat_id, "withdrawn")
        after_commit(lambda: _gone(house, chat_id, "withdrawn"))


@unit_of_work
async def escalate(house: House, chat_id: int) -> None:
    """Nobody came in time: the offer goes, and the brand's own staff have the question."""
    now = datetime.now(UTC)
    if await Chat.filter(id=chat_id, status=Status.WAITING, expires_at__lte=now).update(
        status=Status.ESCALATED, ended_at=now, ended_by="clock"
    ):
        await offering.close(chat_id, "expired")
        after_commit(lambda: _gone(house, chat_id, "expired"))


async def _gone(house: House, chat_id: int, why: str) -> None:
    house.vaults.drop(chat_id)
    chat = await showing.chat_whole(chat_id)
    await showing.tell_room(house, chat)
    await offering.take_back(house, chat, why)
    await showing.tell_board(house, chat)


@unit_of_work
async def leave_email(house: House, chat_id: int, address: Any) -> None:
    """The address goes to the vault; the brand's staff may read it, and say why. Raises NotKept where the brand keeps
    no addresses: there nobody could answer."""
    value = fields.email(address)
    if not await Chat.filter(id=chat_id, status=Status.ESCALATED, email_token=None).update(email_token=TAKEN):
        raise TooLate
    chat = await Chat.get(id=chat_id)
    vault = await vaulting.opened(house, chat.id)
    if vault.rules.policy(Kind.EMAIL) is Policy.DROP:
        raise NotKept
    n = vault.last_number(Kind.EMAIL) + 1
    await vault.keep([Known(Kind.EMAIL, n, value)])
    await Chat.filter(id=chat_id).update(email_token=f"email {n}")
    after_commit(lambda: _answerable(house, chat_id))


async def _answerable(house: House, chat_id: int) -> None:
    await showing.tell_room(house, await showing.chat_whole(chat_id))


_RUNNING = " UNION ALL ".join(
    f"SELECT '{status}' AS status WHERE EXISTS (SELECT 1 FROM chat WHERE status = '{status}')"  # noqa: S608
    for status in (Status.WAITING, Status.LIVE)
)


async def running() -> set[str]:
    """Of WAITING and LIVE those that some chat is: where there is none, no timer of any chat is looked for."""
    return {row["status"] for row in await rows(_RUNNING)}


async def due(house: House) -> None:
    """For the clock: waits that ran out."""
    late = Chat.filter(status=Status.WAITING, expires_at__lte=datetime.now(UTC))
    for row in await late.limit(AT_ONCE).values("id"):
        await _in_peace(row["id"], escalate(house, row["id"]))


async def desert(house: House) -> None:
    """For the clock, from time to time: live chats that everybody left."""
    since = datetime.now(UTC) - timedelta(minutes=house.settings.deserted_minutes)
    for row in await Chat.filter(status=Status.LIVE, said_at__lt=since).limit(AT_ONCE).values("id"):
        await _in_peace(row["id"], _end(house, row["id"], "clock", since))


async def _in_peace(chat_id: int, deed: Awaitable[object]) -> None:
    """One chat whose timer fails must not stop the timers of the others."""
    try:
        await deed
    except StoreBusy:
        raise
    except Exception:
        logger.exception("a timer failed", extra={"chat": chat_id})
