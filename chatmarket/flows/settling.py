"""Claims that wait for others are decided when their time is up, by who waits for the outcome or by a clock."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from chatmarket.errors import ClaimRefused
from chatmarket.flows import claiming, offering, showing
from chatmarket.flows.offering import DICE
from chatmarket.house import House
from chatmarket.models import Account, Chat, Status, Ticket
from chatmarket.store import unit_of_work
from matching.claims import Claim, winner

LOOK_S = 5.0  # between two looks of an expert who waits, should nobody tell them: whoever decides wakes the room
AT_ONCE = 100


async def claim(house: House, account: Account, chat_id: int, card: Any, key: Any, device: str = "") -> Chat:
    """The chat, live and this expert's, as claiming has it; one that is decided later is waited for."""
    chat = await claiming.claim(house, account, chat_id, card, key, device)
    return chat if chat.status == Status.LIVE else await _outcome(house, account, chat)


async def _outcome(house: House, account: Account, chat: Chat) -> Chat:
    """What became of a claim that was laid down, as soon as it is decided. Raises ClaimRefused when it was lost."""
    room = showing.room_channels(chat.id)[0]
    while True:
        told = house.switchboard.ear(room)
        now = await Chat.get(id=chat.id).select_related("brand", "topic")
        if now.status == Status.LIVE and now.expert_id == account.id:
            return now
        if own := await claiming.refused_why(chat, account.id):
            await claiming.refuse(account.id, chat.id, own)
            raise own
        if now.status != Status.WAITING or now.returned != chat.returned or now.settles_at is None:
            refused = claiming.too_late(now)
            await claiming.refuse(account.id, chat.id, refused)
            raise refused
        left = (now.settles_at - datetime.now(UTC)).total_seconds()
        if left <= 0 and (left < -LOOK_S or await _decides(account, chat)):
            await settle(house, now)  # whoever decided wakes the room, this one too
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_S) if left > 0 else LOOK_S):
                await told.wait()


async def _decides(account: Account, chat: Chat) -> bool:
    """Of all who wait for one outcome the first settles it; the others are told, and look again should it be gone."""
    waits = Ticket.filter(chat_id=chat.id, returned=chat.returned, state="waits").order_by("id")
    first = await waits.first()
    return first is None or first.expert_id == account.id


async def settle(house: House, chat: Chat) -> None:
    """The best of the claims that came has the chat; one whose expert may not any more leaves it to the next."""
    waits = Ticket.filter(chat_id=chat.id, returned=chat.returned, state="waits")
    came = {one.expert_id: _claim(one) for one in await waits}
    while came:
        best = winner([*came.values()], DICE)
        try:
            await claiming.win(house, chat, best)
            return
        except ClaimRefused as refused:
            if refused.code in claiming.TOO_LATE:
                return  # nor is it for whoever else came
            await claiming.give_up(chat, best.expert, refused)
            del came[best.expert]
    if await _nobody_came(chat):
        await showing.tell_room(house, chat)


@unit_of_work
async def _nobody_came(chat: Chat) -> bool:
    """Whether nobody else claimed while this was decided: then the chat waits for no outcome. Who claims holds the same
    row."""
    waiting = Chat.filter(id=chat.id, status=Status.WAITING, returned=chat.returned)
    if await waiting.select_for_update().first() is None:
        return False
    if await Ticket.exists(chat_id=chat.id, returned=chat.returned, state="waits"):
        return False
    return bool(await waiting.update(settles_at=None))


def _claim(ticket: Ticket) -> Claim:
    return Claim(ticket.expert_id, ticket.heard_at.timestamp(), ticket.at.timestamp(), ticket.score)


async def due(house: House) -> None:
    """For the clock: those whose experts went, or whose process died, while they waited."""
    late = Chat.filter(status=Status.WAITING, settles_at__lte=datetime.now(UTC))
    for chat in await late.limit(AT_ONCE).select_related("brand", "topic"):
        await offering.in_peace(chat, settle(house, chat))
