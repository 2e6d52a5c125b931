"""Limits by person and by brand: said clearly, nothing lost, and nobody else notices."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from chatmarket.client import Message, Room
from chatmarket.limits import Limits
from tests.cast import Cast, Customer
from tests.serving import Town
from tests.stories.listening import Bare, bare, close_code, eventually, heard

NONE = {
    "user_messages": 0,
    "brand_messages": 0,
    "user_sockets": 0,
    "brand_sockets": 0,
    "chat_sockets": 0,
    "user_resumes": 0,
}


@contextmanager
def _limited(town: Town, **tight: float) -> Iterator[Limits]:
    """The first server with other limits than usual; whoever sits already stays counted where they were."""
    before = town.house.limits
    town.house.limits = Limits(**{**NONE, **tight})  # type: ignore[arg-type]
    try:
        yield town.house.limits
    finally:
        town.house.limits = before


def _live(ana: Customer) -> str:
    return f"{ana.url}/chats/{ana.chat}/live"


async def _answers(line: Bare, many: int) -> list[dict[str, object]]:
    answers: list[dict[str, object]] = []
    async with asyncio.timeout(15):
        async for frame in line:
            if frame["type"] in ("ack", "error"):
                answers.append(frame)
            if len(answers) == many:
                break
    return answers


async def test_one_person_who_says_too_much_over_several_sockets_is_told_with_the_cid(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    with _limited(town, user_messages=2) as limits:
        async with bare(_live(ana), ana.token) as one, bare(_live(ana), ana.token) as other:
            for line in (one, other):
                await line.resume()
            for number in range(4):
                for name, line in (("one", one), ("other", other)):
                    await line.say("send", cid=f"{name}-{number}", text=f"{name} {number}")
            answers = [*await _answers(one, 4), *await _answers(other, 4)]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert {answer["code"] for answer in refused} == {"too_fast"}
        assert 2 <= len(refused) <= 4, "two seconds' worth passes at once"
        assert limits.refused["user_messages"] == len(refused)
        acked = {answer["cid"] for answer in answers if answer["type"] == "ack"}
        assert acked.isdisjoint({answer["cid"] for answer in refused})


async def test_a_client_says_again_what_was_too_fast_and_nothing_is_lost(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.live(shop, ida, at=cast.here)
    # So few that the slowest machine is too fast for them.
    with _limited(town, user_messages=1) as limits:
        async with ana.room() as customer, ida.room(ana.chat) as expert:
            acks = await asyncio.gather(*(customer.send(f"line {number}") for number in range(6)))
            told = [(await heard(expert, Message, seq=ack.seq)).text for ack in acks]
        assert told == [f"line {number}" for number in range(6)]
        assert limits.refused["user_messages"] > 0, "there was something to be said again"


async def test_one_brand_that_floods_leaves_the_others_alone(cast: Cast, town: Town) -> None:
    loud, calm = await cast.brand(), await cast.brand()
    ana = await cast.live(loud, await cast.expert(loud))
    ben = await cast.live(calm, await cast.expert(calm))
    with _limited(town, brand_messages=1):
        async with bare(_live(ana), ana.token) as flood, bare(_live(ben), ben.token) as other:
            await flood.resume()
            await other.resume()
            for number in range(6):
                await flood.say("send", cid=f"a-{number}", text="again")
            answers = await _answers(flood, 6)
            assert "too_fast" in {answer.get("code") for answer in answers}
            assert (await other.send("b-1", "calm"))["seq"] > 0


async def test_a_socket_too_many_is_closed_with_its_own_code_and_reason(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ida, mo = await cast.expert(shop), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    with _limited(town, chat_sockets=2, user_sockets=1) as limits:
        async with AsyncExitStack() as open_:
            for _ in range(2):
                line = await open_.enter_async_context(bare(_live(ana), ana.token))
                await line.hears("hello")
            async with bare(_live(ana), ana.token) as third:
                assert await third.closes() == 4429 and third.socket.close_reason == "too_many_sockets"
            # An expert's lobby and room, a moderator's board and watch: one person each.
            for person, first, second in ((ida, "lobby", f"rooms/{ana.chat}"), (mo, "board", f"watch/{ana.chat}")):
                line = await open_.enter_async_context(bare(f"{town.here}/{first}/live", person.token))
                await line.hears("hello")
                assert await close_code(f"{town.here}/{second}/live", person.token) == 4429
        assert limits.refused == {"chat_sockets": 1, "user_sockets": 2}
        # Places are given back.
        await eventually(lambda: _says_hello(_live(ana), ana.token))


async def _says_hello(url: str, token: str) -> bool:
    async with bare(url, token) as line:
        return (await anext(line))["type"] == "hello"


async def test_a_brand_with_too_many_sockets_does_not_close_anothers(cast: Cast, town: Town) -> None:
    full, other = await cast.brand(), await cast.brand()
    ana = await cast.live(full, await cast.expert(full))
    ben = await cast.live(other, await cast.expert(other))
    with _limited(town, brand_sockets=1):
        async with bare(_live(ana), ana.token) as first, bare(_live(ben), ben.token) as elsewhere:
            await first.hears("hello")
            await elsewhere.hears("hello")
            assert await close_code(_live(ana), ana.token) == 4429


async def test_a_client_that_found_no_place_comes_back_when_there_is_one(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    with _limited(town, chat_sockets=1) as limits:
        async with bare(_live(ana), ana.token) as first:
            await first.hears("hello")
            quick = Room(_live(ana), ana.token, seat="customer", longest_pause=0.5)
            async with quick as room:
                sent = room.send("late but whole")
                await eventually(lambda: _refused(limits))
                assert not sent.done()
                first.cut()
                assert (await asyncio.wait_for(sent, 30)).seq > 0


async def _refused(limits: Limits) -> int:
    return limits.refused["chat_sockets"]


async def test_one_person_who_resumes_without_end_is_sent_away_and_comes_back(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    ben = await cast.live(shop, await cast.expert(shop))
    with _limited(town, user_resumes=1) as limits:
        async with bare(_live(ana), ana.token) as one, bare(_live(ana), ana.token) as other:
            await one.resume()
            await other.resume()
            await one.say("resume", seq=0)
            assert (await one.hears("error"))["code"] == "too_fast"
            assert await one.closes() == 1013
            async with bare(_live(ben), ben.token) as elsewhere:
                await elsewhere.resume()
            assert limits.refused == {"user_resumes": 1}
        # A client that was sent away needs nobody's help.
        async with ana.room() as room:
            assert (await asyncio.wait_for(room.send("back again"), 30)).seq > 0


async def test_the_setting_is_what_counts(town: Town) -> None:
    person, most = ("account", 10**9), 2 * town.house.settings.user_resumes_per_second
    allowed = [town.house.limits.may_resume(person, 0.0) for _ in range(int(most) + 1)]
    assert allowed == [True] * int(most) + [False]
