"""A demo is kept alive here: a few residents ask and answer as ordinary clients, and leave visitors their chance."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from random import Random

from chatmarket.client import Api
from chatmarket.residents.crowd import Crowd, Expert, Village

__all__ = ["live_here"]


async def live_here(
    base_url: str,
    people: Sequence[tuple[str, str]],
    *,
    rng: Random,
    stop: asyncio.Event,
    brands: Collection[str] | None = None,
) -> None:
    """Live at the server until `stop` is set or this is cancelled; both take less than a second.

    `people` are e-mail and password of accounts of experts; customers need none. Questions go to `brands` (slugs),
    or to all the server has.
    """
    async with Api(base_url) as api:
        village = Village(api, base_url.rstrip("/"), rng, None if brands is None else frozenset(brands))
        lives = [Expert(village, *person).live() for person in people]
        tasks = [asyncio.create_task(life) for life in (*lives, Crowd(village).live(), _until(stop))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
