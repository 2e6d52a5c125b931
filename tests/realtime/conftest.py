"""A session's Valkey, a Valkey to break, and offices to open."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from offices import QUICK, Office, Truth, Valkey, served

from chatmarket.embedded import embedded_redis
from realtime.bus import Pace
from realtime.connection import Limits
from realtime.switchboard import Switchboard


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with embedded_redis() as url:
        yield url


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("v"))
    server.start()
    yield server
    server.thaw()
    server.kill()


OpenOffice = Callable[..., Awaitable[Office]]


@pytest.fixture
async def open_office(redis_url: str, request: pytest.FixtureRequest) -> AsyncIterator[OpenOffice]:
    """Open an office; those of one test share a truth and a bus of their own."""
    truth = Truth()
    async with AsyncExitStack() as stack:

        async def open_one(
            url: str = redis_url, *, limits: Limits | None = None, pace: Pace = QUICK, server: Any = None, **more: Any
        ) -> Office:
            given = {"channel": request.node.name, "limits": limits, "pace": pace, "beat": 0.2, "stale": 0.8, **more}
            switchboard = Switchboard(url, **given)
            await stack.enter_async_context(switchboard.running())
            office = Office(switchboard, truth)
            office.url = await stack.enter_async_context(served(office.app, **(server or {})))
            return office

        open_one.truth = truth
        yield open_one
