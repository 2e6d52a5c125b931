"""Starts processes and their parts: one web process on SQLite, any number on PostgreSQL, each with a clock."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from chatmarket import clock, logs, settings
from chatmarket.app import Alongside, build
from chatmarket.embedded import NoRedis, embedded_redis
from chatmarket.models import BrandKey
from chatmarket.privacy.keys import Keyring, UnknownKey, Unreadable
from chatmarket.seeds.world import PEOPLE
from chatmarket.settings import SettingError, Settings
from chatmarket.store import StoreDown, close_store, open_store, pending
from realtime.protocol import SERVER_OPTIONS

BACKLOG = 2048  # connections the kernel holds while we accept: a herd that comes back at once


@contextlib.contextmanager
def with_redis(given: Settings) -> Iterator[Settings]:
    """The settings with a Redis in them: the one they name, or an embedded one for the length of the block."""
    if given.redis_url:
        yield given
        return
    try:
        with embedded_redis() as url:
            yield replace(given, redis_url=url)
    except NoRedis as none:
        raise SettingError(str(none)) from none


async def check_store(given: Settings) -> None:
    """Raises SettingError when the database is away or not migrated."""
    try:
        behind = await pending(given.database_url)
    except StoreDown as down:
        raise SettingError("DATABASE_URL names a database that does not answer.") from down
    if behind:
        raise SettingError("The database (DATABASE_URL) is not up to date: run `chatmarket migrate` first.")
    await _check_keys(given)


async def _check_keys(given: Settings) -> None:
    """With keys that open nothing, every question would fail: better not to start."""
    keyring = Keyring(given.vault_keys, current=next(iter(given.vault_keys)))
    await open_store(given.database_url)
    try:
        kept = await BrandKey.first()
        if kept:
            keyring.unwrap(kept.kek, kept.wrapped, brand=kept.brand_id)
    except (Unreadable, UnknownKey):
        raise SettingError("VAULT_KEYS does not hold the key that this database's values are sealed under.") from None
    finally:
        await close_store()


def check_workers(given: Settings, workers: int) -> None:
    if workers > 1 and given.is_sqlite:
        raise SettingError("--workers needs PostgreSQL in DATABASE_URL: SQLite is written by one process only.")


def check_port(host: str, port: int) -> None:
    """Raises SettingError when somebody listens there already; uvicorn would only log it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingError(f"--port {port} cannot be listened on ({error.strerror}): choose another.") from None


def at_port(given: Settings, host: str, port: int) -> Settings:
    """The settings with a public address: the one they name, else where we listen."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host  # noqa: S104 - compared, not bound
    return given if given.public_url else replace(given, public_url=f"http://{shown}:{port}")


def serve(
    given: Settings,
    *,
    host: str,
    port: int,
    workers: int = 1,
    companions: Sequence[Alongside] = (),
    with_clock: bool = True,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serves until a signal ends it."""
    logs.configure(given.log_format)
    check_workers(given, workers)
    check_port(host, port)
    asyncio.run(check_store(given))
    with with_redis(at_port(given, host, port)) as whole:
        if workers == 1:
            alongside = [*([clock.run] if with_clock else []), *companions]
            app = build(whole, alongside=alongside, demo_people=PEOPLE)
            _Server(_config(app, whole, host, port), ready).run()
        else:
            _many(whole, host, port, workers, with_clock)


def _many(whole: Settings, host: str, port: int, workers: int, with_clock: bool) -> None:
    # The workers are fresh processes: they read their settings from the environment.
    os.environ.update(REDIS_URL=whole.redis_url, PUBLIC_URL=whole.public_url, CHATMARKET_CLOCK=str(int(with_clock)))
    config = _config("chatmarket.server:application", whole, host, port, workers=workers, factory=True)
    listening: socket.socket = config.bind_socket()
    with contextlib.closing(listening):
        Multiprocess(config, sockets=[listening]).run()


def application() -> Starlette:
    """One of several web processes."""
    given = settings.load()
    logs.configure(given.log_format)
    return build(given, alongside=[clock.run] if os.environ.get("CHATMARKET_CLOCK") == "1" else [], demo_people=PEOPLE)


def _config(app: Any, whole: Settings, host: str, port: int, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        forwarded_allow_ips=whole.trusted_proxies,
        timeout_graceful_shutdown=whole.grace_s,
        **{**SERVER_OPTIONS, "ws_max_size": whole.frame_bytes},
        **more,
    )


class _Server(uvicorn.Server):
    """uvicorn's server that says when it listens, and tells everyone to come back before it goes."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._ready and self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.loaded_app
        while hasattr(app, "app") and not isinstance(app, Starlette):
            app = app.app
        if isinstance(app, Starlette):
            await app.state.house.switchboard.drain()
        await super().shutdown(sockets=sockets)
