"""Starts processes and their parts: one web process on SQLite, any number on PostgreSQL, each with a clock."""

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from chatmarket import clock, logs, settings
from chatmarket.app import Alongside, build
from chatmarket.furnishing import check_database, with_redis
from chatmarket.house import House
from chatmarket.leaving import leave_when_told
from chatmarket.models import BrandKey
from chatmarket.privacy.keys import Keyring, UnknownKey, Unreadable
from chatmarket.scraping import listen
from chatmarket.seeds.world import PEOPLE
from chatmarket.settings import SettingError, Settings
from chatmarket.store import close_store, open_store
from realtime.protocol import SERVER_OPTIONS

logger = logging.getLogger(__name__)

BACKLOG = 2048  # connections the kernel holds while we accept: a herd that comes back at once
LAST_WORDS_S = 5.0  # a worker that is not gone so long after its grace hangs, and is killed
START_S = 60  # for a worker's successor to be ready; uvicorn gives it as little as one that must answer at once
# Collecting the young at every 700 objects, as Python does, walks all that thousands of connections hold again and
# again: 45 % of the time of a process with 1,500 sockets. What starts with us is never collected at all.
YOUNG, MIDDLE, OLD = 20_000, 50, 1_000
LOOK_S = 0.05  # between looks at whether the workers have gone


@contextlib.contextmanager
def alone_with_its_file(given: Settings) -> Iterator[None]:
    """Two servers on one SQLite file would each have an embedded Redis, and their people would hear each other late."""
    if not given.is_sqlite:
        yield
        return
    with Path(given.database_url.removeprefix("sqlite://") + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # gone with the process, however that ends
        except OSError:
            raise SettingError("DATABASE_URL (or CHATMARKET_DATA) is served by another chatmarket already.") from None
        yield


async def check_store(given: Settings) -> None:
    """Raises SettingError when the database is away or not migrated, or sealed under keys that are not here."""
    await check_database(given)
    await _check_keys(given)


async def _check_keys(given: Settings) -> None:
    """With keys that open nothing, every question would fail: better not to start."""
    keyring = Keyring(given.vault_keys, current=next(iter(given.vault_keys)))
    await open_store(given.database_url)
    try:
        # One of each: after a rotation that was not finished, some brands still need the older key.
        for kek in await BrandKey.all().distinct().values_list("kek", flat=True):
            kept = await BrandKey.filter(kek=kek).first()
            if kept:
                keyring.unwrap(kept.kek, kept.wrapped, brand=kept.brand_id)
    except (Unreadable, UnknownKey):
        raise SettingError("VAULT_KEYS does not hold the key that this database's values are sealed under.") from None
    finally:
        await close_store()


def check_workers(given: Settings, workers: int) -> None:
    if workers > 1 and given.is_sqlite:
        raise SettingError("--workers needs PostgreSQL in DATABASE_URL: SQLite is written by one process only.")
    if workers > 1 and given.metrics_token:
        raise SettingError("--workers needs METRICS_ADDRESS, not METRICS_TOKEN: a public page is any one worker's.")


def listening(host: str, port: int) -> socket.socket:
    """The bound socket we serve at. Raises SettingError when somebody listens there already; uvicorn only logs it."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by every connection: asyncio itself sets it only on sockets that name their protocol.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise SettingError(f"--port {port} cannot be listened on ({error.strerror}): choose another.") from None
    return bound


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
    with contextlib.closing(listening(host, port)) as bound:
        asyncio.run(check_store(given))
        with alone_with_its_file(given), with_redis(at_port(given, host, port)) as whole:
            told = {"url": whole.public_url, "database": "SQLite" if whole.is_sqlite else "PostgreSQL"}
            logger.info("serving", extra={**told, "processes": workers, "version": version("chatmarket")})
            if workers == 1:
                app = build(whole, alongside=[*_always(with_clock), *companions], demo_people=PEOPLE)
                _Server(_config(app, whole), ready).run([bound])
            else:
                _many(whole, bound, workers, with_clock)


def _always(with_clock: bool) -> list[Alongside]:
    return [_collect_seldom, leave_when_told, listen, *([clock.run] if with_clock else [])]


async def _collect_seldom(house: House) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def _many(whole: Settings, bound: socket.socket, workers: int, with_clock: bool) -> None:
    # The workers are fresh processes: they read their settings from the environment.
    os.environ.update(REDIS_URL=whole.redis_url, PUBLIC_URL=whole.public_url, CHATMARKET_CLOCK=str(int(with_clock)))
    config = _config("chatmarket.server:application", whole, workers=workers, factory=True)
    _Workers(config, [bound], patience_s=whole.grace_s + LAST_WORDS_S).run()


def application() -> Starlette:
    """One of several web processes."""
    given = settings.load()
    logs.configure(given.log_format)
    return build(given, alongside=_always(os.environ.get("CHATMARKET_CLOCK") == "1"), demo_people=PEOPLE)


def _config(app: Any, whole: Settings, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        forwarded_allow_ips=whole.trusted_proxies,
        timeout_keep_alive=whole.keep_alive_s,
        timeout_graceful_shutdown=whole.grace_s,  # at the signal leaving.py says what is left of it
        **{**SERVER_OPTIONS, "ws_max_size": whole.frame_bytes},
        **more,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, that says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()


class _Workers(Multiprocess):
    """uvicorn's supervisor, that hears a second signal while its workers finish, and does not wait for ever."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], patience_s: float) -> None:
        super().__init__(config, sockets)
        self._patience_s = patience_s

    def restart_all(self) -> None:
        usual, self.config.timeout_worker_healthcheck = self.config.timeout_worker_healthcheck, START_S
        try:
            super().restart_all()
        finally:
            self.config.timeout_worker_healthcheck = usual

    def join_all(self) -> None:
        deadline = time.monotonic() + self._patience_s
        while any(worker.process.is_alive() for worker in self.processes):
            if self.signal_queue:
                self.signal_queue.clear()
                self.terminate_all()
            if time.monotonic() > deadline:
                for worker in self.processes:
                    worker.kill()
            time.sleep(LOOK_S)
        super().join_all()
