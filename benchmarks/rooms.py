"""Hundreds of rooms talk: through the whole product on PostgreSQL, through its realtime alone, through the peers."""

import argparse
import asyncio
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import uvloop

from benchmarks import common, stages
from benchmarks.common import Expert, WebProcess
from benchmarks.load import Cores, Failed, Line, Load, Served, load, valkey
from benchmarks.peers import RESUMING, ROOMS, Peer, sent
from benchmarks.talk import texts
from chatmarket.client import Api, Asked
from chatmarket.seeds.world import PASSWORD

MODERATOR = "nora@lumen.example"
AT_ONCE = 20  # people who sign up, ask or claim together
PACE_S = 0.105  # between two messages of one side: the product takes 10 frames/s from a connection


@dataclass(frozen=True, slots=True)
class Hall:
    """Open rooms, the load that speaks in them, and the processes that serve them."""

    load: Load
    servers: Sequence[Served | WebProcess]
    pace: float = 0.0

    def cpu_s(self) -> float:
        return sum(server.cpu_s() for server in self.servers)


@dataclass
class Row:
    """One server's rounds: messages/s and CPU ms of the closed loop, milliseconds (p50, p99) of the open one."""

    name: str
    hall: Callable[[argparse.Namespace], AbstractAsyncContextManager[Hall]]
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    server_core: list[float] = field(default_factory=list)
    load_core: list[float] = field(default_factory=list)
    open: list[dict[str, list[float] | None]] = field(default_factory=list)
    open_rates: list[float] = field(default_factory=list)
    refused: int = 0
    lost: int = 0
    failed: str = ""


# The product


@dataclass(frozen=True, slots=True)
class Arranged:
    asked: Asked
    expert: Expert


@asynccontextmanager
async def product(args: argparse.Namespace, processes: int) -> AsyncIterator[Hall]:
    """Live chats of the product, both sides and a moderator in each; with two processes the sides are apart."""
    with common.folder() as kept:
        async with common.market("postgres", processes, kept) as market, Api(market.webs[0].address) as api:
            arranged, moderator = await arrange(api, args.rooms), (await api.sign_in(MODERATOR, PASSWORD)).token
            addresses = [web.address.removeprefix("http://") for web in market.webs]
            lines = [line for n, one in enumerate(arranged) for line in three(addresses, n, one, moderator)]
            manner = replace(RESUMING, say=[sent(text) for text in texts(42, 0)], opening=AT_ONCE)
            with load(lines, manner) as talking:
                yield Hall(talking, market.webs, PACE_S)


async def arrange(api: Api, count: int) -> list[Arranged]:
    """As many live chats as experts: the limits of one person then hold for one room."""
    turn, experts = asyncio.Semaphore(AT_ONCE), await common.hire(api, count)
    topic = await common.first_topic(api)

    async def claimed(expert: Expert) -> Arranged:
        async with turn:
            asked = await api.ask(common.BRAND, texts(0, 0)[0], topic=topic, language=common.LANGUAGE)
            await api.claim(asked.chat, expert.token)
            return Arranged(asked, expert)

    return list(await asyncio.gather(*map(claimed, experts)))


def three(addresses: Sequence[str], room: int, one: Arranged, moderator: str) -> list[Line]:
    chat, other = one.asked.chat, addresses[-1]
    return [
        Line(addresses[0], f"/chats/{chat}/live", "A", room, f"Authorization: Bearer {one.asked.token}"),
        Line(other, f"/rooms/{chat}/live", "B", room, f"Authorization: Bearer {one.expert.token}"),
        Line(addresses[0], f"/watch/{chat}/live", "W", room, f"Authorization: Bearer {moderator}"),
    ]


# The others


@asynccontextmanager
async def alone(args: argparse.Namespace, peer: Peer) -> AsyncIterator[Hall]:
    """A server of peers.py with as many rooms: nothing is masked or kept."""
    with ExitStack() as stack:
        redis = stack.enter_context(valkey())
        servers = [stack.enter_context(peer.running(redis)) for _ in range(peer.processes)]
        lines = peer.rooms([server.address for server in servers], args.rooms)
        yield Hall(stack.enter_context(load(lines, replace(peer.manner, say=peer.said()))), servers)


# The run


def talk(row: Row, hall: Hall, args: argparse.Namespace) -> None:
    """A closed loop, then an open one, in open rooms."""
    cores = Cores()
    hall.load.ask("talk", 0, 1, args.warm, 0, args.talking, hall.pace)  # what is slow only at first is over
    cpu = hall.cpu_s()
    cores.start()
    closed = hall.load.ask("talk", 0, args.seconds, 0, 0, args.talking, hall.pace)
    row.server_core.append(cores.busy(common.SERVER_CORE))
    row.load_core.append(cores.busy(common.LOAD_CORE))
    row.cpu_ms.append(1000 * (hall.cpu_s() - cpu) / max(1, closed["said"]))
    row.rates.append(closed["messages"] / closed["seconds"])
    opened = hall.load.ask("talk", args.rate, args.seconds, 1)
    row.open.append({kind: opened[kind] for kind in ("ack_ms", "other_ms", "watcher_ms")})
    row.open_rates.append(opened["messages"] / opened["seconds"])
    row.refused += closed["refused"] + opened["refused"]
    row.lost += closed["lost"] + opened["lost"]


async def measure(args: argparse.Namespace) -> list[Row]:
    rows = [
        Row("**Chatmarket on PostgreSQL, one web process**", partial(product, processes=1)),
        Row("**Chatmarket on PostgreSQL, two web processes, sides apart**", partial(product, processes=2)),
        *(Row(peer.name, partial(alone, peer=peer), failed=peer.missing() or "") for peer in ROOMS),
    ]
    rows = [row for row in rows if args.only in row.name]
    for number in range(args.rounds):
        for row in rows:
            if row.failed:
                continue
            print(f"round {number + 1}: {row.name}", file=sys.stderr, flush=True)
            try:
                async with row.hall(args) as hall:
                    talk(row, hall, args)
            except Failed as failed:
                row.failed = str(failed)
    return rows


def saturation_table(args: argparse.Namespace, rows: Sequence[Row]) -> str:
    ours = next((row.rates for row in rows if row.name == ROOMS[0].name), [])
    head = [
        f"{args.rooms} rooms, two sides and a watcher each",
        f"messages/s, {args.talking} under way",
        "of our realtime alone",
        "server CPU ms a message",
        "servers' core busy",
        "the other core busy",
        "refused and said again",
        "lost",
    ]
    return common.table(head, [_closed_cells(row, ours) for row in rows])


def _closed_cells(row: Row, ours: Sequence[float]) -> list[object]:
    if not row.rates:
        return [row.name, f"skipped: {row.failed}", *[""] * 6]
    ratios = [mine / its for mine, its in zip(row.rates, ours, strict=False)]
    return [
        row.name,
        common.spread(row.rates),
        f"{statistics.median(ratios):.2f}" if ratios else "",
        f"{statistics.median(row.cpu_ms):.3f}",
        f"{statistics.median(row.server_core):.0%}",
        f"{statistics.median(row.load_core):.0%}",
        row.refused,
        f"{row.lost}{f' (then: {row.failed})' if row.failed else ''}",
    ]


def latency_table(args: argparse.Namespace, rows: Sequence[Row]) -> str:
    head = [
        f"{args.rooms} rooms, {args.rate:g} messages/s whatever comes back",
        "to the other side p50 / p99 ms",
        "to the watcher p50 / p99 ms",
        "ack p50 / p99 ms",
        "messages/s that came through",
    ]
    cells = [
        [row.name, *(_waits(row, kind) for kind in ("other_ms", "watcher_ms", "ack_ms")), common.spread(row.open_rates)]
        for row in rows
        if row.open
    ]
    return common.table(head, cells)


def _waits(row: Row, kind: str) -> str:
    found = [one[kind] for one in row.open if one[kind]]
    return " / ".join(f"{statistics.median(one[n] for one in found):.1f}" for n in (0, 1)) if found else ""


async def stage_table(args: argparse.Namespace) -> str:
    """Where the CPU time of one message goes: samples of the stack of the one web process, in a round of their own."""
    if why := stages.missing():
        return f"By stage: skipped, {why}."
    async with product(args, processes=1) as hall:
        row = Row("", partial(product, processes=1))
        talk(row, hall, args)
        with stages.sampled(hall.servers[0].process.pid, args.seconds) as samples:
            hall.load.ask("talk", 0, args.seconds + 1, 0, 0, args.talking, hall.pace)
        return stages.table(samples(), 1000 * row.cpu_ms[0])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=500)
    parser.add_argument("--rate", type=float, default=500.0, help="messages a second of the open loop")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a round")
    parser.add_argument("--talking", type=int, default=400, help="messages under way in the closed loop")
    parser.add_argument("--warm", type=float, default=2.0, help="seconds before it")
    parser.add_argument("--rounds", type=int, default=3, help="all servers take turns so often")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--no-stages", action="store_true", help="without the table by stage")
    return parser.parse_args()


async def run(args: argparse.Namespace) -> None:
    print(common.machine(), flush=True)
    with common.on_core(common.LOAD_CORE):  # databases and Redis too: the servers have their core to themselves
        rows = await measure(args)
        print(f"\n{saturation_table(args, rows)}\n\n{latency_table(args, rows)}", flush=True)
        if not args.no_stages:
            print(f"\n{await stage_table(args)}", flush=True)


def main() -> None:
    uvloop.run(run(arguments()))


if __name__ == "__main__":
    main()
