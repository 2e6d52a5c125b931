"""On a cluster every shard carries its part, and a slot or a master that moves takes nothing with it."""

import asyncio
from collections.abc import Iterator

import pytest
from buses import Cluster, Node, witness
from offices import eventually

from realtime.address import slot_of
from realtime.bus import SHARDS
from realtime.presence import Presence


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    yield Cluster(tmp_path_factory.mktemp("c"))
    Node.end_all()


@pytest.fixture
def two(cluster, request):
    name = request.node.name
    return witness(cluster.url, name), witness(cluster.url, name)


async def test_rooms_are_spread_and_keep_their_order(cluster, two, request):
    async with two[0] as here, two[1] as there:
        assert here.bus.hears and there.bus.hears
        said = [here.say(str(n), f"room:{n % 20}", seq=n // 20 + 1) for n in range(400)]
        await there.hears(*said)
        for room in range(20):
            assert [one for one in there.heard if one.channels == (f"room:{room}",)] == said[room::20]
        assert here.bus.published == there.bus.heard == 400
        subscribed = [len(node.redis.pubsub_shardchannels(f"{request.node.name}:{{?}}")) for node in cluster.nodes[:3]]
        assert sum(subscribed) == SHARDS and all(subscribed), "every master carries some"


async def test_unnumbered_frames_do_not_overtake_each_other(two):
    async with two[0] as here, two[1] as there:
        said = [here.say(str(n), *(f"lobby:{m}" for m in range(n % 7 + 1))) for n in range(300)]
        await there.hears(*said)
        assert there.heard == said


async def test_a_slot_that_moves_is_followed(cluster, two, request):
    slot = slot_of(f"{request.node.name}:{{0}}")
    async with two[0] as here, two[1] as there:
        await there.hears(here.say("before"))
        source = cluster.owner(f"{request.node.name}:{{0}}")
        target = next(node for node in cluster.nodes[:3] if node is not source)
        epochs = here.bus.epoch, there.bus.epoch
        for node in (target, source):
            node.redis.execute_command("CLUSTER SETSLOT", slot, "NODE", cluster.name(target))
        await eventually(lambda: here.bus.epoch > epochs[0] and there.bus.epoch > epochs[1])
        await eventually(lambda: here.bus.hears and there.bus.hears)
        await there.hears(here.say("after"))
        assert len(target.redis.pubsub_shardchannels(f"{request.node.name}:{{0}}")) == 1


async def test_a_killed_master_is_replaced_and_nothing_said_meanwhile_is_forgotten(cluster, two, request):
    mine = next(n for n in range(1000) if slot_of(f"presence:{n}") <= 5460)
    presences = [Presence(cluster.url, name, key=f"presence:{mine}", beat=0.1, stale=2) for name in "ab"]
    async with two[0] as here, two[1] as there, presences[0].running(), presences[1].running():
        await presences[0].arrive(3)
        await there.hears(here.say("before"))
        cluster.nodes[0].kill()
        await eventually(lambda: not here.bus.hears and not there.bus.hears)
        said = [here.say(str(n), f"room:{n}", seq=1) for n in range(50)]
        assert here.bus.refused and not all(one in there.heard for one in said)
        await eventually(lambda: here.bus.hears and there.bus.hears, within=20)
        # What was refused had another owner before: a catch-up that names nobody comes from the other process.
        await eventually(lambda: there.bus.heard > len(there.heard))
        await there.hears(*(here.say("after", f"room:{n}", seq=2) for n in range(50)))
        async with asyncio.timeout(10):
            while await presences[1].online() != {3}:
                await asyncio.sleep(0.05)
