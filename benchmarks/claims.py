"""Many experts claim the same chats at once: who won is proved, and claims/s stand beside the bare UPDATE."""

import argparse
import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiosqlite
import asyncpg
import uvloop

from benchmarks import common
from benchmarks.common import Expert, Market
from chatmarket.client import Api, ApiError
from chatmarket.engines.config import POSTGRES, SQLITE
from chatmarket.models import Chat, Standing, Status
from chatmarket.models import Expert as ExpertRow

QUESTION = "La bombilla nueva parpadea en azul y la aplicación no la encuentra."
ASKED_AT_ONCE = 20
POOL = POSTGRES["maxsize"]  # database connections of one web process on PostgreSQL; on SQLite there is one
WON = "won"

Claim = Callable[[int, Expert], Awaitable[str]]


@dataclass
class Race:
    """What the claimers were told: `winners` by chat, all answers, seconds of each answer, claims/s of each round."""

    winners: dict[int, list[int]] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    async def round(self, chats: Sequence[int], experts: Sequence[Expert], claim: Claim) -> None:
        """Chat after chat, all experts claim it together."""
        began = time.perf_counter()
        for chat in chats:
            self.winners[chat] = []
            await asyncio.gather(*(self._one(chat, expert, claim) for expert in experts))
        self.rates.append(len(chats) * len(experts) / (time.perf_counter() - began))

    async def _one(self, chat: int, expert: Expert, claim: Claim) -> None:
        began = time.perf_counter()
        answer = await claim(chat, expert)
        self.seconds.append(time.perf_counter() - began)
        self.answers[answer] += 1
        if answer == WON:
            self.winners[chat].append(expert.account)

    def double(self) -> int:
        return sum(len(winners) > 1 for winners in self.winners.values())

    def none(self) -> int:
        return sum(not winners for winners in self.winners.values())


@dataclass(frozen=True, slots=True)
class Proof:
    """What the database holds afterwards, held against what was answered."""

    live: int  # of the raced chats
    other_winner: int  # chats whose expert is not the one who was told so
    wrong_counters: int  # experts whose live counter is not the number of their live chats
    counted: int  # the sum of the live counters

    def holds(self, race: Race) -> bool:
        told = len(race.winners) == self.live == self.counted
        return told and not (race.double() or race.none() or self.other_winner or self.wrong_counters)


async def prove(race: Race, experts: Sequence[Expert]) -> Proof:
    """Reads the chats and the counters."""
    chats = await Chat.filter(id__in=list(race.winners), status=Status.LIVE)
    rows = await ExpertRow.filter(account_id__in=[expert.account for expert in experts])
    held = Counter(chat.expert_id for chat in chats)
    return Proof(
        live=len(chats),
        other_winner=sum(race.winners[chat.id] != [chat.expert_id] for chat in chats),
        wrong_counters=sum(row.live != held[row.account_id] for row in rows),
        counted=sum(row.live for row in rows),
    )


# The two ways to claim


@asynccontextmanager
async def over_http(market: Market, claimers: int) -> AsyncIterator[Claim]:
    """Claims over the API; they take turns among the web processes, so each chat is claimed through all of them."""
    async with AsyncExitStack() as stack:
        apis = [await stack.enter_async_context(Api(web.address, connections=claimers)) for web in market.webs]
        turn = itertools.cycle(apis)

        async def claim(chat: int, expert: Expert) -> str:
            try:
                await next(turn).claim(chat, expert.token)
            except ApiError as refused:
                return refused.code
            return WON

        yield claim


def statement() -> str:
    """The conditional update of flows/claiming.py, in the words of the open database."""
    now = datetime.now(UTC)
    waiting = Chat.filter(id=1, status=Status.WAITING, expires_at__gt=now)
    return waiting.update(status=Status.LIVE, expert_id=1, claimed_at=now, said_at=now).sql()


def values(chat: int, expert: Expert, now: Any) -> tuple[Any, ...]:
    return expert.account, now, now, chat, now  # Tortoise writes both states into the statement itself


@asynccontextmanager
async def bare_postgres(url: str, connections: int) -> AsyncIterator[Claim]:
    sql = statement()
    async with asyncpg.create_pool(url, min_size=connections, max_size=connections) as pool:

        async def claim(chat: int, expert: Expert) -> str:
            changed = await pool.execute(sql, *values(chat, expert, datetime.now(UTC)))
            return WON if changed == "UPDATE 1" else "taken"

        yield claim


@asynccontextmanager
async def bare_sqlite(url: str, connections: int) -> AsyncIterator[Claim]:
    """SQLite's one connection: one statement after the other, each its own transaction, as durable as the product's."""
    assert connections == 1
    sql = statement()
    async with aiosqlite.connect(url.removeprefix("sqlite://"), isolation_level=None) as connection:
        for name, setting in SQLITE.items():
            await connection.execute(f"PRAGMA {name}={setting}")

        async def claim(chat: int, expert: Expert) -> str:
            now = datetime.now(UTC).isoformat(" ")
            done = await connection.execute(sql, values(chat, expert, now))
            return WON if done.rowcount == 1 else "taken"

        yield claim


# The run


async def asked(api: Api, count: int) -> list[int]:
    """Waiting chats, asked over the API."""
    topic = await common.first_topic(api)
    turn = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ask() -> int:
        async with turn:
            return (await api.ask(common.BRAND, QUESTION, topic=topic, language=common.LANGUAGE)).chat

    return list(await asyncio.gather(*(ask() for _ in range(count))))


async def prepared(market: Market, claimers: int, chats: int) -> tuple[list[Expert], list[int]]:
    """Experts with room for every chat (a brand gives newcomers one), and twice the chats: half for the bare UPDATE."""
    async with Api(market.webs[0].address) as api:
        experts = await common.hire(api, claimers)
        hired = [expert.account for expert in experts]
        await ExpertRow.filter(account_id__in=hired).update(capacity=chats)
        await Standing.filter(expert_id__in=hired).update(capacity=chats)
        return experts, await asked(api, 2 * chats)


async def measure(args: argparse.Namespace) -> tuple[Race, Race, Proof, float]:
    """The product's race, the bare one, the proof, and how busy the load's own core was during the product's rounds."""
    connections, bare_claim = (1, bare_sqlite) if args.db == "sqlite" else (POOL * args.processes, bare_postgres)
    product, bare, busy = Race(), Race(), 0.0
    with common.folder() as kept:
        async with common.market(args.db, args.processes, kept) as market:
            experts, chats = await prepared(market, args.claimers, args.chats)
            async with (
                over_http(market, args.claimers) as claim,
                bare_claim(market.database_url, connections) as update,
            ):
                for number in range(args.rounds):
                    began = time.process_time(), time.perf_counter()
                    with common.on_core(common.LOAD_CORE):
                        await product.round(chats[2 * number :: 2 * args.rounds], experts, claim)
                    busy += (time.process_time() - began[0]) / (time.perf_counter() - began[1]) / args.rounds
                    with common.on_core(common.SERVER_CORE):
                        await bare.round(chats[2 * number + 1 :: 2 * args.rounds], experts, update)
            return product, bare, await prove(product, experts), busy


def speed_table(args: argparse.Namespace, product: Race, bare: Race, busy: float) -> str:
    database = common.DATABASES[args.db]
    ratio = (sum(product.rates) / len(product.rates)) / (sum(bare.rates) / len(bare.rates))
    webs = f"{args.processes} web process{'es' if args.processes > 1 else ' (SQLite allows one)'}"
    rows = [
        [
            f"{database}, {webs}",
            args.chats,
            args.claimers,
            common.spread(product.rates),
            f"{ratio:.3f}",
            *_milliseconds(product),
            f"{busy:.0%}",
        ],
        [
            f"{database}, the bare conditional UPDATE",
            args.chats,
            args.claimers,
            common.spread(bare.rates),
            "1",
            *_milliseconds(bare),
            "",
        ],
    ]
    head = ["", "chats", "claimers", "claims/s", "of the bare UPDATE", "p50 ms", "p99 ms", "load's core busy"]
    return common.table(head, rows)


def _milliseconds(race: Race) -> list[str]:
    return [f"{1000 * common.quantile(race.seconds, share):.1f}" for share in (0.5, 0.99)]


def proof_table(args: argparse.Namespace, race: Race, bare: Race, proof: Proof) -> str:
    told = ", ".join(f"{count:,} {answer}" for answer, count in race.answers.most_common())
    rows: list[list[object]] = [
        ["answers", told],
        ["chats with two winners, by the answers", race.double()],
        ["chats without a winner, by the answers", race.none()],
        ["live chats in the database", proof.live],
        ["chats whose expert is another than the one told so", proof.other_winner],
        ["experts whose live counter is not the number of their live chats", proof.wrong_counters],
        ["sum of the live counters", proof.counted],
        ["for comparison: chats without exactly one winner by the bare UPDATE", bare.double() + bare.none()],
        ["**proved**", "yes" if proof.holds(race) else "**NO**"],
    ]
    return common.table([common.DATABASES[args.db], f"{args.chats} chats x {args.claimers} claimers"], rows)


def arguments() -> argparse.Namespace:
    parser = common.parser(__doc__)
    parser.add_argument("--chats", type=int, default=200)
    parser.add_argument("--claimers", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2, help="web processes on PostgreSQL; SQLite allows one")
    parser.add_argument("--rounds", type=int, default=4, help="product and bare UPDATE take turns so often")
    args = parser.parse_args()
    if args.db == "sqlite":
        args.processes = 1
    return args


def main() -> int:
    args, machine = arguments(), common.machine()
    product, bare, proof, busy = uvloop.run(measure(args))
    print(f"{machine}\n\n{speed_table(args, product, bare, busy)}\n\n{proof_table(args, product, bare, proof)}")
    return 0 if proof.holds(product) else 1


if __name__ == "__main__":
    raise SystemExit(main())
