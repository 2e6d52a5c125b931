"""What is kept nowhere is told again while its chat lasts, whoever's server it is said on, and then forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from chatmarket.client import Message
from chatmarket.flows import ending, vaulting
from chatmarket.models import Brand, Chat, VaultValue
from chatmarket.privacy.vault import DROPPED
from tests.cast import Cast, Customer, Person
from tests.serving import Town
from tests.stories.keeping import whole_database
from tests.stories.listening import heard


async def _chat(cast: Cast, policies: dict[str, str] | None = None, **known: list[str]) -> tuple[Customer, Person]:
    shop = await cast.brand()
    await Brand.filter(id=shop.id).update(rules={"policies": policies or {}})
    ida = await cast.expert(shop, at=cast.there)
    ana = await cast.customer(shop, "How do I reset it?", known=known)
    await ida.claim(ana)
    return ana, ida


async def test_a_pin_is_hidden_again_on_another_server_after_many_messages(cast: Cast) -> None:
    ana, ida = await _chat(cast)
    async with ana.room() as here, ana.room(at=cast.there) as there, ida.room(ana.chat) as expert:
        await here.send("my PIN is 4821 and my password is blue")
        for n in range(21):
            await here.send(f"still nothing, {'please ' * n}wait")
        last = (await there.send("I typed 4821, as always")).seq
        assert (await heard(expert, Message, seq=last)).text == "I typed [pin 1], as always"
        assert (await expert.send("is it 4821 or 4822? blue or red?")).hidden == ()
        last = (await there.send("the blue cable is in")).seq
        assert (await heard(expert, Message, seq=last)).text == "the blue cable is in"
        last = (await there.send("blue!")).seq
        assert (await heard(expert, Message, seq=last)).text == "[password 1]!"
    kept = await VaultValue.filter(chat_id=ana.chat)
    assert {(value.kind, len(value.sealed)) for value in kept} == {("pin", 28), ("password", 28)}
    assert all(value.mark and value.mark.startswith(DROPPED) for value in kept)


async def test_what_was_given_beforehand_of_a_dropped_kind_is_hidden_in_every_message(cast: Cast, town: Town) -> None:
    ana, ida = await _chat(cast, {"name": "drop", "known": "drop"}, name=["Zora Quollmoor"], known=["wrenholt cottage"])
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        for text, left in (("so says quollmoor", "so says [name 1]"), ("at Wrenholt Cottage", "at [known 1]")):
            seq = (await customer.send(text)).seq
            assert (await heard(expert, Message, seq=seq)).text == left
    stored = (await whole_database(town.house.settings.database_url)).lower()
    assert b"quollmoor" not in stored and b"wrenholt cottage" not in stored


async def test_when_a_chat_is_rated_or_long_over_its_marks_are_gone(cast: Cast, town: Town) -> None:
    ana, _ = await _chat(cast)
    bea, _ = await _chat(cast)
    for customer in (ana, bea):
        async with customer.room() as room:
            await room.send("my PIN is 4821")
            await room.send("I am ana@example.com")
        await customer.end()
    await ana.rate(resolved=True, comment="4821 was fine")
    await Chat.filter(id=bea.chat).update(ended_at=datetime.now(UTC) - 2 * vaulting.MARKS_LAST)
    assert await _marked(ana) == ["email"] and await _marked(bea) == ["pin", "email"]
    await vaulting.forget_old_marks()
    assert await _marked(bea) == ["email"]
    carl, _ = await _chat(cast)
    async with carl.room() as room:
        await room.send("my PIN is 4821")
    await vaulting.forget_old_marks()
    assert await _marked(carl) == ["pin"]


async def _marked(customer: Customer) -> list[str]:
    kept = await VaultValue.filter(chat_id=customer.chat, mark__not_isnull=True).order_by("id")
    return [value.kind for value in kept]


async def test_a_comment_is_masked_by_what_the_chat_dropped(cast: Cast, town: Town) -> None:
    ana, _ = await _chat(cast)
    async with ana.room() as room:
        await room.send("my PIN is 4821")
    await ana.end()
    await ana.rate(resolved=True, comment="4821 was fine")
    assert b"4821 was fine" not in await whole_database(town.house.settings.database_url)


async def test_an_address_is_not_kept_for_a_brand_that_keeps_none(cast: Cast, town: Town) -> None:
    shop = await cast.brand()
    await Brand.filter(id=shop.id).update(rules={"policies": {"email": "drop"}})
    ana = await cast.customer(shop)
    await Chat.filter(id=ana.chat).update(status="escalated", ended_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(ending.NotKept):
        await ending.leave_email(town.house, ana.chat, "ana@heronmail.example")
    assert (await Chat.get(id=ana.chat)).email_token is None
    assert await VaultValue.filter(chat_id=ana.chat).count() == 0
