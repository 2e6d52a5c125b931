"""Talking: each side hears every message once, in order and masked, over two servers and broken lines."""

import asyncio
import random

import pytest

from chatmarket.client import ErrorFrame, Message, Room, State, Typing, Unsent
from chatmarket.models import Chat
from chatmarket.models import Message as Kept
from chatmarket.store import rows
from tests.cast import Cast, Customer, Person
from tests.stories.keeping import counts
from tests.stories.listening import bare, heard, overheard

# One of each kind that is found by itself, in the words of the detectors' own tests.
VALUES = {
    "email": "Ana.Ruiz@example.com",
    "phone": "+34 612 345 678",
    "card": "4111 1111 1111 1111",
    "iban": "ES91 2100 0418 4502 0005 1332",
    "dni": "12345678Z",
    "url": "https://example.com/orders/ana-ruiz",
    "ip": "203.0.113.77",
}


async def _chat(cast: Cast, question: str = "How do I reset it?") -> tuple[Customer, Person]:
    """A live chat: its customer here, its expert there."""
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    return await cast.live(shop, ida, question, at=cast.here), ida


async def _ready(room: Room) -> None:
    async with asyncio.timeout(15):
        await room.live.wait()


def _customer_url(ana: Customer, url: str | None = None) -> str:
    return f"{url or ana.url}/chats/{ana.chat}/live"


def _expert_url(ana: Customer, url: str) -> str:
    return f"{url}/rooms/{ana.chat}/live"


@pytest.mark.parametrize("kind", VALUES)
async def test_each_kind_of_value_is_masked_in_both_directions(cast: Cast, kind: str) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer)
        await _ready(expert)
        for teller, hearer in ((customer, expert), (expert, customer)):
            ack = await teller.send(f"it is {VALUES[kind]} all right")
            assert ack.hidden == (kind,)
            told = await heard(hearer, Message, seq=ack.seq)
            # What an expert names has no number: it would tell whether it is the customer's.
            assert told.text == (f"it is [{kind} 1] all right" if teller is customer else f"it is [{kind}] all right")
            assert VALUES[kind] not in str(told)
            assert (await heard(teller, Message, seq=ack.seq)).segments == told.segments


async def test_the_same_value_keeps_its_token_all_through_a_chat(cast: Cast) -> None:
    ana, ida = await _chat(cast, "I am ana@example.com")
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await customer.send("ANA@EXAMPLE.COM, or ben@example.com")
        await expert.send("you said ben@example.com and carla@example.com?")
        assert (await heard(customer, Message, seq=2)).text == "[email 1], or [email 2]"
        assert (await heard(customer, Message, seq=3)).text == "you said [email] and [email]?"


async def test_numbers_rise_without_gaps_when_two_hundred_messages_are_sent_at_once(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(customer)
        await _ready(expert)
        places = [_customer_url(ana, cast.here), _customer_url(ana, cast.there)] * 5
        tokens = [ana.token] * 10 + [ida.token] * 10
        places += [_expert_url(ana, cast.here), _expert_url(ana, cast.there)] * 5
        acked = await asyncio.gather(
            *(_say_ten(url, token, n) for n, (url, token) in enumerate(zip(places, tokens, strict=True)))
        )
        seqs = [ack["seq"] for acks in acked for ack in acks]
        assert sorted(seqs) == list(range(2, 202))
        assert all([ack["seq"] for ack in acks] == sorted(ack["seq"] for ack in acks) for acks in acked)
        for room in (customer, expert):
            told = [await heard(room, Message) for _ in range(201)]
            assert [message.seq for message in told] == list(range(1, 202))
            assert (room.wire.duplicates, room.wire.gaps, room.wire.disorder) == (0, 0, 0)
    kept = await Kept.filter(chat_id=ana.chat).order_by("seq").values_list("seq", flat=True)
    assert list(kept) == list(range(1, 202)) and (await Chat.get(id=ana.chat)).seq == 201


async def _say_ten(url: str, token: str, who: int) -> list[dict[str, object]]:
    async with bare(url, token) as socket:
        await socket.hears("hello")
        for n in range(10):
            await socket.say("send", cid=f"{who}-{n}", text=f"message {n} of tab {who}")
        # In the order of the sender: the acks come as the messages went.
        return [await socket.hears("ack", cid=f"{who}-{n}") for n in range(10)]


async def test_a_message_sent_again_after_a_cut_keeps_its_number(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with bare(_customer_url(ana), ana.token) as socket:
        await socket.say("send", cid="c-1", text="write to ana@example.com")
        socket.cut()  # whether it arrived or not, nobody knows
    async with bare(_customer_url(ana, cast.there), ana.token) as socket:
        first = await socket.send("c-1", "write to ana@example.com")
        again = await socket.send("c-1", "write to ana@example.com")
        other = await socket.send("c-2", "write to ana@example.com")
    assert first == again and first["hidden"] == ["email"]
    assert (first["seq"], other["seq"]) == (2, 3)
    async with ida.room(ana.chat) as expert:
        assert [(await heard(expert, Message)).seq for _ in range(3)] == [1, 2, 3]


async def test_the_same_cid_at_the_same_time_is_one_message(cast: Cast) -> None:
    ana, _ = await _chat(cast)

    async def say(url: str) -> dict[str, object]:
        async with bare(_customer_url(ana, url), ana.token) as socket:
            return await socket.send("c-1", "only once")

    acks = await asyncio.gather(*(say(url) for url in (cast.here, cast.there) * 4))
    assert {ack["seq"] for ack in acks} == {2}
    assert await Kept.filter(chat_id=ana.chat).count() == 2


async def test_a_cid_is_the_senders_own_and_never_means_two_texts(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await customer.send("one", cid="same")
        with pytest.raises(Unsent, match="cid_reused"):
            await customer.send("two", cid="same")
        assert (await expert.send("three", cid="same")).seq == 3
        assert (await customer.send("spaces count", cid=" same ")).seq == 4


async def test_each_sender_is_heard_in_the_order_of_sending(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        sent = [customer.send(f"customer {n}") for n in range(12)] + [expert.send(f"expert {n}") for n in range(12)]
        await asyncio.gather(*sent)
        told = [(await heard(expert, Message)).text for _ in range(25)]
    for who in ("customer", "expert"):
        assert [text for text in told if text.startswith(who)] == [f"{who} {n}" for n in range(12)]


async def test_two_tabs_of_one_customer_both_hear_everything_once(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as one, ana.room(at=cast.there) as two, ida.room(ana.chat) as expert:
        await _ready(one)
        await _ready(two)
        await one.send("from the first tab")
        await two.send("from the second tab")
        await expert.send("to both")
        for tab in (one, two):
            told = [(await heard(tab, Message)).text for _ in range(4)]
            assert told[1:] == ["from the first tab", "from the second tab", "to both"]
            assert [event for event in await overheard(tab, 0.2) if isinstance(event, Message)] == []
            assert tab.wire.duplicates == 0


async def test_a_cut_line_catches_up_on_the_other_server(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ida.room(ana.chat) as expert:
        async with bare(_customer_url(ana, cast.here), ana.token) as socket:
            await socket.resume()
            await expert.send("before the tunnel")
            last = (await socket.hears("message", author="expert"))["seq"]
            socket.cut()
        for n in range(3):
            await expert.send(f"in the tunnel {n}")
        async with bare(_customer_url(ana, cast.there), ana.token) as socket:
            await socket.hears("hello")
            await socket.say("resume", seq=last)
            frames = [await anext(socket) for _ in range(5)]
            assert [frame["type"] for frame in frames] == ["state", "message", "message", "message", "resumed"]
            assert [frame["seq"] for frame in frames[1:]] == [3, 4, 5, 5]
            await expert.send("after the tunnel")
            assert (await socket.hears("message"))["seq"] == 6


async def test_lines_that_break_all_the_time_lose_nothing_and_repeat_nothing(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    rng = random.Random(7)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        sent = []
        for n in range(15):
            sent += [customer.send(f"customer {n}"), expert.send(f"expert {n}")]
            await asyncio.sleep(0.02)
            if n % 5 == 4:
                rng.choice((customer, expert)).cut()
        acks = await asyncio.wait_for(asyncio.gather(*sent), 30)
        assert sorted(ack.seq for ack in acks) == list(range(2, 32))
        for room in (customer, expert):
            assert [(await heard(room, Message)).seq for _ in range(31)] == list(range(1, 32))


async def test_typing_tells_the_other_side_and_nothing_more(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with bare(_customer_url(ana), ana.token) as customer, bare(_expert_url(ana, cast.there), ida.token) as expert:
        await customer.resume()
        await expert.resume()
        before = await counts()
        for _ in range(5):
            await customer.say("typing", text="my secret draft")
        assert await expert.hears("typing") == {"type": "typing", "chat": ana.chat, "author": "customer"}
        assert await overheard(expert) == []  # at most one a second is passed on
        assert await overheard(customer) == []
        assert await counts() == before
        await asyncio.sleep(1)
        await customer.say("typing")
        await expert.hears("typing")


async def test_an_ended_chat_takes_no_message_but_acknowledges_what_it_kept(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        kept = await customer.send("just in time", cid="c-1")
        await ana.end()
        await heard(expert, State, status="ended")
        for room in (customer, expert):
            with pytest.raises(Unsent, match="not_live"):
                await room.send("too late")
        assert await customer.send("just in time", cid="c-1") == kept
        with pytest.raises(Unsent, match="cid_reused"):
            await customer.send("another text", cid="c-1")
        await customer.typing()
        assert [event for event in await overheard(expert, 0.2) if isinstance(event, Typing)] == []
    assert await Kept.filter(chat_id=ana.chat).count() == 2


async def test_a_waiting_chat_takes_no_message(cast: Cast) -> None:
    shop = await cast.brand()
    ana = await cast.customer(shop)
    async with ana.room() as room:
        with pytest.raises(Unsent, match="not_live"):
            await room.send("hello?")


@pytest.mark.logs_errors
async def test_a_message_that_cannot_be_masked_is_withheld_and_the_log_does_not_quote_it(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    ana, ida = await _chat(cast, "I am ana@example.com")
    await rows("UPDATE vaultvalue SET sealed = ? WHERE chat_id = ? RETURNING id", b"broken" * 8, ana.chat)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await _ready(expert)
        with pytest.raises(Unsent, match="withheld"):
            await customer.send("my secret word is swordfish")
        assert [event for event in await overheard(expert, 0.3) if isinstance(event, Message) and event.seq > 1] == []
        assert not any(isinstance(event, ErrorFrame) for event in await overheard(expert, 0.1))
    assert "message withheld" in caplog.messages and "swordfish" not in caplog.text
    assert await Kept.filter(chat_id=ana.chat).count() == 1
    assert (await Chat.get(id=ana.chat)).seq == 1


async def test_an_id_that_is_too_long_is_refused_where_it_is_said_and_by_its_own_name(cast: Cast) -> None:
    ana, _ = await _chat(cast)
    async with ana.room() as room:
        for cid in ("", "q" * 65):
            with pytest.raises(ValueError, match="cid"):
                room.send("ok", cid=cid)
        assert (await room.send("and on")).seq == 2
    async with bare(_customer_url(ana), ana.token) as socket:
        await socket.say("send", cid="q" * 65, text="ok")
        assert (await socket.hears("error", cid="q" * 65))["code"] == "too_long"
