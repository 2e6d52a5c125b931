"""Who is here is known everywhere, soon forgotten when their process dies, and survives an emptied Redis."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from realtime.presence import Presence


@pytest.fixture
def place(redis_url, request):
    """Presences of one test, with quick hearts."""

    @asynccontextmanager
    async def open_one(name, url=redis_url):
        presence = Presence(url, name, key=request.node.name, beat=0.1, stale=0.5)
        async with presence.running():
            yield presence

    return open_one


async def _becomes(presence, experts, within=3.0):
    async with asyncio.timeout(within):
        while await presence.online() != experts:
            await asyncio.sleep(0.01)


async def test_an_expert_is_seen_from_every_process(place):
    async with place("a") as a, place("b") as b:
        await a.arrive(3)
        await b.arrive(4)
        assert await a.online() == await b.online() == {3, 4}


async def test_several_connections_of_one_expert_count_as_one_presence(place):
    async with place("a") as a, place("b") as b:
        for presence in (a, a, b):
            await presence.arrive(3)
        await a.leave(3)
        assert await b.online() == {3}
        await a.leave(3)
        assert await a.online() == {3}
        await b.leave(3)
        assert await a.online() == set()


async def test_coming_and_going_at_once_ends_in_the_truth(place):
    async with place("a") as a, place("b") as b:
        for _ in range(20):
            await asyncio.gather(a.arrive(3), a.leave(3), a.arrive(3))
            assert await b.online() == {3}
            await a.leave(3)
            assert await b.online() == set()


async def test_a_process_that_ends_takes_its_people_with_it(place):
    async with place("b") as b:
        async with place("a") as a:
            await a.arrive(3)
        assert await b.online() == set()


async def test_a_dead_process_goes_stale_and_a_living_one_does_not(place):
    async with place("a") as a, place("b") as b:
        await a.arrive(3)
        await b.arrive(4)
        a._here = type(a._here)()  # its heart stops, its people are still written down
        assert await b.online() == {3, 4}
        await _becomes(b, {4})
        await asyncio.sleep(0.6)
        assert await b.online() == {4}


async def test_presence_is_written_anew_after_redis_was_emptied(place, valkey):
    async with place("a", valkey.url) as a, place("b", valkey.url) as b, Redis.from_url(valkey.url) as redis:
        await a.arrive(3)
        await redis.flushall()
        assert await a.online() == {3}, "a process never forgets its own"
        assert await b.online() == set()
        await _becomes(b, {3}, within=1)


async def test_people_whom_redis_forgot_are_told_to_look_again(valkey):
    forgotten = asyncio.Event()
    presence = Presence(valkey.url, "a", beat=0.1, stale=1, forgotten=forgotten.set)
    async with presence.running(), Redis.from_url(valkey.url) as redis:
        await presence.arrive(3)
        await asyncio.sleep(0.3)
        forgotten.clear()
        await redis.flushall()
        async with asyncio.timeout(2):
            await forgotten.wait()


async def test_without_redis_a_process_still_knows_its_own(place, valkey):
    async with place("a", valkey.url) as a:
        await a.arrive(3)
        valkey.kill()
        await a.arrive(4)
        assert await a.online() == {3, 4}
        valkey.start()
        await _becomes(a, {3, 4})


async def test_a_herd_of_arrivals_is_written_down(place):
    async with place("a") as a, place("b") as b:
        await asyncio.gather(*map(a.arrive, range(500)))
        assert await b.online() == set(range(500))
