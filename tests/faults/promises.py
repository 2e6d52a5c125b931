"""The promises with a number in them, measured one at a time: Redis dead and hung, and a process that dies."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.faults.figures import journeys, quantile, waits
from tests.faults.history import History
from tests.faults.machines import City, built
from tests.faults.market import Market, Pace
from tests.faults.people import World
from tests.faults.storm import presence_watched

AWAY_S = 9.0  # how long Redis is dead or hung
NOTICED_S = 3.0  # a hung Redis is silent: noticed when three signs of life are missing
CALM_S = 4.0
BACK_S = 0.5  # a message that is quicker came by pub/sub: reading the database goes round every 2 s
GONE_PATIENCE_S = 40.0
TALK = Pace(rooms=8, messages=100_000, think=0.3, experts=4, watched=0.0, burst=0.0, mischief=0.0, ends=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds. Waits are from commit to a reader at another process, while Redis was away."""

    dead: list[float]
    hung: list[float]
    dead_healed: float
    hung_healed: float
    gone: float

    def rows(self) -> list[tuple[str, str, str]]:
        return [
            ("delivery while Redis is dead", "2 s", _quantiles(self.dead)),
            (f"delivery while Redis hangs, once noticed ({NOTICED_S:g} s)", "2 s", _quantiles(self.hung)),
            ("back to pub/sub after a dead Redis is started again", "3 s", f"{self.dead_healed:.1f} s"),
            ("back to pub/sub after a hung Redis goes on", "3 s", f"{self.hung_healed:.1f} s"),
            ("away after the kill -9 of the process one was at", "15 s", f"{self.gone:.1f} s"),
        ]


def _quantiles(values: list[float]) -> str:
    return f"p50 {quantile(values, 0.5):.2f} s, p99 {quantile(values, 0.99):.2f} s ({len(values)} deliveries)"


async def measured(db: str = "postgres") -> Measured:
    """Two processes, eight rooms talking across them."""
    history = History()
    async with built(db, 2) as city:
        world = World(lambda: [web.url for web in city.webs], history, Random(1))
        async with Market(city, world, TALK) as market, presence_watched(city, history):
            busy = asyncio.create_task(market.keep_busy())
            await asyncio.sleep(CALM_S)
            valkey = city.valkey
            dead, dead_healed = await _without(history, world, valkey.kill, valkey.start, 0.0)
            hung, hung_healed = await _without(
                history,
                world,
                lambda: valkey.signal(signal.SIGSTOP),
                lambda: valkey.signal(signal.SIGCONT),
                NOTICED_S,
            )
            gone = await _gone(city, market, history)
            market.closing = True
            busy.cancel()
    return Measured(dead, hung, dead_healed, hung_healed, gone)


async def _without(
    history: History, world: World, take: Callable[[], None], give_back: Callable[[], None], unnoticed: float
) -> tuple[list[float], float]:
    """What people waited meanwhile, and how long it took afterwards until all waits were short again."""
    began = world.now()
    take()
    await asyncio.sleep(AWAY_S)
    give_back()
    healed = world.now()
    await asyncio.sleep(CALM_S + NOTICED_S)
    meanwhile = waits(history, began + unnoticed, healed)
    later = [one for one in journeys(history) if one.crossed and one.acked >= healed]
    return meanwhile, max((one.acked for one in later if one.wait > BACK_S), default=healed) - healed


async def _gone(city: City, market: Market, history: History) -> float:
    """An expert's process dies, and the expert with it: seconds until nobody is told that they are here."""
    expert = next(one for one in market.experts if one.lobby and one.lobby.url == city.webs[0].url and one.lobby.socket)
    assert expert.lobby is not None
    expert.lobby.away_until = market.world.now() + 10 * GONE_PATIENCE_S
    began = market.world.now()
    await city.webs[0].kill()
    while market.world.now() - began < GONE_PATIENCE_S:
        await asyncio.sleep(1.0)
        away = [at for at, online in history.looks() if at > began and expert.id not in online]
        if away:
            return away[0] - began
    return GONE_PATIENCE_S
