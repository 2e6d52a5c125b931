"""Database engines that survive cancellation and say in one tongue, on SQLite and PostgreSQL, what went wrong.

    DBConnectionError (tortoise)
    └── StoreBusy       no answer in time: no free connection, a lock held too long, a statement over its limit
        └── StoreDown   no answer at all: refused, reset, shutting down, disk full
    OperationalError (tortoise)
    └── Conflict        another transaction stood in the way; the same unit of work may simply be tried again

A StoreBusy never means "not kept": the answer to a commit may have been lost. Callers repeat with the same client id.
"""

from tortoise.exceptions import DBConnectionError, OperationalError

# How long a statement waits for a connection: a client gives up on its ack after 5 s and should hear "retry" before.
ACQUIRE_SECONDS = 4.0


class StoreBusy(DBConnectionError):
    """The database did not answer in time; what was asked may or may not have been kept."""


class StoreDown(StoreBusy):
    """The database is not there."""


class Conflict(OperationalError):
    """Two transactions met: a deadlock, a serialization failure, or SQLite's "database is locked"."""
