"""What the house asks of its database by itself does not grow with those who are in it. Counted, never timed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from chatmarket import clock, sessions, settings
from chatmarket.errors import ClaimRefused
from chatmarket.flows import (
    attending,
    calling,
    counting,
    ending,
    learning,
    offering,
    sending,
    settling,
    suspecting,
)
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.models import (
    Account,
    Brand,
    Chat,
    Customer,
    Device,
    Evidence,
    Expert,
    Login,
    Notice,
    Offer,
    Patrol,
    Rating,
    Reach,
    Reply,
    Review,
    Skill,
    Standing,
    Ticket,
    Topic,
)
from chatmarket.store import close_store, migrate, open_store, unit_of_work
from tests.serving import KEYS
from tests.statements import asked

# Each before what it belongs to.
KEPT = (
    *(Evidence, Review, Patrol, Device, Rating, Ticket, Reply, Offer, Notice, Reach, Chat, Customer),
    *(Standing, Skill, Expert, Account, Topic, Brand),
)

# What a timer may read through: tables of a few rows, its own subqueries, and who let themselves be called (r), where a
# question waits for nobody who is here.
FEW = {"brand", "lesson", "b", "CONSTANT", "ended", "rated", "r"}


@pytest.fixture(scope="module")
async def opened(database_url: str) -> AsyncIterator[str]:
    """Migrated once: that takes longer than all that is tried here."""
    await migrate(database_url)
    await open_store(database_url)
    yield database_url
    await close_store()


@pytest.fixture
async def house(opened: str, tmp_path: Path) -> AsyncIterator[House]:
    """One that nobody else uses: no server runs, no clock, and its Redis is away."""
    for kept in KEPT:
        await kept.all().delete()
    mail = {"smtp_url": "smtp://127.0.0.1:9", "smtp_from": "house@example.com", "public_url": "http://house.example"}
    redis = f"unix://{tmp_path}/nobody.sock"
    built = furnish(settings.load({}, data=tmp_path, database_url=opened, redis_url=redis, **mail, **KEYS))
    yield built
    built.passwords.close()


@pytest.fixture
async def brand(house: House) -> Brand:
    """At which any question calls at once."""
    facts = {"name": "Kettle", "language": "en", "languages": ["en"], "taglines": {}, "currency": "EUR"}
    brand = await Brand.create(slug="kettle", **facts, wait_limit_s=600, paging={"patience_seconds": 0.0})
    await Topic.create(brand_id=brand.id, names={"en": "Steam"}, reward=200, position=0)
    return brand


async def experts(brand: Brand, many: int, **reach: bool) -> list[int]:
    """Certified for the brand's topic; with ways to reach them, or without."""
    topic, before = await Topic.get(brand_id=brand.id), await Account.all().count()
    names = [f"expert-{before + n}@example.com" for n in range(many)]
    made = [Account(email=name, name="Ida", password_hash="", role="expert") for name in names]
    await Account.bulk_create(made)
    ids = [one.id for one in await Account.filter(email__in=names)]
    await Expert.bulk_create([Expert(account_id=one, languages=["en"]) for one in ids])
    await Skill.bulk_create([Skill(expert_id=one, topic_id=topic.id, certified=True) for one in ids])
    if reach:
        await Reach.bulk_create([Reach(account_id=one, **reach) for one in ids])
    return ids


async def questions(brand: Brand, many: int, **more: object) -> None:
    topic, customer = await Topic.get(brand_id=brand.id), await Customer.create(brand_id=brand.id)
    now = datetime.now(UTC)
    own = {"brand_id": brand.id, "topic_id": topic.id, "customer_id": customer.id, "language": "en", "question": []}
    when = {"asked_at": now, "said_at": now, "expires_at": now + timedelta(minutes=10)}
    told = {**own, **when, "reward": 200, "currency": "EUR", **more}
    await Chat.bulk_create([Chat(**told) for _ in range(many)])


async def test_what_waits_is_counted_by_the_database(house: House, brand: Brand) -> None:
    await questions(brand, 40)
    now = datetime.now(UTC)
    with asked() as count:
        need = await calling._need(brand, now, now)
    assert (need.waiting, need.fresh, len(need.spoken)) == (40, 40, 1)
    assert (len(count), count.rows) == (1, 1)


async def test_where_nothing_waits_or_all_of_it_has_called_one_read_says_so(house: House, brand: Brand) -> None:
    await experts(brand, 3, mail=True)
    with asked() as idle:
        assert await calling.due(house) == 0
    await questions(brand, 5)
    assert await calling.due(house) == 3
    with asked() as called:
        assert await calling.due(house) == 0
    assert [len(idle), len(called)] == [1, 1]


async def test_who_is_here_is_counted_only_until_there_are_enough(house: House, brand: Brand) -> None:
    await experts(brand, 1, mail=True)
    read = []
    for more in (250, 400):
        for one in await experts(brand, more):
            await house.switchboard.presence.arrive(one)
        await Chat.all().delete()
        await questions(brand, 1)
        with asked() as count:
            assert await calling.due(house) == 0, "twenty are enough for one question"
        read.append((len(count), count.rows))
    assert read[0] == read[1]


async def test_however_many_are_away_so_many_are_looked_at(
    house: House, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_DRAWN", 10)
    read = []
    for many in (50, 100):
        await experts(brand, many, mail=True)
        await questions(brand, 4)
        with asked() as count:
            assert await calling.due(house) == 10
        read.append((len(count), count.rows))
    assert read[0] == read[1]
    assert await Notice.all().count() == 20


async def test_all_who_are_called_are_called_in_one_statement(house: House, brand: Brand) -> None:
    statements = []
    for many in (2, 30):
        await Chat.all().delete()
        await Reach.all().update(paged_at=datetime.now(UTC))
        await experts(brand, many, mail=True)
        await questions(brand, 4)
        with asked() as count:
            assert await calling.due(house) == many
        statements.append(len(count))
    assert statements[0] == statements[1]


async def test_what_a_page_says_of_reviews_is_counted_when_it_changes(house: House, brand: Brand) -> None:
    mo = Account(email="mo@example.com", name="Mo", password_hash="", role="moderator", brand=brand)
    await mo.save()
    login, (ida,) = Login(account=mo), await experts(brand, 1)
    with asked() as first:
        assert (await sessions._shown(house, login, "/board") or {})["reviews"] == 0
    with asked() as again:
        await sessions._shown(house, login, "/board")
    assert [len(first), len(again)] == [2, 0]  # reviews and cases

    @unit_of_work
    async def opened() -> None:
        await Review.create(brand_id=brand.id, expert_id=ida, kind="by_customer", at=datetime.now(UTC))
        counting.changed(house, brand.id)

    await opened()
    assert (await sessions._shown(house, login, "/board") or {})["reviews"] == 1


async def test_of_many_claims_that_wait_for_a_chat_that_is_gone_none_is_tried(house: House, brand: Brand) -> None:
    statements, now = [], datetime.now(UTC)
    for many in (2, 20):
        people = await experts(brand, many)
        await questions(brand, 1, status="ended", expert_id=people[0])
        chat = await Chat.all().order_by("-id").select_related("brand", "topic").first()
        assert chat is not None
        own = {"chat_id": chat.id, "returned": 0, "at": now, "heard_at": now, "state": "waits"}
        await Ticket.bulk_create([Ticket(**own, expert_id=one) for one in people])
        with asked() as count:
            await settling.settle(house, chat)
        statements.append(len(count))
    assert statements[0] == statements[1]


async def _wait_for_an_outcome(brand: Brand, many: int, expires_at: datetime) -> tuple[Chat, list[Account]]:
    """A chat whose window has just closed over so many claims, none of them decided."""
    now, people = datetime.now(UTC), await experts(brand, many)
    await questions(brand, 1, settles_at=now, expires_at=expires_at)
    chat = await Chat.all().order_by("-id").select_related("brand", "topic").first()
    assert chat is not None
    own = {"chat_id": chat.id, "returned": 0, "at": now, "heard_at": now, "state": "waits"}
    await Ticket.bulk_create([Ticket(**own, expert_id=one) for one in people])
    return chat, [await Account.get(id=one) for one in people]


async def test_a_claim_for_a_chat_whose_time_is_over_waits_quietly_for_the_clock(house: House, brand: Brand) -> None:
    chat, (ida,) = await _wait_for_an_outcome(brand, 1, datetime.now(UTC) - timedelta(seconds=1))
    with asked() as count, suppress(TimeoutError):
        async with asyncio.timeout(1):
            await settling._outcome(house, ida, chat)
    assert len(count) < 40  # one try and a look now and then; in a hot loop it were hundreds


async def test_whoever_waits_decides_where_the_first_is_gone_and_no_clock_runs(
    house: House, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "LOOK_S", 0.2)
    chat, (_, max_) = await _wait_for_an_outcome(brand, 2, datetime.now(UTC) + timedelta(minutes=10))
    with suppress(ClaimRefused):  # the lot may fall on the one who is gone
        async with asyncio.timeout(60):
            await settling._outcome(house, max_, chat)
    assert (await Chat.get(id=chat.id)).status == "live"


async def _praised(brand: Brand, many: int) -> None:
    """Each of so many experts ended three chats that were too short to help, for five stars."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    for one in await experts(brand, many):
        await Standing.create(expert_id=one, brand_id=brand.id)
        await questions(brand, 3, status="ended", expert_id=one, claimed_at=at, ended_at=at, asked_at=at)
        for chat in await Chat.filter(expert_id=one):
            told = {"brand_id": brand.id, "expert_id": one, "topic_id": chat.topic_id}
            await Rating.create(
                chat_id=chat.id, **told, resolved=True, stars=5, comment=[], at=at, baseline=0.7, mu_after=0.7
            )


async def test_however_many_experts_a_look_is_about_it_reads_as_often(house: House, brand: Brand) -> None:
    statements, now = [], datetime.now(UTC)
    for many in (2, 20):
        await _praised(brand, many)
        await suspecting._look_at(house, brand.id, now - timedelta(hours=1), now)
        assert await Review.filter(kind="short_praise").count() == await Standing.all().count()
        with asked() as again:
            await suspecting._look_at(house, brand.id, now - timedelta(hours=1), now)
        statements.append(len(again))
        wrote = [one for one in again.statements if not one.strip().startswith("SELECT")]
        assert len(wrote) == 1 and "patrol" in wrote[0], "what is known as it is is not written again"
    assert statements[0] == statements[1]


async def _a_second(house: House) -> None:
    """All that a clock looks for each second."""
    await clock.tick(house)
    await sending.due(house)
    assert not await learning.behind(house)


async def test_where_nobody_asks_a_clock_asks_little(house: House, brand: Brand) -> None:
    await experts(brand, 5, mail=True)
    with asked() as idle:
        await _a_second(house)
    assert len(idle) == 5
    assert idle.rows <= 1
    assert all(one.strip().startswith("SELECT") for one in idle.statements), "it writes nothing"


async def test_who_has_gone_is_not_read_again_and_again(house: House, brand: Brand) -> None:
    now = datetime.now(UTC)
    here, *gone = await experts(brand, 40)
    await Expert.filter(account_id__in=gone).update(available=False, away="lost", seen_at=now, lost_at=now)
    await Expert.filter(account_id=here).update(lost_at=now)
    with asked() as count:
        await attending._lose_and_find({here}, now)
    assert count.rows <= 2
    assert (await Expert.get(account_id=here)).lost_at is None


@pytest.mark.only("sqlite")
async def test_rings_that_were_told_are_not_looked_through_for_those_that_were_not(house: House, brand: Brand) -> None:
    told, late = datetime.now(UTC), datetime.now(UTC) - timedelta(seconds=9)
    await questions(brand, 30, ring=1, offered_at=told, asked_at=late, widens_at=told + timedelta(minutes=1))
    for chat in await Chat.all():
        await Offer.create(chat_id=chat.id, number=1, seats={}, open=False, made_at=late)
    with asked() as count:
        assert await offering.due(house) == 0
    plans = [plan for one in count.statements for plan in await _plan(one)]
    assert any("INDEX" in plan and "offered_at=?" in plan for plan in plans), plans


async def _plan(statement: str) -> list[str]:
    found = await get_connection("default").execute_query_dict(
        f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?")
    )
    return [row["detail"] for row in found]


@pytest.mark.only("sqlite")
async def test_no_timer_reads_a_whole_table(house: House, brand: Brand) -> None:
    """But for those of a handful of rows."""
    ida, *_ = await experts(brand, 3, mail=True)
    now = datetime.now(UTC)
    await questions(brand, 2)
    await questions(brand, 2, status="live", expert_id=ida, claimed_at=now)
    await _praised(brand, 1)
    with asked() as count:
        await _a_second(house)
        await attending._lose_and_find({ida}, now)
        await ending.desert(house)
        await suspecting.look(house)
        await sending.forget()
    read_whole = {plan.split()[1] for one in count.statements for plan in await _plan(one) if _is_whole(plan)}
    assert read_whole <= FEW


def _is_whole(plan: str) -> bool:
    return plan.startswith("SCAN") and "INDEX" not in plan
