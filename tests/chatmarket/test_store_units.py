"""Units of work: whole or not at all, whoever goes away; what follows a commit follows it."""

import asyncio
import logging
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import asyncpg
import pytest
from tortoise import Model, fields
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from chatmarket import store
from chatmarket.store import Conflict, StoreBusy, after_commit, changed, rows, unit_of_work


class Line(Model):
    id = fields.IntField(primary_key=True)
    body = fields.TextField()


@pytest.fixture
async def opened(empty_database: str) -> AsyncIterator[str]:
    await store.open_store(empty_database, models=__name__)
    await get_connection("default").execute_script("CREATE TABLE line (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    yield empty_database
    await store.close_store()


async def kept(url: str) -> list[str]:
    """What another connection sees, so: what is durable."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as other:
            return [body for (body,) in other.execute("SELECT body FROM line ORDER BY id")]
    connection = await asyncpg.connect(url)
    try:
        return [row["body"] for row in await connection.fetch("SELECT body FROM line ORDER BY id")]
    finally:
        await connection.close()


@unit_of_work
async def write(number: int, body: str) -> int:
    await Line.create(id=number, body=body)
    return number


async def drained() -> None:
    while store._running:
        await asyncio.wait(store._running)


async def test_a_unit_commits_and_returns_its_value(opened: str) -> None:
    assert await write(1, "a") == 1
    assert await kept(opened) == ["a"]


async def test_a_unit_that_raises_keeps_nothing(opened: str) -> None:
    @unit_of_work
    async def fail() -> None:
        await write(1, "a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await kept(opened) == []


async def test_a_cancelled_caller_does_not_cancel_the_unit(opened: str) -> None:
    told: list[str] = []

    @unit_of_work
    async def slow() -> None:
        after_commit(lambda: told.append("told"))
        await Line.create(id=1, body="a")
        await asyncio.sleep(0.05)
        await Line.create(id=2, body="b")

    caller = asyncio.create_task(slow())
    await asyncio.sleep(0.02)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await drained()
    assert await kept(opened) == ["a", "b"]
    assert told == ["told"]


async def test_of_many_cancelled_callers_every_unit_is_kept_once_and_the_store_lives(opened: str) -> None:
    rng = random.Random(7)
    callers = []
    for number in range(150):
        callers.append(asyncio.create_task(write(number, str(number))))
        await asyncio.sleep(rng.random() * 0.002)
        rng.choice(callers).cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    await drained()
    started = {str(number) for number, caller in enumerate(callers) if not caller.cancelled()}
    assert started <= set(await kept(opened))
    async with asyncio.timeout(5):
        await asyncio.gather(*(write(1000 + n, "later") for n in range(25)))


async def test_bulk_create_in_a_cancelled_unit_stays_durable_and_so_does_what_follows(opened: str) -> None:
    @unit_of_work
    async def many(start: int) -> None:
        await Line.bulk_create([Line(id=start + n, body="bulk") for n in range(500)])

    for turn in range(8):
        caller = asyncio.create_task(many(turn * 1000))
        await asyncio.sleep(0.002 * turn)
        caller.cancel()
        await asyncio.wait([caller])
    await drained()
    before = len(await kept(opened))
    assert before % 500 == 0
    assert before > 0
    await Line.create(id=99_999, body="acknowledged")
    assert (await kept(opened))[-1] == "acknowledged"


async def test_after_commit_runs_in_order_and_only_once_everything_is_durable(opened: str) -> None:
    seen: list[object] = []

    @unit_of_work
    async def say() -> str:
        await Line.create(id=1, body="a")

        async def publish() -> None:
            seen.append(await kept(opened))

        after_commit(publish)
        after_commit(lambda: seen.append("second"))
        assert seen == []
        return "value"

    assert await say() == "value"
    assert seen == [["a"], "second"]


async def test_after_commit_never_runs_after_a_rollback(opened: str) -> None:
    told: list[str] = []

    @unit_of_work
    async def fail() -> None:
        after_commit(lambda: told.append("told"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert told == []


async def test_an_action_that_fails_is_logged_without_its_words_and_the_next_still_runs(
    opened: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    @unit_of_work
    async def say() -> str:
        def broken() -> None:
            raise ValueError("ana@example.com")

        after_commit(broken)
        after_commit(lambda: told.append("told"))
        return "value"

    with caplog.at_level(logging.ERROR):
        assert await say() == "value"
    assert told == ["told"]
    assert [record.message for record in caplog.records] == ["after_commit_failed"]
    assert "ana@example.com" not in str(caplog.records[0].__dict__)


async def test_after_commit_outside_a_unit_is_a_mistake_that_is_told(opened: str) -> None:
    with pytest.raises(RuntimeError, match="inside a unit of work"):
        after_commit(lambda: None)


async def test_an_action_may_start_a_unit_of_its_own(opened: str) -> None:
    @unit_of_work
    async def say() -> None:
        await Line.create(id=1, body="a")
        after_commit(lambda: write(2, "b"))

    await say()
    assert await kept(opened) == ["a", "b"]


async def test_a_unit_inside_a_unit_joins_its_transaction_and_its_actions(opened: str) -> None:
    told: list[str] = []

    @unit_of_work
    async def inner() -> None:
        await Line.create(id=1, body="inner")
        after_commit(lambda: told.append("inner"))

    @unit_of_work
    async def outer(fails: bool) -> None:
        await inner()
        assert told == []
        assert await kept(opened) == []
        after_commit(lambda: told.append("outer"))
        if fails:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await outer(True)
    assert (told, await kept(opened)) == ([], [])
    await outer(False)
    assert (told, await kept(opened)) == (["inner", "outer"], ["inner"])


async def test_a_task_started_inside_a_unit_has_a_transaction_of_its_own(opened: str) -> None:
    strays: list[asyncio.Task[int]] = []

    @unit_of_work
    async def outer() -> None:
        strays.append(asyncio.create_task(write(2, "stray")))
        await asyncio.sleep(0.01)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await outer()
    await asyncio.gather(*strays)
    assert await kept(opened) == ["stray"]


async def test_a_unit_called_in_a_foreign_transaction_does_not_use_its_connection(opened: str, db: str) -> None:
    tasks = []
    async with in_transaction("default"):
        tasks.append(asyncio.create_task(write(1, "own")))
    await asyncio.gather(*tasks)
    assert await kept(opened) == ["own"]


async def test_a_conflict_is_tried_again_and_tells_only_once(opened: str) -> None:
    tries: list[int] = []
    told: list[str] = []

    @unit_of_work
    async def unlucky() -> int:
        tries.append(1)
        after_commit(lambda: told.append("told"))
        await Line.create(id=len(tries), body="a")
        if len(tries) < 3:
            raise Conflict("database is locked")
        return len(tries)

    assert await unlucky() == 3
    assert told == ["told"]
    assert await kept(opened) == ["a"]


async def test_endless_conflicts_end_as_busy(opened: str) -> None:
    tries: list[int] = []

    @unit_of_work
    async def hopeless() -> None:
        tries.append(1)
        raise Conflict("deadlock detected")

    with pytest.raises(StoreBusy):
        await hopeless()
    assert len(tries) == 4


async def test_other_errors_are_not_tried_again(opened: str) -> None:
    await write(1, "a")
    with pytest.raises(IntegrityError):
        await write(1, "again")


@pytest.mark.only("postgres")
async def test_a_deadlock_between_two_units_is_solved_by_trying_again(opened: str) -> None:
    await write(1, "a")
    await write(2, "b")
    met = asyncio.Barrier(2)
    first_try = [True, True]

    @unit_of_work
    async def swap(me: int, first: int, second: int) -> None:
        await changed("UPDATE line SET body = ? WHERE id = ?", f"{me}", first)
        if first_try[me]:
            first_try[me] = False
            await met.wait()
        await changed("UPDATE line SET body = ? WHERE id = ?", f"{me}", second)

    async with asyncio.timeout(10):
        await asyncio.gather(swap(0, 1, 2), swap(1, 2, 1))
    assert len(set(await kept(opened))) == 1


async def test_a_failure_nobody_waits_for_is_logged(opened: str, caplog: pytest.LogCaptureFixture) -> None:
    @unit_of_work
    async def fail() -> None:
        await asyncio.sleep(0.02)
        raise ZeroDivisionError("secret")

    caller = asyncio.create_task(fail())
    await asyncio.sleep(0.005)
    caller.cancel()
    await asyncio.wait([caller])
    await drained()
    await asyncio.sleep(0)
    assert [record.message for record in caplog.records] == ["unit_failed_unheard"]


async def test_closing_waits_for_running_units(empty_database: str) -> None:
    await store.open_store(empty_database, models=__name__)
    await get_connection("default").execute_script("CREATE TABLE line (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    @unit_of_work
    async def slow() -> None:
        await asyncio.sleep(0.05)
        await Line.create(id=1, body="late")

    caller = asyncio.create_task(slow())
    await asyncio.sleep(0.01)
    caller.cancel()
    await store.close_store()
    assert await kept(empty_database) == ["late"]


async def test_the_store_is_open_in_tasks_that_were_there_before_it(empty_database: str) -> None:
    ready = asyncio.Event()

    async def earlier() -> list[dict[str, object]]:
        await ready.wait()
        return await rows("SELECT 1 AS one")

    task = asyncio.create_task(earlier())
    await asyncio.sleep(0)
    await store.open_store(empty_database, models=__name__)
    ready.set()
    assert await task == [{"one": 1}]
    with pytest.raises(RuntimeError, match="open already"):
        await store.open_store(empty_database, models=__name__)
    await store.close_store()


async def test_without_the_global_fallback_only_the_opener_and_its_tasks_see_it(empty_database: str) -> None:
    ready = asyncio.Event()

    async def earlier() -> None:
        await ready.wait()
        with pytest.raises(RuntimeError):
            await write(1, "a")

    task = asyncio.create_task(earlier())
    await asyncio.sleep(0)
    await store.open_store(empty_database, global_fallback=False, models=__name__)
    ready.set()
    await task
    assert await asyncio.create_task(rows("SELECT 1 AS one")) == [{"one": 1}]
    await store.close_store()
