"""Tasks that live exactly as long as a block, and are gone when it is left; a word to one that waits."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

ASK_AGAIN_S = 0.2

log = logging.getLogger(__name__)


@asynccontextmanager
async def running_beside(*coroutines: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these in tasks of their own during the block. They are expected to go on until cancelled."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    for task in tasks:
        task.add_done_callback(_note_death)
    try:
        yield
    finally:
        await ended(*tasks)


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel these and wait until they are gone, asking again: before Python 3.12 `asyncio.wait_for`, which redis-py
    and asyncpg use, may swallow a cancellation (bpo-37658)."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=ASK_AGAIN_S)


def wake(waiting: asyncio.Future[None] | None) -> None:
    """Let whoever waits for this go on, if anybody still does."""
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _note_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("task_died", exc_info=task.exception(), extra={"task": repr(task.get_coro())})
