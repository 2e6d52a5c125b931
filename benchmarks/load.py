"""The C load (load.c) compiled and spoken to, and the servers it is held against: one on its core, found by name."""

import atexit
import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import common
from chatmarket.embedded import redis_binary
from chatmarket.simulate.spawned import free_port

HERE = Path(__file__).parent
MARK = "@@@@@@@@"  # where load.c writes the number of a broadcast or of a message
READY_S = 30.0


class Failed(RuntimeError):
    """A server or the load gave up; the sentence says which and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One connection: role L listens to broadcasts, A and B are the sides of `room`, W watches it."""

    address: str  # host:port
    path: str
    role: str = "L"
    room: int = 0
    header: str = ""

    def __str__(self) -> str:
        return "\t".join((self.address, self.path, self.role, str(self.room), self.header))


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of server is spoken to: what is said when, the texts of a talk, and what is published where."""

    greet_on: str = ""
    greet: str = ""
    ready: str = ""
    say: Sequence[str] = ()
    publish: bytes = b""
    publish_to: str = ""
    in_order: bool = False
    opening: int = 256  # handshakes at once


@cache
def scratch() -> Path:
    """A folder for the length of this run."""
    folder = tempfile.mkdtemp(prefix="chatmarket-load-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def compiled(source: str) -> Path:
    """`source` of this folder as a program, built anew for each run. Raises Failed where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Failed("these benchmarks need a C compiler (cc) on the PATH")
    program = scratch() / source.removesuffix(".c")
    subprocess.run([compiler, "-O2", "-o", program, HERE / source], check=True)
    return program


class Load:
    """load.c with its lines open."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.opened_s: float = self.answer()["seconds"]

    def ask(self, *words: object) -> dict[str, Any]:
        """One command of load.c and its answer. Raises Failed when a line was hung up on."""
        self.begin(*words)
        return self.answer()

    def begin(self, *words: object) -> None:
        """One command, whose answer is taken later."""
        assert self._process.stdin
        try:
            print(*words, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise Failed("the load is gone") from None

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout
        text = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(text) if text else {"error": "the load died"}
        if "error" in answer:
            raise Failed(answer["error"])
        return answer


@contextmanager
def load(lines: Iterable[Line], manner: Manner) -> Iterator[Load]:
    """The load on its core, all lines open and greeted."""
    with tempfile.TemporaryDirectory(prefix="chatmarket-load-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        (folder / "lines").write_text("".join(f"{line}\n" for line in lines))
        words: list[str | Path] = [compiled("load.c"), folder / "lines", *_options(manner, folder)]
        with common.on_core(common.LOAD_CORE):
            process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        stack.callback(_end, process)
        yield Load(process)


def _options(manner: Manner, folder: Path) -> Iterator[str | Path]:
    for option, text in (("--greet-on", manner.greet_on), ("--greet", manner.greet), ("--ready", manner.ready)):
        if text:
            yield from (option, text)
    if manner.say:
        (folder / "say").write_text("".join(f"{text}\n" for text in manner.say))
        yield from ("--say", folder / "say")
    if manner.publish:
        (folder / "publish").write_bytes(manner.publish)
        yield from ("--publish", manner.publish_to, folder / "publish")
    yield from ("--opening", str(manner.opening))
    if manner.in_order:
        yield "--in-order"


# Servers


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens at `address`, and the folder of what it says."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def processes(self) -> list[int]:
        """Its process and its children's."""
        found, new = [], [self.process.pid]
        while new:
            found += new
            new = [child for pid in new for child in _children(pid)]
        return found

    def rss_kib(self) -> int:
        return sum(_rss_kib(pid) for pid in self.processes())

    def cpu_s(self) -> float:
        return sum(common.cpu_seconds(pid) for pid in self.processes())


@contextmanager
def served(
    command: Sequence[str | Path], port: int, *, core: int | None, environment: dict[str, str] | None = None
) -> Iterator[Served]:
    """The program on `core`, from when it accepts at `port` to the end of the block. Raises Failed if it never does."""
    with tempfile.TemporaryDirectory(prefix="chatmarket-served-", ignore_cleanup_errors=True) as name:
        log = Path(name) / "log"
        with log.open("wb") as out, common.on_core(core):
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(environment or {})}
            )
        try:
            _await_port(process, port, log)
            yield Served(f"127.0.0.1:{port}", process, log)
        finally:
            _end(process)


@contextmanager
def valkey() -> Iterator[int]:
    """A Redis on the load's core, reached over TCP as all peers can; yields its port."""
    port = free_port()
    command = [redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with served([str(word) for word in command], port, core=common.LOAD_CORE):
        yield port


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"it did not start: {_last_words(log)}")
        time.sleep(0.05)


def _last_words(log: Path) -> str:
    return next(filter(None, reversed(log.read_text(errors="replace").splitlines())), "it said nothing")[-200:]


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(common.STOP_S / 4)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _children(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _rss_kib(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError):
        for text in Path(f"/proc/{pid}/status").read_text().splitlines():
            if text.startswith("VmRSS:"):
                return int(text.split()[1])
    return 0


# How busy the cores were


@dataclass
class Cores:
    """What share of a core's time was used between two looks at it; NaN where there is no /proc/stat."""

    _since: dict[int, tuple[int, int]] = field(default_factory=dict)

    def start(self) -> None:
        self._since = _jiffies()

    def busy(self, core: int | None) -> float:
        now = _jiffies()
        if core is None or core not in now:
            return float("nan")
        used, total = (now[core][i] - self._since[core][i] for i in (0, 1))
        return used / max(1, total)


def _jiffies() -> dict[int, tuple[int, int]]:
    """By core: jiffies used, and all of them."""
    found = {}
    with contextlib.suppress(FileNotFoundError):
        for text in Path("/proc/stat").read_text().splitlines():
            name, *counts = text.split()
            if name.startswith("cpu") and name != "cpu":
                numbers = list(map(int, counts[:8]))
                found[int(name[3:])] = sum(numbers) - numbers[3] - numbers[4], sum(numbers)
    return found
