"""A message: masked, kept under the chat's next number, acknowledged after its commit, then delivered to each audience.

Customer and expert hold a Seat; a watcher's is silent and never reaches `say`.
"""

import asyncio
import hmac
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from chatmarket import fields, metrics
from chatmarket.batches import PATIENCE_S
from chatmarket.errors import N_, NotAllowed, TooLate
from chatmarket.flows import blocking, committing, quoting, showing, vaulting
from chatmarket.flows.committing import Blocked, Fate, Kept, Outcome, Saying
from chatmarket.flows.vaulting import UnknownToken
from chatmarket.house import House
from chatmarket.limits import Person
from chatmarket.models import Message
from chatmarket.store import Conflict, StoreBusy, alone, rows
from chatmarket.templating import LANGUAGES, iso
from realtime import channels
from realtime.frames import frame, together

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


async def say(house: House, seat: Seat, cid: Any, words: Any) -> Ack:
    """Keeps one message and returns its Ack after the commit; the same cid and words again return the same Ack.

    `words` is a text, or parts with tokens of the chat (quoting). Raises Wrong for what cannot be kept, NotLive,
    NotYours, CidReused, UnknownToken, Solicits, AsksSecret, Withheld when masking failed, or StoreBusy when the
    database did not answer in time: then it may have been kept, and is to be said again with the same cid.
    """
    fields.text(cid, "cid", most=64)  # kept as it came: its sender knows it by this spelling, spaces and all
    text, quotes = quoting.read(words, "text", most=house.settings.message_chars)
    saying = Saying(seat.chat, seat.audience, seat.account or 0, cid, text, datetime.now(UTC), quotes)
    match await _outcome(house, saying):
        case Kept() as kept:
            return Ack(kept.cid, kept.seq, kept.at, kept.hidden)
        case Fate.KNOWN:
            # Its first answer was lost, and perhaps its delivery with it: the others look whether they have it.
            house.switchboard.wake(*showing.room_channels(seat.chat))
            return await _said_before(house, seat, saying)
        case Blocked() as blocked:
            await blocking.block(house, blocked)
            raise blocking.REFUSALS[blocked.why]
        case Fate.NOT_YOURS:
            raise NotYours
    raise NotLive


async def _outcome(house: House, saying: Saying) -> Outcome:
    """What became of it in the end: a chat that is locked or has learnt something meanwhile is tried again."""
    began = monotonic()
    while monotonic() - began < PATIENCE_S:
        before = house.vaults.get(saying.chat)
        if before is None:
            await _open(house, saying.chat)
        try:
            outcome: Outcome = await house.commits.add(saying)
        except UnknownToken:
            if before is None:
                raise
            house.vaults.drop(saying.chat)  # another process may just have learnt what it stands for
            continue
        if outcome is Fate.LOCKED:
            await asyncio.sleep(LOCKED_S)
        elif outcome is not Fate.STALE:
            return outcome
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
            if blocking.may_guess(outcome):
                alone(_guesses_counted(house, outcome))
            if any(edit.seq == 1 for edit in outcome.edits):
                alone(_question_amended(house, outcome.chat))
    return outcomes


async def _guesses_counted(house: House, kept: Kept) -> None:
    try:
        await blocking.count_guesses(house, kept)
    except Exception as error:
        logger.error("guesses_not_counted", extra={"chat": kept.chat, "error": type(error).__name__})


async def _question_amended(house: House, chat_id: int) -> None:
    """The first message is also what the board and the expert's lobby show of a chat. (Offers are over by then.)"""
    try:
        chat = await showing.chat_whole(chat_id)
        await showing.tell_board(house, chat)
        house.switchboard.wake(channels.lobby(chat.expert_id or 0))
    except Exception as error:
        logger.error("question_not_amended", extra={"chat": chat_id, "error": type(error).__name__})


def _deliver_or_wake(house: House, kept: Kept) -> None:
    """A message that cannot be shown is no reason for the others of its batch to fail: they are committed."""
    try:
        deliver(house, kept)
    except Exception as error:
        logger.error("message_not_delivered", extra={"chat": kept.chat, "error": type(error).__name__})
        house.switchboard.wake(*showing.room_channels(kept.chat))


def deliver(house: House, kept: Kept) -> None:
    """Each audience has channels of its own, chosen before the bus; in one language they read the same."""
    held = house.held
    held.amend(kept.chat, kept.edits)
    if kept.author == "expert":
        held.release(kept.chat)
    if kept.author != "customer" or not held.holds:
        frames, theirs = showing.frames(kept), kept.for_expert()
        if theirs is kept:
            _publish(house, kept, frames, *showing.AUDIENCES)
        else:
            _publish(house, kept, frames, "customer", "staff")
            _publish(house, theirs, showing.frames(theirs), "expert")
        return
    frames = showing.frames(kept)
    _publish(house, kept, frames, "customer", "staff")
    theirs = kept.for_expert()
    if theirs.edits:
        # What an earlier message gave away is to be gone now, though the one that told us is shown in a moment only.
        for language in LANGUAGES:
            edits = together(*showing.edit_frames(theirs, language))
            house.switchboard.publish(edits, channels.room(kept.chat, "expert", language))
    held.keep(theirs, frames if theirs is kept else showing.frames(theirs))


def show(house: House, kept: Kept, frames: Sequence[str]) -> None:
    """What was held is shown to the expert."""
    _publish(house, kept, frames, "expert")


def _publish(house: House, kept: Kept, frames: Sequence[str], *audiences: str) -> None:
    for language, told in zip(LANGUAGES, frames, strict=True):
        heard = [channels.room(kept.chat, audience, language) for audience in audiences]
        house.switchboard.publish(told, *heard, seq=kept.seq)


async def _said_before(house: House, seat: Seat, saying: Saying) -> Ack:
    message = await Message.get(chat_id=seat.chat, author=seat.audience, cid=saying.cid)
    vault = await _open(house, seat.chat)
    typed = message.typed if seat.audience == "expert" else None
    said = vault.reading(typed, message.seq) if typed else message.segments
    if not hmac.compare_digest(vault.fingerprint(saying.whole), message.fingerprint):
        raise CidReused
    tokens = Counter((segment["token"], segment.get("n", 0)) for segment in said if "token" in segment)
    tokens.subtract((quote.token.kind, quote.token.n) for quote in saying.quotes)  # named by their sender
    hidden = dict.fromkeys(kind for (kind, _), times in tokens.items() if times > 0)
    return Ack(saying.cid, message.seq, message.at, tuple(hidden))


async def typing(house: House, seat: Seat) -> None:
    """The others learn that this side types; no text is carried and nothing is kept."""
    if not await rows("SELECT 1 AS live FROM chat WHERE id = ? AND status = 'live'", seat.chat):
        return
    others = [audience for audience in showing.AUDIENCES if audience != seat.audience]
    heard = [channels.room(seat.chat, audience, language) for audience in others for language in LANGUAGES]
    house.switchboard.publish(frame("typing", chat=seat.chat, author=seat.audience), *heard)


async def history(chat_id: int) -> list[Message]:
    return await Message.filter(chat_id=chat_id).order_by("seq")
