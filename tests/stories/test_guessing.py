"""An expert who guesses is told nothing, wherever they look, and what is theirs is not filed among the customer's."""

from pathlib import Path

from chatmarket.client import Blocked, Edit, Message, State
from chatmarket.flows import erasing, exporting, finding
from chatmarket.models import Account, Chat, Customer, VaultValue
from chatmarket.models import Message as Kept
from chatmarket.settings import Settings
from tests.cast import Cast, Person
from tests.cast import Customer as Asking
from tests.serving import Town
from tests.stories.browsing import browser
from tests.stories.keeping import whole_database
from tests.stories.listening import bare, heard, overheard

KNOWN = {"name": ["Zoraida Quintanar"], "phone": ["612 345 678"], "known": ["otter lodge"]}
GUESSES = (
    "are you zoraida? quorvane?",
    "is it 612345678, or 612345679?",
    "otter lodge, or heron lodge?",
    "does it end in 1111, 2222?",
)
CARD = "my card is 4111 1111 1111 1111"


async def _chat(cast: Cast, known: dict[str, list[str]]) -> tuple[Asking, Person]:
    shop = await cast.brand()
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.customer(shop, "How do I reset it?", known=known)
    await ida.claim(ana)
    return ana, ida


async def _told(ana: Asking, ida: Person) -> list[object]:
    """All that the expert is told of their guesses, at once, later, and coming back on a page or a socket."""
    told: list[object] = []
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await customer.send(CARD)
        await heard(expert, Message, seq=2)
        for text in GUESSES:
            ack = await expert.send(text, cid=text)
            told += [ack.hidden, _read(await heard(expert, Message, seq=ack.seq))]
            told += [(await expert.send(text, cid=text)).hidden]
        await customer.send("I am Zoraida Quintanar of otter lodge")
        told += [event for event in await overheard(expert) if isinstance(event, Edit)]
    async with ida.room(ana.chat) as again:
        told += [_read(await heard(again, Message, seq=seq)) for seq in range(3, 3 + len(GUESSES))]
    async with browser(ida.url, email=ida.email) as page:
        shown = (await page.open(f"/rooms/{ana.chat}")).text
        told += [shown.count(guess) for guess in ("zoraida? quorvane?", "otter lodge, or heron lodge?", "1111, 2222?")]
    return told


def _read(message: Message) -> tuple[object, ...]:
    return message.text, [(part.text, part.token, part.n) for part in message.segments], message.html.count("data-n")


async def test_right_and_wrong_guesses_look_alike_to_who_guesses(cast: Cast) -> None:
    right = await _told(*await _chat(cast, KNOWN))
    wrong = await _told(*await _chat(cast, {"name": ["Bruno Kestrel"]}))
    assert right == wrong
    assert all(right[-3:]), "they read their own words as they typed them"


async def test_what_leads_away_is_refused_alike_whatever_is_known(cast: Cast) -> None:
    refusals = []
    for known in (KNOWN, {}):
        ana, ida = await _chat(cast, known)
        async with bare(f"{ida.url}/rooms/{ana.chat}/live", ida.token) as socket:
            await socket.resume()
            await socket.say("send", cid="1", text="zoraida, write me on whatsapp, 612 345 678")
            refused = await socket.hears("error")
            refusals.append((refused["code"], refused["text"]))
    assert refusals[0] == refusals[1]


async def test_an_experts_own_address_is_not_the_customers(cast: Cast) -> None:
    ana, ida = await _chat(cast, {"email": ["ana@heronmail.example"]})
    own = "ida.writes@heronmail.example"
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        ack = await expert.send(f"the manual is from {own}, or call 699 123 457")
        assert ack.hidden == ("email", "phone")
        told = await heard(customer, Message, seq=ack.seq)
        assert told.text == "the manual is from [email], or call [phone]" and "data-n" not in told.html
        await customer.send("mine is bruno@heronmail.example")
        assert (await heard(expert, Message, seq=3)).text == "mine is [email 2]"
    assert sorted(await VaultValue.filter(chat_id=ana.chat).values_list("kind", "n")) == [("email", 1), ("email", 2)]
    staff = await Account.get(id=(await cast.moderator(await _shop(ana), role="staff")).id)
    assert await finding.find(cast.house, staff, own) == []
    customer_of = (await Chat.get(id=ana.chat)).customer_id
    assert await finding.find(cast.house, staff, "ana@heronmail.example") == [customer_of]
    document = str(await exporting.export(cast.house, await Customer.get(id=customer_of)))
    assert own not in document and "699" not in document and "bruno@heronmail.example" in document


async def _shop(ana: Asking):
    chat = await Chat.get(id=ana.chat).select_related("brand")
    return chat.brand


async def test_many_named_details_are_shown_to_moderators_and_nobody_else_is_told(cast: Cast, town: Town) -> None:
    ana, ida = await _chat(cast, {})
    mo = await cast.moderator(await _shop(ana))
    flagged_from = town.house.settings.guesses_flagged
    async with mo.watch(ana.chat) as watching, ida.room(ana.chat) as expert:
        await heard(watching, State)
        for n in range(flagged_from - 3):
            await expert.send(f"is it guess{n}@heronmail.example?")
        await expert.send("press 1111 twice, then 2222")  # two numbers are no list
        assert not [event for event in await overheard(watching) if isinstance(event, Blocked)]
        ack = await expert.send("is it 1111 or perhaps 2222 and not 3333?")
        assert (await heard(expert, Message, seq=ack.seq)).text.startswith("is it 1111")
        told = await heard(watching, Blocked)
        assert told.why == "guesses" and "1111" in told.text and "Perhaps guesses" in told.html
        assert not [event for event in await overheard(expert) if isinstance(event, Blocked)]
        async with mo.watch(ana.chat) as later:
            assert (await heard(later, Blocked)).id == told.id
    async with browser(cast.here, email=mo.email) as page:
        assert "Perhaps guesses" in (await page.open(f"/watch/{ana.chat}")).text
        assert "blocked message" not in (await page.open("/board")).text


async def _rows(chat: int) -> str:
    return str(await Kept.filter(chat_id=chat).order_by("seq").values_list("segments", flat=True))


async def test_what_only_the_chats_knowledge_tells_is_readable_to_its_expert_alone(cast: Cast) -> None:
    ana, ida = await _chat(cast, KNOWN)
    mo = await cast.moderator(await _shop(ana))
    async with ana.room() as customer, ida.room(ana.chat) as expert, mo.watch(ana.chat) as watching:
        await heard(watching, State)
        ack = await expert.send("is it otter lodge, by the mill?")
        assert ack.hidden == ()
        assert (await heard(expert, Message, seq=ack.seq)).text == "is it otter lodge, by the mill?"
        for other in (customer, watching):
            assert (await heard(other, Message, seq=ack.seq)).text == "is it [known], by the mill?"
        later = await expert.send("or perhaps number 7 in fernwick crescent?")
        await customer.send("my password is fernwick crescent")
        for other in (customer, watching):
            assert (await heard(other, Edit, seq=later.seq)).text == "or perhaps number 7 in [password]?"
        assert not [event for event in await overheard(expert) if isinstance(event, Edit)]
    assert "otter" not in await _rows(ana.chat) and "fernwick" not in await _rows(ana.chat)
    async with ida.room(ana.chat) as again:
        assert "otter lodge" in (await heard(again, Message, seq=ack.seq)).text
        assert "fernwick" in (await heard(again, Message, seq=later.seq)).text
    async with browser(ida.url, email=ida.email) as page:
        assert "otter lodge" in (await page.open(f"/rooms/{ana.chat}")).text


async def test_after_a_hand_back_nobody_reads_the_guesses_as_typed_also_when_more_becomes_known(cast: Cast) -> None:
    shop = await cast.brand()
    ida, max_ = await cast.expert(shop, at=cast.there), await cast.expert(shop, at=cast.there)
    ana = await cast.live(shop, ida, known=KNOWN)
    async with ida.room(ana.chat) as expert:
        ack = await expert.send("otter lodge, or heron lodge? and ref Vexmoor")
        assert (await heard(expert, Message, seq=ack.seq)).text.startswith("otter lodge")
    await ida.api.hand_back(ana.chat, ida.token, reason="topic")
    await max_.claim(ana)
    hidden = "[known], or heron lodge? and ref Vexmoor"
    async with max_.room(ana.chat) as next_, ana.room(at=cast.there) as customer:
        assert (await heard(next_, Message, seq=ack.seq)).text == hidden
        await customer.send("my surname is Vexmoor")
        assert (await heard(customer, Edit, seq=ack.seq)).text == "[known], or heron lodge? and ref [name]"
        assert not [event for event in await overheard(next_) if isinstance(event, Edit)], "it tells what was right"
    async with max_.room(ana.chat) as again:
        assert (await heard(again, Message, seq=ack.seq)).text == hidden
    async with browser(max_.url, email=max_.email) as page:
        shown = (await page.open(f"/rooms/{ana.chat}")).text
    assert "otter" not in shown and "heron lodge" in shown


async def test_an_erasure_takes_the_experts_guesses_along(cast: Cast, given: Settings, db: str) -> None:
    ana, ida = await _chat(cast, {"known": ["pintail harbour"]})
    async with ida.room(ana.chat) as expert:
        await expert.send("is it pintail harbour?")
        await expert.send("we are nearly there")
    sealed = [bytes(one) for one in await Kept.filter(chat_id=ana.chat, seq=2).values_list("typed", flat=True)]
    written = (lambda raw: raw) if db == "sqlite" else (lambda raw: raw.hex().encode())
    assert written(sealed[0]) in await _bytes(given, db)
    customer = await Customer.get(id=(await Chat.get(id=ana.chat)).customer_id)
    staff = await cast.moderator(await _shop(ana), role="staff")
    assert await erasing.erase(cast.house, customer, staff.id, by="command")
    while written(sealed[0]) in (after := await _bytes(given, db)):
        await erasing.overwrite()  # somebody read the log's bytes when it was to be emptied
    assert await Kept.filter(chat_id=ana.chat, typed__isnull=True).count() == 3
    assert b"pintail" not in after.lower()
    async with browser(ida.url, email=ida.email) as page:
        shown = (await page.open(f"/rooms/{ana.chat}")).text
    assert "pintail" not in shown and "nearly there" not in shown and shown.count("Erased with the customer") == 2
    async with ida.room(ana.chat) as again:
        assert "Erased" in (await heard(again, Message, seq=2)).text


async def _bytes(given: Settings, db: str) -> bytes:
    if db != "sqlite":
        return await whole_database(given.database_url)
    file = Path(given.database_url.removeprefix("sqlite://"))
    return b"".join(part.read_bytes() for part in sorted(file.parent.iterdir()) if part.name.startswith(file.name))
