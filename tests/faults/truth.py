"""What the database holds at the end: read by plain SQL, past every process, proxy and model of the product."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of a message; `text` is its segments in one line, a masked value as [kind n]."""

    chat: int
    seq: int
    author: str
    cid: str
    text: str


@dataclass(frozen=True, slots=True)
class KeptChat:
    id: int
    status: str
    expert: int | None
    seq: int
    resolved: bool | None  # the customer's verdict
    live: int = 0


@dataclass(slots=True)
class Truth:
    messages: list[Kept] = field(default_factory=list)
    chats: dict[int, KeptChat] = field(default_factory=dict)
    entries: list[tuple[int, int]] = field(default_factory=list)  # entry, chat
    postings: list[tuple[int, str, int]] = field(default_factory=list)  # entry, currency, amount
    live: dict[int, int] = field(default_factory=dict)  # expert -> live chats as the expert's own row counts them


MESSAGES = "SELECT chat_id, seq, author, cid, segments FROM message ORDER BY chat_id, seq"
CHATS = "SELECT c.id, c.status, c.expert_id, c.seq, r.resolved FROM chat c LEFT JOIN rating r ON r.chat_id = c.id"
# What paid a chat. What a signal holds of it, gives back or reverses are entries too, under a key of their review.
ENTRIES = "SELECT id, chat_id FROM entry WHERE chat_id IS NOT NULL AND key LIKE 'chat:%'"
POSTINGS = "SELECT entry_id, currency, amount FROM posting"
LIVE = "SELECT account_id, live FROM expert"


async def rows_of(database_url: str, *queries: str) -> list[Sequence[Any]]:
    """What each query answers, on either database."""
    if database_url.startswith("sqlite"):
        return await asyncio.to_thread(_from_sqlite, database_url.removeprefix("sqlite://"), queries)
    connection = await asyncpg.connect(database_url)
    try:
        return [[tuple(row) for row in await connection.fetch(query)] for query in queries]
    finally:
        await connection.close()


async def change(database_url: str, sql: str) -> None:
    """For setting the scene: one statement, on either database, beside the running servers."""
    if database_url.startswith("sqlite"):
        return await asyncio.to_thread(_change_sqlite, database_url.removeprefix("sqlite://"), sql)
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
    return None


def _from_sqlite(path: str, queries: Sequence[str]) -> list[Sequence[Any]]:
    connection = sqlite3.connect(path, timeout=10)
    try:
        return [connection.execute(query).fetchall() for query in queries]
    finally:
        connection.close()


def _change_sqlite(path: str, sql: str) -> None:
    connection = sqlite3.connect(path, timeout=10)
    try:
        with connection:
            connection.execute(sql)
    finally:
        connection.close()


async def read_truth(database_url: str) -> Truth:
    messages, chats, entries, postings, live = await rows_of(database_url, MESSAGES, CHATS, ENTRIES, POSTINGS, LIVE)
    return Truth(
        [Kept(chat, seq, author, cid, plain(segments)) for chat, seq, author, cid, segments in messages],
        {row[0]: KeptChat(*row[:4], None if row[4] is None else bool(row[4])) for row in chats},
        [(entry, chat) for entry, chat in entries],
        [(entry, currency, int(amount)) for entry, currency, amount in postings],
        dict(live),
    )


def plain(segments: Any) -> str:
    """Segments as one line of text: the form in which what was typed, kept and delivered is compared."""
    told = json.loads(segments) if isinstance(segments, str) else segments
    return "".join(one["text"] if "text" in one else f"[{one['token']} {one.get('n', 0)}]" for one in told)
