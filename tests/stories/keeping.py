"""What is kept, read past the application: the tables as they stand, and every byte of the database."""

import sqlite3
from pathlib import Path
from typing import Any

import asyncpg

from chatmarket.store import rows

TABLES = (
    "acceptance",
    "account",
    "answer",
    "application",
    "attempt",
    "audit",
    "audithead",
    "auditlink",
    "brand",
    "brandkey",
    "chat",
    "customer",
    "customerkey",
    "decision",
    "entry",
    "exam",
    "example",
    "expert",
    "gatecase",
    "invitation",
    "lesson",
    "login",
    "message",
    "movement",
    "offer",
    "plea",
    "posting",
    "question",
    "rating",
    "reply",
    "skill",
    "solicitation",
    "standing",
    "terms",
    "topic",
    "vaultvalue",
    "vote",
)


async def counts() -> dict[str, int]:
    """How many rows each table holds."""
    counted = ", ".join(f'(SELECT COUNT(*) FROM "{table}") AS {table}' for table in TABLES)
    return (await rows(f"SELECT {counted}"))[0]


async def tables_there(database_url: str) -> set[str]:
    """The tables of the database itself, to tell whether TABLES names them all."""
    if database_url.startswith("sqlite"):
        found = await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        found = await rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    return {row["name"] for row in found if not row["name"].startswith(("tortoise", "aerich"))}


async def whole_database(database_url: str) -> bytes:
    """Every byte that the database keeps in its tables (bytes as hex besides): to look for what must not be there."""
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite://"))
        parts = [part.read_bytes() for part in sorted(file.parent.iterdir()) if part.name.startswith(file.name)]
        return b"".join(parts) + _dump(file)
    connection = await asyncpg.connect(database_url)
    try:
        found = [
            row[0]
            for table in await tables_there(database_url)
            for row in await connection.fetch(f'SELECT t::text FROM "{table}" t')
        ]
    finally:
        await connection.close()
    return "\n".join(found).encode()


def _dump(file: Path) -> bytes:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    return dump.encode()


def is_in(kept: bytes, value: str) -> bool:
    """Whether a value is among kept bytes: as text of any case, or as bytes written in hex."""
    lower = kept.lower()
    return value.lower().encode() in lower or value.encode().hex().encode() in lower


async def only(sql: str, *params: Any) -> Any:
    """The one value that a query answers."""
    (row,) = await rows(sql, *params)
    (value,) = row.values()
    return value
