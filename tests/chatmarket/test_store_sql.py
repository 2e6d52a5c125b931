"""Plain SQL: one spelling, one count, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tortoise import Model, fields
from tortoise.connection import get_connection

from chatmarket import store
from chatmarket.store import changed, rows, unit_of_work


class Offer(Model):
    id = fields.IntField(primary_key=True)


@pytest.fixture
async def offers(empty_database: str) -> AsyncIterator[str]:
    await store.open_store(empty_database, models=__name__)
    client = get_connection("default")
    await client.execute_script(
        "CREATE TABLE offer (id INTEGER PRIMARY KEY, status TEXT NOT NULL);"
        "CREATE TABLE card (offer INTEGER REFERENCES offer (id) ON DELETE CASCADE, body TEXT);"
        "INSERT INTO offer VALUES (1, 'waiting'), (2, 'waiting'), (3, 'live');"
    )
    yield empty_database
    await store.close_store()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("SELECT ?", "SELECT $1"),
        ("a = ? AND b IN (?, ?)", "a = $1 AND b IN ($2, $3)"),
        ("a = '?' AND b = ?", "a = '?' AND b = $1"),
        ("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1"),
        ('"what?" = ?', '"what?" = $1'),
        ('"a""?" = ?', '"a""?" = $1'),
        ("? -- why?\n, ?", "$1 -- why?\n, $2"),
        ("? /* why?\n? */ ?", "$1 /* why?\n? */ $2"),
        (r"E'\'?' || ?", r"E'\'?' || $1"),
        ("'\\' || ?", "'\\' || $1"),
        ("$$ ? $$ || ?", "$$ ? $$ || $1"),
        ("$tag$ ? $$ ? $tag$ || ?", "$tag$ ? $$ ? $tag$ || $1"),
        ("?::text", "$1::text"),
        ("no marks", "no marks"),
    ],
)
def test_question_marks_are_numbered_outside_of_quotes_and_comments(written: str, spoken: str) -> None:
    assert store._numbered(written) == spoken


async def test_the_dialect_is_named(offers: str, db: str) -> None:
    assert store.dialect() == db


async def test_rows_come_as_dicts(offers: str) -> None:
    found = await rows("SELECT id, '?' AS mark FROM offer WHERE status = ? AND id < ? ORDER BY id", "waiting", 9)
    assert found == [{"id": 1, "mark": "?"}, {"id": 2, "mark": "?"}]


async def test_rows_of_a_returning_update_come_too(offers: str) -> None:
    assert await rows("UPDATE offer SET status = 'live' WHERE id = ? RETURNING id", 1) == [{"id": 1}]


@pytest.mark.parametrize(
    ("sql", "params", "count"),
    [
        ("UPDATE offer SET status = 'live' WHERE status = ?", ("waiting",), 2),
        ("UPDATE offer SET status = 'live' WHERE id = ? AND status = 'waiting';", (3,), 0),
        ("DELETE FROM offer WHERE id = ?  -- gone", (1,), 1),
        ("INSERT INTO offer VALUES (?, 'waiting') ON CONFLICT DO NOTHING", (4,), 1),
        ("INSERT INTO offer VALUES (?, 'waiting') ON CONFLICT DO NOTHING", (1,), 0),
        ("INSERT INTO offer VALUES (7, 'x'), (8, ?)", ("y",), 2),
        ("WITH w AS (SELECT 1 AS id) UPDATE offer SET status = ? WHERE id IN (SELECT id FROM w)", ("x",), 1),
    ],
)
async def test_changed_counts_the_rows_it_changed(offers: str, sql: str, params: tuple[Any, ...], count: int) -> None:
    assert await changed(sql, *params) == count


async def test_changed_does_not_count_cascades(offers: str) -> None:
    for body in "abc":
        await changed("INSERT INTO card VALUES (1, ?)", body)
    assert await changed("DELETE FROM offer WHERE id = 1") == 1
    assert await rows("SELECT 1 FROM card") == []


async def test_both_join_the_unit_of_work(offers: str) -> None:
    @unit_of_work
    async def undone() -> None:
        assert await changed("UPDATE offer SET status = 'live' WHERE id = ?", 1) == 1
        assert await rows("SELECT status FROM offer WHERE id = ?", 1) == [{"status": "live"}]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert await rows("SELECT status FROM offer WHERE id = ?", 1) == [{"status": "waiting"}]


async def test_of_many_conditional_updates_exactly_one_changes_the_row(offers: str) -> None:
    @unit_of_work
    async def claim() -> int:
        return await changed("UPDATE offer SET status = 'live' WHERE id = ? AND status = 'waiting'", 2)

    assert sum([await claim() for _ in range(5)]) == 1


async def test_a_moment_can_be_a_parameter(offers: str, db: str) -> None:
    column = "TEXT" if db == "sqlite" else "TIMESTAMPTZ"
    await get_connection("default").execute_script(f"CREATE TABLE moment (at {column})")
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    await changed("INSERT INTO moment VALUES (?)", early)
    assert await changed("DELETE FROM moment WHERE at < ?", late) == 1


@pytest.mark.only("sqlite")
async def test_sqlite_is_opened_safe(offers: str) -> None:
    told = {}
    for pragma in ("journal_mode", "synchronous", "foreign_keys"):
        told |= (await rows(f"PRAGMA {pragma}"))[0]
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert await rows("PRAGMA busy_timeout") == [{"timeout": 5000}]


@pytest.mark.only("postgres")
async def test_postgres_is_opened_with_limits(offers: str) -> None:
    shown = {
        name: (await rows(f"SHOW {name}"))[0][name]
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    }
    assert shown == {"lock_timeout": "4s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "15s"}
    pool = get_connection("default")._pool
    assert (pool.get_min_size(), pool.get_max_size()) == (2, 20)


def test_what_the_url_says_goes_first() -> None:
    config = store.tortoise_config("postgresql://ana:pw@db/chat?maxsize=7&command_timeout=3&sslmode=require")
    credentials = config["connections"]["default"]["credentials"]
    assert (credentials["maxsize"], credentials["command_timeout"], credentials["ssl"]) == ("7", 3.0, "require")
    assert "sslmode" not in credentials
