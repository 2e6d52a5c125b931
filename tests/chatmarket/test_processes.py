"""Real processes: the demo starts with one command and goes with one Ctrl-C, and leaves nothing behind."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from chatmarket.embedded import embedded_redis
from tests.processes import GONE_S, KEYS, START_S, STOP_S, Started, alive, gone_within, run

pytestmark = pytest.mark.process


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Started]:
    started = Started(tmp_path, "demo").ready()
    yield started
    started.kill()


@pytest.mark.only("sqlite")
class TestTheDemo:
    def test_says_where_it_is_and_who_to_be(self, demo: Started) -> None:
        told = demo.log.read_text()
        assert demo.url in told and "nora@lumen.example" in told and "chatmarket-demo" in told
        assert "sara@kestrel.example" in told and "ines@lumen.example" in told, "each brand has staff to be"
        assert "Lumen" in httpx2.get(demo.url, trust_env=False).text
        standing = self._signed_in(demo, "ida@demo.example", "expert", "/standing")()
        assert "3 chats at once" in standing and "2 chats at once" in standing, "as the start page says of her"

    def test_is_kept_alive_by_residents(self, demo: Started) -> None:
        # Residents ask one brand or the other, whichever they fancy: both boards are watched.
        moderators = ("nora@lumen.example", "martin@kestrel.example")
        boards = [self._signed_in(demo, one, "moderator", "/board") for one in moderators]
        deadline = time.monotonic() + 2 * START_S
        while not any('data-status="live"' in look() for look in boards):
            assert time.monotonic() < deadline, demo.log.read_text()
            time.sleep(0.5)

    def _signed_in(self, demo: Started, email: str, role: str, path: str) -> Callable[[], str]:
        with httpx2.Client(base_url=f"{demo.url}/api/v1", trust_env=False) as api:
            signed = api.post("/sign-in", json={"email": email, "password": "chatmarket-demo"}).json()
        assert signed["account"]["role"] == role
        cookies = {"session": signed["token"]}
        return lambda: httpx2.get(f"{demo.url}{path}", cookies=cookies, trust_env=False).text

    def test_ends_on_ctrl_c_with_all_its_parts(self, demo: Started) -> None:
        family = demo.family()
        assert family, "there is an embedded Redis"
        os.kill(demo.process.pid, signal.SIGINT)
        demo.process.wait(STOP_S)
        assert gone_within(family, 1), alive(family)
        assert "Traceback" not in demo.log.read_text()

    def test_takes_its_redis_along_even_when_killed(self, demo: Started) -> None:
        family = demo.family()
        os.kill(demo.process.pid, signal.SIGKILL)
        demo.process.wait(STOP_S)
        assert gone_within(family, GONE_S), alive(family)

    def test_starts_again_on_what_it_kept(self, demo: Started, tmp_path: Path) -> None:
        os.kill(demo.process.pid, signal.SIGINT)
        demo.process.wait(STOP_S)
        again = run(tmp_path, "seed")
        assert "already" in again.stdout, again.stderr


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("words", "env", "names"),
    [
        (("serve",), {}, "chatmarket migrate"),
        (("serve", "--workers", "2"), {}, "--workers"),
        (("serve",), {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", **KEYS}, "DATABASE_URL"),
        (("serve",), {"MESSAGE_CHARS": "many"}, "MESSAGE_CHARS"),
        (("clock",), {}, "CHATMARKET_DATA"),  # a clock begins no installation
        (("clock",), KEYS, "REDIS_URL"),
        (("serve",), {"METRICS_ADDRESS": "9100"}, "METRICS_ADDRESS"),
        (("serve",), {"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
        (("serve", "--port", "abc"), {}, "--port"),
    ],
)
def test_a_wrong_start_ends_with_one_sentence(
    tmp_path: Path, words: tuple[str, ...], env: dict[str, str], names: str
) -> None:
    told = run(tmp_path, *words, env=env)
    assert told.returncode == 2
    sentence = told.stderr.strip().splitlines()[-1]
    assert names in sentence and "Traceback" not in told.stderr, told.stderr


@pytest.mark.only("sqlite")
def test_keys_that_open_nothing_stop_the_start(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    assert run(tmp_path, "seed").returncode == 0
    told = run(tmp_path, "serve", env=KEYS)
    assert told.returncode == 2 and "VAULT_KEYS" in told.stderr, told.stderr


@pytest.mark.only("sqlite")
def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert told.returncode == 2 and "--port" in told.stderr and "in use" in told.stderr, told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.only("postgres")
def test_many_workers_and_a_clock_of_their_own_serve_one_database(tmp_path: Path, database_url: str) -> None:
    with embedded_redis() as redis_url:
        env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, **KEYS}
        assert run(tmp_path, "migrate", env=env).returncode == 0
        assert run(tmp_path, "seed", env=env).returncode == 0
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
                assert gone_within(family, GONE_S), alive(family)


def _a_killed_worker_is_replaced(web: Started) -> None:
    first = web.workers()
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        now = web.workers()
        if len(now) == 2 and first[0] not in now:
            web.ready()
            return
        time.sleep(0.1)
    raise AssertionError(web.log.read_text())
