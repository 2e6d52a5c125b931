"""Tasks beside a block end with it, whatever they do with a cancellation, and do not die unseen."""

import asyncio

from realtime.tasks import running_beside


async def test_a_task_that_swallows_a_cancellation_is_asked_again():
    swallowed = []

    async def stubborn():
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append(1)

    async with asyncio.timeout(3), running_beside(stubborn()):
        await asyncio.sleep(0)
    assert swallowed


async def test_a_task_that_dies_is_noted(caplog):
    async def mortal():
        raise ZeroDivisionError

    async with running_beside(mortal()):
        await asyncio.sleep(0.01)
    assert "task_died" in caplog.text
