"""Two who change the standings of the same experts at once wait for each other, and never in a circle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from chatmarket.models import Case, Chat, Movement, Standing
from chatmarket.store import rows
from tests.cast import Cast, Shop
from tests.stories.listening import eventually

pytestmark = pytest.mark.only("postgres")  # SQLite has one writer at a time


@asynccontextmanager
async def _audit_held(database_url: str, shop: Shop) -> AsyncIterator[None]:
    """Whoever writes into the brand's audit waits until the block is over."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM audithead WHERE brand_id = $1 FOR UPDATE", shop.id)
            yield
    finally:
        await connection.close()


async def _wait_for_locks(many: int) -> None:
    async def waiting() -> bool:
        sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return len(await rows(sql)) == many

    await eventually(waiting)


async def test_a_return_that_pauses_one_expert_and_a_verdict_that_pauses_the_next_do_not_lock_each_other_out(
    cast: Cast, database_url: str
) -> None:
    shop = await cast.brand()
    first, second = await cast.expert(shop), await cast.expert(shop)
    await Standing.filter(brand_id=shop.id).update(mu=-2.0, v=0.2, state="warning")  # one more no pauses either
    await cast.rated(shop, await cast.expert(shop), resolved=True)  # there was one rating: the gate is live
    ana = await cast.live(shop, first)
    await ana.end()
    again = await cast.customer(shop, again=ana, topic=shop.topics[1].id)
    # Both answered the one topic; she has not come back about it yet.
    await Chat.filter(id=again.chat).update(topic_id=shop.topic)
    await second.claim(again)
    await again.end()
    ben = await cast.live(shop, second)
    await ben.end()
    before = [row["id"] for row in await Movement.all().order_by("id").values("id")]
    async with _audit_held(database_url, shop):
        returns = asyncio.create_task(cast.customer(shop, again=ana))
        await _wait_for_locks(1)
        rates = asyncio.create_task(ben.rate(resolved=False))
        await _wait_for_locks(2)
    await asyncio.gather(returns, rates)
    assert {case.expert_id for case in await Case.filter(brand_id=shop.id)} == {first.id, second.id}
    # A number that is missing was given to a transaction that PostgreSQL broke off, to end a circle.
    after = [row["id"] for row in await Movement.all().order_by("id").values("id")]
    assert after[len(before) :] == list(range(before[-1] + 1, before[-1] + 4))
