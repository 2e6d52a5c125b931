"""Messages of many chats, masked, numbered and kept by one statement and one commit.

Nobody's lock is waited for: a chat whose row another transaction holds is left out of the batch and comes with the
next one, so a slow moment of one chat costs the others nothing. A message that was masked without knowing all of its
chat's values (another process had just learnt one) is not kept: it is masked again first.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket.errors import N_, Problem
from chatmarket.flows.vaulting import ChatVault
from chatmarket.privacy.masking import Masked, mask
from chatmarket.privacy.segments import to_json
from chatmarket.recent import Recent
from chatmarket.store import Conflict, dialect, many, rows, unit_of_work, urgent

logger = logging.getLogger(__name__)


class Withheld(Problem):
    status = 503
    code = "withheld"
    text = N_("Your message was not sent: it could not be checked for personal data. Please put it in other words.")


class Fate(StrEnum):
    """What became of one message of a batch."""

    KEPT = "kept"
    KNOWN = "known"  # this sender used this cid before
    NOT_LIVE = "not_live"
    NOT_YOURS = "not_yours"
    STALE = "stale"  # masked without knowing all of the chat's values
    LOCKED = "locked"  # somebody else holds the chat's row


@dataclass(frozen=True, slots=True)
class Saying:
    """One message on its way. `account` is the expert's, and 0 for a customer; `at` is when it came, in UTC."""

    chat: int
    author: str
    account: int
    cid: str
    text: str
    at: datetime


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


Outcome = Kept | Fate
# The vaults of the chats that were last spoken in, so that a message reads nothing before it is masked. One may be out
# of date, for another process may have learnt a value: the statement that keeps a message compares what it knows.
OpenVaults = Recent[int, ChatVault]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A saying, masked, as its row will be."""

    saying: Saying
    vault: ChatVault
    masked: Masked
    segments: list[dict[str, object]]

    def row(self) -> tuple[object, ...]:
        said = self.saying
        mark = self.vault.fingerprint(said.text)
        return (said.chat, said.author, said.account, said.cid, mark, json.dumps(self.segments), self.vault.hidden)

    def values(self) -> list[dict[str, Any]]:
        return [self.vault.sealed(known) for known in self.masked.fresh]

    def kept(self, seq: int) -> Kept:
        said = self.saying
        kinds = tuple(str(kind) for kind in self.masked.kinds)
        return Kept(said.chat, seq, said.author, said.cid, said.at, self.segments, kinds)


async def commit(vaults: OpenVaults, sayings: Sequence[Saying]) -> list[Outcome | Exception]:
    """Keeps what may be kept of a batch, in its order; for each saying its outcome, or why it was refused.

    A saying whose chat's vault is not open, or learns values from an earlier one of the same batch, is STALE. Raises
    StoreBusy or StoreDown when the database does not answer: then nobody knows what was kept.
    """
    outcomes: dict[int, Outcome | Exception] = {}
    ready = _ready(vaults, sayings, outcomes)
    try:
        fates = await _store(list(ready.values())) if ready else []
    except Exception:
        for one in ready.values():
            vaults.drop(one.saying.chat)
        raise
    for (place, one), fate in zip(ready.items(), fates, strict=True):
        outcomes[place] = _learnt(vaults, one, fate)
    return [outcomes[place] for place in range(len(sayings))]


def _ready(
    vaults: OpenVaults, sayings: Sequence[Saying], outcomes: dict[int, Outcome | Exception]
) -> dict[int, _Ready]:
    ready: dict[int, _Ready] = {}
    learning: set[int] = set()
    cids: set[tuple[int, str, str]] = set()
    for place, saying in enumerate(sayings):
        vault = vaults.get(saying.chat)
        name = (saying.chat, saying.author, saying.cid)
        if vault is None or saying.chat in learning or name in cids:
            outcomes[place] = Fate.STALE
            continue
        try:
            one = _masked(vault, saying)
        except Problem as problem:
            outcomes[place] = problem
            continue
        ready[place] = one
        cids.add(name)
        if one.masked.fresh:
            learning.add(saying.chat)
    return ready


def _masked(vault: ChatVault, saying: Saying) -> _Ready:
    try:
        masked = mask(saying.text, vault.wallet)
        vault.grown(masked.fresh)
        return _Ready(saying, vault, masked, to_json(masked.segments))
    except Problem:
        raise  # the masking did not fail: its sender is told why not
    except Exception as error:
        raise withheld(saying.chat, error) from None


def withheld(chat: int, error: Exception) -> Withheld:
    """Fail closed. The trace could carry the text itself, so only the kind of failure is told."""
    logger.error("message withheld", extra={"chat": chat, "why": type(error).__name__})
    return Withheld()


def _learnt(vaults: OpenVaults, one: _Ready, fate: tuple[Fate, int]) -> Outcome:
    if fate[0] is Fate.STALE:
        vaults.drop(one.saying.chat)
    if fate[0] is not Fate.KEPT:
        return fate[0]
    if one.masked.fresh:
        vaults.put(one.saying.chat, one.vault.grown(one.masked.fresh))
    return one.kept(fate[1])


# The statements. `b` is the batch, `c` its chats, `m` what is kept already under the same cids.

_JUDGED = """
    CASE WHEN m.seq IS NOT NULL THEN 'known' WHEN c.id IS NULL THEN 'locked' WHEN c.status <> 'live' THEN 'not_live'
    WHEN b.author = 'expert' AND c.expert_id <> b.account THEN 'not_yours'
    WHEN c.hidden <> b.hidden THEN 'stale' ELSE 'kept' END AS fate"""

_POSTGRES = f"""
WITH b AS (
  SELECT * FROM unnest(?::int[], ?::text[], ?::int[], ?::text[], ?::bytea[], ?::jsonb[], ?::int[], ?::timestamptz[])
  WITH ORDINALITY AS t(chat, author, account, cid, fingerprint, segments, hidden, at, n)
), v AS (
  SELECT * FROM unnest(?::bigint[], ?::text[], ?::int[], ?::bytea[], ?::bytea[]) AS t(n, kind, number, sealed, mark)
), c AS (
  SELECT id, status, expert_id, hidden FROM chat WHERE id IN (SELECT chat FROM b) FOR NO KEY UPDATE SKIP LOCKED
), judged AS (
  SELECT b.*, {_JUDGED}
  FROM b LEFT JOIN c ON c.id = b.chat
  LEFT JOIN message m ON m.chat_id = b.chat AND m.author = b.author AND m.cid = b.cid
), counted AS (
  SELECT *, row_number() OVER (PARTITION BY chat ORDER BY n) AS k FROM judged WHERE fate = 'kept'
), learnt AS (
  SELECT counted.chat, v.* FROM v JOIN counted ON counted.n = v.n
), moved AS (
  UPDATE chat SET seq = seq + g.k, said_at = g.at,
    hidden = hidden + (SELECT count(*) FROM learnt WHERE learnt.chat = chat.id)
  FROM (SELECT chat, count(*) AS k, max(at) AS at FROM counted GROUP BY chat) g WHERE chat.id = g.chat
  RETURNING chat.id, seq - g.k AS base
), stored AS (
  INSERT INTO message (chat_id, seq, author, cid, fingerprint, segments, at)
  SELECT chat, base + k, author, cid, fingerprint, segments, at FROM counted JOIN moved ON moved.id = counted.chat
), sealed AS (
  INSERT INTO vaultvalue (chat_id, kind, n, sealed, mark) SELECT chat, kind, number, sealed, mark FROM learnt
)
SELECT judged.fate, (base + k)::int AS seq FROM judged
LEFT JOIN counted ON counted.n = judged.n LEFT JOIN moved ON moved.id = judged.chat ORDER BY judged.n
"""  # noqa: S608 - our own words

_SQLITE = f"""
WITH b AS (
  SELECT key AS n, value->>0 AS chat, value->>1 AS author, value->>2 AS account, value->>3 AS cid, value->>4 AS hidden
  FROM json_each(?)
)
SELECT {_JUDGED}, c.seq FROM b LEFT JOIN chat c ON c.id = b.chat
LEFT JOIN message m ON m.chat_id = b.chat AND m.author = b.author AND m.cid = b.cid ORDER BY b.n
"""  # noqa: S608 - our own words


async def _store(ready: list[_Ready]) -> list[tuple[Fate, int]]:
    """For each message its fate and, when it was kept, its number."""
    write = _store_postgres if dialect() == "postgres" else _store_sqlite
    try:
        return await write(ready)
    except (IntegrityError, Conflict):
        # Two processes met over one cid: the database refused the batch. One by one, only that one is in the way.
        if len(ready) == 1:
            return [(Fate.LOCKED, 0)]
        return [fate for one in ready for fate in await _store([one])]


async def _store_postgres(ready: list[_Ready]) -> list[tuple[Fate, int]]:
    columns = [list(column) for column in zip(*(one.row() for one in ready), strict=True)]
    values = [(n, *value.values()) for n, one in enumerate(ready, 1) for value in one.values()]
    fresh = [list(column) for column in zip(*values, strict=True)] if values else [[], [], [], [], []]
    stored = await urgent(_POSTGRES, *columns, [one.saying.at for one in ready], *fresh)
    return [(Fate(row["fate"]), row["seq"] or 0) for row in stored]


@unit_of_work
async def _store_sqlite(ready: list[_Ready]) -> list[tuple[Fate, int]]:
    batch = [one.row() for one in ready]
    judged = await rows(_SQLITE, json.dumps([(*row[:4], row[6]) for row in batch]))
    reached = {one.saying.chat: (row["seq"], one.saying.at) for one, row in zip(ready, judged, strict=True)}
    fates, messages, values = [], [], []
    for one, row, answer in zip(ready, batch, judged, strict=True):
        fate, said = Fate(answer["fate"]), one.saying
        seq = reached[said.chat][0] + 1 if fate is Fate.KEPT else 0
        fates.append((fate, seq))
        if fate is Fate.KEPT:
            reached[said.chat] = (seq, said.at)
            messages.append((said.chat, seq, said.author, said.cid, row[4], row[5], said.at))
            values += [(said.chat, *value.values()) for value in one.values()]
    said_in = {message[0] for message in messages}
    moved = [(*reached[chat], sum(value[0] == chat for value in values), chat) for chat in said_in]
    await many("UPDATE chat SET seq = ?, said_at = ?, hidden = hidden + ? WHERE id = ?", moved)
    await many(
        "INSERT INTO message (chat_id, seq, author, cid, fingerprint, segments, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        messages,
    )
    await many("INSERT INTO vaultvalue (chat_id, kind, n, sealed, mark) VALUES (?, ?, ?, ?, ?)", values)
    return fates
