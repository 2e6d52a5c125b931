"""Real `chatmarket` processes: started, waited for, and counted with all they started themselves."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2

ROOT = Path(__file__).parents[1]
START_S, STOP_S, GONE_S = 90, 5, 3
A_KEY = "a:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
KEYS = {"SECRET_KEYS": "s" * 40, "VAULT_KEYS": A_KEY, "AUDIT_KEYS": A_KEY}


class Started:
    """A `chatmarket` command, its address, and what it printed."""

    def __init__(self, folder: Path, *words: str, env: dict[str, str] | None = None, port: int | None = None) -> None:
        self.log = folder / f"{words[0]}.log"
        self.port = port or _free_port()
        place = ["--port", str(self.port)] if words[0] in ("demo", "serve") else []
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chatmarket", *words, *place],
                cwd=folder,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env=_environment(folder, env),
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> "Started":
        """Itself, once it answers; one that does not is ended, for nobody else would."""
        try:
            return self._answering()
        except BaseException:
            self.kill()
            raise

    def _answering(self) -> "Started":
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx2.get(f"{self.url}/health", trust_env=False).status_code == 200:
                    return self
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def workers(self) -> list[int]:
        """The web processes that `--workers` started."""
        return [pid for pid in self.family() if "spawn_main" in _command(pid)]

    def kill(self) -> None:
        """End it and all it started, whatever state they are in."""
        for pid in alive([self.process.pid, *self.family()]):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def family(self) -> list[int]:
        """Every process below this one."""
        found, ask = [], [self.process.pid]
        while ask:
            children = _children(ask.pop())
            found += children
            ask += children
        return found


def _environment(folder: Path, more: dict[str, str] | None) -> dict[str, str]:
    # They run in a folder of their own, and must run this checkout, not one that happens to be installed.
    own = {"CHATMARKET_DATA": str(folder / "data"), "ARGON2_KIB": "64", "HOLD_MS": "0", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own, **(more or {})}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _children(parent: int) -> list[int]:
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in told.stdout.split()]


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def gone_within(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pids)


def run(folder: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatmarket", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=_environment(folder, env),
    )
