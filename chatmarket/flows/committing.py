"""Messages of many chats, masked in their dialogue, numbered and kept by one statement and one commit.

Nobody's lock is waited for: a chat whose row another transaction holds is left out of the batch and comes with the
next one, so a slow moment of one chat costs the others nothing. A message that was masked without knowing all that its
chat has learnt (another process had just taken in a value, or a question for one) is not kept: it is masked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatmarket.errors import Problem
from chatmarket.flows import keeping, quoting
from chatmarket.flows.keeping import Edit, Fate, Ready, Saying
from chatmarket.flows.vaulting import ChatVault, Withheld, withheld
from chatmarket.models.chats import Why
from chatmarket.privacy.masking import Masked, mask
from chatmarket.privacy.segments import to_json
from chatmarket.privacy.solicitation import asks_for_secrets
from chatmarket.recent import Recent

__all__ = ["Blocked", "Edit", "Fate", "Kept", "OpenVaults", "Outcome", "Saying", "Withheld", "commit", "withheld"]


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
    own: list[dict[str, object]] | None = None  # what its expert reads, where others read less
    typed: bytes | None = None  # the same of a message that was read again, sealed

    def for_expert(self) -> "Kept":
        """As the expert is told of it: their own words as they typed them, and nothing of what those gave away."""
        edits = tuple(replace(e, segments=e.own or e.segments) for e in self.edits if not e.aside)
        if edits == self.edits and not self.own:
            return self
        return replace(self, segments=self.own or self.segments, edits=edits)


@dataclass(frozen=True, slots=True)
class Blocked:
    """An expert's message that may not be delivered, masked: it is kept for moderators and given to nobody else."""

    saying: Saying
    segments: list[dict[str, object]]
    why: Why


Outcome = Kept | Fate | Blocked
# The vaults of the chats that were last spoken in, so that a message reads nothing before it is masked. One may be out
# of date, for another process may have learnt a value: the statement that keeps a message compares what it knows.
OpenVaults = Recent[int, ChatVault]


async def commit(vaults: OpenVaults, sayings: Sequence[Saying]) -> list[Outcome | Exception]:
    """Keeps what may be kept of a batch, in its order; for each saying its outcome, or why it was refused.

    Several of one chat are masked one after the other, each knowing those before it. A saying is STALE when its chat's
    vault is not open, or what it was masked by is not what was kept. Raises StoreBusy or StoreDown when the database
    does not answer: then nobody knows what was kept.
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
    for (place, one), answer in zip(ready.items(), fates, strict=True):
        chat = one.saying.chat
        fate, seq = answer if isinstance(answer, tuple) else (answer, 0)
        if fate is Fate.KEPT:
            outcomes[place] = _kept(one, seq)
            before = grown.get(chat, one.base)
            grown[chat] = before.said(seq, one.saying.author, one.masked)
            vaults.follow(chat, before, grown[chat])
            continue
        outcomes[place] = fate
        if fate is Fate.STALE or isinstance(fate, Exception):
            vaults.drop(chat)
    return [outcomes[place] for place in range(len(sayings))]


def _ready(vaults: OpenVaults, sayings: Sequence[Saying], outcomes: dict[int, Outcome | Exception]) -> dict[int, Ready]:
    ready: dict[int, Ready] = {}
    chains: dict[int, list[Ready]] = {}
    cids: set[tuple[int, str, str]] = set()
    for place, saying in enumerate(sayings):
        vault = vaults.get(saying.chat)
        name = (saying.chat, saying.author, saying.cid)
        if vault is None or name in cids:
            outcomes[place] = Fate.STALE
            continue
        chain = chains.setdefault(saying.chat, [])
        try:
            one = _masked(vault, chain, saying)
        except Problem as problem:
            outcomes[place] = problem
            continue
        if one.masked.solicits:
            why = Why.SECRET if asks_for_secrets(one.masked.solicits) else Why.SOLICITATION
            outcomes[place] = Blocked(saying, one.segments, why)
        elif any(seen.back <= len(chain) for seen in (*one.masked.hindsight, *one.masked.aside)):
            outcomes[place] = Fate.STALE  # it gives something away in one that is not kept yet
        else:
            ready[place] = one
            chain.append(one)
            cids.add(name)
    return ready


def _known(vault: ChatVault, chain: Sequence[Ready]) -> ChatVault:
    """What the next message of a chat is masked by: its vault, and those of the batch before it."""
    if not chain:
        return vault
    last = chain[-1]
    return last.vault.said(last.vault.seq + 1, last.saying.author, last.masked)


def _masked(base: ChatVault, chain: Sequence[Ready], saying: Saying) -> Ready:
    try:
        vault = _known(base, chain)
        masked = mask(saying.text, vault.wallet, vault.dialogue(saying.author))
        vault.room_for(masked.fresh)
        if saying.quotes:
            vault.check(quote.token for quote in saying.quotes)
            masked = _quoting(saying, masked)
        # A reading of its own is sealed under the message's number: those before it must have theirs, too.
        led = len(chain) if masked.others is not None or any(before.masked.teaches for before in chain) else 0
        return Ready(saying, base, vault, masked, to_json(masked.shown), led)
    except Problem:
        raise  # the masking did not fail: its sender is told why not
    except Exception as error:
        raise withheld(saying.chat, error) from None


def _quoting(saying: Saying, masked: Masked) -> Masked:
    segments = quoting.placed(saying.text, masked, saying.quotes)
    if masked.others is None:
        return replace(masked, segments=segments)
    others = replace(masked, segments=masked.others, spans=masked.others_spans)
    return replace(masked, segments=segments, others=quoting.placed(saying.text, others, saying.quotes))


def _kept(one: Ready, seq: int) -> Kept:
    said = one.saying
    kinds = tuple(map(str, one.masked.kinds))
    own = None if one.masked.others is None else to_json(one.masked.segments)
    return Kept(said.chat, seq, said.author, said.cid, said.at, one.segments, kinds, one.edits(), own)
