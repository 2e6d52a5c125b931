"""On a cluster every shard carries its part, and a slot or a master that moves takes nothing with it."""

import asyncio
import signal
from collections.abc import Iterator

import pytest
from buses import LATE, Cluster, Node, witness
from offices import eventually

from realtime.address import read_address, slot_of
from realtime.bus import SHARDS, Pace
from realtime.presence import Presence
from realtime.resp import Lost, unheard


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


async def test_only_numbered_frames_wait_for_a_shard_that_hangs(cluster, request):
    name = request.node.name
    first = cluster.owner(f"{name}:{{0}}")
    other = next(node for node in cluster.nodes[:3] if node is not first)
    patient = Pace(answer=5)
    async with witness(cluster.url, name, patient) as here, witness(cluster.url, name, patient) as there:
        other.process.send_signal(signal.SIGSTOP)
        try:
            numbered = [here.say("numbered", f"room:{n}", seq=1) for n in range(50)]
            await there.hears(*(here.say(str(n), f"lobby:{n}") for n in range(50)), within=0.5)
            assert 0 < sum(one in there.heard for one in numbered) < 50
        finally:
            other.process.send_signal(signal.SIGCONT)  # before the others take it for dead
        await there.hears(*numbered)


async def test_a_seed_that_is_gone_is_passed_over(cluster):
    address = read_address(cluster.url)
    for n in range(12):
        (await address.reach(str(n), 1.0, unheard)).cut(Lost())


async def test_a_slot_that_moves_is_followed(cluster, request):
    name, channel = request.node.name, f"{request.node.name}:{{0}}"
    patient = Pace(canary=30, deaf_after=60, reconnect=0.1)  # nothing but the server's own word can tell in time
    async with witness(cluster.url, name, patient) as here, witness(cluster.url, name, patient) as there:
        await eventually(lambda: here.bus.hears and there.bus.hears, within=60)  # a loaded machine begins without
        await there.hears(here.say("before"))
        target = cluster.move(slot_of(channel), cluster.owner(channel))
        await eventually(lambda: here.bus.epoch > SHARDS and there.bus.epoch > SHARDS)
        await eventually(lambda: here.bus.hears and there.bus.hears)
        await there.hears(here.say("after"))
        assert len(target.redis.pubsub_shardchannels(channel)) == 1


async def test_presence_follows_its_slot(cluster, request):
    key = request.node.name
    presences = [Presence(cluster.url, each, key=key, beat=0.1, stale=2) for each in "ab"]
    async with presences[0].running(), presences[1].running():
        assert await presences[0].online() == await presences[1].online() == set()
        cluster.move(slot_of(key), cluster.owner(key))
        await presences[0].arrive(3)  # refused by the old owner: the next beat goes to the new one
        async with asyncio.timeout(30):
            while await presences[1].online() != {3}:
                await asyncio.sleep(0.05)


async def test_a_killed_master_is_replaced_and_nothing_said_meanwhile_is_forgotten(cluster, request):
    mine = next(n for n in range(1000) if slot_of(f"presence:{n}") <= 5460)
    presences = [Presence(cluster.url, name, key=f"presence:{mine}", beat=0.1, stale=2) for name in "ab"]
    name = request.node.name
    async with (
        witness(cluster.url, name, LATE) as here,
        witness(cluster.url, name) as there,
        presences[0].running(),
        presences[1].running(),
    ):
        await presences[0].arrive(3)
        await eventually(lambda: here.bus.hears and there.bus.hears, within=60)  # a loaded machine begins without
        await there.hears(here.say("before"))
        cluster.owner(f"presence:{mine}").kill()
        await eventually(lambda: not here.bus.hears and not there.bus.hears)
        said = [here.say(str(n), f"room:{n}", seq=1) for n in range(50)]
        assert here.bus.refused and not all(one in there.heard for one in said)
        await eventually(lambda: here.bus.hears and there.bus.hears, within=60)
        await eventually(lambda: there.caught_up_at >= here.bus._whole_since)
        await there.hears(*(here.say("after", f"room:{n}", seq=2) for n in range(50)))
        async with asyncio.timeout(30):
            while await presences[1].online() != {3}:
                await asyncio.sleep(0.05)
