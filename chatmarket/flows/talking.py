"""A message: masked, kept under the chat's next number, acknowledged after its commit, then delivered to each audience.

Customer and expert hold a Seat; a watcher's is silent and never reaches `say`.
"""

import asyncio
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from chatmarket import fields, metrics
from chatmarket.batches import PATIENCE_S
from chatmarket.errors import N_, NotAllowed, TooLate
from chatmarket.flows import committing, showing, vaulting
from chatmarket.flows.committing import Fate, Kept, Outcome, Saying
from chatmarket.house import House
from chatmarket.limits import Person
from chatmarket.models import Message
from chatmarket.store import Conflict, StoreBusy, rows
from chatmarket.templating import LANGUAGES, iso
from realtime import channels
from realtime.frames import frame

logger = logging.getLogger(__name__)

LOCKED_S = 0.002  # until a chat's row is looked at again; the transactions that hold one take milliseconds


class NotLive(TooLate):
    code = "not_live"
    text = N_("This chat is not live.")


class NotYours(NotAllowed):
    code = "not_yours"
    text = N_("This chat is not yours.")


class CidReused(TooLate):
    code = "cid_reused"
    text = N_("This message id was already used for another text.")


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


async def say(house: House, seat: Seat, cid: Any, text: Any) -> Ack:
    """Keeps one message and returns its Ack after the commit; the same cid and text again return the same Ack.

    Raises Wrong for what cannot be kept, NotLive, NotYours, CidReused, Withheld when masking failed, or StoreBusy when
    the database did not answer in time: then it may have been kept, and is to be said again with the same cid.
    """
    fields.text(cid, "cid", most=64)  # kept as it came: its sender knows it by this spelling, spaces and all
    text = fields.text(text, "text", most=house.settings.message_chars)
    saying = Saying(seat.chat, seat.audience, seat.account or 0, cid, text, datetime.now(UTC))
    match await _outcome(house, saying):
        case Kept() as kept:
            return Ack(kept.cid, kept.seq, kept.at, kept.hidden)
        case Fate.KNOWN:
            # Its first answer was lost, and perhaps its delivery with it: the others look whether they have it.
            house.switchboard.wake(*showing.room_channels(seat.chat))
            return await _said_before(house, seat, cid, text)
        case Fate.NOT_YOURS:
            raise NotYours
    raise NotLive


async def _outcome(house: House, saying: Saying) -> Outcome:
    """What became of it in the end: a chat that is locked or has learnt something meanwhile is tried again."""
    began = monotonic()
    while monotonic() - began < PATIENCE_S:
        before = house.vaults.get(saying.chat)
        vault = before or await _open(house, saying.chat)
        outcome: Outcome = await house.commits.add(saying)
        if outcome is Fate.LOCKED:
            await asyncio.sleep(LOCKED_S)
        elif outcome is not Fate.STALE:
            return outcome
        elif before is None:
            await vaulting.recount(vault)
    raise StoreBusy("the chat was busy for too long")


async def _open(house: House, chat: int) -> vaulting.ChatVault:
    try:
        vault = await vaulting.opened(house, chat)
        house.vaults.put(chat, vault)
        return vault
    except (Conflict, StoreBusy):
        raise
    except vaulting.Erased:  # the chat was ended first
        raise NotLive from None
    except Exception as error:
        raise committing.withheld(chat, error) from None


async def commit(house: House, sayings: Sequence[Saying]) -> list[Outcome | Exception]:
    """A batch of messages: kept, then on its way to everybody, then answered to those who said them."""
    metrics.BATCH.observe(len(sayings))
    outcomes = await committing.commit(house.vaults, sayings)
    for outcome in outcomes:
        if isinstance(outcome, Kept):
            _deliver_or_wake(house, outcome)
    return outcomes


def _deliver_or_wake(house: House, kept: Kept) -> None:
    """A message that cannot be shown is no reason for the others of its batch to fail: they are committed."""
    try:
        deliver(house, kept)
    except Exception as error:
        logger.error("message_not_delivered", extra={"chat": kept.chat, "error": type(error).__name__})
        house.switchboard.wake(*showing.room_channels(kept.chat))


def deliver(house: House, kept: Kept) -> None:
    """Each audience has channels of its own, chosen before the bus; in one language they read the same."""
    for language in LANGUAGES:
        heard = (channels.room(kept.chat, audience, language) for audience in showing.AUDIENCES)
        house.switchboard.publish(showing.message_frame(kept, language), *heard, seq=kept.seq)


async def _said_before(house: House, seat: Seat, cid: str, text: str) -> Ack:
    message = await Message.get(chat_id=seat.chat, author=seat.audience, cid=cid)
    vault = await _open(house, seat.chat)
    if not hmac.compare_digest(vault.fingerprint(text), message.fingerprint):
        raise CidReused
    hidden = dict.fromkeys(segment["token"] for segment in message.segments if "token" in segment)
    return Ack(cid, message.seq, message.at, tuple(hidden))


async def typing(house: House, seat: Seat) -> None:
    """The others learn that this side types; no text is carried and nothing is kept."""
    if not await rows("SELECT 1 AS live FROM chat WHERE id = ? AND status = 'live'", seat.chat):
        return
    others = [audience for audience in showing.AUDIENCES if audience != seat.audience]
    heard = [channels.room(seat.chat, audience, language) for audience in others for language in LANGUAGES]
    house.switchboard.publish(frame("typing", chat=seat.chat, author=seat.audience), *heard)


async def history(chat_id: int) -> list[Message]:
    return await Message.filter(chat_id=chat_id).order_by("seq")
