"""Real processes: the demo starts with one command and goes with one Ctrl-C, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from chatmarket.embedded import embedded_redis

pytestmark = pytest.mark.process
START_S, STOP_S, GONE_S = 40, 5, 3
KEYS = {"SECRET_KEYS": "s" * 40, "VAULT_KEYS": "a:" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="}


class Started:
    """A `chatmarket` command, its address, and what it printed."""

    def __init__(self, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        self.log = folder / f"{words[0]}.log"
        self.port = _free_port()
        place = ["--port", str(self.port)] if words[0] in ("demo", "serve") else []
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chatmarket", *words, *place],
                cwd=folder,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, "CHATMARKET_DATA": str(folder / "data"), "ARGON2_KIB": "64", **(env or {})},
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> "Started":
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx2.get(f"{self.url}/health", trust_env=False).status_code == 200:
                    return self
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def family(self) -> list[int]:
        """Every process below this one."""
        found, ask = [], [self.process.pid]
        while ask:
            children = _children(ask.pop())
            found += children
            ask += children
        return found


def _children(parent: int) -> list[int]:
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in told.stdout.split()]


def _alive(pids: list[int]) -> list[int]:
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


def _gone_within(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _alive(pids)


def _run(folder: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatmarket", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "CHATMARKET_DATA": str(folder / "data"), "ARGON2_KIB": "64", **(env or {})},
    )


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path, "demo").ready()
    yield started
    family = [started.process.pid, *started.family()]
    for pid in _alive(family):
        os.kill(pid, signal.SIGKILL)
    started.process.wait()


@pytest.mark.only("sqlite")
class TestTheDemo:
    def test_says_where_it_is_and_who_to_be(self, demo: Started) -> None:
        told = demo.log.read_text()
        assert demo.url in told and "nora@lumen.example" in told and "chatmarket-demo" in told
        assert "Lumen" in httpx2.get(demo.url, trust_env=False).text

    def test_is_kept_alive_by_residents(self, demo: Started) -> None:
        with httpx2.Client(base_url=f"{demo.url}/api/v1", trust_env=False) as api:
            signed = api.post("/sign-in", json={"email": "nora@lumen.example", "password": "chatmarket-demo"}).json()
            assert signed["account"]["role"] == "moderator"
        deadline = time.monotonic() + START_S
        with httpx2.Client(base_url=demo.url, trust_env=False, cookies={"session": signed["token"]}) as browser:
            while 'data-status="live"' not in (board := browser.get("/board").text):
                assert time.monotonic() < deadline, board
                time.sleep(0.5)

    def test_ends_on_ctrl_c_with_all_its_parts(self, demo: Started) -> None:
        family = demo.family()
        assert family, "there is an embedded Redis"
        os.kill(demo.process.pid, signal.SIGINT)
        demo.process.wait(STOP_S)
        assert _gone_within(family, 1), _alive(family)
        assert "Traceback" not in demo.log.read_text()

    def test_takes_its_redis_along_even_when_killed(self, demo: Started) -> None:
        family = demo.family()
        os.kill(demo.process.pid, signal.SIGKILL)
        demo.process.wait(STOP_S)
        assert _gone_within(family, GONE_S), _alive(family)

    def test_starts_again_on_what_it_kept(self, demo: Started, tmp_path: Path) -> None:
        os.kill(demo.process.pid, signal.SIGINT)
        demo.process.wait(STOP_S)
        again = _run(tmp_path, "seed")
        assert "already" in again.stdout, again.stderr


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("words", "env", "names"),
    [
        (("serve",), {}, "chatmarket migrate"),
        (("serve", "--workers", "2"), {}, "--workers"),
        (("serve",), {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", **KEYS}, "DATABASE_URL"),
        (("serve",), {"MESSAGE_CHARS": "many"}, "MESSAGE_CHARS"),
        (("clock",), {}, "REDIS_URL"),
        (("serve", "--port", "abc"), {}, "--port"),
    ],
)
def test_a_wrong_start_ends_with_one_sentence(
    tmp_path: Path, words: tuple[str, ...], env: dict[str, str], names: str
) -> None:
    told = _run(tmp_path, *words, env=env)
    assert told.returncode == 2
    sentence = told.stderr.strip().splitlines()[-1]
    assert names in sentence and "Traceback" not in told.stderr, told.stderr


@pytest.mark.only("sqlite")
def test_keys_that_open_nothing_stop_the_start(tmp_path: Path) -> None:
    assert _run(tmp_path, "migrate").returncode == 0
    assert _run(tmp_path, "seed").returncode == 0
    told = _run(tmp_path, "serve", env=KEYS)
    assert told.returncode == 2 and "VAULT_KEYS" in told.stderr, told.stderr


@pytest.mark.only("sqlite")
def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert _run(tmp_path, "migrate").returncode == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = _run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert told.returncode == 2 and "--port" in told.stderr and "in use" in told.stderr, told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.only("postgres")
def test_many_workers_and_a_clock_of_their_own_serve_one_database(tmp_path: Path, database_url: str) -> None:
    with embedded_redis() as redis_url:
        env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, **KEYS}
        assert _run(tmp_path, "migrate", env=env).returncode == 0
        assert _run(tmp_path, "seed", env=env).returncode == 0
        web = Started(tmp_path, "serve", "--workers", "2", "--no-clock", env=env).ready()
        clock = Started(tmp_path, "clock", env=env)
        try:
            _a_killed_worker_is_replaced(web)
            assert httpx2.get(f"{web.url}/api/v1/brands", trust_env=False).json()["brands"]
            assert clock.process.poll() is None, clock.log.read_text()
        finally:
            for started in (web, clock):
                family = [started.process.pid, *started.family()]
                started.process.send_signal(signal.SIGTERM)
                started.process.wait(STOP_S + 5)
                assert _gone_within(family, GONE_S), _alive(family)


def _a_killed_worker_is_replaced(web: Started) -> None:
    first = [pid for pid in web.family() if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        now = [pid for pid in web.family() if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]
        if len(now) == 2 and first[0] not in now:
            web.ready()
            return
        time.sleep(0.1)
    raise AssertionError(web.log.read_text())
