"""A hidden value is named by its token: nobody who names it knows it, and nothing typed by hand passes for one."""

import pytest

from chatmarket.client import Message, Segment, Unsent
from chatmarket.flows import quoting
from chatmarket.models import Message as Row
from tests.cast import Cast, Customer, Person
from tests.stories.listening import bare, heard

QUOTED = (Segment(text="shall we write to "), Segment(token="email", n=1), Segment(text="?"))


async def _chat(cast: Cast, question: str = "I am ana@example.com") -> tuple[Customer, Person]:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    return await cast.live(shop, ida, question, at=cast.here), ida


async def test_an_expert_puts_a_hidden_value_into_an_answer_without_knowing_it(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        ack = await expert.send(QUOTED)
        assert ack.hidden == ()
        told = await heard(customer, Message, seq=ack.seq)
        assert [(part.text, part.token, part.n) for part in told.segments] == [
            ("shall we write to ", None, 0),
            (None, "email", 1),
            ("?", None, 0),
        ]
    assert (await Row.get(chat_id=ana.chat, seq=2)).segments[1] == {"token": "email", "n": 1}


async def test_a_value_learnt_on_the_other_server_a_moment_ago_may_be_named(cast: Cast) -> None:
    ana, ida = await _chat(cast, "hello")
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await expert.send("I am here")  # their server has the chat's vault open, without any value
        await customer.send("I am ana@example.com")
        assert (await expert.send(QUOTED)).seq == 4


async def test_what_is_typed_like_a_token_stays_text_and_values_beside_tokens_are_masked(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ida.room(ana.chat) as expert:
        ack = await expert.send((*QUOTED, Segment(text=" [email 1] or ida@example.com")))
        assert ack.hidden == ("email",)
        told = await heard(expert, Message, seq=ack.seq)
        assert [part.token for part in told.segments] == [None, "email", None, "email"]
        assert told.segments[2].text == "? [email 1] or "
        assert (await expert.send("[email 1]")).hidden == ()
        assert (await heard(expert, Message, seq=3)).segments[0].text == "[email 1]"


async def test_a_value_in_pieces_is_masked_as_the_one_it_is(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    pieces = (Segment(text="call +34 612 "), Segment(text="345 678, not "), Segment(token="email", n=1))
    async with ida.room(ana.chat) as expert:
        ack = await expert.send(pieces)
        assert ack.hidden == ("phone",)
        assert "612" not in (await heard(expert, Message, seq=ack.seq)).text


@pytest.mark.parametrize(
    "words",
    [
        {"parts": [{"token": "email", "n": 2}]},
        {"parts": [{"token": "phone", "n": 1}]},
        {"parts": []},
        {"parts": "text"},
        {"parts": [{"text": "x"}], "text": "x"},
        {"parts": [{"text": "x", "token": "email", "n": 1}]},
        {"parts": [{"token": "nothing", "n": 1}]},
        {"parts": [{"token": "email", "n": 0}]},
        {"parts": [{"token": ["email"], "n": 1}]},
        {"parts": ["x"]},
        {"parts": [{"text": "x"}] * (quoting.MOST_PARTS + 1)},
    ],
)
async def test_parts_that_make_no_sense_here_are_refused(cast: Cast, words: dict[str, object]) -> None:
    ana, _ = await _chat(cast)
    async with bare(f"{ana.url}/chats/{ana.chat}/live", ana.token) as socket:
        await socket.say("send", cid="1", **words)
        refused = await socket.hears("error")
        assert (refused["code"], refused["cid"]) == ("bad_field", "1")
    assert await Row.filter(chat_id=ana.chat).count() == 1


async def test_the_same_cid_with_other_parts_is_another_message(cast: Cast) -> None:
    ana, ida = await _chat(cast, "I am ana@example.com, or ben@example.com")
    other = (QUOTED[0], Segment(token="email", n=2), QUOTED[2])
    async with ida.room(ana.chat) as expert:
        first = await expert.send(QUOTED, cid="1")
        assert await expert.send(QUOTED, cid="1") == first
        for words in (other, "shall we write to [email 1]?"):
            with pytest.raises(Unsent, match="cid_reused"):
                await expert.send(words, cid="1")
