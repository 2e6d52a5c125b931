"""The engines against Tortoise's own: each fault is shown on the stock engine in a process of its own, then on ours."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise import Model, fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError, TransactionManagementError
from tortoise.transactions import in_transaction

from chatmarket.engines import Conflict, StoreBusy, StoreDown
from chatmarket.engines import asyncpg as our_asyncpg
from chatmarket.engines import sqlite as our_sqlite

ROOT = Path(__file__).resolve().parents[2]
STOCK = {"sqlite": "tortoise.backends.sqlite", "postgres": "tortoise.backends.asyncpg"}
OURS = {"sqlite": "chatmarket.engines.sqlite", "postgres": "chatmarket.engines.asyncpg"}

PREAMBLE = """
import asyncio, json, os, sqlite3, sys
from tortoise import Model, fields
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

class Line(Model):
    id = fields.IntField(primary_key=True)

async def play(part):
    engine, url = sys.argv[1:3]
    connection = {"engine": engine, "credentials": expand_db_url(url)["credentials"]}
    context = TortoiseContext()
    context.__enter__()
    await context.init({"connections": {"default": connection}, "apps": {"models": {"models": ["__main__"]}}})
    told = await part(get_connection("default"))
    print(json.dumps(told), flush=True)
    os._exit(0)     # a wedged connection cannot be closed

async def insert():
    async with in_transaction("default") as connection:
        await connection.execute_query("INSERT INTO line (body) VALUES ('kept')")
"""


class Line(Model):
    id = fields.IntField(primary_key=True)


@asynccontextmanager
async def opened(db: str, url: str, **more: object) -> AsyncIterator[BaseDBAsyncClient]:
    """Our engine in this process."""
    connection = {"engine": OURS[db], "credentials": expand_db_url(url)["credentials"] | more}
    async with TortoiseContext() as context:
        await context.init({"connections": {"default": connection}, "apps": {"models": {"models": [__name__]}}})
        yield context.db()


def script(text: str, engine: str, url: str, *more: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    arguments = [sys.executable, "-c", PREAMBLE + text, engine, url, *more]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def told(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=60)
    assert out, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture
async def lines(db: str, empty_database: str) -> str:
    """The URL of a database with one table of lines."""
    if db == "sqlite":
        with closing(sqlite3.connect(empty_database.removeprefix("sqlite://"))) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, body TEXT)")
            connection.execute("CREATE TABLE total (n INTEGER)")
    else:
        connection = await asyncpg.connect(empty_database)
        await connection.execute("CREATE TABLE line (id SERIAL PRIMARY KEY, body TEXT)")
        await connection.close()
    return empty_database


@pytest.fixture
async def ours(db: str, lines: str) -> AsyncIterator[str]:
    """The lines, opened by our engine in this process."""
    more = {"minsize": 1, "maxsize": 2} if db == "postgres" else {}
    async with opened(db, lines, **more):
        yield lines


# -- cancelled at the door --------------------------------------------------------------------------------------------

STORM = """
async def storm(client):
    await client.execute_query("DELETE FROM line")
    # The wait for BEGIN is a few loop turns in and under a millisecond long; the stock pool holds five connections.
    for turns in range(400):
        task = asyncio.create_task(insert())
        for _ in range(turns % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=1)
        if not task.done():
            return "wedged"
    try:
        async with asyncio.timeout(2):
            await insert()
            return "alive"
    except TimeoutError:
        return "wedged"

asyncio.run(play(storm))
"""


def test_cancelling_at_the_door_of_a_transaction_wedges_the_stock_engine_and_not_ours(db: str, lines: str) -> None:
    warm = lines if db == "sqlite" else f"{lines}?minsize=5"  # else most cancellations hit the making of a connection
    assert told(script(STORM, STOCK[db], warm)) == "wedged"
    assert told(script(STORM, OURS[db], warm)) == "alive"


@pytest.mark.only("sqlite")
async def test_cancelling_the_very_first_query_leaves_no_half_open_connection(lines: str) -> None:
    for turns in range(30):
        async with opened("sqlite", lines) as client:
            task = asyncio.create_task(client.execute_query("SELECT 1"))
            for _ in range(turns):
                await asyncio.sleep(0.0005)
            task.cancel()
            await asyncio.wait([task])
            async with asyncio.timeout(2):
                assert await client.execute_query_dict("PRAGMA foreign_keys") == [{"foreign_keys": 1}]


# -- two processes ----------------------------------------------------------------------------------------------------

READ_THEN_WRITE = """
async def count(client):
    failed = 0
    for _ in range(40):
        try:
            async with in_transaction("default") as connection:
                found = await connection.execute_query_dict("SELECT count(*) AS n FROM total")
                await asyncio.sleep(0.002)
                await connection.execute_query("INSERT INTO total VALUES (?)", [found[0]["n"]])
        except Exception as error:
            assert "locked" in str(error), error
            failed += 1
    return failed

asyncio.run(play(count))
"""


@pytest.mark.only("sqlite")
def test_two_processes_that_read_then_write_collide_on_the_stock_engine_and_queue_on_ours(lines: str) -> None:
    patient = f"{lines}?busy_timeout=5000"
    for _ in range(10):  # two processes on a busy machine may miss each other
        pair = [script(READ_THEN_WRITE, STOCK["sqlite"], patient) for _ in range(2)]
        if sum(told(process) for process in pair) > 0:
            break
    else:
        pytest.fail("they never met")
    pair = [script(READ_THEN_WRITE, OURS["sqlite"], patient) for _ in range(2)]
    assert [told(process) for process in pair] == [0, 0]


# -- many rows --------------------------------------------------------------------------------------------------------

CANCELLED_MANY = """
async def many(client):
    await client.execute_query("SELECT 1")
    durable = 0
    for turns in range(1, 12):
        await client.execute_query("DELETE FROM total")
        task = asyncio.create_task(client.execute_many("INSERT INTO total VALUES (?)", [[n] for n in range(20000)]))
        for _ in range(turns):
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait([task])
        try:
            await client.execute_query("INSERT INTO total VALUES (-1)")      # acknowledged
        except Exception:
            return "lost"
        other = sqlite3.connect(client.filename)
        seen = other.execute("SELECT count(*) FROM total WHERE n = -1").fetchone()[0]
        other.close()
        if not seen:
            return "lost"
    return "durable"

asyncio.run(play(many))
"""


@pytest.mark.only("sqlite")
def test_what_is_acknowledged_after_a_cancelled_bulk_insert_is_lost_by_stock_and_not_by_ours(lines: str) -> None:
    assert told(script(CANCELLED_MANY, STOCK["sqlite"], lines)) == "lost"
    assert told(script(CANCELLED_MANY, OURS["sqlite"], lines)) == "durable"


# -- a failed statement whose error nobody heard ----------------------------------------------------------------------

SWALLOWED = """
async def swallow(client):
    try:
        async with in_transaction("default") as connection:
            await connection.execute_query("INSERT INTO line (body) VALUES ('promised')")
            try:
                await connection.execute_query("INSERT INTO nowhere VALUES (1)")
            except Exception:
                pass
    except Exception as error:
        return type(error).__name__
    return len(await client.execute_query_dict("SELECT 1 FROM line"))

asyncio.run(play(swallow))
"""


@pytest.mark.only("postgres")
def test_the_stock_engine_acknowledges_a_transaction_that_kept_nothing_and_ours_refuses(lines: str) -> None:
    assert told(script(SWALLOWED, STOCK["postgres"], lines)) == 0
    assert told(script(SWALLOWED, OURS["postgres"], lines)) == "TransactionManagementError"


@pytest.mark.only("postgres")
async def test_a_statement_that_failed_behind_a_savepoint_spoils_nothing(ours: str) -> None:
    async with in_transaction("default") as connection:
        await connection.execute_query("INSERT INTO line (id, body) VALUES (1, 'a')")
        with pytest.raises(IntegrityError):
            async with in_transaction("default"):
                await connection.execute_query("INSERT INTO line (id, body) VALUES (1, 'again')")
    assert len(await get_connection("default").execute_query_dict("SELECT 1 FROM line")) == 1


# -- busy and down ----------------------------------------------------------------------------------------------------


async def test_waiting_for_a_connection_ends_and_says_busy(db: str, ours: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(our_sqlite if db == "sqlite" else our_asyncpg, "ACQUIRE_SECONDS", 0.2)
    release = asyncio.Event()

    async def hold() -> None:
        async with in_transaction("default"):
            await release.wait()

    holders = [asyncio.create_task(hold()) for _ in range(2 if db == "postgres" else 1)]
    await asyncio.sleep(0.1)
    with pytest.raises(StoreBusy):
        await get_connection("default").execute_query("SELECT 1")
    with pytest.raises(StoreBusy):
        async with in_transaction("default"):
            raise AssertionError("nobody should get in")
    release.set()
    await asyncio.gather(*holders)
    await get_connection("default").execute_query("SELECT 1")


@pytest.mark.only("sqlite")
async def test_a_writer_elsewhere_is_a_conflict(ours: str) -> None:
    client = get_connection("default")
    await client.execute_query("PRAGMA busy_timeout=50")
    with closing(sqlite3.connect(ours.removeprefix("sqlite://"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict):
            await client.execute_query("INSERT INTO total VALUES (1)")
        with pytest.raises(Conflict):
            async with in_transaction("default"):
                raise AssertionError("nobody should get in")
        other.execute("COMMIT")
    async with in_transaction("default"):
        await get_connection("default").execute_query("INSERT INTO total VALUES (1)")


@pytest.mark.only("sqlite")
async def test_a_full_disk_is_down_and_leaves_no_transaction_open(ours: str) -> None:
    client = get_connection("default")
    pages = (await client.execute_query_dict("PRAGMA page_count"))[0]["page_count"]
    await client.execute_query(f"PRAGMA max_page_count={pages + 1}")
    with pytest.raises(StoreDown):
        async with in_transaction("default") as connection:
            await connection.execute_query("INSERT INTO line (body) VALUES (?)", ["x" * 100_000])
    await client.execute_query("PRAGMA max_page_count=1000000")
    await client.execute_query("INSERT INTO line (body) VALUES ('later')")
    with closing(sqlite3.connect(ours.removeprefix("sqlite://"))) as other:
        assert other.execute("SELECT body FROM line").fetchall() == [("later",)]


@pytest.mark.only("postgres")
async def test_a_connection_killed_by_the_server_is_down_and_the_pool_heals(ours: str) -> None:
    client = get_connection("default")
    with pytest.raises(StoreDown):
        async with in_transaction("default") as connection:
            await connection.execute_query("SELECT pg_terminate_backend(pg_backend_pid())")
    for _ in range(5):
        await client.execute_query("SELECT 1")


@pytest.mark.only("postgres")
async def test_a_database_that_is_not_there_is_down() -> None:
    async with opened("postgres", "postgres://postgres@127.0.0.1:1/none") as client:
        with pytest.raises(StoreDown):
            await client.execute_query("SELECT 1")


@pytest.mark.only("postgres")
async def test_a_deadlock_is_a_conflict_for_one_of_two(ours: str) -> None:
    client = get_connection("default")
    await client.execute_query("INSERT INTO line (id, body) VALUES (1, 'a'), (2, 'b')")
    both = asyncio.Barrier(2)

    async def update(first: int, second: int) -> None:
        async with in_transaction("default") as connection:
            await connection.execute_query("UPDATE line SET body = 'x' WHERE id = $1", [first])
            await both.wait()
            await connection.execute_query("UPDATE line SET body = 'y' WHERE id = $1", [second])

    ends = await asyncio.gather(update(1, 2), update(2, 1), return_exceptions=True)
    assert sorted(type(end) for end in ends if end) == [Conflict]


async def test_a_transaction_that_raised_is_rolled_back(ours: str) -> None:
    with pytest.raises(TransactionManagementError):
        async with in_transaction("default") as connection:
            await connection.execute_query("INSERT INTO line (body) VALUES ('no')")
            raise TransactionManagementError("even this one, which the stock engine leaves open")
    assert await get_connection("default").execute_query_dict("SELECT 1 FROM line") == []
    await get_connection("default").execute_query("INSERT INTO line (body) VALUES ('yes')")
    assert len(await get_connection("default").execute_query_dict("SELECT 1 FROM line")) == 1


async def test_a_commit_that_fails_leaves_no_transaction_open(db: str, ours: str) -> None:
    client = get_connection("default")
    await client.execute_script(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
        "CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(IntegrityError):
        async with in_transaction("default") as connection:
            await connection.execute_query("INSERT INTO child VALUES (4711)")
    await client.execute_query("INSERT INTO line (body) VALUES ('later')")
    async with opened(db, ours) as other:
        assert await other.execute_query_dict("SELECT body FROM line") == [{"body": "later"}]
