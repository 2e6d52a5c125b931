"""Deploys while people talk: processes are told to go and others come, and nothing acknowledged is lost."""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from chatmarket.client import Ack, Api, Message, Room, customer_room, expert_room
from chatmarket.embedded import embedded_redis
from tests.postgres import drop_database, fresh_database
from tests.processes import GONE_S, KEYS, START_S, Started, alive, gone_within, run

pytestmark = [pytest.mark.process, pytest.mark.only("postgres")]
ROOMS = 3
GRACE_S = 10  # the default
BREATH_S = 0.05  # between one person's messages
MOST_WAITING = 20  # while nobody answers a person falls silent
PATIENCE_S = 40.0

Serve = Callable[..., Started]


@dataclass
class Talk:
    """Both sides of a chat, saying something all the time, and what each was given."""

    rooms: tuple[Room, Room]
    acks: list[asyncio.Future[Ack]] = field(default_factory=list)
    heard: tuple[list[Message], list[Message]] = field(default_factory=lambda: ([], []))

    async def say(self, room: Room, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if room.waiting < MOST_WAITING:
                self.acks.append(room.send(f"{room.seat} {len(self.acks)}"))
            await asyncio.sleep(BREATH_S)

    async def hear(self, room: Room, into: list[Message]) -> None:
        async for event in room:
            if isinstance(event, Message):
                into.append(event)

    async def whole(self) -> None:
        """Every ack has come, and each side was given every number once, in order, the acked ones among them."""
        async with asyncio.timeout(PATIENCE_S):
            acks = [await ack for ack in self.acks]
            last = max(ack.seq for ack in acks)
            while any(not heard or heard[-1].seq < last for heard in self.heard):
                await asyncio.sleep(0.02)
        for heard in self.heard:
            assert [message.seq for message in heard] == list(range(1, heard[-1].seq + 1))
            numbers = {message.cid: message.seq for message in heard}
            assert len(numbers) == len(heard), "a message was stored twice"
            assert all(numbers[ack.cid] == ack.seq for ack in acks)

    @property
    def acked(self) -> int:
        return sum(ack.done() for ack in self.acks)


@asynccontextmanager
async def _talking(url: str) -> AsyncIterator[list[Talk]]:
    """Live chats whose people talk for the length of the block; afterwards they fall silent and all must be whole."""
    stop = asyncio.Event()
    async with Api(url) as api, AsyncExitStack() as open_:
        talks = [await _talk(api, number) for number in range(ROOMS)]
        for talk in talks:
            for room in talk.rooms:
                await open_.enter_async_context(room)
        ears = [asyncio.create_task(t.hear(*side)) for t in talks for side in zip(t.rooms, t.heard, strict=True)]
        mouths = [asyncio.create_task(talk.say(room, stop)) for talk in talks for room in talk.rooms]
        try:
            await _more(talks)
            yield talks
            await _more(talks)
            stop.set()
            await asyncio.gather(*mouths)
            for talk in talks:
                await talk.whole()
        finally:
            stop.set()
            for task in (*mouths, *ears):
                task.cancel()
            await asyncio.gather(*mouths, *ears, return_exceptions=True)


async def _talk(api: Api, number: int) -> Talk:
    brand = next(brand for brand in await api.brands() if brand.slug == "lumen")
    topic, language = brand.topics[0].id, brand.languages[0]
    email = f"deploy-{number}-{time.monotonic_ns()}@example.com"
    expert = await api.sign_up(
        email, "a long enough password", "Ida", brand="lumen", topics=[topic], languages=[language]
    )
    asked = await api.ask("lumen", "How do I reset it?", topic=topic, language=language)
    await api.claim(asked.chat, expert.token)
    url = api.base_url
    return Talk((customer_room(url, asked.chat, asked.token), expert_room(url, asked.chat, expert.token)))


async def _more(talks: list[Talk], many: int = 5) -> None:
    """Wait until in each chat so many more messages are acked."""
    goals = [talk.acked + many for talk in talks]
    async with asyncio.timeout(PATIENCE_S):
        while any(talk.acked < goal for talk, goal in zip(talks, goals, strict=True)):
            await asyncio.sleep(0.02)


def _connections(talks: list[Talk]) -> list[int]:
    return [room.connections for talk in talks for room in talk.rooms]


@pytest.fixture(scope="module")
async def database(postgres_server: str) -> AsyncIterator[str]:
    url = await fresh_database(postgres_server)
    yield url
    await drop_database(postgres_server, url)


@pytest.fixture(scope="module")
def env(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a cluster: a seeded database, and a Redis that outlives the web processes."""
    with embedded_redis() as redis_url:
        env = {"DATABASE_URL": database, "REDIS_URL": redis_url, "DRAIN_S": "1", **KEYS}
        for step in ("migrate", "seed"):
            told = run(tmp_path_factory.mktemp(step), step, env=env)
            assert told.returncode == 0, told.stderr
        yield env


@pytest.fixture
def serve(tmp_path: Path, env: dict[str, str]) -> Iterator[Serve]:
    """Starts two workers behind one port, and ends them when the test is over."""
    running: list[Started] = []

    def started(port: int | None = None, **more: str) -> Started:
        running.append(Started(tmp_path, "serve", "--workers", "2", env={**env, **more}, port=port))
        return running[-1].ready()

    yield started
    for web in running:
        web.kill()


@pytest.fixture
def web(serve: Serve) -> Started:
    return serve()


async def _gone(web: Started, within: float = GRACE_S) -> float:
    """Seconds until it and all it started have ended."""
    began, family = time.monotonic(), [web.process.pid, *web.family()]
    assert await asyncio.to_thread(_ended, web, within), web.log.read_text()
    assert gone_within(family, GONE_S), alive(family)
    return time.monotonic() - began


def _ended(web: Started, within: float) -> bool:
    deadline = time.monotonic() + within
    while web.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return web.process.poll() is not None


async def test_a_server_after_the_other_loses_nothing_and_all_resume(web: Started, serve: Serve) -> None:
    async with _talking(web.url) as talks:
        before = _connections(talks)
        web.process.send_signal(signal.SIGTERM)
        assert await _gone(web) < GRACE_S
        told = web.log.read_text()
        assert told.count("leaving sockets=") == 2 and "left_behind" not in told and "Traceback" not in told
        await asyncio.to_thread(serve, web.port)
        async with asyncio.timeout(PATIENCE_S):
            while not all(now > was for now, was in zip(_connections(talks), before, strict=True)):
                await asyncio.sleep(0.05)


async def test_workers_are_renewed_one_by_one_while_people_talk(web: Started) -> None:
    first = set(web.workers())
    assert len(first) == 2
    async with _talking(web.url):
        web.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + START_S
        while first & set(web.workers()) or len(web.workers()) != 2:
            assert time.monotonic() < deadline, web.log.read_text()
            # There is always one who takes new people.
            async with httpx2.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"{web.url}/health")).status_code == 200
            await asyncio.sleep(0.1)
    assert web.process.poll() is None


async def test_a_worker_that_is_killed_costs_nothing_that_was_acked(web: Started) -> None:
    async with _talking(web.url) as talks:
        os.kill(web.workers()[0], signal.SIGKILL)
        await _more(talks, 20)


async def test_the_same_signal_again_ends_it_at_once(serve: Serve) -> None:
    slow = serve(GRACE_S="60")
    # A request that never ends would hold its worker for the whole grace.
    _, writer = await asyncio.open_connection("127.0.0.1", slow.port)
    writer.write(b"POST /api/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    await writer.drain()
    await asyncio.sleep(0.3)
    slow.process.send_signal(signal.SIGTERM)
    assert not await asyncio.to_thread(_ended, slow, 2.0), "it waits for what it has begun"
    slow.process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(_ended, slow, 3.0)
    writer.close()


async def test_workers_go_when_their_supervisor_was_killed(web: Started) -> None:
    family = web.family()
    assert len(web.workers()) == 2
    web.process.kill()
    web.process.wait()
    assert await asyncio.to_thread(gone_within, family, GRACE_S), alive(family)


async def test_each_worker_tells_operators_of_itself_on_a_port_of_its_own(serve: Serve) -> None:
    web = serve(METRICS_ADDRESS=f"127.0.0.1:{21000 + os.getpid() % 20000}")
    async with asyncio.timeout(PATIENCE_S), httpx2.AsyncClient(trust_env=False) as client:
        while len(ports := re.findall(r"metrics_listening port=(\d+)", web.log.read_text())) < 2:
            await asyncio.sleep(0.05)
        assert len(set(ports)) == 2
        for port in ports:
            told = await client.get(f"http://127.0.0.1:{port}/metrics")
            assert told.status_code == 200 and "chatmarket_bus_hears 1.0" in told.text
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404
        assert (await client.get(f"{web.url}/metrics")).status_code == 404
