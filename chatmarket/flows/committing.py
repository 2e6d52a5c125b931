"""Messages of many chats, masked in their dialogue, numbered and kept by one statement and one commit.

Nobody's lock is waited for: a chat whose row another transaction holds is left out of the batch and comes with the
next one, so a slow moment of one chat costs the others nothing. A message that was masked without knowing all that its
chat has learnt (another process had just taken in a value, or a question for one) is not kept: it is masked again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatmarket.errors import N_, Problem
from chatmarket.flows import keeping, quoting
from chatmarket.flows.keeping import Edit, Fate, Ready, Saying
from chatmarket.flows.vaulting import ChatVault
from chatmarket.privacy.masking import mask
from chatmarket.privacy.segments import to_json
from chatmarket.recent import Recent

__all__ = ["Blocked", "Edit", "Fate", "Kept", "OpenVaults", "Outcome", "Saying", "Withheld", "commit", "withheld"]

logger = logging.getLogger(__name__)


class Withheld(Problem):
    status = 503
    code = "withheld"
    text = N_("Your message was not sent: it could not be checked for personal data. Please put it in other words.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A committed message: what everyone may read of it, under its chat's next number."""

    chat: int
    seq: int
    author: str
    cid: str
    at: datetime
    segments: list[dict[str, object]]
    hidden: tuple[str, ...]  # the kinds of values that were masked in it
    edits: tuple[Edit, ...] = ()  # what earlier messages read as since then


@dataclass(frozen=True, slots=True)
class Blocked:
    """An expert's message that leads away from here, masked: it is kept for moderators and given to nobody else."""

    saying: Saying
    segments: list[dict[str, object]]


Outcome = Kept | Fate | Blocked
# The vaults of the chats that were last spoken in, so that a message reads nothing before it is masked. One may be out
# of date, for another process may have learnt a value: the statement that keeps a message compares what it knows.
OpenVaults = Recent[int, ChatVault]


async def commit(vaults: OpenVaults, sayings: Sequence[Saying]) -> list[Outcome | Exception]:
    """Keeps what may be kept of a batch, in its order; for each saying its outcome, or why it was refused.

    A saying is STALE when its chat's vault is not open, and when one of two of a chat in the batch teaches how to mask
    what follows. Raises StoreBusy or StoreDown when the database does not answer: then nobody knows what was kept.
    """
    outcomes: dict[int, Outcome | Exception] = {}
    ready = _ready(vaults, sayings, outcomes)
    try:
        fates = await keeping.store(list(ready.values())) if ready else []
    except Exception:
        for one in ready.values():
            vaults.drop(one.saying.chat)
        raise
    grown: dict[int, ChatVault] = {}
    for (place, one), (fate, seq) in zip(ready.items(), fates, strict=True):
        outcomes[place] = _kept(one, seq) if fate is Fate.KEPT else fate
        if fate is Fate.KEPT:
            chat, author = one.saying.chat, one.saying.author
            grown[chat] = grown.get(chat, one.vault).said(seq, author, one.masked)
            vaults.put(chat, grown[chat])
        elif fate is Fate.STALE:
            vaults.drop(one.saying.chat)
    return [outcomes[place] for place in range(len(sayings))]


def _ready(vaults: OpenVaults, sayings: Sequence[Saying], outcomes: dict[int, Outcome | Exception]) -> dict[int, Ready]:
    ready: dict[int, Ready] = {}
    taught: dict[int, bool] = {}  # by chat: whether its last message in this batch teaches something
    cids: set[tuple[int, str, str]] = set()
    for place, saying in enumerate(sayings):
        vault = vaults.get(saying.chat)
        name = (saying.chat, saying.author, saying.cid)
        if vault is None or taught.get(saying.chat) or name in cids:
            outcomes[place] = Fate.STALE
            continue
        try:
            one = _masked(vault, saying)
        except Problem as problem:
            outcomes[place] = problem
            continue
        if one.masked.solicits:
            outcomes[place] = Blocked(saying, one.segments)
            continue
        teaches = one.masked.teaches
        if teaches and saying.chat in taught:
            outcomes[place] = Fate.STALE  # what it makes of the message before it is known after that one's commit
            continue
        ready[place] = one
        cids.add(name)
        taught[saying.chat] = teaches
    return ready


def _masked(vault: ChatVault, saying: Saying) -> Ready:
    try:
        masked = mask(saying.text, vault.wallet, vault.dialogue(saying.author))
        vault.room_for(masked.fresh)
        if saying.quotes:
            vault.check(quote.token for quote in saying.quotes)
            masked = replace(masked, segments=quoting.placed(saying.text, masked, saying.quotes))
        return Ready(saying, vault, masked, to_json(masked.segments))
    except Problem:
        raise  # the masking did not fail: its sender is told why not
    except Exception as error:
        raise withheld(saying.chat, error) from None


def withheld(chat: int, error: Exception) -> Withheld:
    """Fail closed. The trace could carry the text itself, so only the kind of failure is told."""
    logger.error("message withheld", extra={"chat": chat, "why": type(error).__name__})
    return Withheld()


def _kept(one: Ready, seq: int) -> Kept:
    said = one.saying
    kinds = tuple(map(str, one.masked.kinds))
    return Kept(said.chat, seq, said.author, said.cid, said.at, one.segments, kinds, one.edits())
