"""The database: opening it, units of work that nobody can cut in half, and plain SQL.

A unit of work is one transaction in a task of its own. Whoever waits for it may be cancelled (a socket closes, a
request is dropped); the unit still commits or rolls back by itself, and then tells the world (`after_commit`) before
its caller hears the result. Inside a unit: no `create_task`, `gather` or `wait_for` (a new task would not be in the
transaction; `asyncio.timeout` is fine) and no waiting for anything but the database.
"""

import asyncio
import contextvars
import functools
import inspect
import logging
import random
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.connection import get_connection, get_connections
from tortoise.context import TortoiseContext, get_current_context
from tortoise.transactions import in_transaction

from chatmarket.engines import ACQUIRE_SECONDS, Conflict, StoreBusy, StoreDown
from chatmarket.engines.config import CONNECTION, MIGRATIONS, MODELS, tortoise_config
from chatmarket.engines.migrating import BrokenMigration, migrate, pending

__all__ = [
    "BrokenMigration",
    "Conflict",
    "StoreBusy",
    "StoreDown",
    "after_commit",
    "alone",
    "changed",
    "close_by",
    "close_store",
    "dialect",
    "many",
    "migrate",
    "open_store",
    "pending",
    "rows",
    "shielded",
    "tortoise_config",
    "unit_of_work",
    "urgent",
]

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Action = Callable[[], object]

TRIES = 4  # the first and three more; two transactions that keep colliding are a bug, not a wait
CLOSE_SECONDS = 10.0  # a unit takes milliseconds; one that takes longer waits for a database that is away
FOR_UNITS = 2 / 3  # of that; the rest is for saying goodbye to the database


_opened: TortoiseContext | None = None
_close_by: float | None = None


async def open_store(
    url: str, *, global_fallback: bool = True, models: str = MODELS, migrations: str = MIGRATIONS
) -> None:
    """Open the database and connect; raises StoreDown when it is not there.

    With `global_fallback` every task of the process finds it, whoever started it (a server's lifespan runs in a task of
    its own); without, only the calling task and those it starts.
    """
    global _opened
    if _opened is not None:
        raise RuntimeError("the store is open already; close_store() first")
    context = TortoiseContext()
    with context:
        await context.init(
            tortoise_config(url, models=models, migrations=migrations), _enable_global_fallback=global_fallback
        )
        try:
            await context.db(CONNECTION).execute_query("SELECT 1")
        except BaseException:
            await context.close_connections()
            raise
    if not global_fallback:
        context.__enter__()
    _opened = context


def close_by(moment: float) -> None:
    """The process goes: the next `close_store` is over by then (the loop's time), whatever the database does."""
    global _close_by
    _close_by = moment


async def close_store() -> None:
    """Wait for running units of work, then disconnect: in CLOSE_SECONDS, or until the moment of `close_by`."""
    global _opened, _close_by
    (context, _opened), (by, _close_by), now = (_opened, None), (_close_by, None), asyncio.get_running_loop().time()
    left = CLOSE_SECONDS if by is None else max(0.0, by - now)
    try:
        async with asyncio.timeout_at(now + left * FOR_UNITS):
            await at_rest()
    except TimeoutError:
        logger.error("units_abandoned", extra={"count": len(_running)})
    if context is not None:
        with suppress(TimeoutError):  # a pool that is cancelled cuts its connections
            async with asyncio.timeout_at(now + left):
                await context.close_connections()
        if get_current_context() is context:
            context.__exit__(None, None, None)


async def at_rest() -> None:
    """Wait until no unit of work runs, whoever has stopped waiting for it."""
    while _running:
        await asyncio.wait(_running)  # a finished unit may have started another


def dialect() -> str:
    """'sqlite' or 'postgres'."""
    return get_connection(CONNECTION).capabilities.dialect


# -- units of work ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Unit:
    task: asyncio.Task[Any] | None
    actions: list[Action] = field(default_factory=list)


_unit: contextvars.ContextVar[_Unit | None] = contextvars.ContextVar("unit_of_work", default=None)
_running: set[asyncio.Task[Any]] = set()  # the event loop itself keeps only weak references


def _joined() -> _Unit | None:
    # A task started inside a unit inherits its context, not its transaction.
    unit = _unit.get()
    return unit if unit is not None and unit.task is asyncio.current_task() else None


def after_commit(action: Action) -> None:
    """Call `action` (and await it, if it is a coroutine function) once the running unit has committed."""
    unit = _joined()
    if unit is None:
        raise RuntimeError("after_commit() belongs inside a unit of work, in the unit's own task")
    unit.actions.append(action)


def unit_of_work(function: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Run a coroutine function shielded and in one transaction, then its after-commit actions, then return its value.

    Called inside another unit it joins that one: one transaction, one list of actions, and an error that reaches the
    outer one undoes everything. A Conflict is tried again, so the function may run several times: it must do nothing
    that a rollback cannot undo (`after_commit` is for that). Raises StoreBusy or StoreDown when the database does not
    answer; then nobody knows whether it was kept.
    """

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _joined() is not None:
            return await function(*args, **kwargs)
        return await shielded(_committed(functools.partial(function, *args, **kwargs)))

    return run


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` in a task of its own that the caller's cancellation does not reach and `close_store` waits for."""
    task = alone(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_tell_unheard)
        raise


def alone(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that is in nobody's transaction and that `close_store` waits for."""
    context = contextvars.copy_context()
    try:
        context.run(_forget_transaction)
    except BaseException:
        work.close()  # no store is open; Python would complain of the wrong thing
        raise
    task = asyncio.create_task(work, context=context)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


def _forget_transaction() -> None:
    client = get_connection(CONNECTION)
    while isinstance(client, TransactionalDBClient):
        client = client._parent
    get_connections().set(CONNECTION, client)
    _unit.set(None)


def _tell_unheard(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.error("unit_failed_unheard", extra=_about(error))


def _about(error: BaseException) -> dict[str, str]:
    # Never the error's text: PostgreSQL quotes the offending values in it.
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "place": place}


async def _committed(function: Callable[[], Awaitable[T]]) -> T:
    deadline = time.monotonic() + ACQUIRE_SECONDS
    for tried in range(1, TRIES + 1):
        try:
            unit, value = await _attempt(function)
        except Conflict as conflict:
            if tried == TRIES or time.monotonic() > deadline:
                raise StoreBusy("other transactions kept standing in the way") from conflict
            await asyncio.sleep(random.uniform(0, 0.01 * 2**tried))  # noqa: S311 (jitter)
        else:
            await _tell(unit.actions)
            return value
    raise AssertionError("unreachable: the last try returns or raises")


async def _attempt(function: Callable[[], Awaitable[T]]) -> tuple[_Unit, T]:
    unit = _Unit(asyncio.current_task())
    token = _unit.set(unit)
    try:
        async with in_transaction(CONNECTION):
            value = await function()
    finally:
        _unit.reset(token)
    return unit, value


async def _tell(actions: list[Action]) -> None:
    for action in actions:
        try:
            answer = action()
            if inspect.isawaitable(answer):
                await answer
        except Exception as error:
            # What is committed stays committed; the next action must still run.
            name = getattr(action, "__qualname__", type(action).__name__)
            logger.error("after_commit_failed", extra={"action": name, **_about(error)})


# -- plain SQL, written with ? on both databases ----------------------------------------------------------------------

_MARKS = re.compile(
    r"""(?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/
    | (?<![\w$])\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$ | (?P<mark>\?)""",
    re.DOTALL | re.VERBOSE,
)


@functools.lru_cache(maxsize=1024)
def _numbered(sql: str) -> str:
    """`?` -> $1, $2, ... outside of quotes and comments. (PostgreSQL's jsonb operator `?` is spelt jsonb_exists().)"""
    count = 0

    def number(match: re.Match[str]) -> str:
        nonlocal count
        if match["mark"] is None:
            return match[0]
        count += 1
        return f"${count}"

    return _MARKS.sub(number, sql)


async def rows(sql: str, *params: object) -> list[dict[str, Any]]:
    """What a query answers, as dicts; also INSERT, UPDATE or DELETE ... RETURNING. Joins the open transaction."""
    client = get_connection(CONNECTION)
    if client.capabilities.dialect == "postgres":
        return await client.execute_query_dict(_numbered(sql), list(params))
    return await client.execute_query_dict(sql, [_kept_as_text(param) for param in params])


async def urgent(sql: str, *params: object) -> list[dict[str, Any]]:
    """As `rows`, one statement outside of all transactions, past those who queue for a connection.

    For the few statements that many people wait for together: the batches of messages and of readers who catch up.
    """
    client: Any = get_connection(CONNECTION)
    if client.capabilities.dialect == "postgres":
        found: list[dict[str, Any]] = await client.execute_urgent(_numbered(sql), list(params))
        return found
    return await rows(sql, *params)


async def many(sql: str, rows_: Sequence[Sequence[object]]) -> None:
    """One statement for each row of parameters; SQLite only, inside a unit of work."""
    if rows_:
        client = get_connection(CONNECTION)
        await client.execute_many(sql, [[_kept_as_text(param) for param in row] for row in rows_])


def _kept_as_text(param: object) -> object:
    # As Tortoise writes it; sqlite3's own adapter for moments is deprecated.
    return param.isoformat(" ") if isinstance(param, datetime) else param


async def changed(sql: str, *params: object) -> int:
    """How many rows an INSERT, UPDATE or DELETE (without RETURNING) changed itself, not through triggers or cascades.

    Counted by RETURNING: the drivers' own counts are wrong for INSERT (asyncpg) and include triggers (SQLite).
    """
    return len(await rows(f"{sql.rstrip().rstrip(';')}\nRETURNING 1 AS changed", *params))
