"""A short play for one planted bug: few people, one kind of trouble, and what the checker says afterwards."""

import asyncio
from contextlib import suppress
from random import Random

from redis.asyncio import Redis

from tests.faults.bugs import Bug
from tests.faults.checker import Violation, check
from tests.faults.history import History
from tests.faults.machines import SERVE, City
from tests.faults.market import Market, Pace
from tests.faults.people import World
from tests.faults.truth import Truth, change, read_truth

ACT_S, SETTLE_S = 12.0, 1.5
ENOUGH = {"send": 60, "claim": 4, "end": 4, "rate": 4}
QUICK = Pace(rooms=4, messages=6, think=0.12, experts=3, watched=0.5, burst=0.3, mischief=0.3)
TALK_ON = Pace(rooms=8, messages=1000, think=0.12, experts=3, watched=0.5, burst=0.0, mischief=0.0, ends=False)


async def play(city: City, name: str, bug: Bug | None, seed: int = 1) -> list[Violation]:
    """What the checker finds in a server with this bug; without one (None) it must find nothing."""
    launcher = ("-m", "tests.faults.bugs", name) if bug else SERVE
    before = set((await read_truth(city.database)).chats)
    await asyncio.gather(*(web.kill() for web in city.webs))
    # Questions that an earlier bug left waiting are none of this one's.
    await change(city.database, "UPDATE chat SET status = 'withdrawn' WHERE status = 'waiting'")
    await asyncio.gather(*(web.restarted([*launcher, "serve"]) for web in city.webs))
    history = History()
    world = World(lambda: [web.url for web in city.webs], history, Random(f"{name} {seed}"))
    async with Market(city, world, QUICK if bug is None or bug.ends else TALK_ON) as market:
        busy = asyncio.create_task(market.keep_busy())
        await _until(history, bug.about if bug else "rate")
        await _trouble(city, bug.needs if bug else "flaps")
        market.closing = True
        if bug and bug.needs == "deafness":
            await _deafen(city, 2.0)  # while the last words are said
        busy.cancel()
        await asyncio.sleep(SETTLE_S)
        market.last_look()
        experts = {expert.id for expert in market.experts}
    return check(history, _only(await read_truth(city.database), before, experts))


async def _until(history: History, deed: str) -> None:
    """Until the scene has shown enough of what it is about."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ACT_S):
            while sum(1 for _ in history.of(deed, "ok", "info")) < ENOUGH[deed]:
                await asyncio.sleep(0.1)


async def _trouble(city: City, needs: str) -> None:
    for web in city.webs:
        if needs == "flaps":
            web.proxy.reset()
            await asyncio.sleep(1.5)
        if needs == "kill":
            await web.kill()
            await web.start()


async def _deafen(city: City, seconds: float) -> None:
    """Nobody keeps a subscription for long."""
    async with Redis.from_url(f"unix://{city.valkey.path}") as redis:
        for _ in range(int(seconds / 0.05)):
            await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
            await asyncio.sleep(0.05)


def _only(truth: Truth, before: set[int], experts: set[int]) -> Truth:
    """What came about in this scene: earlier bugs have left their traces."""
    entries = [(entry, chat) for entry, chat in truth.entries if chat not in before]
    known = {entry for entry, _ in entries}
    return Truth(
        [row for row in truth.messages if row.chat not in before],
        {number: chat for number, chat in truth.chats.items() if number not in before},
        entries,
        [posting for posting in truth.postings if posting[0] in known],
        {expert: live for expert, live in truth.live.items() if expert in experts},
    )
