"""What is asked of the database while something is done: its statements, and the rows that come back.

Only what this task and those it starts ask: clocks and servers in the same process go on beside it.
"""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import pytest
from tortoise.connection import get_connection

from chatmarket.engines.config import CONNECTION


@dataclass
class Asked:
    """`statements` as they were sent, without those that only begin and end a transaction; `rows` outside of those."""

    statements: list[str] = field(default_factory=list)
    rows: int = 0

    def __len__(self) -> int:
        return len(self.statements)


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
_logger = logging.getLogger("tortoise.db_client")


class _Ear(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        asked = _asked.get()
        if asked is not None and record.msg == "%s: %s" and isinstance(record.args, tuple):
            asked.statements.append(str(record.args[0]))


@contextlib.contextmanager
def asked() -> Iterator[Asked]:
    """Counts for the length of the block."""
    ear, level, propagates, counted = _Ear(), _logger.level, _logger.propagate, Asked()
    token = _asked.set(counted)
    client = type(get_connection(CONNECTION))
    _logger.addHandler(ear)
    _logger.setLevel(logging.DEBUG)
    _logger.propagate = False
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client, "execute_query", _counting(client.execute_query, lambda found: len(found[1])))
            patch.setattr(client, "execute_query_dict", _counting(client.execute_query_dict, len))
            yield counted
    finally:
        _logger.removeHandler(ear)
        _logger.setLevel(level)
        _logger.propagate = propagates
        _asked.reset(token)


def _counting(execute: Callable[..., Awaitable[Any]], many: Callable[[Any], int]) -> Callable[..., Awaitable[Any]]:
    async def counted(*args: Any, **named: Any) -> Any:
        found, asked = await execute(*args, **named), _asked.get()
        if asked is not None:
            asked.rows += many(found)
        return found

    return counted
