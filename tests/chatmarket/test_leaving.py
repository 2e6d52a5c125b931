"""A process that is told to go has gone within its grace, whatever state its database is in."""

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.postgres import Cluster, find_binaries
from tests.processes import KEYS, Started, alive, run

pytestmark = [pytest.mark.process, pytest.mark.only("postgres")]
GRACE_S, MORE_S = 6, 1.0
REQUESTS = 3


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="chatmarket-pg-") as folder:  # pytest's own is closed to PostgreSQL's user
        cluster = Cluster(Path(folder), find_binaries())
        cluster.start()
        yield cluster
        cluster.stop()


@pytest.fixture
def web(tmp_path: Path, cluster: Cluster) -> Iterator[Started]:
    env = {"DATABASE_URL": cluster.url, "GRACE_S": str(GRACE_S), "DRAIN_S": "1", **KEYS}
    for step in ("migrate", "seed"):
        told = run(tmp_path, step, env=env)
        assert told.returncode == 0, told.stderr
    web = Started(tmp_path, "serve", env=env)
    try:
        yield web.ready()
    finally:
        web.kill()


@pytest.fixture
def frozen(cluster: Cluster, web: Started) -> Iterator[None]:
    """PostgreSQL holds its lines open and says nothing, for the length of a test."""
    held = _family(cluster)
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in alive(held):
        os.kill(pid, signal.SIGCONT)


def _family(cluster: Cluster) -> list[int]:
    postmaster = (cluster.data / "postmaster.pid").read_text().splitlines()[0]
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", postmaster], capture_output=True, text=True, check=True)
    return [int(postmaster), *map(int, children.stdout.split())]


async def _ask(url: str) -> None:
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        await client.post(f"{url}/api/v1/sign-in", json={"email": "ida@example.com", "password": "not hers at all"})


async def test_a_database_that_hangs_does_not_keep_a_process_beyond_its_grace(web: Started, frozen: None) -> None:
    asking = [asyncio.create_task(_ask(web.url)) for _ in range(REQUESTS)]
    await asyncio.sleep(0.5)
    assert not any(request.done() for request in asking), "they wait for the database"
    began = time.monotonic()
    web.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(web.process.wait, 60)
    took = time.monotonic() - began
    await asyncio.gather(*asking, return_exceptions=True)
    assert took < GRACE_S + MORE_S, web.log.read_text()
