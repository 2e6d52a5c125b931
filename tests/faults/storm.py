"""One storm: a city, its people and a nemesis, until it is enough; then everything heals, and the checker reads."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from realtime.presence import Presence
from tests.faults.checker import Violation, check
from tests.faults.history import History
from tests.faults.machines import City, built
from tests.faults.market import Market, Pace
from tests.faults.nemesis import DECK, ON_SQLITE, Nemesis, schedule
from tests.faults.people import World
from tests.faults.truth import read_truth

COMPLETE_S = 10.0  # the promise: that long after everything is healed, everyone has everything
LOOK_S = 1.0
ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True, slots=True)
class Goals:
    """When it is enough: after `seconds`, and not before all counts are reached."""

    seconds: float = 90.0
    kills: int = 0
    redis: int = 0
    postgres: int = 0
    acked: int = 0
    races: int = 0


@dataclass(slots=True)
class Outcome:
    seed: int
    db: str
    seconds: float
    history: History
    faults: Counter[str]
    violations: list[Violation]
    log_errors: Counter[str] = field(default_factory=Counter)
    swallowed: int = 0
    acked: int = 0
    races: int = 0


@dataclass(slots=True)
class Progress:
    """Counts kept while the storm goes on: the history is long."""

    history: History
    read: int = 0
    acked: int = 0
    races: Counter[int] = field(default_factory=Counter)

    def count(self) -> None:
        for event in self.history.events[self.read :]:
            self.acked += event.deed == "send" and event.what == "ok"
            if event.deed == "claim" and event.what in ("ok", "fail"):
                self.races[event.chat] += 1
        self.read = len(self.history.events)

    @property
    def raced(self) -> int:
        return sum(1 for claims in self.races.values() if claims > 1)


async def storm(
    db: str,
    seed: int,
    goals: Goals,
    pace: Pace,
    *,
    webs: int = 2,
    every: float = 2.5,
    say: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Break everything for a while, heal it, and check. The same seed breaks the same things in the same order."""
    webs = webs if db == "postgres" else 1
    history = History()
    async with built(db, webs) as city:
        world = World(lambda: [web.url for web in city.webs], history, Random(f"people {seed}"))
        async with Market(city, world, pace) as market, presence_watched(city, history):
            nemesis = Nemesis(city, market)
            deck = DECK if db == "postgres" else ON_SQLITE
            began, progress = time.monotonic(), Progress(history)
            busy = asyncio.create_task(market.keep_busy())
            await nemesis.follow(
                schedule(seed, deck, webs, every), lambda: _enough(goals, began, nemesis.done, progress, say)
            )
            market.closing = True
            busy.cancel()
            await asyncio.sleep(COMPLETE_S)
            market.last_look()
            seconds = time.monotonic() - began
        truth = await read_truth(city.database)
        errors = _errors(city.logged())
        swallowed = city.sql.swallowed if city.sql else 0
    progress.count()
    violations = check(history, truth)
    return Outcome(
        seed, db, seconds, history, nemesis.done, violations, errors, swallowed, progress.acked, progress.raced
    )


def _enough(goals: Goals, began: float, done: Counter[str], progress: Progress, say: Callable[[str], None]) -> bool:
    progress.count()
    seconds = time.monotonic() - began
    say(f"{seconds:6.0f} s  {sum(done.values())} faults  {progress.acked} acked  {progress.raced} races")
    return (
        seconds >= goals.seconds
        and done["kill -9 of a web process"] >= goals.kills
        and done["kill -9 and restart of Redis"] >= goals.redis
        and done["immediate stop of PostgreSQL"] >= goals.postgres
        and progress.acked >= goals.acked
        and progress.raced >= goals.races
    )


@asynccontextmanager
async def presence_watched(city: City, history: History) -> AsyncIterator[None]:
    """Write down, every second, who the product says is here: by its own reading, from outside its processes."""
    presence = Presence(f"unix://{city.valkey.path}", "looker")
    async with presence.running():
        looking = asyncio.create_task(_look(presence, history))
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def _look(presence: Presence, history: History) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        online = await presence.online()
        for expert in sorted(online):
            history.note("seen", "online", seq=expert)
        history.note("seen", "look", seq=len(online))


def _errors(logs: list[Path]) -> Counter[str]:
    """What the servers themselves took for an error: the event, and how and where it came about."""
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("Traceback"):
                found["Traceback"] += 1
            elif '"level": "ERROR"' in line:
                told = json.loads(line)
                trace = [part.strip() for part in told.get("trace", "").splitlines()]
                where = told.get("place") or next((part for part in reversed(trace) if ROOT in part), "")
                found[f"{told['event'].splitlines()[0].split(' <')[0]} {told.get('error') or trace[:1]} {where}"] += 1
    return found
