"""A customer is forgotten: what is kept of them opens no more, is in no byte of the database, and the rest is whole."""

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from chatmarket.client import ApiError, State, Unsent
from chatmarket.flows import erasing, exporting, rotating, verifying
from chatmarket.models import (
    Account,
    Audit,
    Brand,
    BrandKey,
    Chat,
    Customer,
    CustomerKey,
    Entry,
    Login,
    Message,
    Posting,
    Rating,
    VaultValue,
)
from chatmarket.privacy.keys import Keyring, UnknownKey
from chatmarket.settings import Settings
from chatmarket.store import dialect, rows
from tests.cast import PASSWORD, Cast, Person, Shop
from tests.stories.browsing import browser
from tests.stories.keeping import whole_database
from tests.stories.listening import heard

EMAIL, PHONE = "beatriz.erase@example.com", "+34 655 443 322"


def _spelt(value: str) -> list[bytes]:
    """A value as it could lie in a file."""
    plain = value.encode()
    return [
        plain,
        plain.lower(),
        plain[::-1],
        plain.hex().encode(),
        *(value.encode(code) for code in _WIDE),
        _b64(plain),
    ]


_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le")


def _b64(plain: bytes) -> bytes:
    return base64.b64encode(plain).rstrip(b"=")[:-1]  # the last letter depends on what follows


def _files(url: str) -> bytes:
    """Every byte of a SQLite database's files, its log among them."""
    file = Path(url.removeprefix("sqlite://"))
    return b"".join(part.read_bytes() for part in sorted(file.parent.iterdir()) if part.name.startswith(file.name))


async def _customer(chat: int) -> Customer:
    return (await Chat.get(id=chat).select_related("customer")).customer


async def _staff(cast: Cast, shop: Shop) -> Person:
    return await cast.moderator(shop, role="staff", name="Sam")


async def test_nothing_of_the_customer_is_left_and_all_else_is_whole(cast: Cast, given: Settings, db: str) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await _staff(cast, shop)
    ana = await cast.live(shop, ida, f"Write to {EMAIL}", known={"phone": [PHONE]})
    await asyncio.gather(*(cast.customer(shop, f"I am other{n}@example.com") for n in range(60)))
    async with ana.room() as room:
        await room.send(f"or call {PHONE}")
    await ana.end()
    await ana.rate(resolved=True, comment=f"mail {EMAIL}")
    customer = await _customer(ana.chat)
    key = bytes((await CustomerKey.get(customer_id=customer.id)).wrapped)
    sealed = [bytes(value.sealed) for value in await VaultValue.filter(chat_id=ana.chat)]
    marks = [bytes(value.mark) for value in await VaultValue.filter(chat_id=ana.chat)]
    said = await Message.filter(chat_id=ana.chat).order_by("seq").values_list("seq", "segments")
    money = await Posting.filter(entry__chat_id=ana.chat).count()
    before = _files(given.database_url) if db == "sqlite" else await whole_database(given.database_url)
    written = (lambda raw: raw) if db == "sqlite" else (lambda raw: raw.hex().encode())
    assert all(written(raw) in before for raw in (key, *sealed, *marks)) and len(sealed) == 2

    async with browser(cast.there, email=sam.email) as page:
        gone = await page.post(f"/customers/{customer.id}/erase", {"reason": f"she asked by {EMAIL}"})
        assert gone.status_code == 303
        assert "Erased" in (await page.open(f"/customers/{customer.id}")).text

    after = _files(given.database_url) if db == "sqlite" else await whole_database(given.database_url)
    assert not [raw for raw in (key, *sealed, *marks) if written(raw) in after]
    assert not [spelt for value in (EMAIL, PHONE) for spelt in _spelt(value) if spelt in after]
    assert await Message.filter(chat_id=ana.chat).order_by("seq").values_list("seq", "segments") == said
    assert await Posting.filter(entry__chat_id=ana.chat).count() == money > 0
    assert (
        await Entry.filter(chat_id=ana.chat).exists() and await Rating.filter(chat_id=ana.chat, resolved=True).exists()
    )
    noted = await Audit.get(brand_id=shop.id, action="erase")
    assert noted.actor_id == sam.id
    assert noted.facts == {
        "customer": customer.id,
        "chats": 1,
        "values": 2,
        "by": "person",
        "reason": "she asked by [email]",
    }
    assert await CustomerKey.filter(customer__brand_id=shop.id).count() == 60
    assert [fault async for fault in verifying.faults(cast.house.audit_keys) if fault.brand == shop.slug] == []


async def test_the_reason_quotes_nothing_that_a_chat_dropped(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await _staff(cast, shop)
    ana = await cast.live(shop, ida, "my PIN is 4821")
    assert await erasing.erase(cast.house, await _customer(ana.chat), sam.id, by="person", reason="she typed 4821 here")
    noted = await Audit.get(brand_id=shop.id, action="erase")
    assert noted.facts["reason"] == "she typed [pin] here"


async def test_the_masked_chat_is_still_shown_and_its_tokens_open_nothing(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await _staff(cast, shop)
    ana = await cast.live(shop, ida, f"Write to {EMAIL}")
    assert await erasing.erase(cast.house, await _customer(ana.chat), sam.id, by="command")
    assert not await erasing.erase(cast.house, await _customer(ana.chat), sam.id, by="command")
    assert await Audit.filter(brand_id=shop.id, action="erase").count() == 1
    async with browser(cast.here, email=sam.email) as page:
        assert 'data-kind="email"' in (await page.open(f"/watch/{ana.chat}")).text
        told = await page.post(f"/watch/{ana.chat}/reveal", {"token": "email 1", "reason": "x"})
        assert told.status_code == 200 and "no longer kept" in told.text and EMAIL not in told.text
    assert not await Audit.filter(brand_id=shop.id, action="reveal").exists()


async def test_a_live_chat_ends_for_everybody_and_the_expert_can_still_be_paid(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop, at=cast.there), await _staff(cast, shop)
    ana = await cast.live(shop, ida, f"Write to {EMAIL}")
    async with ana.room() as customer, ida.room(ana.chat) as expert:
        await customer.send("hello")
        await heard(expert, State, status="live")
        await erasing.erase(cast.house, await _customer(ana.chat), sam.id, by="command")
        await heard(customer, State, status="ended")
        await heard(expert, State, status="ended")
        with pytest.raises(Unsent, match="not_live"):
            await expert.send("are you there?")
    assert (await Chat.get(id=ana.chat)).ended_by == "brand"
    with pytest.raises(ApiError, match="409 erased"):
        await ana.rate(resolved=True, comment="with words")
    await ana.rate(resolved=True)
    assert await Posting.filter(entry__chat_id=ana.chat).exists()


async def test_a_question_that_waits_is_taken_back(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await _staff(cast, shop)
    ana = await cast.customer(shop, f"Write to {EMAIL}")
    await erasing.erase(cast.house, await _customer(ana.chat), sam.id, by="command")
    with pytest.raises(ApiError, match="409 gone"):
        await ida.claim(ana)
    assert (await Chat.get(id=ana.chat)).status == "withdrawn"


async def test_words_on_their_way_while_the_customer_is_erased_leave_nothing(cast: Cast) -> None:
    """At two servers, with vaults open in memory: what is kept was kept before, and its values are gone."""
    shop = await cast.brand()
    ida, sam = await cast.expert(shop, at=cast.there), await _staff(cast, shop)
    ana = await cast.live(shop, ida, "hello")
    customer = await _customer(ana.chat)
    async with ana.room() as room, ida.room(ana.chat) as expert:
        await expert.send("tell me")

        async def talk() -> None:
            for n in range(30):
                try:
                    await room.send(f"it is user{n}.erase@example.com")
                except Unsent:
                    return

        talking = asyncio.create_task(talk())
        await asyncio.sleep(0.15)
        assert await erasing.erase(cast.house, customer, sam.id, by="command")
        await talking
    assert not await CustomerKey.exists(customer_id=customer.id)
    assert not await VaultValue.filter(chat_id=ana.chat).exists()


async def test_erasing_asks_for_a_reason_and_the_password_and_is_for_the_brands_own_staff(cast: Cast) -> None:
    shop = await cast.brand()
    sam, mo = await _staff(cast, shop), await cast.moderator(shop)
    stranger = await _staff(cast, await cast.brand())
    ana = await cast.customer(shop, f"Write to {EMAIL}")
    customer = await _customer(ana.chat)
    path = f"/customers/{customer.id}"
    for person, status in ((mo, 403), (stranger, 404)):
        async with browser(cast.here, email=person.email) as page:
            assert (await page.open(path)).status_code == status
            for deed in ("erase", "export"):
                refused = await page.post(f"{path}/{deed}", {"reason": "x", "password": PASSWORD})
                assert refused.status_code == status and EMAIL not in refused.text
    async with browser(cast.here, email=sam.email) as page:
        assert (await page.post(f"{path}/erase", {"reason": " "})).status_code == 422
        await Login.filter(account_id=sam.id).update(proved_at=None)
        for deed in ("erase", "export"):
            refused = await page.post(f"{path}/{deed}", {"reason": "x"})
            assert refused.status_code == 403 and "give your password again" in refused.text
            wrong = await page.post(f"{path}/{deed}", {"reason": "x", "password": "not this one"})
            assert wrong.status_code == 422 and EMAIL not in wrong.text
        assert await CustomerKey.exists(customer_id=customer.id)
        assert (await page.post(f"{path}/erase", {"reason": "x", "password": PASSWORD})).status_code == 303
    assert not await CustomerKey.exists(customer_id=customer.id)


# Retention


async def test_customers_whose_time_is_up_are_erased_once_by_many_clocks(cast: Cast, town) -> None:
    shop = await cast.brand()
    sam, ida = await _staff(cast, shop), await cast.expert(shop)
    old = [await cast.customer(shop, f"old{n}@example.com") for n in range(5)]
    fresh, live = await cast.customer(shop, "fresh@example.com"), await cast.live(shop, ida, "live@example.com")
    for asked in old:
        await asked.api.withdraw(asked.chat, asked.token)
    await fresh.api.withdraw(fresh.chat, fresh.token)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    await Chat.filter(id__in=[asked.chat for asked in old]).update(said_at=long_ago, asked_at=long_ago)
    # Not its last word as well: the clock would end it as deserted, and it would be due.
    await Chat.filter(id=live.chat).update(asked_at=long_ago)
    await Customer.filter(brand_id=shop.id).update(created_at=long_ago)
    assert await erasing.due(cast.house) == 0
    async with browser(cast.here, email=sam.email) as page:
        for wrong in ("0", "-1", "x", "99999"):
            assert (await page.post("/customers/retention", {"days": wrong, "confirmed": "yes"})).status_code == 422
        unmeant = await page.post("/customers/retention", {"days": "30"})
        assert unmeant.status_code == 422 and "confirm that this is meant" in unmeant.text
        await Login.filter(account_id=sam.id).update(proved_at=None)
        meant = {"days": "30", "confirmed": "yes"}
        refused = await page.post("/customers/retention", meant)
        assert refused.status_code == 403 and "give your password again" in refused.text
        assert 'name="password"' in (await page.open("/customers")).text
        wrong_one = await page.post("/customers/retention", {**meant, "password": "not this one"})
        assert wrong_one.status_code == 422 and (await Brand.get(id=shop.id)).retention_days is None
        assert (await page.post("/customers/retention", {**meant, "password": PASSWORD})).status_code == 303
        assert 'value="30"' in (await page.open("/customers")).text
    erased = await asyncio.gather(*(erasing.due(house) for house in town.houses))
    assert sum(erased) == 5
    noted = await Audit.filter(brand_id=shop.id, action="erase").order_by("id").select_related("actor")
    assert len(noted) == 5 and {row.facts["by"] for row in noted} == {"retention"}
    assert {row.actor.role for row in noted} == {"machine"}
    assert await CustomerKey.filter(customer__brand_id=shop.id).count() == 2
    assert not await VaultValue.filter(chat_id__in=[asked.chat for asked in old]).exists()
    assert await VaultValue.filter(chat_id=fresh.chat).exists()
    async with browser(cast.here, email=sam.email) as page:
        await page.post("/customers/retention", {"days": ""})
    assert (await Brand.get(id=shop.id)).retention_days is None
    assert [fault async for fault in verifying.faults(cast.house.audit_keys) if fault.brand == shop.slug] == []


async def test_nobody_signs_in_as_the_machine(cast: Cast) -> None:
    async with httpx2.AsyncClient(base_url=f"{cast.here}/api/v1", trust_env=False) as http:
        for password in ("!", "", PASSWORD, "!!!!!!!!"):
            sent = {"email": "machine@chatmarket.invalid", "password": password}
            assert (await http.post("/sign-in", json=sent)).status_code in (401, 422)


@pytest.mark.logs_errors
async def test_customers_who_cannot_be_erased_do_not_keep_those_behind_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 2)
    shop = await cast.brand()
    asked = [await cast.customer(shop, f"stuck{n}@example.com") for n in range(3)]
    for one in asked:
        await one.api.withdraw(one.chat, one.token)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    await Chat.filter(brand_id=shop.id).update(said_at=long_ago, asked_at=long_ago)
    await Customer.filter(brand_id=shop.id).update(created_at=long_ago)
    first, second, last = [(await _customer(one.chat)).id for one in asked]
    on = " ON customerkey" if dialect() == "postgres" else ""
    if dialect() == "sqlite":
        await rows(
            f"CREATE TRIGGER stuck BEFORE DELETE ON customerkey WHEN OLD.customer_id IN ({first}, {second}) "
            "BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
    else:
        await rows(
            f"CREATE TRIGGER stuck BEFORE DELETE ON customerkey FOR EACH ROW "
            f"WHEN (OLD.customer_id IN ({first}, {second})) EXECUTE FUNCTION added_only()"
        )
    try:
        await Brand.filter(id=shop.id).update(retention_days=30)
        await erasing.due(cast.house)
        assert await CustomerKey.filter(customer__brand_id=shop.id).count() == 2
        assert not await CustomerKey.exists(customer_id=last)
    finally:
        await Brand.filter(id=shop.id).update(retention_days=None)
        await rows(f"DROP TRIGGER stuck{on}")


async def test_a_reason_that_quotes_what_a_chat_knows_is_noted_without_it(cast: Cast) -> None:
    shop = await cast.brand()
    sam = await _staff(cast, shop)
    ana = await cast.customer(shop, "Hello", known={"known": ["moonlit otter"]})
    customer = await _customer(ana.chat)
    async with browser(cast.here, email=sam.email) as page:
        sent = {"reason": "moonlit otter wants that"}
        assert (await page.post(f"/customers/{customer.id}/erase", sent)).status_code == 303
    noted = (await Audit.get(brand_id=shop.id, action="erase")).facts["reason"]
    assert "otter" not in noted and noted.endswith("wants that")


# Finding and giving out


async def test_a_customer_is_found_by_chat_and_by_value_in_the_brand_only(cast: Cast) -> None:
    shop, other = await cast.brand(), await cast.brand()
    sam, theirs = await _staff(cast, shop), await _staff(cast, other)
    ana = await cast.customer(shop, f"Write to {EMAIL} or {PHONE}")
    customer = await _customer(ana.chat)
    where = f"/customers/{customer.id}"
    async with browser(cast.here, email=sam.email) as page:
        for what in (str(ana.chat), f"#{ana.chat}", EMAIL, EMAIL.upper(), f" {EMAIL} ", PHONE, "34655443322"):
            found = await page.post("/customers", {"what": what})
            assert (found.status_code, found.headers.get("location")) == (303, where), what
        assert EMAIL not in (await page.open(where)).text
        nobody = await page.post("/customers", {"what": "nobody@example.com"})
        assert nobody.status_code == 200 and "Nobody of yours" in nobody.text
        assert (await page.post("/customers", {"what": " "})).status_code == 422
    async with browser(cast.here, email=theirs.email) as page:
        for what in (str(ana.chat), EMAIL):
            assert "Nobody of yours" in (await page.post("/customers", {"what": what})).text
    noted = await Audit.filter(brand_id=shop.id, action="find").values_list("facts", flat=True)
    assert len(noted) == 8 and {fact["found"] for fact in noted} == {0, 1}


async def test_everything_about_one_customer_is_given_out_readable_and_nothing_of_others(cast: Cast) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await _staff(cast, shop)
    ana = await cast.live(shop, ida, f"Write to {EMAIL}", known={"phone": [PHONE]})
    await cast.customer(shop, "I am other@example.com")
    async with ana.room() as room, ida.room(ana.chat) as expert:
        await room.send(f"or call {PHONE}")
        await expert.send("I will not")
    await ana.end()
    await ana.rate(resolved=True, comment=f"mail {EMAIL}")
    customer = await _customer(ana.chat)
    async with browser(cast.here, email=sam.email) as page:
        given = await page.post(f"/customers/{customer.id}/export")
    assert given.headers["cache-control"] == "no-store" and "attachment" in given.headers["content-disposition"]
    told = given.json()
    (chat,) = told["chats"]
    assert [line["text"] for line in chat["messages"]] == [f"Write to {EMAIL}", f"or call {PHONE}", "I will not"]
    assert chat["rating"]["comment"] == f"mail {EMAIL}" and chat["rating"]["resolved"] is True
    assert {(value["kind"], value["value"]) for value in chat["values"]} == {("email", EMAIL), ("phone", PHONE)}
    assert [row["action"] for row in told["audit"]] == ["export"]
    assert told["audit"][0]["by"] == {"name": (await Account.get(id=sam.id)).name, "role": "staff"}
    assert "other@example.com" not in given.text and ida.email not in given.text and not told["erased"]
    await erasing.erase(cast.house, customer, sam.id, by="command")
    after = await exporting.export(cast.house, customer)
    assert after["erased"] and after["chats"][0]["messages"][0]["text"] == "Write to [email 1]"
    assert after["chats"][0]["values"] == [] and [row["action"] for row in after["audit"]] == ["export", "erase"]


async def test_an_export_counts_as_the_values_it_holds_and_more_than_the_budget_is_refused(cast: Cast, town) -> None:
    shop = await cast.brand()
    sam = await _staff(cast, shop)
    ana = await cast.customer(shop, f"Write to {EMAIL} or {PHONE}")
    path = f"/customers/{(await _customer(ana.chat)).id}/export"
    for house in town.houses:
        house.settings = replace(house.settings, reveal_alert=4, reveals_per_day=5)
    try:
        async with browser(cast.here, email=sam.email) as page:
            for _ in range(2):
                assert EMAIL in (await page.post(path)).text
            refused = await page.post(path)
            assert refused.status_code == 429 and EMAIL not in refused.text
            assert "This file holds 2 hidden details" in refused.text and "may read 5" in refused.text
            assert (await page.post(path)).status_code == 429
            told = "Sam asked for 2 hidden details at once and was refused: more than one person may read in a day."
            assert told in (await page.open("/audit")).text
    finally:
        for house in town.houses:
            house.settings = replace(house.settings, reveal_alert=20, reveals_per_day=50)
    noted = await Audit.filter(brand_id=shop.id).order_by("id").values_list("action", "facts")
    assert [action for action, _ in noted] == ["export", "export", "alert", "alert"]
    assert noted[0][1]["values"] == 2 and noted[2][1] == {"why": "many", "reveals": 4}
    assert noted[3][1] == {"why": "refused", "reveals": 2}


# Keys


async def test_keys_rotate_while_everything_runs_and_the_old_one_may_go(cast: Cast, town) -> None:
    shop = await cast.brand()
    ida, sam = await cast.expert(shop), await _staff(cast, shop)
    ana = await cast.live(shop, ida, f"Write to {EMAIL}")
    old = town.houses[0].keyring
    both = Keyring({"next": b"n" * 32, "test": b"k" * 32}, current="next")
    try:
        for house in town.houses:
            house.keyring = Keyring({"test": b"k" * 32, "next": b"n" * 32}, current="test")  # known to all first
        async with ana.room() as room:
            await room.send("before")
            moved = sum(await asyncio.gather(*(rotating.rotate(cast.house, both, sam.id) for _ in range(2))))
            assert moved == await BrandKey.all().count() == await BrandKey.filter(kek="next").count()
            await room.send("after, mail second@example.com")
            new = await cast.customer(await cast.brand(), "a brand of its own: third@example.com")
            assert await VaultValue.filter(chat_id=new.chat).exists()
        await rotating.rotate(cast.house, both, sam.id)
        noted = await Audit.filter(brand_id=shop.id, action="rotate").values_list("facts", flat=True)
        assert list(noted) == [{"key": "next"}]
        for house in town.houses:  # as restarted without the old one
            house.keyring, house.brand_keys = Keyring({"next": b"n" * 32}, current="next"), {}
            house.vaults.drop(ana.chat)
        async with ana.room() as room:
            await room.send("and third@example.com")
        told = await exporting.export(cast.house, await _customer(ana.chat))
        assert told["chats"][0]["messages"][-1]["text"] == "and third@example.com"
        with pytest.raises(UnknownKey):
            await rotating.rotate(cast.house, Keyring({"other": b"o" * 32}, current="other"), sam.id)
    finally:
        await rotating.rotate(cast.house, Keyring({"test": b"k" * 32, "next": b"n" * 32}, current="test"), sam.id)
        for house in town.houses:
            house.keyring, house.brand_keys = old, {}
