"""The statement that keeps a batch of messages: it judges them, numbers them, and corrects what they gave away."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tortoise.exceptions import IntegrityError

from chatmarket.flows.quoting import Quote
from chatmarket.flows.vaulting import ChatVault
from chatmarket.privacy.dialogue import Hindsight
from chatmarket.privacy.masking import Known, Masked
from chatmarket.privacy.segments import to_json
from chatmarket.store import Conflict, StoreBusy, dialect, many, rows, unit_of_work, urgent


class Fate(StrEnum):
    """What became of one message of a batch."""

    KEPT = "kept"
    KNOWN = "known"  # this sender used this cid before
    NOT_LIVE = "not_live"
    NOT_YOURS = "not_yours"
    STALE = "stale"  # masked without knowing all that the chat has learnt
    LOCKED = "locked"  # somebody else holds the chat's row


@dataclass(frozen=True, slots=True)
class Saying:
    """One message on its way. `account` is the expert's, and 0 for a customer; `at` is when it came, in UTC; `quotes`
    are the chat's tokens that it names itself."""

    chat: int
    author: str
    account: int
    cid: str
    text: str
    at: datetime
    quotes: tuple[Quote, ...] = ()

    @property
    def whole(self) -> str:
        """All that was said, to tell whether a cid says the same again."""
        return f"{self.text}\0{[quote.at for quote in self.quotes]}" if self.quotes else self.text


@dataclass(frozen=True, slots=True)
class Edit:
    """What an earlier message reads as from now on, a later one having given away something in it.

    `own` is what its expert reads, where that is another thing, and `typed` the same, sealed for its row. Of an
    `aside` the expert hears nothing.
    """

    seq: int
    segments: list[dict[str, object]]
    own: list[dict[str, object]] | None = None
    typed: bytes | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A saying, masked, as its row will be.

    `vault` is what it was masked by: the chat's own as it was opened, which was `base`, and the messages of the same
    batch before it. Where one of those teaches, it rests on `led` of them being kept.
    """

    saying: Saying
    base: ChatVault
    vault: ChatVault
    masked: Masked
    segments: list[dict[str, object]]
    led: int = 0

    def row(self) -> tuple[Any, ...]:
        """Its row but for the moment, with what its masking rests on: the chat's version, and its last number where
        a message that came between would have had to be looked at as well, or where its own number is sealed into it.
        """
        said, teaches = self.saying, self.masked.teaches
        own = None if self.masked.others is None else self.masked.segments
        return (
            said.chat,
            said.author,
            said.account,
            said.cid,
            self.vault.fingerprint(said.whole),
            json.dumps(self.segments),
            self.base.version,
            self.base.seq if teaches or own is not None else None,
            int(teaches),
            self.led,
            self.vault.sealed_reading(own, self.vault.seq + 1),
        )

    def values(self) -> list[dict[str, Any]]:
        return [self.vault.sealed(known) for known in self.masked.fresh]

    def emptied(self) -> list[dict[str, Any]]:
        """The rows of values that turned out to be pieces of another, as they must be from now on."""
        return [self.vault.sealed(Known(token.kind, token.n, "")) for token in self.masked.spent]

    def edits(self) -> tuple[Edit, ...]:
        """The earlier messages that it gives something away in."""
        return (
            *(self._edit(seen) for seen in self.masked.hindsight),
            *(self._edit(s, True) for s in self.masked.aside),
        )

    def _edit(self, seen: Hindsight, aside: bool = False) -> Edit:
        turn = self.vault.amended(self.vault.turns[-seen.back], seen, self.saying.author)
        own = None if turn.own is None else to_json(turn.own)
        seq = self.vault.seq + 1 - seen.back
        return Edit(seq, to_json(turn.segments), own, self.vault.sealed_reading(turn.own, seq), aside)


# The statements. `b` is the batch, `c` its chats, `m` what is kept already under the same cids, and `edited` the newest
# reading of each earlier message: several of a chat may each give away more of the same one.

_JUDGED = """
    CASE WHEN m.seq IS NOT NULL THEN 'known' WHEN c.id IS NULL THEN 'locked' WHEN c.status <> 'live' THEN 'not_live'
    WHEN b.author = 'expert' AND c.expert_id <> b.account THEN 'not_yours'
    WHEN c.hidden <> b.version OR c.seq <> b.expected THEN 'stale' ELSE 'kept' END AS fate"""

_POSTGRES = f"""
WITH b AS (
  SELECT * FROM unnest(?::int[], ?::text[], ?::int[], ?::text[], ?::bytea[], ?::jsonb[], ?::int[], ?::int[], ?::int[],
    ?::int[], ?::bytea[], ?::timestamptz[]) WITH ORDINALITY
  AS t(chat, author, account, cid, fingerprint, segments, version, expected, teaches, led, typed, at, n)
), v AS (
  SELECT * FROM unnest(?::bigint[], ?::text[], ?::int[], ?::bytea[], ?::bytea[]) AS t(n, kind, number, sealed, mark)
), e AS (
  SELECT * FROM unnest(?::bigint[], ?::int[], ?::jsonb[], ?::bytea[]) AS t(n, seq, segments, typed)
), w AS (
  SELECT * FROM unnest(?::bigint[], ?::text[], ?::int[], ?::bytea[]) AS t(n, kind, number, sealed)
), c AS (
  SELECT id, status, expert_id, hidden, seq FROM chat WHERE id IN (SELECT chat FROM b) FOR NO KEY UPDATE SKIP LOCKED
), judged AS (
  SELECT b.*, {_JUDGED}
  FROM b LEFT JOIN c ON c.id = b.chat
  LEFT JOIN message m ON m.chat_id = b.chat AND m.author = b.author AND m.cid = b.cid
), counted AS (
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY chat ORDER BY n) AS k FROM judged WHERE fate = 'kept') j
  WHERE led < k
), edited AS (
  SELECT DISTINCT ON (counted.chat, e.seq) counted.chat, counted.k, e.seq, e.segments, e.typed
  FROM e JOIN counted ON counted.n = e.n ORDER BY counted.chat, e.seq, counted.k DESC
), moved AS (
  UPDATE chat SET seq = seq + g.k, said_at = g.at, hidden = hidden + g.lessons,
    reply_due_at = CASE WHEN g.answered THEN NULL ELSE reply_due_at END,
    question = COALESCE((SELECT segments FROM edited WHERE edited.chat = chat.id AND edited.seq = 1), question)
  FROM (SELECT chat, count(*) AS k, max(at) AS at, sum(teaches) AS lessons,
    bool_or(author = 'expert') AS answered FROM counted GROUP BY chat) g
  WHERE chat.id = g.chat
  RETURNING chat.id, seq - g.k AS base
), stored AS (
  INSERT INTO message (chat_id, seq, author, cid, fingerprint, segments, typed, at)
  SELECT chat, base + k, author, cid, fingerprint, segments, typed, at
  FROM counted JOIN moved ON moved.id = counted.chat
), corrected AS (
  UPDATE message SET segments = edited.segments, typed = COALESCE(edited.typed, message.typed), amended = base + k
  FROM edited JOIN moved ON moved.id = edited.chat
  WHERE message.chat_id = edited.chat AND message.seq = edited.seq
), sealed AS (
  INSERT INTO vaultvalue (chat_id, kind, n, sealed, mark)
  SELECT counted.chat, kind, number, sealed, mark FROM v JOIN counted ON counted.n = v.n
), emptied AS (
  UPDATE vaultvalue SET sealed = w.sealed, mark = NULL FROM w JOIN counted ON counted.n = w.n
  WHERE vaultvalue.chat_id = counted.chat AND vaultvalue.kind = w.kind AND vaultvalue.n = w.number
)
SELECT CASE WHEN judged.fate = 'kept' AND k IS NULL THEN 'stale' ELSE judged.fate END AS fate,
  (base + k)::int AS seq FROM judged
LEFT JOIN counted ON counted.n = judged.n LEFT JOIN moved ON moved.id = judged.chat ORDER BY judged.n
"""  # noqa: S608 - our own words

_SQLITE = f"""
WITH b AS (
  SELECT key AS n, value->>0 AS chat, value->>1 AS author, value->>2 AS account, value->>3 AS cid,
    value->>4 AS version, value->>5 AS expected FROM json_each(?)
)
SELECT {_JUDGED}, c.seq FROM b LEFT JOIN chat c ON c.id = b.chat
LEFT JOIN message m ON m.chat_id = b.chat AND m.author = b.author AND m.cid = b.cid ORDER BY b.n
"""  # noqa: S608 - our own words


async def store(ready: list[Ready]) -> list[tuple[Fate, int] | Exception]:
    """For each message its fate and, when it was kept, its number; or why the database refused it.

    Raises StoreBusy or StoreDown when it did not answer.
    """
    write = _store_postgres if dialect() == "postgres" else _store_sqlite
    try:
        return [*await write(ready)]
    except StoreBusy:
        raise
    except Exception as error:
        # The database refused the batch: two processes met over one cid, or one message holds what nobody foresaw. One
        # by one, only that one is in the way; the others are strangers to it.
        if len(ready) > 1:
            return [fate for one in ready for fate in await store([one])]
        return [(Fate.LOCKED, 0) if isinstance(error, IntegrityError | Conflict) else error]


async def _store_postgres(ready: list[Ready]) -> list[tuple[Fate, int]]:
    batch = _columns([one.row() for one in ready], 11)
    values = [(n, *value.values()) for n, one in enumerate(ready, 1) for value in one.values()]
    edits = [
        (n, edit.seq, json.dumps(edit.segments), edit.typed) for n, one in enumerate(ready, 1) for edit in one.edits()
    ]
    moments = [one.saying.at for one in ready]
    spent = [(n, *list(value.values())[:3]) for n, one in enumerate(ready, 1) for value in one.emptied()]
    stored = await urgent(_POSTGRES, *batch, moments, *_columns(values, 5), *_columns(edits, 4), *_columns(spent, 4))
    return [(Fate(row["fate"]), row["seq"] or 0) for row in stored]


def _columns(table: Sequence[tuple[Any, ...]], many_: int) -> list[list[Any]]:
    return [list(column) for column in zip(*table, strict=True)] if table else [[] for _ in range(many_)]


@unit_of_work
async def _store_sqlite(ready: list[Ready]) -> list[tuple[Fate, int]]:
    batch = [one.row() for one in ready]
    judged = await rows(_SQLITE, json.dumps([(*row[:4], *row[6:8]) for row in batch]))
    before = {one.saying.chat: row["seq"] for one, row in zip(ready, judged, strict=True)}
    reached = dict(before)
    fates, kept = [], []
    for one, row, answer in zip(ready, batch, judged, strict=True):
        fate, seq, chat = Fate(answer["fate"]), 0, one.saying.chat
        if fate is Fate.KEPT and reached[chat] - before[chat] < one.led:
            fate = Fate.STALE
        if fate is Fate.KEPT:
            seq = reached[chat] = reached[chat] + 1
            kept.append((one, row, seq))
        fates.append((fate, seq))
    await _write_sqlite(kept)
    return fates


async def _write_sqlite(kept: list[tuple[Ready, tuple[Any, ...], int]]) -> None:
    moved = [(seq, one.saying.at, row[8], int(row[1] == "expert"), one.saying.chat) for one, row, seq in kept]
    said = [(row[0], seq, row[1], row[3], row[4], row[5], row[10], one.saying.at) for one, row, seq in kept]
    values = [(one.saying.chat, *value.values()) for one, _, _ in kept for value in one.values()]
    edits = [
        (json.dumps(e.segments), e.typed, seq, one.saying.chat, e.seq) for one, _, seq in kept for e in one.edits()
    ]
    await many(
        "UPDATE chat SET seq = ?, said_at = ?, hidden = hidden + ?, "
        "reply_due_at = CASE WHEN ? THEN NULL ELSE reply_due_at END WHERE id = ?",
        moved,
    )
    await many(
        "INSERT INTO message (chat_id, seq, author, cid, fingerprint, segments, typed, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        said,
    )
    await many("INSERT INTO vaultvalue (chat_id, kind, n, sealed, mark) VALUES (?, ?, ?, ?, ?)", values)
    spent = [(v["sealed"], one.saying.chat, v["kind"], v["n"]) for one, _, _ in kept for v in one.emptied()]
    await many("UPDATE vaultvalue SET sealed = ?, mark = NULL WHERE chat_id = ? AND kind = ? AND n = ?", spent)
    await many(
        "UPDATE message SET segments = ?, typed = COALESCE(?, typed), amended = ? WHERE chat_id = ? AND seq = ?", edits
    )
    first = [(segments, chat) for segments, _, _, chat, seq in edits if seq == 1]
    await many("UPDATE chat SET question = ? WHERE id = ?", first)
