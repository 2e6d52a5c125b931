"""Tortoise's PostgreSQL engine made safe: a cancelled entry gives its connection back, and no wait is endless.

The stock engine (tortoise-orm 1.1) acquires a pooled connection, awaits BEGIN, and loses the connection when that
await is cancelled: after as many cancellations as the pool is wide, nothing runs any more. Tortoise picks its SQL
dialect by the word "asyncpg" in this module's name.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, TransactionManagementError

from chatmarket.engines import ACQUIRE_SECONDS, Conflict, StoreBusy, StoreDown

logger = logging.getLogger(__name__)

_CONFLICT = (asyncpg.TransactionRollbackError,)
_BUSY = (
    TimeoutError,  # asyncpg's command_timeout, and our wait for a free connection
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
)
_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


def _in_our_words(error: BaseException) -> Exception | None:
    if isinstance(error, _CONFLICT):
        return Conflict(str(error))
    if isinstance(error, _BUSY):
        return StoreBusy(str(error) or "PostgreSQL did not answer in time")
    # InterfaceError is also asyncpg's word for a caller's mistake; only those about a closed connection are an outage.
    gone = isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
    return StoreDown(str(error)) if gone or isinstance(error, _AWAY) else None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Tortoise may have wrapped it already.
        for cause in (error, error.__cause__):
            if cause is not None and (told := _in_our_words(cause)):
                raise told from error
        raise


RESERVED = 2  # connections that only urgent statements take: one batch of messages and one of readers at a time


class Gate:
    """The pool's connections, first come first served but for the reserved ones.

    asyncpg's pool is a queue whose woken waiter goes to the back when somebody took its connection meanwhile
    (MagicStack/asyncpg#1247): under load a few wait for seconds while most wait for nothing.
    """

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        most = pool.get_max_size()
        reserved = RESERVED if most > 2 * RESERVED else 0
        self._turns = asyncio.Semaphore(most - reserved)
        self._urgent = asyncio.Semaphore(reserved) if reserved else self._turns

    async def acquire(self, *, urgent: bool = False) -> Any:
        turns = self._urgent if urgent else self._turns
        async with asyncio.timeout(ACQUIRE_SECONDS):
            await turns.acquire()
            try:
                return await self.pool.acquire()
            except BaseException:
                turns.release()
                raise

    async def give_back(self, connection: Any, *, urgent: bool = False) -> None:
        """asyncpg rolls back what is open on it. A failure is told to the log: the outcome stands."""
        try:
            await self.pool.release(connection)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            logger.warning("connection_not_returned", extra={"error": type(error).__name__})
        finally:
            (self._urgent if urgent else self._turns).release()


async def _reset(connection: Any) -> None:
    """Only what a unit may have left open is undone: asyncpg's own reset costs a round trip after each of them."""
    if connection.is_in_transaction():
        await connection.reset()


class _Turn(PoolConnectionWrapper[Any]):
    """One statement's turn on a pooled connection."""

    __slots__ = ()

    async def __aenter__(self) -> Any:
        await self.ensure_connection()
        self.connection = await self._gate.acquire()
        return self.connection

    async def __aexit__(self, *outcome: object) -> None:
        await self._gate.give_back(self.connection)

    @property
    def _gate(self) -> Gate:
        assert isinstance(self.client, Client)
        return self.client.gate


class _Transaction(TransactionWrapper):
    """A transaction that refuses to commit after a failed statement.

    PostgreSQL answers COMMIT of a failed transaction with a silent ROLLBACK: swallowing an IntegrityError inside a
    unit of work would acknowledge what was never kept.
    """

    def __init__(self, connection: AsyncpgDBClient) -> None:
        super().__init__(connection)
        self.broken = False

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            with _translated():
                return await super()._translate_exceptions(func, *args, **kwargs)
        except Exception as error:
            self.broken = self.broken or _from_server(error)
            raise

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))

    async def savepoint_rollback(self) -> None:
        await super().savepoint_rollback()
        if isinstance(self._parent, _Transaction):
            self._parent.broken = False  # the failed statement lies behind the savepoint

    async def commit(self) -> None:
        if self.broken:
            await self.rollback()
            raise TransactionManagementError("a statement failed and its error was swallowed: nothing was kept")
        with _translated():
            try:
                await super().commit()
            except asyncpg.IntegrityConstraintViolationError as error:  # a deferred constraint speaks up only now
                raise IntegrityError(error) from error


def _from_server(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, asyncpg.PostgresError):
        error = error.__cause__
    return error is not None


class _Entrance(TransactionContextPooled):
    __slots__ = ("connection", "gate")

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        assert isinstance(self.client._parent, Client)
        self.gate = self.client._parent.gate
        with _translated():
            self.connection = self.client._connection = await self.gate.acquire()
        self.token = None  # type: ignore[assignment]  # resetting None is a no-op
        try:
            self.token = get_connections().set(self.connection_name, self.client)
            await self.client.begin()
        except BaseException:
            await self._leave()
            raise
        return self.client

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if not self.client._finalized:
                await (self._undo() if kind else self.client.commit())
        finally:
            await self._leave()

    async def _undo(self) -> None:
        try:
            await self.client.rollback()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # The caller should hear what broke the transaction, not that a dead connection cannot roll back.
            logger.warning("rollback_failed", extra={"error": type(error).__name__})

    async def _leave(self) -> None:
        get_connections().reset(self.token)
        await self.gate.give_back(self.connection)


class Client(AsyncpgDBClient):
    """PostgreSQL through a pool whose connections are always given back."""

    gate: Gate

    async def create_connection(self, with_db: bool) -> None:
        with _translated():
            await super().create_connection(with_db)
        self.gate = Gate(self._pool)

    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:
        return await asyncpg.create_pool(None, reset=_reset, **kwargs)

    async def _translate_exceptions(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with _translated():
            return await super()._translate_exceptions(func, *args, **kwargs)

    def acquire_connection(self) -> _Turn:
        return _Turn(self, self._pool_init_lock)

    @translate_exceptions
    async def execute_urgent(self, sql: str, params: list[Any]) -> list[dict[str, Any]]:
        """One statement on a reserved connection, committed by itself."""
        connection = await self.gate.acquire(urgent=True)
        try:
            return [dict(row) for row in await connection.fetch(sql, *params)]
        finally:
            await self.gate.give_back(connection, urgent=True)

    def _in_transaction(self) -> TransactionContext:
        return _Entrance(_Transaction(self), self._pool_init_lock)


client_class = Client
