"""The embedded server serves, is private, and never outlives whoever started it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from chatmarket import embedded
from chatmarket.embedded import NoRedis, embedded_redis
from realtime.switchboard import Switchboard

STARTER = """
import time
from chatmarket.embedded import embedded_redis
with embedded_redis() as url:
    print(url, flush=True)
    time.sleep(60)
"""


def _server_pid(url):
    with Redis.from_url(url) as redis:
        return redis.info("server")["process_id"]


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _gone_within(pid, seconds):
    deadline = time.monotonic() + seconds
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _alive(pid)


def test_it_serves_and_is_gone_with_its_directory():
    with embedded_redis() as url:
        pid = _server_pid(url)
        directory = Path(url.removeprefix("unix://")).parent
        assert directory.stat().st_mode & 0o777 == 0o700
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert not _alive(pid) and not directory.exists()


def test_two_do_not_meet():
    with embedded_redis() as one, embedded_redis() as other:
        here, there = Redis.from_url(one), Redis.from_url(other)
        with here, there:
            here.set("a", "1")
            assert there.get("a") is None


def test_it_refuses_to_forget_quietly():
    with embedded_redis() as url, Redis.from_url(url) as redis:
        assert redis.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
        assert redis.config_get("save")["save"] == ""


# A shell that starts the tests in the background has Ctrl-C ignored by all that they start: this one heeds it.
HEEDING = f"import signal; signal.signal(2, signal.default_int_handler)\n{STARTER}"


@pytest.mark.process
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_its_starter_ends_no_server_is_left(how):
    with subprocess.Popen([sys.executable, "-c", HEEDING], stdout=subprocess.PIPE, text=True, stderr=-3) as starter:
        url = starter.stdout.readline().strip()
        pid = _server_pid(url)
        starter.send_signal(how)
        starter.wait(30)
        assert _gone_within(pid, 20)
        time.sleep(0.05)
        assert not Path(url.removeprefix("unix://")).parent.exists()


@pytest.mark.process
def test_ctrl_c_in_the_terminal_does_not_reach_the_server():
    starter = subprocess.Popen(
        [sys.executable, "-c", f"import signal; signal.signal(2, signal.SIG_IGN)\n{STARTER}"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with starter:
        pid = _server_pid(starter.stdout.readline().strip())
        os.killpg(starter.pid, signal.SIGINT)
        assert not _gone_within(pid, 0.3)
        starter.kill()
        assert _gone_within(pid, 20)


def _answering_within(url, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return _server_pid(url)
        except RedisError:
            time.sleep(0.02)
    raise AssertionError(f"nobody answers at {url}")


@pytest.mark.process
@pytest.mark.parametrize("all_of_it", [False, True], ids=["the server", "its watchdog too"])
def test_a_killed_server_is_back_at_the_same_address_within_two_seconds(all_of_it, caplog):
    with embedded_redis() as url:
        first = _server_pid(url)
        os.killpg(first, signal.SIGKILL) if all_of_it else os.kill(first, signal.SIGKILL)
        second = _answering_within(url, 20)
        assert second != first
        os.kill(second, signal.SIGKILL)
        third = _answering_within(url, 20)
    assert [record.message for record in caplog.records] == ["embedded_redis_restarted"] * 2
    assert not _alive(third) and not Path(url.removeprefix("unix://")).parent.exists()


@pytest.mark.process
def test_a_server_started_again_is_gone_with_its_starter_too():
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True, stderr=-3) as starter:
        url = starter.stdout.readline().strip()
        os.kill(_server_pid(url), signal.SIGKILL)
        again = _answering_within(url, 20)
        starter.kill()
        starter.wait(30)
        assert _gone_within(again, 20)
        time.sleep(0.05)
        assert not Path(url.removeprefix("unix://")).parent.exists()


async def test_everyone_hears_again_after_the_server_was_killed():
    with embedded_redis() as url:
        one, other = Switchboard(url), Switchboard(url)
        async with one.running(), other.running():
            epochs = one.bus.epoch, other.bus.epoch
            os.kill(_server_pid(url), signal.SIGKILL)
            async with asyncio.timeout(30):
                while one.bus.epoch == epochs[0] or other.bus.epoch == epochs[1]:
                    await asyncio.sleep(0.02)
                while not (one.bus.hears and other.bus.hears):
                    await asyncio.sleep(0.02)


def test_without_any_server_the_error_names_redis_url(monkeypatch):
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoRedis, match="REDIS_URL"), embedded_redis():
        pass


def test_a_server_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setattr(embedded, "_options", lambda directory: ["--port", "nonsense"])
    with pytest.raises(NoRedis, match="REDIS_URL"), embedded_redis():
        pass
