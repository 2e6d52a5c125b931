"""Chats come back: handed back with a reason, or because no first word came; the next expert reads what was said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from chatmarket.client import Desk, Message, Offer, Offers, Row, State
from chatmarket.errors import NotThere
from chatmarket.flows import handing, qualifying, resuming, talking
from chatmarket.flows.talking import NotLive, NotYours, Seat
from chatmarket.models import Brand, Chat, Expert, HandBack
from tests.cast import PATIENT, Cast, Customer, Person, Shop
from tests.stories.browsing import browser
from tests.stories.listening import bare, close_code, eventually, heard, overheard, shown
from tests.stories.test_rings import refused


async def _late(asked: Customer) -> None:
    """Its first word was due a moment ago; a clock does the rest."""
    await Chat.filter(id=asked.chat).update(reply_due_at=datetime.now(UTC))
    await eventually(lambda: HandBack.filter(chat_id=asked.chat).exists())


async def test_a_chat_handed_back_waits_again_first_of_all_with_what_was_said(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_, mo = await cast.expert(shop), await cast.expert(shop, at=cast.there), await cast.moderator(shop)
    ana = await cast.live(shop, ida)
    async with ana.room() as mine, ida.room(ana.chat) as theirs, mo.board() as board:
        await mine.send("my phone is 612 345 678")
        await theirs.send("One moment")
        await heard(mine, Message, author="expert")
        other = await cast.customer(shop)
        async with max_.lobby() as lobby:
            await shown(lobby, other.chat)
            await ida.api.hand_back(ana.chat, ida.token, reason="difficulty")
            await heard(lobby, Offer, chat=ana.chat)
            await heard(mine, State, status="waiting")
        async with max_.lobby() as again:
            await shown(again, ana.chat, other.chat)
        await heard(board, Row, chat=ana.chat, status="waiting")
        await max_.claim(ana)
        await heard(board, Row, chat=ana.chat, status="live")
        async with max_.room(ana.chat) as next_:
            told = [await heard(next_, Message) for _ in range(3)]
        assert [one.author for one in told] == ["customer", "customer", "expert"]
        assert "612" not in told[1].text
    row = await HandBack.get(chat_id=ana.chat)
    assert (row.expert_id, row.reason, row.counts) == (ida.id, "difficulty", False)
    assert (await Expert.get(account_id=ida.id)).live == 0


async def test_who_gave_it_back_hears_no_more_of_it_and_cannot_have_it_again(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.live(shop, ida)
    async with bare(f"{cast.there}/rooms/{ana.chat}/live", ida.token) as room:
        await room.resume()
        await ida.api.hand_back(ana.chat, ida.token, reason="topic")
        await room.hears("state", status="waiting")
        assert await room.closes() == 4404
    await max_.claim(ana)
    async with ana.room() as mine:
        await mine.send("are you there?")
    assert await close_code(f"{cast.here}/rooms/{ana.chat}/live", ida.token) == 4404
    assert await refused(ida.claim(ana)) == "taken"
    async with browser(cast.here, email=ida.email) as page:
        assert (await page.open(f"/rooms/{ana.chat}")).status_code == 404


async def test_a_line_that_missed_the_news_reads_nothing_more(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    seat = Seat(ana.chat, "expert", "en", ida.id, shop.id)
    assert await resuming.catch_up(cast.house, seat, 0, None)
    await ida.api.hand_back(ana.chat, ida.token, reason="topic")
    with pytest.raises(NotThere):
        await resuming.catch_up(cast.house, seat, 0, None)


async def test_what_a_former_expert_says_again_is_not_answered_and_the_next_may_use_its_cid(cast: Cast) -> None:
    """Said again it would be answered by what was hidden of it, which tells what of a guess was right."""
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop, at=cast.there)
    ana = await cast.live(shop, ida, known={"name": ["Ottoline Brisk"]})
    seat = Seat(ana.chat, "expert", "en", ida.id, shop.id)
    words = "Are you Ms Brisk, or 699 123 461?"
    assert (await talking.say(cast.house, seat, "1", words)).cid == "1"
    assert (await talking.say(cast.house, seat, "1", words)).cid == "1", "while it is theirs the answer comes again"
    await ida.api.hand_back(ana.chat, ida.token, reason="topic")
    with pytest.raises(NotLive):
        await talking.say(cast.house, seat, "1", words)
    await max_.claim(ana)
    with pytest.raises((NotLive, NotYours)):
        await talking.say(cast.house, seat, "1", words)
    async with max_.room(ana.chat) as room, ana.room() as mine:
        ack = await room.send("Hello, I take over", cid="1")
        assert (await heard(mine, Message, seq=ack.seq)).text == "Hello, I take over"


async def test_who_declined_it_before_it_came_back_gets_no_card_that_they_could_not_claim(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_, eva = await cast.experts(shop, 3)
    async with max_.lobby() as lobby, eva.lobby() as others:
        await heard(lobby, Offers)
        await heard(others, Offers)
        ana = await cast.customer(shop)
        await heard(lobby, Offer, chat=ana.chat)
        await heard(others, Offer, chat=ana.chat)
        await max_.api.decline(ana.chat, max_.token, reason="time")
        await ida.claim(ana)
        await overheard(lobby)
        await ida.api.hand_back(ana.chat, ida.token, reason="topic")
        await heard(others, Offer, chat=ana.chat)
        assert not [one for one in await overheard(lobby) if isinstance(one, Offer)]
    assert await refused(max_.claim(ana)) == "not_offered"
    await eva.claim(ana)


async def test_while_it_waits_again_its_last_expert_is_not_asked(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    async with ida.lobby() as lobby:
        await heard(lobby, Offers)
        ana = await cast.live(shop, ida)
        await ida.api.hand_back(ana.chat, ida.token, reason="topic")
        async with ida.lobby() as again:
            await shown(again)
    assert await refused(ida.claim(ana)) == "not_offered"
    assert await refused(ida.api.decline(ana.chat, ida.token, reason="time")) == "not_there"


async def test_pressed_often_at_once_it_comes_back_once(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    places = [cast.api((cast.here, cast.there)[n % 2]) for n in range(8)]
    await asyncio.gather(*(place.hand_back(ana.chat, ida.token, reason="time") for place in places))
    assert (await Chat.get(id=ana.chat)).returned == 1
    assert await HandBack.filter(chat_id=ana.chat).count() == 1
    assert (await Expert.get(account_id=ida.id)).live == 0


async def test_what_is_over_or_not_theirs_or_without_a_reason_is_not_handed_back(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop), await cast.expert(shop)
    ana = await cast.live(shop, ida)
    assert await refused(max_.api.hand_back(ana.chat, max_.token, reason="time")) == "not_there"
    assert await refused(ida.api.hand_back(ana.chat, ida.token, reason="bored")) == "bad_field"
    await ana.end()
    assert await refused(ida.api.hand_back(ana.chat, ida.token, reason="time")) == "not_live"
    assert not await HandBack.filter(chat_id=ana.chat).exists()


async def test_the_first_two_in_thirty_days_cost_nothing_and_the_third_moves_the_score(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    for _ in range(3):
        asked = await cast.live(shop, ida)
        await ida.api.hand_back(asked.chat, ida.token, reason="time")
    backs = await HandBack.filter(expert_id=ida.id).order_by("id")
    assert [back.counts for back in backs] == [False, False, True]
    chat = await Chat.get(id=asked.chat)
    (seen,) = await qualifying.candidates(cast.house, chat, [ida.id])
    assert seen.released == pytest.approx(1 / 3)
    await HandBack.filter(expert_id=ida.id).update(at=datetime.now(UTC) - timedelta(days=31))
    (later,) = await qualifying.candidates(cast.house, chat, [ida.id])
    assert later.released == 0.0


async def test_on_the_page_it_is_a_button_with_reasons_that_leads_to_the_lobby(cast: Cast) -> None:
    shop = await cast.brand()
    ida = await cast.expert(shop)
    ana = await cast.live(shop, ida)
    async with browser(cast.here, email=ida.email) as page:
        assert "Hand back" in (await page.open(f"/rooms/{ana.chat}")).text
        answer = await page.post(f"/rooms/{ana.chat}/hand-back", {"reason": "unclear"})
        assert answer.headers["location"] == f"/lobby?returned={ana.chat}"
        assert "Handed back" in (await page.open(f"/lobby?returned={ana.chat}")).text


@asynccontextmanager
async def _strict(cast: Cast, seconds: float = 600.0) -> AsyncIterator[tuple[Shop, Person]]:
    shop = await cast.brand()
    await Brand.filter(id=shop.id).update(dispatch={**PATIENT, "reply": seconds})
    yield shop, await cast.expert(shop)


async def test_a_claim_without_a_word_goes_back_by_the_clock_and_is_a_strike(cast: Cast) -> None:
    async with _strict(cast) as (shop, ida):
        async with ida.lobby() as lobby:
            ana = await cast.live(shop, ida)
            assert (await Chat.get(id=ana.chat)).reply_due_at
            async with browser(cast.here, email=ida.email) as page:
                assert "Say your first word in" in (await page.open(f"/rooms/{ana.chat}")).text
                async with ana.room() as mine:
                    await _late(ana)
                    await heard(mine, State, status="waiting")
                assert "went back to the others" in (await page.open("/lobby")).text
            await heard(lobby, Desk, live=0)
        back = await HandBack.get(chat_id=ana.chat)
        assert (back.reason, back.counts) == ("silence", True)
        assert (await Chat.get(id=ana.chat)).status == "waiting"
        assert (await Expert.get(account_id=ida.id)).rests_until is None


async def test_the_time_that_is_given_is_the_brands(cast: Cast) -> None:
    async with _strict(cast, seconds=0.3) as (shop, ida):
        ana = await cast.live(shop, ida)
        await eventually(lambda: HandBack.filter(chat_id=ana.chat).exists())


async def test_one_word_is_enough_and_the_chat_stays(cast: Cast) -> None:
    async with _strict(cast) as (shop, ida):
        ana = await cast.live(shop, ida)
        async with ana.room() as mine, ida.room(ana.chat) as theirs:
            await mine.send("hello?")
            assert (await Chat.get(id=ana.chat)).reply_due_at, "the customer's word is not the expert's"
            await theirs.send("Hello!")
        assert (await Chat.get(id=ana.chat)).reply_due_at is None
        await handing.due(cast.house)
        assert (await Chat.get(id=ana.chat)).status == "live"


async def test_eight_clocks_take_a_late_chat_back_once(cast: Cast) -> None:
    async with _strict(cast) as (shop, ida):
        ana = await cast.live(shop, ida)
        await Chat.filter(id=ana.chat).update(reply_due_at=datetime.now(UTC))
        await asyncio.gather(*(handing.due(cast.house) for _ in range(8)))
        await eventually(lambda: Chat.filter(id=ana.chat, status="waiting").exists())
        assert (await Chat.get(id=ana.chat)).returned == 1
        assert await HandBack.filter(chat_id=ana.chat).count() == 1
        assert (await Expert.get(account_id=ida.id)).live == 0


async def test_two_strikes_in_an_hour_are_a_rest_that_the_lobby_shows_and_a_clock_ends(cast: Cast) -> None:
    async with _strict(cast) as (shop, ida):
        async with ida.lobby() as lobby:
            for _ in range(2):
                await _late(await cast.live(shop, ida))
            resting = await eventually(lambda: Expert.filter(account_id=ida.id, rests_until__not_isnull=True).first())
            assert timedelta(minutes=9) < resting.rests_until - datetime.now(UTC) <= timedelta(minutes=10)
            ana = await cast.customer(shop)
            assert await refused(ida.claim(ana)) == "resting"
            async with browser(cast.here, email=ida.email) as page:
                assert "You rest for a while" in (await page.open("/lobby")).text
            async with ida.lobby() as again:
                assert (await heard(again, Desk)).rests_until
                await Expert.filter(account_id=ida.id).update(rests_until=datetime.now(UTC))
                await heard(again, Desk, rests_until=None)
            await heard(lobby, Desk, rests_until=None)
        await ida.claim(ana)


async def test_a_practice_chat_is_neither_due_nor_handed_back(cast: Cast) -> None:
    async with _strict(cast) as (shop, ida):
        ana = await cast.live(shop, ida)
        await Chat.filter(id=ana.chat).update(practice=True)
        assert await refused(ida.api.hand_back(ana.chat, ida.token, reason="time")) == "not_live"
        assert (await Chat.get(id=ana.chat)).status == "live"
