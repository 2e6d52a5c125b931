"""What arrives together is done together, in order; nobody waits for ever, and nobody's end is another's."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from tortoise import Model, fields

from chatmarket import store
from chatmarket.batches import Batches
from chatmarket.store import StoreBusy


class Line(Model):
    """Tortoise opens no database without a model."""

    id = fields.IntField(primary_key=True)


@pytest.fixture(autouse=True)
async def opened(empty_database: str) -> AsyncIterator[None]:
    await store.open_store(empty_database, models=__name__)
    yield
    await store.close_store()


class Desk:
    """Answers each number with its double, a batch at a time, when it may."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def do(self, items: Sequence[int]) -> list[int | Exception]:
        self.seen.append(list(items))
        await self.open.wait()
        return [ValueError("odd one out") if item == 13 else 2 * item for item in items]


async def test_what_arrives_within_the_window_is_one_batch_in_the_order_of_arrival() -> None:
    desk = Desk()
    batches = Batches(desk.do, most=100, window_s=0.02)
    assert await asyncio.gather(*(batches.add(n) for n in range(10))) == [2 * n for n in range(10)]
    assert desk.seen == [list(range(10))] and (batches.batches, batches.done, batches.largest) == (1, 10, 10)


async def test_while_one_batch_is_under_way_the_next_gathers_and_none_is_larger_than_allowed() -> None:
    desk = Desk()
    desk.open.clear()
    batches = Batches(desk.do, most=4)
    first = asyncio.create_task(batches.add(0))
    while not desk.seen:
        await asyncio.sleep(0)
    rest = asyncio.gather(*(batches.add(n) for n in range(1, 10)))
    await asyncio.sleep(0.01)
    assert desk.seen == [[0]] and batches.waiting == 9
    desk.open.set()
    assert [await first, *await rest] == [2 * n for n in range(10)]
    assert desk.seen == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]] and batches.waiting == 0


async def test_a_lone_asker_waits_for_nobody_and_those_who_follow_closely_come_together() -> None:
    desk = Desk()
    batches = Batches(desk.do, most=100, gap_s=1.0)
    async with asyncio.timeout(0.5):
        assert await batches.add(0) == 0
    for n in range(1, 6):
        asyncio.get_running_loop().call_later(
            0.01 * n, lambda n=n: followers.append(asyncio.ensure_future(batches.add(n)))
        )
    followers: list[asyncio.Future[int]] = []
    await asyncio.sleep(0.2)
    assert [await follower for follower in followers] == [2, 4, 6, 8, 10]
    assert desk.seen == [[0], [1, 2, 3, 4, 5]]


async def test_the_refusal_of_one_is_not_the_others() -> None:
    batches = Batches(Desk().do, most=100)
    answers = await asyncio.gather(batches.add(12), batches.add(13), batches.add(14), return_exceptions=True)
    assert answers[0::2] == [24, 28] and isinstance(answers[1], ValueError)


async def test_a_batch_that_fails_fails_for_all_in_it_and_the_next_goes_on() -> None:
    calls = []

    async def do(items: Sequence[int]) -> list[int | Exception]:
        calls.append(items)
        if len(calls) == 1:
            raise StoreBusy("away")
        return list(items)

    batches = Batches(do, most=100)
    answers = await asyncio.gather(batches.add(1), batches.add(2), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreBusy, StoreBusy]
    assert await batches.add(3) == 3


async def test_who_goes_away_leaves_the_work_and_the_others_alone() -> None:
    desk = Desk()
    desk.open.clear()
    batches = Batches(desk.do, most=100)
    leaving, staying = asyncio.create_task(batches.add(1)), asyncio.create_task(batches.add(2))
    while not desk.seen:
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    desk.open.set()
    assert await staying == 4 and desk.seen == [[1, 2]]


async def test_a_full_queue_refuses_and_a_long_wait_ends_unheard() -> None:
    desk = Desk()
    desk.open.clear()
    batches = Batches(desk.do, most=1, waiting_most=2, patience_s=0.05)
    first = asyncio.create_task(batches.add(1))
    while not desk.seen:
        await asyncio.sleep(0)
    waiting = [asyncio.create_task(batches.add(n)) for n in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy, match="too many"):
        await batches.add(4)
    await asyncio.sleep(0.06)
    desk.open.set()
    assert await first == 2
    refused = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in refused] == [StoreBusy, StoreBusy] and desk.seen == [[1]]


async def test_closing_the_store_waits_for_a_batch_under_way() -> None:
    desk = Desk()
    desk.open.clear()
    answer = asyncio.create_task(Batches(desk.do, most=100).add(1))
    while not desk.seen:
        await asyncio.sleep(0)
    closing = asyncio.create_task(store.close_store())
    await asyncio.sleep(0.02)
    assert not closing.done()
    desk.open.set()
    await closing
    assert await answer == 2
