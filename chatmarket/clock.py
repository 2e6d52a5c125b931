"""What time brings about: waits that run out, live chats that all left. Many clocks may run: rows settle who acts."""

import asyncio
import logging
import time

from chatmarket.flows import (
    assessing,
    attending,
    calling,
    ending,
    erasing,
    handing,
    inviting,
    joining,
    learning,
    offering,
    practising,
    raising,
    recognising,
    sending,
    settling,
    suspecting,
    vaulting,
)
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.models import Status
from chatmarket.settings import Settings
from chatmarket.store import StoreBusy, close_store, open_store

FORGET_S = 3600.0  # between two looks for logins, and marks of what was dropped, that are of no more use
ATTEND_S = 5.0  # between two looks for experts who went
ERASE_S = 60.0  # between two looks for customers whose time is up
logger = logging.getLogger(__name__)


async def run(house: House) -> None:
    """Looks at the timers for ever, and beside them at what is to be learnt and at what people should see, which takes
    long, and at what is to leave the house, which waits for others' machines; a look that fails is logged, and the
    next one tries again."""
    async with asyncio.TaskGroup() as beside:
        beside.create_task(_time(house))
        beside.create_task(_learn(house))
        beside.create_task(_suspect(house))
        beside.create_task(_send(house))


async def _send(house: House) -> None:
    while True:
        await asyncio.sleep(house.settings.clock_s)
        try:
            while await sending.due(house):
                pass
        except StoreBusy as down:
            logger.warning("notices wait for the database", extra={"error": type(down).__name__})
        except Exception:
            logger.exception("notices failed")


async def _learn(house: House) -> None:
    gathered = float("-inf")
    while True:
        await asyncio.sleep(house.settings.clock_s)
        try:
            if time.monotonic() - gathered > 60 * house.settings.topics_minutes:
                gathered = time.monotonic()
                await learning.gather(house)
            if await learning.behind(house):
                while await learning.learn_next(house):
                    pass
                await learning.fit_next(house)
        except StoreBusy as down:
            logger.warning("lessons wait for the database", extra={"error": type(down).__name__})
        except Exception:
            logger.exception("lessons failed")


async def _suspect(house: House) -> None:
    while house.settings.review_minutes:
        await asyncio.sleep(max(house.settings.clock_s, 60 * house.settings.review_minutes))
        try:
            await suspecting.look(house)
        except StoreBusy as down:
            logger.warning("signals wait for the database", extra={"error": type(down).__name__})
        except Exception:
            logger.exception("signals failed")


async def _time(house: House) -> None:
    forgot, erased, attended = -FORGET_S, -ERASE_S, -ATTEND_S
    while True:
        await asyncio.sleep(house.settings.clock_s)
        try:
            await tick(house)
            if time.monotonic() - attended > ATTEND_S:
                attended = time.monotonic()
                await attending.due(house)
                await ending.desert(house)
            if time.monotonic() - forgot > FORGET_S:
                forgot = time.monotonic()
                await joining.forget_logins()
                await vaulting.forget_old_marks()
                await inviting.forget()
                await recognising.forget_old(house)
                await sending.forget()
            if time.monotonic() - erased > ERASE_S:
                erased = time.monotonic()
                await erasing.due(house)
        except StoreBusy as down:
            logger.warning("timers wait for the database", extra={"error": type(down).__name__})
        except Exception:
            logger.exception("timers failed")


async def tick(house: House) -> None:
    """All timers whose second counts. Where no chat waits or is live, one read says so."""
    running = await ending.running()
    if Status.WAITING in running:
        await ending.due(house)
        await offering.due(house)
        await settling.due(house)
        await raising.due(house)
        await calling.due(house)
    if Status.LIVE in running:
        await handing.due(house)
        await practising.due(house)
    await handing.rested(house)
    await assessing.due(house)


async def alone(settings: Settings) -> None:
    """A process that is only a clock."""
    house = furnish(settings)
    await open_store(settings.database_url)
    try:
        async with house.switchboard.running():
            logger.info("the clock runs")
            await run(house)
    finally:
        await close_store()
        house.passwords.close()
