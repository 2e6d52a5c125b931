"""Tortoise's SQLite engine made safe: cancellation loses no lock, writers queue up instead of failing.

The stock engine (tortoise-orm 1.1) takes its one lock, awaits, and forgets the lock when that await is cancelled: every
later query of the process hangs. It also begins transactions deferred, which fails at once with "database is locked"
when two processes read and then write, whatever the busy timeout. Tortoise picks its SQL dialect by the word "sqlite"
in this module's name.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import aiosqlite
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError

from chatmarket.engines import ACQUIRE_SECONDS, Conflict, StoreBusy, StoreDown

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_AWAY = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
_PRIMARY = 0xFF  # SQLite's extended codes keep the primary one in their lowest byte


def _in_our_words(error: BaseException | None) -> Exception | None:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityError(error)
    if code in _LOCKED:
        return Conflict(str(error))
    return StoreDown(str(error)) if code in _AWAY else None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if told := _in_our_words(error):
            raise told from error
        raise


async def _acquire(lock: asyncio.Lock) -> None:
    if not lock.locked():
        await lock.acquire()
        return
    try:
        async with asyncio.timeout(ACQUIRE_SECONDS):
            await lock.acquire()
    except TimeoutError as late:
        raise StoreBusy(f"the SQLite connection was not free within {ACQUIRE_SECONDS:g} s") from late


class _Turn(ConnectionWrapper[aiosqlite.Connection]):
    """One statement's turn on the one connection."""

    __slots__ = ()

    async def __aenter__(self) -> aiosqlite.Connection:
        await _acquire(self._lock)
        try:
            self.connection = self.client._connection
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
        if told := _in_our_words(error):
            raise told from error


class _Transaction(SqliteTransactionWrapper):
    def acquire_connection(self) -> _Turn:
        return _Turn(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_Transaction(self))

    async def begin(self) -> None:
        with _translated():
            # What anything left open holds was acknowledged as written: keep it, as the stock engine does.
            if self._connection.in_transaction:
                await self._connection.commit()
            # Deferred, a read then a write fails at once if another process wrote in between (SQLITE_BUSY_SNAPSHOT).
            await self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        try:
            with _translated():
                await super().commit()
        except BaseException:
            # Queued behind the COMMIT, so nothing to undo when that went well; else (disk full, a deferred constraint)
            # the transaction would stay open and swallow what other tasks write.
            await self._connection.rollback()
            raise


class _Entrance(SqliteTransactionContext):
    __slots__ = ()

    async def __aenter__(self) -> TransactionalDBClient:
        await _acquire(self._trxlock)
        self.token = None  # type: ignore[assignment]  # resetting None is a no-op
        try:
            self.connection._connection = self.connection._parent._connection
            await self.ensure_connection()
            self.token = get_connections().set(self.connection_name, self.connection)
            await self.connection.begin()
        except BaseException:
            await self._back_out()
            raise
        client: TransactionalDBClient = self.connection
        return client

    async def _back_out(self) -> None:
        get_connections().reset(self.token)
        try:
            if self.connection._connection is not None:
                await self.connection._connection.rollback()  # aiosqlite queues it behind the BEGIN
        finally:
            self._trxlock.release()

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if not self.connection._finalized:
                await (self.connection.rollback() if kind else self.connection.commit())
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()


class Client(SqliteClient):
    """SQLite behind one lock that is always given back."""

    async def create_connection(self, with_db: bool) -> None:
        try:
            with _translated():
                await super().create_connection(with_db)
        except BaseException:
            # A connection whose PRAGMAs were cut short must not be used: foreign_keys might still be off.
            half, self._connection = self._connection, None
            if half is not None:
                await half.close()
            raise

    def acquire_connection(self) -> _Turn:
        return _Turn(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return _Entrance(_Transaction(self), self._lock)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        # The stock one leaves its BEGIN open when cancelled: later writes are acknowledged but never durable.
        async with self._in_transaction() as transaction:
            await transaction.execute_many(query, values)


client_class = Client
