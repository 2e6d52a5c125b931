"""Coming back together: what many missed is read in a few statements, and each is told exactly their own."""

import asyncio

from chatmarket.client import Message
from chatmarket.errors import NotThere
from chatmarket.flows import lobbying, resuming, showing
from chatmarket.flows.resuming import Missed
from chatmarket.flows.talking import Seat
from chatmarket.models import Account, Login
from tests.cast import Cast
from tests.serving import Town
from tests.stories.listening import bare, heard


async def test_all_who_come_back_at_once_are_answered_by_a_few_reads(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    chats = [await cast.live(shop, ida, f"Question {n}?") for n in range(2)]
    async with chats[0].room() as room:
        for n in range(5):
            await room.send(f"line {n}")
    before = town.house.returns.batches
    people = {"customer": None, "expert": ida.id, "staff": None}
    seats = [(Seat(chat.chat, audience, "en", who), 0) for chat in chats for audience, who in people.items()]
    seats += [(Seat(chats[0].chat, "customer", "en"), after) for after in (1, 3, 6)]
    caught = await asyncio.gather(*(resuming.catch_up(town.house, seat, after, None) for seat, after in seats))
    assert town.house.returns.batches - before <= 2
    told = [[seq for seq, _ in one.messages] for one in caught if one]
    first, second = [1, 2, 3, 4, 5, 6], [1]
    assert told == [first, first, first, second, second, second, first[1:], first[3:], []]
    assert not any(one.more for one in caught if one)
    assert {one.after(6) for one in caught[:3] if one} == {f'{{"type":"resumed","chat":{chats[0].chat},"seq":6}}'}


async def test_a_long_absence_is_read_page_by_page(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    async with ana.room() as room:
        for n in range(4):
            await room.send(f"line {n}")
    page, resuming.PAGE = resuming.PAGE, 2
    try:
        seat, at, pages = Seat(ana.chat, "customer", "en"), 0, []
        while True:
            caught = await resuming.catch_up(town.house, seat, at, None)
            assert caught
            pages.append([seq for seq, _ in caught.messages])
            if not caught.more:
                break
            at = caught.messages[-1][0]
    finally:
        resuming.PAGE = page
    assert pages == [[1, 2], [3, 4], [5]]


async def test_people_who_come_back_from_different_places_are_each_read_from_their_own(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.live(shop, await cast.expert(shop))
    async with ana.room() as room:
        for n in range(7):
            await room.send(f"line {n}")
    page, resuming.PAGE = resuming.PAGE, 2
    try:
        seat = Seat(ana.chat, "customer", "en")
        caught = await asyncio.gather(*(resuming.catch_up(town.house, seat, at, None) for at in (0, 5, 7)))
    finally:
        resuming.PAGE = page
    told = [([seq for seq, _ in one.messages], one.more) for one in caught if one]
    assert told == [([1, 2], True), ([6, 7], True), ([8], False)]


async def test_a_chat_that_is_not_there_spoils_nobody_elses_return(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ana = await cast.customer(shop)
    nobody, somebody = await resuming.read([Missed(2**31 - 1, 0, None), Missed(ana.chat, 0, None)])
    assert isinstance(nobody, NotThere)
    assert not isinstance(somebody, Exception) and [message.seq for message in somebody.messages] == [1]


async def test_a_login_that_ended_is_told_nothing(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ida, ina = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.live(shop, ida)
    logins = {login.account_id: login.id for login in await Login.filter(account_id__in=[ida.id, ina.id])}
    await Login.filter(id=logins[ida.id]).update(revoked_at=(await Login.get(id=logins[ida.id])).made_at)
    seat = Seat(ana.chat, "expert", "en", ida.id)
    assert await resuming.catch_up(town.house, seat, 0, logins[ida.id]) is None
    one, other = await resuming.read([Missed(ana.chat, 0, logins[ida.id]), Missed(ana.chat, 0, logins[ina.id])])
    assert not isinstance(one, Exception) and not isinstance(other, Exception)
    assert (one.welcome, other.welcome) == (False, True)
    accounts = [await Account.get(id=person.id) for person in (ida, ina)]
    looks = await asyncio.gather(*(lobbying.look(town.house, account, logins[account.id]) for account in accounts))
    assert [look.welcome for look in looks] == [False, True]


async def test_positions_name_the_last_message_and_change_with_the_state(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    waiting = await cast.customer(shop)
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    marks = [(await resuming.positions([waiting.chat, ana.chat]))[ana.chat]]
    async with ana.room() as room:
        await room.send("one more")
    marks.append((await resuming.positions([ana.chat]))[ana.chat])
    await ana.end()
    marks.append((await resuming.positions([ana.chat]))[ana.chat])
    await ana.rate(resolved=True)
    marks.append((await resuming.positions([ana.chat]))[ana.chat])
    assert [seq for seq, _ in marks] == [1, 2, 2, 2]
    assert marks[0][1] == marks[1][1] and len({mark for _, mark in marks}) == 3
    caught = await resuming.catch_up(town.house, Seat(ana.chat, "customer", "en"), 2, None)
    assert caught and caught.mark == marks[-1][1]
    chat = await showing.chat_whole(waiting.chat)
    assert showing.mark(chat, None) == (await resuming.positions([chat.id]))[chat.id][1]


async def test_many_lobbies_are_read_together_and_each_shows_its_own(cast: Cast, town: Town) -> None:
    shop, other = await cast.brand(), await cast.brand()
    experts = [await cast.expert(shop, topics=[shop.topics[n % 2].id]) for n in range(6)]
    stranger = await cast.expert(other)
    asked = [await cast.customer(shop, topic=topic.id) for topic in shop.topics]
    accounts = [await Account.get(id=person.id) for person in (*experts, stranger)]
    before = town.house.lobbies.batches
    looks = await asyncio.gather(*(lobbying.look(town.house, account) for account in accounts))
    assert town.house.lobbies.batches - before <= 2
    assert [[chat.id for chat in look.offers] for look in looks] == [[asked[n % 2].chat] for n in range(6)] + [[]]
    await experts[0].claim(asked[0])
    look = await lobbying.look(town.house, accounts[0])
    assert [chat.id for chat in look.rooms] == [asked[0].chat] and look.desk("en")["load"] == 1


async def test_whoever_cannot_be_read_for_now_is_let_go_and_may_come_back(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    kept = [(batches, batches._waiting_most) for batches in (town.house.returns, town.house.lobbies)]
    for batches, _ in kept:
        batches._waiting_most = 0
    try:
        for path, token in ((f"/chats/{ana.chat}/live", ana.token), ("/lobby/live", ida.token)):
            async with bare(cast.here + path, token) as socket:
                await socket.hears("hello")
                await socket.say("resume", seq=0)
                assert await socket.closes() == 1013
    finally:
        for batches, most in kept:
            batches._waiting_most = most
    async with ana.room() as room:
        assert (await heard(room, Message)).seq == 1
