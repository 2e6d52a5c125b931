"""What the house asks of its database by itself does not grow with those who are in it. Counted, never timed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatmarket import settings
from chatmarket.flows import calling
from chatmarket.furnishing import furnish
from chatmarket.house import House
from chatmarket.models import Account, Brand, Chat, Customer, Expert, Notice, Reach, Skill, Topic
from chatmarket.store import close_store, migrate, open_store
from tests.serving import KEYS
from tests.statements import asked

KEPT = (Notice, Reach, Chat, Customer, Skill, Expert, Account, Topic, Brand)  # each before what it belongs to


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
