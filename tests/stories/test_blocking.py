"""What leads away from here: the customer is not given it, moderators see it at once, and nothing happens by itself."""

import pytest

from chatmarket.client import Blocked, Message, Row, Rows, State, Unsent
from chatmarket.flows import blocking
from chatmarket.models import Chat, Solicitation, VaultValue
from chatmarket.models import Message as Kept
from chatmarket.privacy.conversation import converse
from chatmarket.privacy.segments import plain
from tests.cast import Cast, Customer, Person, Shop
from tests.serving import Town
from tests.stories.browsing import browser
from tests.stories.listening import bare, heard, overheard

AWAY = "text me on whatsapp instead, +34 612 345 678"


async def _chat(cast: Cast) -> tuple[Customer, Person, Person, Shop]:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.live(shop, ida, at=cast.here)
    return ana, ida, await cast.moderator(shop), shop


async def test_the_customer_is_given_nothing_and_the_expert_is_told_why(cast: Cast) -> None:
    ana, ida, _, _ = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        with pytest.raises(Unsent, match="leads away from here") as refused:
            await expert.send(AWAY, cid="1")
        assert refused.value.code == "solicitation"
        assert (await expert.send("let us go on here")).seq == 2
        told = [event for event in await overheard(customer) if isinstance(event, Message)]
        assert [message.seq for message in told] == [1, 2] and "whatsapp" not in str(told)
    assert await Kept.filter(chat_id=ana.chat).count() == 2
    kept = await Solicitation.get(chat_id=ana.chat)
    assert kept.account_id == ida.id and "whatsapp" in str(kept.segments)
    assert "612" not in str(kept.segments) and await VaultValue.filter(chat_id=ana.chat).count() == 0


async def test_who_watches_sees_it_at_once_and_who_comes_later_as_well(cast: Cast) -> None:
    ana, ida, mo, _ = await _chat(cast)
    async with mo.watch(ana.chat) as watching, mo.board() as board, ida.room(ana.chat) as expert:
        await heard(watching, State)
        await heard(board, Rows)
        await _tries(expert, AWAY)
        told = await heard(watching, Blocked)
        assert told.chat == ana.chat and told.count == 1 and "whatsapp" in told.text and "612" not in told.html
        assert "1 blocked message" in (await heard(board, Row, chat=ana.chat)).html
        async with mo.watch(ana.chat) as later:
            assert (await heard(later, Blocked)).id == told.id
    async with browser(cast.here, email=mo.email) as page:
        assert f'id="blocked-{told.id}"' in (await page.open(f"/watch/{ana.chat}")).text
        assert "1 blocked message" in (await page.open("/board")).text


async def _tries(expert: object, text: str) -> None:
    with pytest.raises(Unsent, match="solicitation"):
        await expert.send(text)  # type: ignore[attr-defined]


async def test_neither_side_of_the_chat_hears_of_it(cast: Cast) -> None:
    ana, ida, _, _ = await _chat(cast)
    seats = ((f"{ana.url}/chats/{ana.chat}/live", ana.token), (f"{ida.url}/rooms/{ana.chat}/live", ida.token))
    async with bare(*seats[0]) as customer, bare(*seats[1]) as expert:
        await customer.resume()
        await expert.resume()
        await expert.say("send", cid="1", text=AWAY)
        assert (await expert.hears("error"))["cid"] == "1"
        await expert.send("2", "go on")
        await customer.hears("message", seq=2)
        for socket in (customer, expert):
            assert not any('"type":"blocked"' in text for text in socket.texts)


async def test_said_again_at_once_it_counts_once_and_often_it_is_pointed_out(cast: Cast, town: Town) -> None:
    ana, ida, mo, _ = await _chat(cast)
    flagged_from = town.house.settings.solicitations_flagged
    async with ida.room(ana.chat) as expert, mo.watch(ana.chat) as watching:
        await heard(watching, State)
        for _ in range(2):
            await _tries(expert, AWAY)
        for n in range(1, flagged_from):
            await _tries(expert, f"{AWAY}, please {'please ' * n}")
        told = [await heard(watching, Blocked) for _ in range(flagged_from)]
        assert [one.count for one in told] == list(range(1, flagged_from + 1))
        assert ["in 30 days" in one.html for one in told] == [False] * (flagged_from - 1) + [True]
    assert (await Chat.get(id=ana.chat)).status == "live", "a person decides what follows"


async def test_a_hidden_value_of_theirs_has_no_number_for_a_number_would_name_one_of_the_customers(cast: Cast) -> None:
    ana, ida, mo, _ = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert, mo.watch(ana.chat) as watching:
        await customer.send("mine is +34 699 123 457")
        assert (await heard(watching, Message, seq=2)).text == "mine is [phone 1]"
        await _tries(expert, AWAY)
        told = await heard(watching, Blocked)
    assert "[phone]" in told.text and 'data-kind="phone"' in told.html and "data-n" not in told.html
    async with browser(cast.there, email=mo.email) as page:
        shown = (await page.open(f"/watch/{ana.chat}")).text
    listed = shown.partition(f'id="blocked-{told.id}"')[2].partition("</li>")[0]
    assert 'data-kind="phone"' in listed and "data-n" not in listed


async def test_another_number_in_the_same_words_is_another_message(cast: Cast) -> None:
    ana, ida, _, _ = await _chat(cast)
    async with ida.room(ana.chat) as expert:
        for text in (AWAY, AWAY, AWAY.replace("678", "679"), "add me on whatsapp", "add me on whatsapp"):
            await _tries(expert, text)
    assert await Solicitation.filter(chat_id=ana.chat).count() == 3


async def test_one_brand_knows_nothing_of_what_an_expert_tried_at_another(cast: Cast, town: Town) -> None:
    ana, ida, _, shop = await _chat(cast)
    await Solicitation.create(
        chat_id=(await _elsewhere(cast)).chat, account_id=ida.id, segments=[], at=(await Chat.get(id=ana.chat)).asked_at
    )
    async with ida.room(ana.chat) as expert:
        await _tries(expert, AWAY)
    (view,) = await blocking.of_chat(town.house, await Chat.get(id=ana.chat))
    assert view["count"] == 1 and shop.id == (await Chat.get(id=ana.chat)).brand_id


async def _elsewhere(cast: Cast) -> Customer:
    other = await cast.brand()
    return await cast.live(other, await cast.expert(other))


async def test_a_customer_may_say_what_an_expert_may_not(cast: Cast) -> None:
    ana, _, _, _ = await _chat(cast)
    async with ana.room() as customer:
        assert (await customer.send("can we talk on whatsapp instead?")).seq == 2


async def test_an_experts_own_contact_is_masked_and_the_expert_is_told(cast: Cast) -> None:
    ana, ida, _, _ = await _chat(cast)
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        ack = await expert.send("the manual is from ida.writes@example.com")
        assert ack.hidden == ("email",)
        assert "ida.writes" not in (await heard(customer, Message, seq=2)).text


async def test_who_asks_for_a_secret_is_told_so_and_moderators_see_it(cast: Cast) -> None:
    ana, ida, mo, _ = await _chat(cast)
    async with mo.watch(ana.chat) as watching, mo.board() as board, ida.room(ana.chat) as expert:
        await heard(watching, State)
        await heard(board, Rows)
        with pytest.raises(Unsent, match="asks for a secret") as refused:
            await expert.send("What's the password you're using?")
        assert refused.value.code == "asks_secret"
        told = await heard(watching, Blocked)
        assert told.why == "secret" and told.count == 1 and "Asks for a secret" in told.html
        assert "1 blocked message" in (await heard(board, Row, chat=ana.chat)).html
        with pytest.raises(Unsent, match="leads away") as refused:
            await expert.send("What's the password? And give me your whatsapp")
        assert refused.value.code == "solicitation"
        assert (await heard(watching, Blocked)).why == "solicitation"


async def test_what_was_refused_counts_as_asked_here_and_where_rules_are_tried(cast: Cast) -> None:
    """The expert hints at it next, and the customer's bare answer at another process is hidden all the same."""
    ana, ida, _, _ = await _chat(cast)
    lines = (("expert", "Right, and your PIN as well please."), ("expert", "just tap the four numbers"))
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await customer.send("hello")
        await heard(expert, Message, seq=2)
        with pytest.raises(Unsent, match="asks_secret"):
            await expert.send(lines[0][1])
        await expert.send(lines[1][1])
        await customer.send("8350")
        live = await heard(expert, Message, seq=4)
    assert live.text == "[pin 1]"
    shown = converse([("customer", "hello"), *lines, ("customer", "8350")])
    assert [one.solicits for one in shown] == [False, True, False, False]
    assert plain(shown[3].segments) == live.text
