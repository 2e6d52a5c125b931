"""How a web process goes: it takes the signal before uvicorn does, says goodbye, finishes its work, and hands it on.

The same for one process and for each of several: uvicorn runs workers itself, but all of them run our application.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from chatmarket.house import House
from chatmarket.store import at_rest, close_by

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# One deadline, taken at the signal, is the end of all: what one stage does not need is the next one's.
SOCKETS_BY, REQUESTS_BY = 0.4, 0.7  # of the grace; the rest is for the units still running and for the database
LEAST_S = 1.0  # of spread: about as long as a successor needs to be let in
EACH_S = 0.01  # of spread for each socket: a hundred a second come back easily, and a few need not wait for anybody
LOOK_S = 0.02  # between looks at whether the last socket has gone
LAST_GUESTS_S = 0.3  # for requests on lines that were taken just before: uvicorn closes those that have said nothing

logger = logging.getLogger(__name__)

HandOver = Callable[[int], None]


async def leave_when_told(house: House) -> None:
    """Alongside a server: at the first signal everyone is sent elsewhere; the same signal again ends it at once."""
    server = _server()
    with _signals_taken() as (told, hand_over), _orphaned(told):
        first = await told.get()
        farewell = asyncio.create_task(_leave(house, server))
        farewell.add_done_callback(lambda _: hand_over(first))
        # Ctrl-C in a terminal reaches a worker as SIGINT and once more, from its supervisor, as SIGTERM.
        while await told.get() != first:
            pass
        logger.warning("left_at_once")
        hand_over(signal.SIGINT)
        hand_over(signal.SIGINT)  # uvicorn's own sign for not waiting any longer
        await farewell


def _server() -> uvicorn.Server | None:
    """uvicorn's server around this application: it takes the signals, whoever has made it."""
    owner = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return owner if isinstance(owner, uvicorn.Server) else None


async def _leave(house: House, server: uvicorn.Server | None) -> None:
    house.leaving = True
    house.held.release_all()
    switchboard, settings = house.switchboard, house.settings
    told_at = asyncio.get_running_loop().time()
    close_by(told_at + settings.grace_s)
    logger.info("leaving", extra={"sockets": len(switchboard.hub), "most_s": settings.drain_s})
    try:
        async with asyncio.timeout_at(told_at + settings.grace_s * SOCKETS_BY):
            while True:
                await switchboard.drain(over=min(settings.drain_s, max(LEAST_S, len(switchboard.hub) * EACH_S)))
                if not len(switchboard.hub):
                    break
                await asyncio.sleep(LOOK_S)  # somebody was at the door already and has just sat down: once more
            await _close_door(server)
            await at_rest()
    except TimeoutError:
        logger.warning("left_behind", extra={"sockets": len(switchboard.hub)})
    except Exception:
        logger.exception("leaving failed")
    finally:
        if server:
            left = told_at + settings.grace_s * REQUESTS_BY - asyncio.get_running_loop().time()
            server.config.timeout_graceful_shutdown = max(0.0, left)  # type: ignore[assignment]  # it takes any seconds


async def _close_door(server: uvicorn.Server | None) -> None:
    """Whoever comes now finds another worker at the same socket, or nobody; those who are in are served."""
    for listener in server.servers if server else ():
        listener.close()
    await asyncio.sleep(LAST_GUESTS_S)


@contextlib.contextmanager
def _signals_taken() -> Iterator[tuple[asyncio.Queue[int], HandOver]]:
    """What the signals tell during the block, and how to hand one on to whoever had them before."""
    told: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def take(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(told.put_nowait, number)

    def hand_over(number: int) -> None:
        had = before[signal.Signals(number)]
        if callable(had):
            had(number, None)

    for number in SIGNALS:
        signal.signal(number, take)
    try:
        yield told, hand_over
    finally:
        for number in SIGNALS:
            if signal.getsignal(number) is take:
                signal.signal(number, before[number])


@contextlib.contextmanager
def _orphaned(told: asyncio.Queue[int]) -> Iterator[None]:
    """A worker whose supervisor was killed goes as if told to: it would hold the port against the next server."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(supervisor.sentinel)
        told.put_nowait(signal.SIGTERM)

    loop.add_reader(supervisor.sentinel, gone)
    try:
        yield
    finally:
        loop.remove_reader(supervisor.sentinel)
