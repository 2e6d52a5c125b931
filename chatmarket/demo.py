"""One command to see it live: a seeded world, simulated people who keep it alive, and the sign-ins to join them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace

from chatmarket import server
from chatmarket.app import Alongside
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.residents import live_here
from chatmarket.seeds import seed
from chatmarket.seeds.world import BRANDS, PASSWORD, PEOPLE, RESIDENTS, STAFF
from chatmarket.settings import Settings
from chatmarket.store import close_store, migrate, open_store


async def plant(given: Settings) -> bool:
    """Seeds the demo's world into a migrated database; False when it is there already."""
    house = furnish(replace(given, redis_url=given.redis_url or "unix:///nowhere"))
    await open_store(given.database_url)
    try:
        return await seed(house)
    finally:
        await close_store()
        house.passwords.close()


def run(given: Settings, *, host: str, port: int, quiet: bool, say: Callable[[str], None]) -> None:
    """Migrates, seeds, and serves with the residents alongside, until Ctrl-C."""
    given = server.at_port(replace(given, demo=True), host, port)
    given.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_ready(given))
    companions: list[Alongside] = [] if quiet else [_residents(f"http://127.0.0.1:{port}")]
    server.serve(given, host=host, port=port, companions=companions, ready=lambda: say(welcome(given)))


async def _ready(given: Settings) -> None:
    await migrate(given.database_url)
    await plant(given)


def _residents(url: str) -> Callable[[House], Awaitable[None]]:
    people = [(email, PASSWORD) for email in RESIDENTS]

    async def live(house: House) -> None:
        await live_here(url, people, rng=random.Random(), stop=asyncio.Event())  # noqa: S311 - small talk

    return live


def welcome(given: Settings) -> str:
    url = given.public_url
    asks = "\n".join(f"  ask {brand.name:<13} {url}/b/{brand.slug}" for brand in BRANDS)
    roles = {person.email: person.role for person in STAFF}
    people = "\n".join(
        f"  {person['email']:<24} {PASSWORD}   {roles.get(person['email'], 'expert'):<9}  {person['brand']}"
        for person in PEOPLE
    )
    return (
        f"\nChatmarket is running: {url}\n\nAs a customer:\n{asks}\n\n"
        f"As an expert or a moderator ({url}/sign-in):\n{people}\n\nCtrl-C stops everything.\n"
    )
