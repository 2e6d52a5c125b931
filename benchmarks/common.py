"""What every benchmark needs: a market with its database and web processes, cores to pin them to, Markdown tables."""

import argparse
import asyncio
import base64
import contextlib
import math
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chatmarket.client import Api, ApiError, Unreachable
from chatmarket.embedded import embedded_redis
from chatmarket.models import Brand
from chatmarket.simulate.spawned import free_port
from chatmarket.store import close_store, open_store
from tests.postgres import drop_database, fresh_database, temp_postgres

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
SERVER_CORE, LOAD_CORE = (CORES[0], CORES[1]) if len(CORES) > 1 else (None, None)
DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
BRAND, LANGUAGE = "lumen", "es"
WAIT_LIMIT_S = 7200  # no question may expire before its turn in the benchmark
READY_S, STOP_S = 60.0, 20.0
# Cheap hashes and no counting of questions: people are set up here, not measured. And no hold: a delivery is the path.
CHEAP = {"ARGON2_KIB": "64", "PASSWORD_QUEUE": "500", "ASKS_PER_HOUR": "0", "SIGN_UPS_PER_HOUR": "0", "HOLD_MS": "0"}
CHEAP |= {"CLAIM_SECONDS": "0", "PARK_SECONDS": "0"}  # machines claim sooner than people read
# One brand and one moderator stand for many (0: no limit); what one person may say stays as it is.
ROOMY = {"USER_SOCKETS": "0", "USER_RESUMES_PER_SECOND": "0", "BRAND_SOCKETS": "0", "BRAND_MESSAGES_PER_SECOND": "0"}


@dataclass(frozen=True, slots=True)
class WebProcess:
    """A process that answers at `address`."""

    address: str
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        return cpu_seconds(self.process.pid)


@dataclass(frozen=True, slots=True)
class Market:
    """A migrated, seeded market: its open database and the web processes in front of it."""

    database_url: str
    webs: tuple[WebProcess, ...]


@dataclass
class Folder:
    """Where a run keeps its files: the SQLite database, and what the processes say."""

    path: Path
    logs: int = field(default=0)

    def log(self) -> Path:
        self.logs += 1
        return self.path / f"{self.logs}.log"


@contextmanager
def folder() -> Iterator[Folder]:
    with tempfile.TemporaryDirectory(prefix="chatmarket-benchmark-", ignore_cleanup_errors=True) as name:
        yield Folder(Path(name))


# Cores


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """What runs or starts in the block stays on this core, where the machine can pin."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """CPU seconds a process has used, threads included; NaN where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# The market


@asynccontextmanager
async def market(database: str, processes: int, kept: Folder) -> AsyncIterator[Market]:
    """Migrate and seed a fresh database, lengthen the brand's wait limit in it, and serve; the store is open beside.

    The databases and Redis are not pinned: they run where the machine has room.
    """
    async with _database(database, kept) as url:
        with embedded_redis() as redis_url:
            environment = _environment(url, redis_url, kept)
            for step in ("migrate", "seed"):
                _run(environment, kept, step)
            await open_store(url)
            try:
                await Brand.filter(slug=BRAND).update(wait_limit_s=WAIT_LIMIT_S)
                async with _serving(environment, processes, kept) as webs:
                    yield Market(url, webs)
            finally:
                await close_store()


@asynccontextmanager
async def _database(database: str, kept: Folder) -> AsyncIterator[str]:
    if database == "sqlite":
        yield f"sqlite://{kept.path}/chatmarket.sqlite3"
        return
    with temp_postgres() as server:
        url = await fresh_database(server)
        try:
            yield url
        finally:
            await drop_database(server, url)


def _environment(url: str, redis_url: str, kept: Folder) -> dict[str, str]:
    keys = {
        "SECRET_KEYS": secrets.token_urlsafe(48),
        "VAULT_KEYS": f"benchmark:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "AUDIT_KEYS": f"benchmark:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    places = {"DATABASE_URL": url, "REDIS_URL": redis_url, "CHATMARKET_DATA": str(kept.path)}
    return {**os.environ, **CHEAP, **ROOMY, "LOG_FORMAT": "json", **keys, **places}


def _run(environment: Mapping[str, str], kept: Folder, *words: str) -> None:
    log = kept.log()
    with log.open("wb") as out:
        ended = subprocess.run([sys.executable, "-m", "chatmarket", *words], env=environment, stdout=out, stderr=out)
    if ended.returncode:
        raise RuntimeError(f"`chatmarket {' '.join(words)}` failed:\n{log.read_text()[-2000:]}")


@asynccontextmanager
async def _serving(
    environment: Mapping[str, str], processes: int, kept: Folder
) -> AsyncIterator[tuple[WebProcess, ...]]:
    async with contextlib.AsyncExitStack() as stack:
        yield tuple(
            [
                await stack.enter_async_context(web_process("chatmarket", "serve", environment=environment, kept=kept))
                for _ in range(processes)
            ]
        )


@asynccontextmanager
async def web_process(
    module: str, *words: str, kept: Folder, environment: Mapping[str, str] | None = None
) -> AsyncIterator[WebProcess]:
    """`python -m module words… --port N` on the server's core, from its first answer to the end of the block."""
    port, log = free_port(), kept.log()
    with log.open("wb") as out, on_core(SERVER_CORE):
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words, "--port", str(port)], env=environment, stdout=out, stderr=out
        )
    web = WebProcess(f"http://127.0.0.1:{port}", process)
    try:
        await _ready(web, log)
        yield web
    finally:
        await asyncio.to_thread(_stop, process)


async def _ready(web: WebProcess, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    async with Api(web.address) as api:
        while not await _answers(api):
            if web.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")
            await asyncio.sleep(0.1)


async def _answers(api: Api) -> bool:
    try:
        await api.brands()
    except ApiError:
        return True  # a peer of the product has no brands, but it listens
    except Unreachable:
        return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# People


@dataclass(frozen=True, slots=True)
class Expert:
    account: int
    token: str


async def hire(api: Api, count: int) -> list[Expert]:
    """Experts signed up over the API, certified for the brand's first topic."""
    topic = await first_topic(api)

    async def join(number: int) -> Expert:
        signed = await api.sign_up(
            f"expert-{number}@benchmark.example",
            "benchmark-password",
            f"Expert {number}",
            brand=BRAND,
            topics=[topic],
            languages=[LANGUAGE],
        )
        return Expert(signed.account.id, signed.token)

    return list(await asyncio.gather(*(join(number) for number in range(count))))


async def first_topic(api: Api) -> int:
    return next(brand for brand in await api.brands() if brand.slug == BRAND).topics[0].id


# Figures and tables


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank); NaN for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def spread(values: Sequence[float]) -> str:
    """The median, and the least and most of several rounds."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine() -> str:
    pinned = "web processes on one core, load on another" if SERVER_CORE is not None else "nothing pinned"
    load = f"load average before the run {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    at = datetime.now(UTC).date().isoformat()
    return f"{at}, {platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores, {pinned}, {load}"


def parser(about: str | None) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--db", choices=tuple(DATABASES), default="sqlite")
    return made
