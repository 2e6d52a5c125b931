"""The machines a storm breaks: web processes, a Valkey and a PostgreSQL, each behind a proxy, each gone at the end."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx2

from chatmarket.embedded import redis_binary
from chatmarket.simulate.spawned import free_port
from tests.faults.commits import is_commit
from tests.faults.proxy import FaultProxy
from tests.postgres import Cluster, dies_with_us, find_binaries

ROOT = Path(__file__).parents[2]
START_S = 60.0  # a cold start beside a whole test suite
SERVE = ("-m", "chatmarket")
# The database keeps what it has acknowledged, whichever process dies; only a power cut may lose.
DURABLE = ("synchronous_commit=on", "full_page_writes=on")
SETTINGS = {
    "SECRET_KEYS": "s" * 40,
    "VAULT_KEYS": "a:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "AUDIT_KEYS": "a:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "ARGON2_KIB": "64",
    "HOLD_MS": "0",
    "PASSWORD_QUEUE": "500",
    "ASKS_PER_HOUR": "0",
    "CLAIM_SECONDS": "0",
    "PARK_SECONDS": "0",
    "SIGN_UPS_PER_HOUR": "0",
    "SIGN_IN_TRIES": "0",
    "LOG_FORMAT": "json",
    "DRAIN_S": "3",
    "GRACE_S": "3",
}


class NotStarted(Exception):
    """A machine did not come up; the text holds the end of what it wrote."""


class Valkey:
    """A real server at a fixed place: killed, frozen, emptied and started again."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "v.sock")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        place = ["--port", "0", "--unixsocket", self.path, "--save", "", "--dir", str(Path(self.path).parent)]
        dying = dies_with_us(signal.SIGKILL)
        self._process = subprocess.Popen([redis_binary(), *place], stdout=subprocess.DEVNULL, preexec_fn=dying)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@dataclass
class Web:
    """One web process after the other at one address: that of its proxy, as behind a load balancer."""

    name: str
    proxy: FaultProxy
    redis: FaultProxy
    command: Sequence[str]
    environment: dict[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    logs: list[Path] = field(default_factory=list)
    lives: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.proxy.port}"

    async def start(self) -> None:
        """Another life, on a new port; new connections go to it as soon as it answers."""
        self.lives += 1
        self.logs.append(self.folder / f"{self.name}-{self.lives}.log")
        for _ in range(3):
            port = free_port()
            with self.logs[-1].open("ab") as out:
                process = subprocess.Popen(
                    [sys.executable, *self.command, "--port", str(port)],
                    env=self.environment,
                    cwd=ROOT,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                    preexec_fn=dies_with_us(signal.SIGKILL),
                )
            self.process = process
            if await _answers(process, port):
                self.proxy.upstream = port
                return
            await _end(process)  # the port was taken, or the database away while it started
        raise NotStarted(f"{self.name}:\n{self.logs[-1].read_text()[-2000:]}")

    async def restarted(self, command: Sequence[str]) -> None:
        """A life of another kind."""
        self.command = command
        await self.kill()
        await self.start()

    async def kill(self) -> None:
        if self.process is not None:
            await _end(self.process)

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


async def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_S
    async with httpx2.AsyncClient(trust_env=False, timeout=2.0) as http:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                await http.get(f"http://127.0.0.1:{port}/health")
                return True  # also when the database is away: it answers
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
    return False


async def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.kill()
    await asyncio.to_thread(process.wait)


@dataclass
class City:
    """All machines of one run. `database` is the way past every proxy, for the truth at the end."""

    db: str
    database: str
    webs: list[Web]
    valkey: Valkey
    postgres: Cluster | None
    sql: FaultProxy | None
    folder: Path

    def logged(self) -> list[Path]:
        return [log for web in self.webs for log in web.logs]

    async def heal(self) -> None:
        """Every machine works again, every line carries again."""
        for proxy in self.proxies():
            proxy.heal()
        for web in self.webs:
            web.signal(signal.SIGCONT)
            if web.process is None or web.process.poll() is not None:
                await web.start()
        self.valkey.signal(signal.SIGCONT)

    def proxies(self) -> list[FaultProxy]:
        fronts = [proxy for web in self.webs for proxy in (web.proxy, web.redis)]
        return [*fronts, *([self.sql] if self.sql else [])]


_numbers = count(1)


@asynccontextmanager
async def built(db: str, webs: int, *, launcher: Sequence[str] = SERVE) -> AsyncIterator[City]:
    """A migrated, seeded city on `db` ('sqlite', with one web process; or 'postgres'); nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="chatmarket-faults-"))
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        valkey = Valkey(folder)
        valkey.start()
        stack.callback(valkey.kill)
        postgres = await _postgres(stack, folder) if db == "postgres" else None
        sql = await stack.enter_async_context(FaultProxy(postgres.port)) if postgres else None
        database = postgres.url if postgres else f"sqlite://{folder}/chatmarket.sqlite3"
        environment = {**os.environ, **SETTINGS, "CHATMARKET_DATA": str(folder), "DATABASE_URL": database}
        for step in ("chatmarket migrate", "chatmarket seed", "tests.unhurried"):
            await _run(environment | {"REDIS_URL": f"unix://{valkey.path}"}, folder, *step.split())
        if sql:
            sql.writes = is_commit
            environment["DATABASE_URL"] = database.replace(f":{postgres.port}/", f":{sql.port}/") if postgres else ""
        city = City(db, database, [], valkey, postgres, sql, folder)
        for _ in range(webs):
            await _add_web(stack, city, environment, launcher)
        yield city


async def _postgres(stack: AsyncExitStack, folder: Path) -> Cluster:
    cluster = await asyncio.to_thread(Cluster, folder, find_binaries(), *DURABLE)
    cluster.start()  # not in a thread: PostgreSQL is told to die with the thread that started it
    stack.callback(cluster.stop)
    return cluster


async def _add_web(stack: AsyncExitStack, city: City, environment: dict[str, str], launcher: Sequence[str]) -> None:
    redis = await stack.enter_async_context(FaultProxy(city.valkey.path))
    proxy = await stack.enter_async_context(FaultProxy(0))
    own = environment | {"REDIS_URL": f"redis://127.0.0.1:{redis.port}", "PUBLIC_URL": f"http://127.0.0.1:{proxy.port}"}
    web = Web(f"web{len(city.webs) + 1}", proxy, redis, [*launcher, "serve"], own, city.folder)
    city.webs.append(web)
    stack.push_async_callback(web.kill)
    await web.start()


async def _run(environment: dict[str, str], folder: Path, *words: str) -> None:
    log = folder / f"{words[-1]}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
        if await asyncio.to_thread(process.wait):
            raise NotStarted(f"{words[-1]}:\n{log.read_text()[-2000:]}")
