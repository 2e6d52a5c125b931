"""A message: masked, kept under the chat's next number, acknowledged after its commit, then delivered to each audience.

Customer and expert hold a Seat; a watcher's is silent and never reaches `say`.
"""

import hmac
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, Problem, TooLate
from chatmarket.flows import showing, vaulting
from chatmarket.house import House
from chatmarket.limits import Person
from chatmarket.models import Chat, Message, Status
from chatmarket.privacy.masking import Masked
from chatmarket.privacy.segments import to_json
from chatmarket.store import Conflict, StoreBusy, after_commit, rows, unit_of_work
from chatmarket.templating import iso
from realtime import channels
from realtime.frames import CatchUp, frame

logger = logging.getLogger(__name__)

PAGE = 500  # messages read at once while someone catches up


class NotLive(TooLate):
    code = "not_live"
    text = N_("This chat is not live.")


class NotYours(NotAllowed):
    code = "not_yours"
    text = N_("This chat is not yours.")


class CidReused(TooLate):
    code = "cid_reused"
    text = N_("This message id was already used for another text.")


class Withheld(Problem):
    status = 503
    code = "withheld"
    text = N_("Your message was not sent: it could not be checked for personal data. Please put it in other words.")


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a room: `audience` is customer, expert or staff; a silent seat only reads."""

    chat: int
    audience: str
    language: str
    account: int | None = None
    brand: int = 0

    @property
    def person(self) -> Person:
        """Whose seat it is, for what one person may do; a customer is known by the chat alone."""
        return ("chat", self.chat) if self.account is None else ("account", self.account)

    @property
    def silent(self) -> bool:
        return self.audience == "staff"


@dataclass(frozen=True, slots=True)
class Ack:
    cid: str
    seq: int
    at: datetime
    hidden: tuple[str, ...]

    def frame(self) -> str:
        return frame("ack", cid=self.cid, seq=self.seq, at=iso(self.at), hidden=list(self.hidden))


class _Said(Exception):
    """This cid is already kept: undo the number just taken and answer as the first time."""


async def say(house: House, seat: Seat, cid: Any, text: Any) -> Ack:
    """Keeps one message and returns its Ack after the commit; the same cid and text again return the same Ack.

    Raises Wrong for what cannot be kept, NotLive, NotYours, CidReused, or Withheld when masking failed.
    """
    fields.text(cid, "cid", most=64)  # kept as it came: its sender knows it by this spelling, spaces and all
    text = fields.text(text, "text", most=house.settings.message_chars)
    try:
        return await _say(house, seat, cid, text)
    except (_Said, IntegrityError):
        # Kept before, or by another connection at this very moment: the cid is unique in the database.
        return await _said_before(house, seat, cid, text)


@unit_of_work
async def _say(house: House, seat: Seat, cid: str, text: str) -> Ack:
    now = datetime.now(UTC)
    chat = await _next_number(seat, cid, now)
    if chat is None:
        raise await _refusal(seat, cid)
    vault, masked = await _masked(house, chat, text)
    message = await Message.create(
        chat_id=chat.id,
        seq=chat.seq,
        author=seat.audience,
        cid=cid,
        fingerprint=vault.fingerprint(text),
        segments=to_json(masked.segments),
        at=now,
    )
    after_commit(lambda: _deliver(house, chat.id, message))
    return Ack(cid, message.seq, now, tuple(masked.kinds))


async def _next_number(seat: Seat, cid: str, now: datetime) -> Chat | None:
    """Takes the chat's next number and with it the chat's row, so that numbers rise in the order of commits.

    None when the chat is not live, not the seat's, or keeps this cid already.
    """
    mine, who = ("", ()) if seat.audience == "customer" else (" AND expert_id = ?", (seat.account,))
    taken = await rows(
        f"UPDATE chat SET seq = seq + 1, said_at = ? WHERE id = ? AND status = 'live'{mine} AND NOT EXISTS "  # noqa: S608
        "(SELECT 1 FROM message WHERE chat_id = ? AND author = ? AND cid = ?) "
        "RETURNING id, seq, brand_id, customer_id",
        *(now, seat.chat, *who, seat.chat, seat.audience, cid),
    )
    return Chat(**taken[0]) if taken else None


async def _refusal(seat: Seat, cid: str) -> Exception:
    if await Message.filter(chat_id=seat.chat, author=seat.audience, cid=cid).exists():
        return _Said()
    chat = await Chat.get_or_none(id=seat.chat)
    theirs = chat is not None and (seat.audience == "customer" or chat.expert_id == seat.account)
    return NotLive() if theirs else NotYours()


async def _masked(house: House, chat: Chat, text: str) -> tuple[vaulting.ChatVault, Masked]:
    try:
        vault = await vaulting.opened(house, chat)
        return vault, await vault.mask(text)
    except (Conflict, StoreBusy, Problem):
        raise  # the masking did not fail: the unit is tried again, or its sender is told why not
    except Exception as error:
        # Fail closed. The trace could carry the text itself, so only the kind of failure is told.
        logger.error("message withheld", extra={"chat": chat.id, "why": type(error).__name__})
        raise Withheld from None


async def _said_before(house: House, seat: Seat, cid: str, text: str) -> Ack:
    message = await Message.get(chat_id=seat.chat, author=seat.audience, cid=cid)
    vault = await vaulting.opened(house, await Chat.get(id=seat.chat))
    if not hmac.compare_digest(vault.fingerprint(text), message.fingerprint):
        raise CidReused
    hidden = dict.fromkeys(segment["token"] for segment in message.segments if "token" in segment)
    return Ack(cid, message.seq, message.at, tuple(hidden))


async def _deliver(house: House, chat_id: int, message: Message) -> None:
    """Each audience has channels of its own, chosen before the bus; in one language they read the same."""
    chat = await Chat.get(id=chat_id).select_related("expert")
    told = {language: showing.message_frame(message, language) for _, language in showing.readers(chat)}
    for audience, language in showing.readers(chat):
        await house.switchboard.publish(told[language], channels.room(chat.id, audience, language), seq=message.seq)


async def typing(house: House, seat: Seat) -> None:
    """The others learn that this side types; no text is carried and nothing is kept."""
    chat = await Chat.get_or_none(id=seat.chat, status=Status.LIVE).select_related("expert")
    others = [reader for reader in showing.readers(chat) if reader[0] != seat.audience] if chat else []
    heard = [channels.room(seat.chat, audience, language) for audience, language in others]
    await house.switchboard.publish(frame("typing", chat=seat.chat, author=seat.audience), *heard)


async def catch_up(seat: Seat, after: int) -> CatchUp:
    """What someone at position `after` missed: the state now, each later message in order, and where live begins."""
    chat = await showing.chat_whole(seat.chat)
    missed = await Message.filter(chat_id=seat.chat, seq__gt=after).order_by("seq").limit(PAGE)
    return CatchUp(
        before=[await showing.state_frame(chat, seat.audience, seat.language)],
        messages=[(message.seq, showing.message_frame(message, seat.language)) for message in missed],
        after=lambda seq: frame("resumed", chat=seat.chat, seq=seq),
        more=len(missed) == PAGE,
    )


async def last_seq(seat: Seat) -> int:
    return (await Chat.get(id=seat.chat)).seq


async def history(chat_id: int) -> list[Message]:
    return await Message.filter(chat_id=chat_id).order_by("seq")
