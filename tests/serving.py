"""Two web processes' worth of application, on one real database and one real Redis: what stories are played on."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
import uvicorn
from starlette.applications import Starlette

from chatmarket import clock
from chatmarket.app import build
from chatmarket.house import House
from chatmarket.settings import Settings
from chatmarket.store import close_store, migrate, open_store
from realtime.protocol import SERVER_OPTIONS

KEYS = {
    "secret_keys": ("s" * 40,),
    "vault_keys": {"test": b"k" * 32},
    "audit_keys": {"test": b"a" * 32},
    "vapid_key": "dnBhcGlkLXRlc3Qta2V5LXRoaXJ0eS10d28tYnl0ZXM",
}


@dataclass
class Town:
    """Two servers of the same house: what happens here must be seen there."""

    here: str
    there: str
    house: House
    houses: tuple[House, House]


@contextlib.asynccontextmanager
async def open_town(given: Settings) -> AsyncIterator[Town]:
    """Both servers on a freshly migrated database, each with its own clock."""
    await migrate(given.database_url)
    await open_store(given.database_url)
    sockets = [_listen(), _listen()]
    urls = [f"http://127.0.0.1:{listening.getsockname()[1]}" for listening in sockets]
    apps = [build(replace(given, public_url=url), alongside=[clock.run], open_database=False) for url in urls]
    try:
        async with _serving(apps[0], sockets[0]), _serving(apps[1], sockets[1]):
            houses = (apps[0].state.house, apps[1].state.house)
            yield Town(urls[0], urls[1], houses[0], houses)
    finally:
        await close_store()


@contextlib.asynccontextmanager
async def _serving(app: Starlette, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
        **SERVER_OPTIONS,
    )
    server = uvicorn.Server(config)
    # Not serve(): it would take pytest's signal handlers.
    task = asyncio.create_task(server._serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
        if task.done():
            task.result()
    try:
        yield
    finally:
        server.should_exit = True
        await task


def _listen() -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", 0))
    return listening


@pytest.fixture(autouse=True)
def nothing_goes_wrong_unseen(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No story may leave an error in the log, unless it is about one; for the folders whose conftest imports it."""
    yield
    if request.node.get_closest_marker("logs_errors"):
        return
    wrong = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert not wrong, [(record.name, record.getMessage(), record.exc_text) for record in wrong]
