"""Writes migrations/fresh_*.sql anew: `python -m tests.snapshot`, after each new migration. Needs PostgreSQL's pg_dump.

The databases are made by replaying every migration, never from the snapshots that are replaced.
"""

import asyncio
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from chatmarket.engines import migrating, snapshot
from chatmarket.engines.config import CONNECTION, MIGRATIONS, MODELS
from tests.postgres import find_binaries, fresh_database, temp_postgres

FOLDER = Path(__file__).parents[1] / "migrations"
OURS = "name NOT LIKE 'sqlite%' AND sql IS NOT NULL"
# What a dump says about the session of whoever reads it, and not about the schema.
TALK = re.compile(r"^(--|SET |SELECT pg_catalog|\\)")


async def replay(url: str) -> str:
    """Migrate an empty database step by step; the name of the last migration."""
    async with migrating._context(url, MODELS, MIGRATIONS) as context:
        client = context.db(CONNECTION)
        names = await migrating._plan(client, MIGRATIONS)
        await migrating.replay(client, MIGRATIONS)
        if url.startswith("sqlite"):
            await migrating._mend(context, None)
    return names[-1]


def dumped_sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(f"SELECT sql FROM sqlite_master WHERE {OURS} ORDER BY rowid").fetchall()
    return "\n".join(f"{sql};" for (sql,) in found)


def dumped_postgres(url: str) -> str:
    tool = next(place for place in (str(find_binaries() / "pg_dump"), shutil.which("pg_dump")) if place)
    told = subprocess.run(
        [tool, "--schema-only", "--no-owner", "--no-privileges", url], check=True, capture_output=True, text=True
    ).stdout
    lines = [line.replace("public.", "") for line in told.splitlines() if line and not TALK.match(line)]
    return "\n".join(lines)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fresh.sqlite3"
        last = await replay(f"sqlite://{path}")
        _write("sqlite", last, dumped_sqlite(path))
    with temp_postgres() as server:
        url = await fresh_database(server)
        last = await replay(url)
        _write("postgres", last, dumped_postgres(url))


def _write(dialect: str, last: str, sql: str) -> None:
    (FOLDER / f"fresh_{dialect}.sql").write_text(f"{snapshot.HEADER}{last}\n{sql}\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
