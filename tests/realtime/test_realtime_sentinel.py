"""Behind sentinels: whoever is master now carries the bus, and a failover forgets nothing."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from buses import LATE, Guard, Node, witness
from offices import QUICK, eventually

from realtime.address import NoMaster, read_address
from realtime.envelope import Envelope, Kind
from realtime.presence import Presence
from realtime.resp import TROUBLE, Lost, Place, unheard

PASSWORD = "s e/c:r@t"
QUOTED = "s%20e%2Fc%3Ar%40t"


class House:
    def __init__(self, directory, **options):
        self.master = Node(directory, password=PASSWORD)
        self.replica = Node(directory, "--replicaof", "127.0.0.1", str(self.master.port), password=PASSWORD)
        self.guard = Guard(directory, self.master, password=f'"{PASSWORD}"', **options)
        self.url = f"redis+sentinel://:{QUOTED}@{self.guard.places}/main?db=1"


@pytest.fixture
def build(tmp_path_factory) -> Iterator[Callable[..., House]]:
    yield lambda **options: House(tmp_path_factory.mktemp("s"), **options)
    Node.end_all()


@pytest.fixture
def house(build) -> House:
    return build()


async def test_a_killed_master_is_replaced_and_nothing_said_meanwhile_is_forgotten(house):
    async with witness(house.url, pace=LATE) as here, witness(house.url) as there:
        await eventually(lambda: here.bus.hears and there.bus.hears, within=60)  # a loaded machine begins without
        await there.hears(here.say("before"))
        house.master.kill()
        await eventually(lambda: not here.bus.hears and not there.bus.hears)
        here.say("during", "room:8")
        here.bus.publish(Envelope(Kind.HANG_UP, ("login:1",), code=4401))
        await eventually(lambda: here.bus.hears and there.bus.hears, within=15)
        assert here.bus.epoch >= 2 and there.bus.epoch >= 2
        await there.hears(Envelope(Kind.HANG_UP, ("login:1",), code=4401))
        # Another server carries the bus now, so the catch-up names nobody: everyone reads what may have been missed.
        await eventually(lambda: there.caught_up_at >= here.bus._whole_since)
        await there.hears(here.say("after"))
        await here.hears(there.say("after as well"))


async def test_a_master_that_steps_down_is_left(house):
    async with witness(house.url) as here, witness(house.url) as there:
        await eventually(lambda: here.bus.hears and there.bus.hears, within=60)  # a loaded machine begins without
        await there.hears(here.say("before"))
        house.guard.redis.execute_command("SENTINEL FAILOVER", "main")
        # The old master learns only ten seconds later that it is none, and lets go of its people then.
        await eventually(lambda: here.bus.epoch > 1 and there.bus.epoch > 1)
        await eventually(lambda: here.bus.hears and there.bus.hears)
        await there.hears(here.say("after"))
        assert house.replica.redis.pubsub_numsub("test") == [("test", 2)]


async def test_presence_follows_the_master(house):
    presences = [Presence(house.url, name, beat=0.1, stale=1.0) for name in "ab"]
    async with presences[0].running(), presences[1].running():
        await presences[0].arrive(3)
        assert await presences[1].online() == {3}
        house.master.kill()
        assert await presences[0].online() == {3}
        async with asyncio.timeout(15):
            while await presences[1].online() != {3}:
                await asyncio.sleep(0.05)


async def test_old_news_of_a_sentinel_is_no_reason_to_leave(build):
    house = build(down_after_ms=60_000)
    address = read_address(house.url)
    here, told = (Place("127.0.0.1", node.port) for node in (house.replica, house.master))
    assert await address.has_left(here, 1.0) and not await address.has_left(told, 1.0)
    house.replica.redis.replicaof("NO", "ONE")
    house.master.redis.replicaof("127.0.0.1", house.replica.port)
    assert not await address.has_left(here, 1.0)
    house.master.kill()
    with pytest.raises(TROUBLE):
        await address.has_left(here, 1.0)


async def test_a_server_that_is_master_no_more_is_not_believed_in(build):
    house = build(down_after_ms=60_000)
    address = read_address(house.url)
    (await address.reach("x", 1.0, unheard)).cut(Lost())
    house.master.redis.replicaof("127.0.0.1", house.replica.port)
    with pytest.raises(NoMaster):
        await address.reach("x", QUICK.answer, unheard)
