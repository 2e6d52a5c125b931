"""A reconnect herd against one real server process: `python -m tests.realtime.herd --clients 5000 --db postgres`."""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import asyncpg

from chatmarket import settings
from chatmarket.embedded import embedded_redis
from chatmarket.flows.joining import token_hash
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.models import Account, Brand, Chat, Customer, Expert, Login, Message, Topic
from chatmarket.store import close_store, open_store
from tests.alone import Alone, talk_at
from tests.postgres import fresh_database, temp_postgres
from tests.realtime.lean import Herd, Member
from tests.serving import KEYS

SAID = 3  # messages in each room
FIRST = 100_000  # number of a chat and of its people: far beyond what the demo's seeds take
HAD = 1  # of them the client has when it is cut; the others it missed
BYSTANDERS = 10  # rooms
CALM_S = 3.0  # bystanders talk so long before the cut
ARRIVED_S, MOST_S = 300.0, 120.0
SETTLED_S = 1.2  # an idle backend tells its counts within a second
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Report:
    """What a herd did to one process; times in seconds since the cut, bystanders' latency in milliseconds."""

    clients: int
    rooms: int
    resumed_p50: float
    resumed_p99: float
    resumed_last: float
    connections: int
    troubles: dict[str, int]
    wrong: int  # members who were not given exactly what they missed
    calm_p50: float
    bystanders_said: int
    bystanders_p50: float
    bystanders_p99: float
    bystanders_worst: float
    server_cpu: float  # seconds of one core
    own_cpu: float  # of this process: on a machine with one core it would be part of the wait
    transactions: int | None  # PostgreSQL's commits from the cut to the end, less what the bystanders cause in calm

    def __str__(self) -> str:
        return "\n".join(f"{one.name:18} {getattr(self, one.name)}" for one in fields(self))


@dataclass(frozen=True, slots=True)
class Count:
    """Transactions PostgreSQL has committed until some moment; each statement outside of one counts as one."""

    at: float
    commits: int


async def furnish_rooms(database_url: str, rooms: int) -> list[Member]:
    """Live chats with a customer, an expert and a few messages each, written past the flows: thousands in seconds."""
    await open_store(database_url)
    try:
        return await _furnish(rooms)
    finally:
        await close_store()


async def _furnish(rooms: int) -> list[Member]:
    await Brand.all().update(dispatch={"reply": 0})  # nobody's first word is waited for
    brand, now = await Brand.get(slug="lumen"), datetime.now(UTC)
    topic = await Topic.filter(brand_id=brand.id).order_by("id").first()
    assert topic is not None
    numbers, ends = range(FIRST, FIRST + rooms), now + timedelta(days=1)
    await Account.bulk_create(
        [Account(id=n, email=f"herd-{n}@example.com", name="Ida", password_hash="", role="expert") for n in numbers]
    )
    await Expert.bulk_create([Expert(account_id=n, languages=["en"], live=1) for n in numbers])
    await Login.bulk_create(
        [Login(id=n, account_id=n, token_hash=token_hash(f"expert-{n}"), ends_at=ends) for n in numbers]
    )
    await Customer.bulk_create([Customer(id=n, brand_id=brand.id) for n in numbers])
    await Chat.bulk_create(
        [
            Chat(
                id=n,
                brand_id=brand.id,
                topic_id=topic.id,
                customer_id=n,
                expert_id=n,
                status="live",
                language="en",
                question=[{"text": "How do I reset it?"}],
                reward=topic.reward,
                currency=brand.currency,
                seq=SAID,
                asked_at=now,
                expires_at=ends,
                claimed_at=now,
                said_at=now,
            )
            for n in numbers
        ]
    )
    await Message.bulk_create(
        [
            Message(
                chat_id=n,
                seq=seq,
                author="customer",
                cid=f"c-{seq}",
                fingerprint=b"",
                segments=[{"text": f"Message {seq} of this chat, as long as people write them"}],
                at=now,
            )
            for n in numbers
            for seq in range(1, SAID + 1)
        ],
        batch_size=1000,
    )
    return [
        member
        for n in numbers
        for member in (Member(f"/chats/{n}/live", _chat_token(n)), Member(f"/rooms/{n}/live", f"expert-{n}"))
    ]


@cache
def _house() -> House:
    """Signs as the server does: it was started with the same keys."""
    return furnish(settings.load({}, data=Path(tempfile.gettempdir()), redis_url="unix:///nowhere", **KEYS))


def _chat_token(chat: int) -> str:
    return _house().chat_token(chat)


@asynccontextmanager
async def _bystanding(url: str) -> AsyncIterator[list[tuple[float, float]]]:
    """People who talk for the length of the block; the list is filled at its end."""
    talks = [await talk_at(url) for _ in range(BYSTANDERS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.realtime.bystanders",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * 1024 * 1024,
    )
    told = {"url": url, "talks": [[talk.chat, talk.customer, talk.expert] for talk in talks]}
    heard: list[tuple[float, float]] = []
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(told).encode() + b"\n")
        await process.stdin.drain()
        yield heard
        printed, _ = await process.communicate(b"")  # closes its input, so that it ends
        heard += [(when, took) for when, took in json.loads(printed)]
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def measure(folder: Path, database_url: str, clients: int, redis_url: str, seed: int = 1) -> Report:
    """One server, `clients` in half as many rooms, all cut at once."""
    _allow_sockets(2 * clients + 500)
    unlimited = {"ASKS_PER_HOUR": "0", "SIGN_UPS_PER_HOUR": "0"}
    server = Alone(folder, DATABASE_URL=database_url, REDIS_URL=redis_url, **unlimited)
    await server.run("migrate")
    await server.run("seed")
    members = await furnish_rooms(database_url, clients // 2)
    try:
        await server.start()
        return await _measure(server, database_url, members, Random(seed))
    finally:
        server.kill()


async def _measure(server: Alone, database_url: str, members: list[Member], rng: Random) -> Report:
    herd = Herd(server.url, members, rng)
    await herd.arrive(ARRIVED_S)
    assert all(member.heard == list(range(1, SAID + 1)) for member in members)
    for member in members:
        member.seq = HAD
    counts: list[Count] = []

    async def count() -> None:
        if not database_url.startswith("sqlite"):
            counts.append(await _count(database_url))

    async with _bystanding(server.url) as heard:
        await count()
        await asyncio.sleep(CALM_S)
        await count()
        cpu, own = _cpu(server.pid), time.process_time()
        cut = await herd.be_cut_and_come_back(MOST_S)
        end, cpu, own = time.monotonic(), _cpu(server.pid) - cpu, time.process_time() - own
        await count()
    took = sorted((member.resumed_at or 0) - cut for member in members)
    calm, during = [ms for when, ms in heard if when < cut], [ms for when, ms in heard if cut <= when <= end]
    await herd.leave()
    return Report(
        clients=len(members),
        rooms=len(members) // 2,
        resumed_p50=_at(took, 0.5),
        resumed_p99=_at(took, 0.99),
        resumed_last=_at(took, 1),
        connections=herd.connections,
        troubles=dict(herd.troubles),
        wrong=sum(member.heard != list(range(HAD + 1, SAID + 1)) for member in members),
        calm_p50=_at(calm, 0.5),
        bystanders_said=len(during),
        bystanders_p50=_at(during, 0.5),
        bystanders_p99=_at(during, 0.99),
        bystanders_worst=_at(during, 1),
        server_cpu=round(cpu, 2),
        own_cpu=round(own, 2),
        transactions=_of_the_herd(*counts) if counts else None,
    )


def _of_the_herd(before: Count, calm: Count, after: Count) -> int:
    """The commits after `calm` beyond the rate between `before` and `calm`."""
    rate = (calm.commits - before.commits) / (calm.at - before.at)
    return int(after.commits - calm.commits - rate * (after.at - calm.at))


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else float("nan")


def _cpu(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICK


async def _count(database_url: str) -> Count:
    await asyncio.sleep(SETTLED_S)
    connection = await asyncpg.connect(database_url)
    try:
        commits = await connection.fetchval(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
        return Count(time.monotonic(), commits)
    finally:
        await connection.close()


def _allow_sockets(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, wanted)), hard))


@contextmanager
def _database(db: str, folder: Path) -> Iterator[str]:
    if db == "sqlite":
        yield f"sqlite://{folder}/herd.sqlite3"
        return
    with temp_postgres() as server:
        yield asyncio.run(fresh_database(server))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=5_000)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="postgres")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="chatmarket-herd-") as name,
        embedded_redis() as redis_url,
        _database(chosen.db, Path(name)) as database_url,
    ):
        print(asyncio.run(measure(Path(name), database_url, chosen.clients, redis_url, chosen.seed)))


if __name__ == "__main__":
    main()
