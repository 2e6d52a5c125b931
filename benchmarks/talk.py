"""Rooms full of talk through one web process, masking and commit included, beside a bare Starlette echo."""

import argparse
import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import uvloop

from benchmarks import common
from benchmarks.common import Folder, WebProcess
from benchmarks.sides import Book, Side
from chatmarket.client import Api

# One message in ten carries a value to mask; a room knows two of them, as customers give them once and repeat them.
TEXTS = (
    "La bombilla nueva parpadea en azul y la aplicación no la encuentra.",
    "Mantén pulsado el botón del puente cinco segundos; la bombilla entra sola en un minuto.",
    "¿Y si tengo dos puentes en la misma casa? Uno está en el garaje, detrás de dos paredes.",
    "Sí: crea una segunda zona en Ajustes y añade allí el segundo puente.",
    "Ahora sí, ya aparece.",
    "Se ha vuelto a caer por la noche, sobre las nueve, cuando todos están conectados.",
    "A esa hora la banda de 2,4 GHz está llena: pon el puente en el canal 25.",
    "Perfecto, justo lo que necesitaba. Gracias.",
    "Voy a probarlo con las otras tres lámparas y te digo.",
)
PRIVATE = ("Mi correo es ana.ruiz{n}@example.com, por si se corta.", "Llámame al 612 34 {n:02d} 78 si hace falta.")


@dataclass
class Figures:
    """One server's rounds: messages/s and CPU of the closed loop, latencies (seconds) of both loops."""

    name: str
    rates: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)  # seconds a message
    server_busy: list[float] = field(default_factory=list)
    load_busy: list[float] = field(default_factory=list)
    closed: list[Book] = field(default_factory=list)
    open: list[Book] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Hall:
    """A server and the open sockets in front of it; `copies` as in Book."""

    web: WebProcess
    sides: Sequence[Side]
    copies: int
    figures: Figures

    def book(self) -> Book:
        book = Book(self.copies)
        for side in self.sides:
            side.book = book
        return book


# The two halls


@asynccontextmanager
async def rooms(args: argparse.Namespace, kept: Folder) -> AsyncIterator[Hall]:
    """Live chats of the product, both sides of each with an open socket."""
    async with common.market(args.db, 1, kept) as market, Api(market.webs[0].address) as api:
        pairs = await asyncio.gather(
            *(_room(api, expert, n) for n, expert in enumerate(await common.hire(api, args.rooms)))
        )
        try:
            name = f"Chatmarket on {common.DATABASES[args.db]}"
            yield Hall(market.webs[0], [side for pair in pairs for side in pair], 1, Figures(name))
        finally:
            _close(side for pair in pairs for side in pair)


async def _room(api: Api, expert: common.Expert, n: int) -> tuple[Side, Side]:
    topic = await common.first_topic(api)
    asked = await api.ask(common.BRAND, TEXTS[0], topic=topic, language=common.LANGUAGE)
    await api.claim(asked.chat, expert.token)
    customer, other = Side(f"c{n}", "customer", texts(n, 0)), Side(f"e{n}", "expert", texts(n, 5))
    await customer.open(f"{api.base_url}/chats/{asked.chat}/live", asked.token)
    await other.open(f"{api.base_url}/rooms/{asked.chat}/live", expert.token)
    return customer, other


def texts(room: int, turn: int) -> list[str]:
    said = [text for private in PRIVATE for text in (*TEXTS, private.format(n=room % 100))]
    return said[turn:] + said[:turn]


@asynccontextmanager
async def echoes(args: argparse.Namespace, kept: Folder) -> AsyncIterator[Hall]:
    """The peer with as many sockets, said the same texts by the same clients."""
    async with common.web_process("benchmarks.echo", kept=kept) as web:
        sides = [Side(f"s{n}", "", texts(n // 2, 5 * (n % 2))) for n in range(2 * args.rooms)]
        await asyncio.gather(*(side.open(f"{web.address}/echo", "-") for side in sides))
        try:
            yield Hall(web, sides, 0, Figures("Starlette echo on uvicorn"))
        finally:
            _close(sides)


def _close(sides: Iterable[Side]) -> None:
    for side in sides:
        side.close()


# The two loops


async def closed_loop(hall: Hall, seconds: float, warm: float) -> None:
    """Every side keeps one message under way for `seconds`, after a warm-up."""
    book, figures = hall.book(), hall.figures
    book.warm_at = time.perf_counter() + warm
    for side in hall.sides:
        side.flowing = True
        side.say()
    await asyncio.sleep(warm)
    began = time.perf_counter(), time.process_time(), hall.web.cpu_s(), len(book.acked_at)
    await asyncio.sleep(seconds)
    took, busy = time.perf_counter() - began[0], time.process_time() - began[1]
    cpu, messages = hall.web.cpu_s() - began[2], len(book.acked_at) - began[3]
    for side in hall.sides:
        side.flowing = False
    await book.settled()
    figures.rates.append(messages / took)
    figures.server_cpu.append(cpu / max(1, messages))
    figures.server_busy.append(cpu / took)
    figures.load_busy.append(busy / took)
    figures.closed.append(book)
    figures.refused += book.refused


async def open_loop(hall: Hall, seconds: float, rate: float) -> None:
    """`rate` messages a second whatever comes back; each is timed from the moment it was due."""
    book, began = hall.book(), time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        hall.sides[number * 7 % len(hall.sides)].say(due)
    await book.settled()
    hall.figures.open.append(book)
    hall.figures.refused += book.refused


async def measure(args: argparse.Namespace) -> list[Figures]:
    with common.folder() as kept:
        async with AsyncExitStack() as stack:
            halls = [
                await stack.enter_async_context(rooms(args, kept)),
                await stack.enter_async_context(echoes(args, kept)),
            ]
            with common.on_core(common.LOAD_CORE):
                for _ in range(args.rounds):
                    for hall in halls:
                        await closed_loop(hall, args.seconds, args.warm)
                for _ in range(args.rounds):
                    for hall in halls:
                        await open_loop(hall, args.seconds, args.rate)
            return [hall.figures for hall in halls]


# Tables


def _milliseconds(books: Sequence[Book], kind: str) -> str:
    seconds = [one for book in books for one in getattr(book, kind)]
    if not seconds:
        return ""
    return " / ".join(f"{1000 * common.quantile(seconds, share):.1f}" for share in (0.5, 0.99))


def throughput_table(args: argparse.Namespace, all_figures: Sequence[Figures]) -> str:
    peer = statistics.median(all_figures[-1].rates)
    rows = [
        [
            figures.name,
            common.spread(figures.rates),
            f"{statistics.median(figures.rates) / peer:.3f}",
            f"{1000 * statistics.median(figures.server_cpu):.3f}",
            f"{statistics.median(figures.server_busy):.0%}",
            f"{statistics.median(figures.load_busy):.0%}",
            _milliseconds(figures.closed, "acks"),
            _milliseconds(figures.closed, "deliveries"),
            ", ".join(f"{count} {code}" for code, count in figures.refused.items()) or "0",
        ]
        for figures in all_figures
    ]
    head = [
        f"{args.rooms} rooms, one message under way a side",
        "messages/s",
        "of the echo",
        "server CPU ms a message",
        "server's core busy",
        "load's core busy",
        "ack p50 / p99 ms",
        "delivered p50 / p99 ms",
        "refusals",
    ]
    return common.table(head, rows)


def latency_table(args: argparse.Namespace, all_figures: Sequence[Figures]) -> str:
    rows = [
        [
            figures.name,
            _milliseconds(figures.open, "acks"),
            _milliseconds(figures.open, "deliveries"),
            sum(len(book.acks) for book in figures.open),
        ]
        for figures in all_figures
    ]
    head = [f"{args.rooms} rooms, {args.rate:g} messages/s", "ack p50 / p99 ms", "delivered p50 / p99 ms", "messages"]
    return common.table(head, rows)


def arguments() -> argparse.Namespace:
    parser = common.parser(__doc__)
    parser.add_argument("--rooms", type=int, default=40)
    parser.add_argument("--rate", type=float, default=40.0, help="messages a second of the open loop")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a round")
    parser.add_argument("--warm", type=float, default=2.0, help="seconds before a closed round that are not counted")
    parser.add_argument("--rounds", type=int, default=3, help="product and echo take turns so often")
    return parser.parse_args()


def main() -> None:
    args, machine = arguments(), common.machine()
    figures = uvloop.run(measure(args))
    print(f"{machine}\n\n{throughput_table(args, figures)}\n\n{latency_table(args, figures)}")


if __name__ == "__main__":
    main()
