"""One offer to thousands of sockets through Redis: deliveries/s, the last receiver's wait, memory; beside the peers."""

import argparse
import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from benchmarks import common
from benchmarks.load import Failed, Load, Served, load, valkey
from benchmarks.peers import FANOUT, LIMIT, OURS, Peer

FEW = 50  # connections before memory is first read: what a server loads at its first ones is not theirs
ONES = 30
FAR_BEHIND = 0.05


@dataclass
class Row:
    """One server's rounds: deliveries/s at saturation and one at a time, milliseconds, KiB, shares of the cores."""

    peer: Peer
    flood: list[float] = field(default_factory=list)
    one: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)  # of the server, a delivery at saturation
    last_p50: list[float] = field(default_factory=list)
    last_p99: list[float] = field(default_factory=list)
    kib: list[float] = field(default_factory=list)
    load_busy: list[float] = field(default_factory=list)
    missing: int = 0
    failed: str = ""


@contextmanager
def opened(peer: Peer, redis: int, size: int) -> Iterator[tuple[Served, Load, float]]:
    """The server with `size` listeners; and the KiB that each of them took."""
    with peer.running(redis) as server:
        manner = peer.publishing(server, redis, size)
        with load([peer.listener(server.address, number) for number in range(FEW)], manner) as few:
            few.ask("hold", 0.5)
            before = server.rss_kib()
        lines = [peer.listener(server.address, number) for number in range(size)]
        with load(lines, manner) as many:
            many.ask("hold", 1.0)
            yield server, many, (server.rss_kib() - before) / (size - FEW)


def measure(row: Row, redis: int, size: int, seconds: float, window: int) -> None:
    with opened(row.peer, redis, size) as (server, lines, kib):
        lines.ask("one", 1, seconds)  # warm
        one = lines.ask("one", ONES, 2 * seconds)
        cpu = server.cpu_s()
        flood = lines.ask("flood", seconds, window)
        row.cpu_us.append(1e6 * (server.cpu_s() - cpu) / max(1, flood["all"]))
        row.kib.append(kib)
        row.one.append((one["rounds"] * size - one["missing"]) / one["seconds"])
        row.last_p50.append(one["last_ms"][0] if one["last_ms"] else math.inf)
        row.last_p99.append(one["last_ms"][1] if one["last_ms"] else math.inf)
        row.flood.append(flood["deliveries"] / flood["seconds"])
        row.load_busy.append(flood["busy"])
        row.missing += one["missing"] + flood["missing"] + flood["extra"]  # extra: since the load began


def rounds(args: argparse.Namespace, size: int) -> list[Row]:
    """Every server in turn, `args.rounds` times."""
    rows = [Row(peer, failed=peer.missing() or "") for peer in FANOUT if peer is LIMIT or args.only in peer.name]
    for number in range(args.rounds):
        for row in rows:
            if row.failed or _far_behind(row, rows[0]):
                continue
            print(f"{size} connections, round {number + 1}: {row.peer.name}", file=sys.stderr, flush=True)
            try:
                with valkey() as redis:
                    measure(row, redis, size, args.seconds, args.window)
            except Failed as failed:
                row.failed = str(failed)
    return rows


def _far_behind(row: Row, limit: Row) -> bool:
    """Who does not reach a twentieth of the limit has taken minutes: one round tells enough of it."""
    return bool(row.flood) and row.flood[0] < FAR_BEHIND * limit.flood[0]


def fanout_table(args: argparse.Namespace, size: int, rows: Sequence[Row]) -> str:
    limit = rows[0]
    head = [
        f"{size:,} connections",
        "deliveries/s, saturated",
        "of the C loop",
        "one at a time, of the C loop",
        "last receiver p50 / p99 ms",
        "of the C loop's p50",
        "server CPU us a delivery",
        "KiB an idle connection",
        "load's core busy",
        "lost or twice",
    ]
    return common.table(head, [_cells(row, limit) for row in rows])


def _cells(row: Row, limit: Row) -> list[object]:
    if not row.flood:
        return [row.peer.name, f"skipped: {row.failed}", *[""] * 8]
    waited = [mine / its for mine, its in zip(row.last_p50, limit.last_p50, strict=False)]
    return [
        row.peer.name,
        common.spread(row.flood),
        ratio(row.flood, limit.flood),
        ratio(row.one, limit.one),
        f"{statistics.median(row.last_p50):.1f} / {statistics.median(row.last_p99):.1f}",
        f"{statistics.median(waited):.2f}" if waited else "",
        f"{statistics.median(row.cpu_us):.1f}",
        f"{statistics.median(row.kib):.1f}",
        f"{statistics.median(row.load_busy):.0%}",
        f"{row.missing}{f' (then: {row.failed})' if row.failed else ''}",
    ]


def ratio(mine: Sequence[float], its: Sequence[float]) -> str:
    """The median of the rounds' ratios."""
    found = [one / other for one, other in zip(mine, its, strict=False)]
    return f"{statistics.median(found):.2f}" if found else ""


# Beside the rows


def idle_table(args: argparse.Namespace) -> str:
    """`args.idle` connections on one process, and what it costs to keep them."""
    with valkey() as redis, opened(OURS, redis, args.idle) as (server, lines, kib):
        used = server.cpu_s()
        lines.ask("hold", args.hold)
        share = (server.cpu_s() - used) / args.hold
        one = lines.ask("one", 10, 20)
        cells = {
            "idle connections": f"{args.idle:,}",
            "opened in s": f"{lines.opened_s:.1f}",
            "KiB each": f"{kib:.1f}",
            "process MiB": f"{server.rss_kib() / 1024:.0f}",
            "CPU while idle": f"{share:.1%}",
            "an offer to all, last receiver p50 / p99 ms": f"{one['last_ms'][0]:.1f} / {one['last_ms'][1]:.1f}",
            "lost": one["missing"],
        }
    return common.table(list(cells), [list(cells.values())])


def beside_table(args: argparse.Namespace) -> str:
    """What rooms on the same process feel of broadcasts to `args.sizes[-1]` listeners."""
    size, rows = args.sizes[-1], []
    with valkey() as redis, OURS.running(redis) as server:
        # Two programs: rooms whose frames wait behind 5,000 others in the load's own reading would be timed by that.
        everybody = [OURS.listener(server.address, number) for number in range(size)]
        rooms = OURS.rooms([server.address], args.rooms)
        with (
            load(everybody, OURS.publishing(server, redis, size)) as listening,
            load(rooms, replace(OURS.manner, say=OURS.said())) as talking,
        ):
            talking.ask("talk", args.rate, 2, 1)
            answers: dict[float, list[dict]] = {0: [], args.every: []}
            for _ in range(args.rounds):
                for every, found in answers.items():
                    listening.begin("talk", 0, args.seconds * 2, 0, every)
                    found.append(talking.ask("talk", args.rate, args.seconds * 2 - 1, 0.5))
                    found[-1]["lost"] += listening.answer()["missing"]
    for every, found in answers.items():
        beside = f"an offer to {size:,} every {every * 1000:.0f} ms" if every else "nothing"
        waits = [statistics.median(one["other_ms"][n] for one in found) for n in (0, 1)]
        usual = statistics.median(one["other_ms"][1] for one in answers[0])
        lost = sum(one["lost"] for one in found)
        rows.append([beside, f"{waits[0]:.2f} / {waits[1]:.2f}", f"{waits[1] / usual:.2f}", lost])
    about = f"{args.rooms} rooms, {args.rate:g} messages/s, beside"
    return common.table([about, "to the other side p50 / p99 ms", "of the usual p99", "lost"], rows)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 5000], help="connections")
    parser.add_argument("--rounds", type=int, default=3, help="all servers take turns so often")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a saturated round")
    parser.add_argument("--window", type=int, default=8, help="broadcasts under way at saturation")
    parser.add_argument("--only", default="", help="besides the limit only rows whose name holds this")
    parser.add_argument("--idle", type=int, default=10_000, help="connections of the idle table; 0: none")
    parser.add_argument("--hold", type=float, default=30.0, help="seconds they are held")
    parser.add_argument("--rooms", type=int, default=50, help="of the table beside broadcasts; 0: none")
    parser.add_argument("--rate", type=float, default=500.0, help="messages a second in them")
    parser.add_argument("--every", type=float, default=0.25, help="seconds between two broadcasts beside them")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    print(common.machine(), flush=True)
    for size in args.sizes:
        print(f"\n{fanout_table(args, size, rounds(args, size))}", flush=True)
    for wanted, table in ((args.idle, idle_table), (args.rooms, beside_table)):
        if wanted:
            print(f"\n{table(args)}", flush=True)


if __name__ == "__main__":
    main()
