"""Migrations: one migrator at a time, a copy of the SQLite file first, and nothing lost when a table is rebuilt.

Tortoise's own migrations (tortoise-orm 1.1) take no lock, and on SQLite a changed column drops its table: with foreign
keys on, ON DELETE CASCADE empties the children, and indexes, triggers and UNIQUE (a, b) are gone without a word.
"""

import asyncio
import fcntl
import logging
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor
from tortoise.models import Model

from chatmarket.engines import snapshot
from chatmarket.engines.config import APP, CONNECTION, MIGRATIONS, MODELS, tortoise_config

logger = logging.getLogger(__name__)

COPIES = 3  # of a SQLite file, each from before one migration
POLL_SECONDS = 0.1  # between two tries for the migrators' lock; a migration lasts for as long as it lasts
ADVISORY_LOCK = 0x63_68_61_74  # "chat": any number, the same in every migrator

LATEST = [MigrationTarget(app_label=APP, name="__latest__")]


class BrokenMigration(Exception):
    """The migrations ran and left a damaged database; the sentence says where the copy from before is."""


async def pending(url: str, *, models: str = MODELS, migrations: str = MIGRATIONS) -> bool:
    """Whether `migrate` would have anything to do. Raises StoreDown when the database is not there."""
    path = _file(url)
    if path is not None and not path.exists():
        return True  # connecting would make the file
    async with _context(url, models, migrations) as context:
        return bool(await _plan(context.db(CONNECTION), migrations))


async def migrate(url: str, *, models: str = MODELS, migrations: str = MIGRATIONS) -> list[str]:
    """Bring the database up to date and return the names of the migrations that ran, oldest first.

    Any number of processes may call it at once: one migrates, the others wait and find nothing to do. Raises
    BrokenMigration when rows point nowhere afterwards, StoreDown when the database is not there.
    """
    path = _file(url)
    async with _context(url, models, migrations) as context, _alone(context, path):
        client = context.db(CONNECTION)
        names = await _plan(client, migrations)
        if not names:
            return []
        copy = await asyncio.to_thread(_copy_aside, path) if path else None
        if not await snapshot.make(client, names, migrations):
            await replay(client, migrations)
            if path:
                await _mend(context, copy)
        logger.info("migrated", extra={"migrations": names, "copy": str(copy or "")})
        return names


async def replay(client: BaseDBAsyncClient, migrations: str) -> None:
    """Run what has not run yet, one migration after the other."""
    await _Executor(client, _apps(migrations)).migrate(LATEST, direction="forward")


def _file(url: str) -> Path | None:
    connection = tortoise_config(url)["connections"][CONNECTION]
    return Path(connection["credentials"]["file_path"]) if "file_path" in connection["credentials"] else None


def _apps(migrations: str) -> dict[str, dict[str, Any]]:
    return {APP: {"migrations": migrations, "default_connection": CONNECTION}}


@asynccontextmanager
async def _context(url: str, models: str, migrations: str) -> AsyncIterator[TortoiseContext]:
    # A context of its own: the process may have the same database open for its work.
    async with TortoiseContext() as context:
        await context.init(tortoise_config(url, models=models, migrations=migrations, migrating=True))
        yield context


async def _plan(client: BaseDBAsyncClient, migrations: str) -> list[str]:
    await client.execute_query("SELECT 1")  # the planner takes a database that is away for an empty one
    return [step.migration.name for step in await _Executor(client, _apps(migrations)).plan(LATEST)]


# -- one at a time ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _alone(context: TortoiseContext, path: Path | None) -> AsyncIterator[None]:
    async with _file_lock(path) if path else _advisory_lock(context.db(CONNECTION)):
        yield


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    with path.with_name(f"{path.name}.migrating").open("w") as lock:

        async def taken() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        await _until(taken)
        yield  # closing the file, also by a kill, gives the lock back; the file stays, or two could hold "the" lock


@asynccontextmanager
async def _advisory_lock(client: BaseDBAsyncClient) -> AsyncIterator[None]:
    # Asking instead of waiting: a session waiting inside a statement would hold up CREATE INDEX CONCURRENTLY.
    # asyncpg gives the lock back with the connection.
    async with client.acquire_connection() as connection:

        async def taken() -> bool:
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK))

        await _until(taken)
        yield


async def _until(true: Callable[[], Awaitable[bool]]) -> None:
    while not await true():  # noqa: ASYNC110 (another process gives it back, no event tells us)
        await asyncio.sleep(POLL_SECONDS)


# -- SQLite -----------------------------------------------------------------------------------------------------------


def _copy_aside(path: Path) -> Path | None:
    """chatmarket.sqlite3 -> chatmarket.sqlite3.before-7, through SQLite's own backup (a WAL may hold half of it)."""
    with closing(sqlite3.connect(path)) as source:
        if not source.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return None
        numbers = _copies(path)
        copy = _copy(path, max(numbers, default=0) + 1)
        copy.touch(mode=0o600)  # before the first byte: it holds what the original holds
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    shutil.copymode(path, copy)
    for number in numbers[: -(COPIES - 1)]:
        os.unlink(_copy(path, number))
    return copy


def _copy(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.before-{number}")


def _copies(path: Path) -> list[int]:
    ends = [other.name.removeprefix(f"{path.name}.before-") for other in path.parent.iterdir()]
    return sorted(int(end) for end in ends if end.isdigit())


async def _mend(context: TortoiseContext, copy: Path | None) -> None:
    await context.generate_schemas(safe=True)  # the indexes that a rebuild lost and the models still ask for
    client = context.db(CONNECTION)
    orphans = {row["table"] for row in await client.execute_query_dict("PRAGMA foreign_key_check")}
    health = [row["integrity_check"] for row in await client.execute_query_dict("PRAGMA integrity_check")]
    if orphans or health != ["ok"]:
        faults = [*(f"rows of {table} point nowhere" for table in sorted(orphans)), *health]
        raise BrokenMigration(f"the database is damaged: {', '.join(faults)}; from before: {copy or 'nothing'}")


class _Executor(MigrationExecutor):
    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect == "sqlite":
            return SchemaEditor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic, collect_sql)


class SchemaEditor(SqliteSchemaEditor):
    """Tortoise changes a column by building the table anew, and forgets its indexes, triggers and UNIQUE (a, b)."""

    async def _remake_table(self, model: type[Model], *args: Any, **kwargs: Any) -> None:
        table = model._meta.db_table
        kept = await _indexes(self.client, table)
        uniques = await _uniques(self.client, table)
        await super()._remake_table(model, *args, **kwargs)
        for name in kept.keys() - (await _indexes(self.client, table)).keys():
            await self._put_back(table, kept[name])
        for columns in uniques - await _uniques(self.client, table):
            await self._put_back(table, _unique_index(table, columns))

    async def _put_back(self, table: str, sql: str) -> None:
        try:
            await self.client.execute_query(sql)
        except OperationalError:
            # Its column was dropped or renamed on purpose; what the models still ask for is made after the migrations.
            logger.warning("index_not_put_back", extra={"table": table, "sql": sql})


async def _indexes(client: BaseDBAsyncClient, table: str) -> dict[str, str]:
    found = await client.execute_query_dict(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        [table],
    )
    return {row["name"]: row["sql"] for row in found}


async def _uniques(client: BaseDBAsyncClient, table: str) -> set[tuple[str, ...]]:
    # Those without SQL of their own: UNIQUE (a, b) inside CREATE TABLE. One column alone is rebuilt with its field.
    found = await client.execute_query_dict(
        "SELECT l.name AS owner, i.name AS name FROM pragma_index_list(?) l, pragma_index_info(l.name) i "
        "WHERE l.\"unique\" AND l.origin <> 'pk' AND l.partial = 0 ORDER BY l.name, i.seqno",
        [table],
    )
    columns: dict[str, tuple[str, ...]] = {}
    for row in found:
        columns[row["owner"]] = (*columns.get(row["owner"], ()), row["name"])
    return {names for names in columns.values() if len(names) > 1}


def _unique_index(table: str, columns: tuple[str, ...]) -> str:
    name = "_".join(("uid", table, *columns))
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'CREATE UNIQUE INDEX IF NOT EXISTS "{name}" ON "{table}" ({listed})'
