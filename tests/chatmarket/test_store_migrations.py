"""Migrations of a throw-away app: children and indexes survive on SQLite, one migrator at a time on both."""

import asyncio
import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import asyncpg
import pytest
from tortoise.connection import get_connection

from chatmarket import store
from chatmarket.engines.migrating import ADVISORY_LOCK
from chatmarket.store import StoreDown, migrate, pending

ROOT = Path(__file__).resolve().parents[2]

MODELS = """
from tortoise import Model, fields
from tortoise.indexes import Index

class Room(Model):
    id = fields.IntField(primary_key=True)
    title = fields.CharField(max_length=200)
    brand = fields.IntField(default=0)
    language = fields.CharField(max_length=2, default="es")

    class Meta:
        table = "room"
        indexes = [Index(fields=("title",), name="room_title")]
        unique_together = (("brand", "title"),)

class Line(Model):
    id = fields.IntField(primary_key=True)
    room = fields.ForeignKeyField("models.Room", related_name="lines", on_delete=fields.CASCADE)
    body = fields.TextField()

    class Meta:
        table = "line"
"""

FIRST = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index
from tortoise.fields.base import OnDelete

class Migration(migrations.Migration):
    initial = True
    operations = [
        ops.CreateModel(
            name="Room",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("title", fields.CharField(max_length=20)),
                ("brand", fields.IntField(default=0)),
                ("language", fields.CharField(max_length=2, default="es")),
            ],
            options={
                "table": "room", "app": "models", "pk_attr": "id", "unique_together": (("brand", "title"),),
                "indexes": [Index(fields=["title"], name="room_title")],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Line",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("room", fields.ForeignKeyField(
                    "models.Room", source_field="room_id", db_constraint=True, to_field="id",
                    related_name="lines", on_delete=OnDelete.CASCADE)),
                ("body", fields.TextField(unique=False)),
            ],
            options={"table": "line", "app": "models", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.RunSQL("CREATE UNIQUE INDEX room_spanish ON room (title) WHERE language = 'es'",
                   "DROP INDEX room_spanish"),
    ]
"""

SECOND = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [("models", "0001_first")]
    operations = [
        ops.AlterField(model_name="Room", name="title", field=fields.CharField(max_length=200, null=True)),
    ]
"""

THIRD = """
from tortoise import migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [("models", "0002_longer")]
    operations = [ops.RunSQL("INSERT INTO line (id, room_id, body) VALUES (99, 4711, 'orphan')")]
"""

STOCK = """
import asyncio, sys
from tortoise import Tortoise
from tortoise.migrations.api import migrate
url, app = sys.argv[1:]
async def main():
    config = {"connections": {"default": url}, "apps": {"models": {
        "models": [f"{app}.models"], "migrations": f"{app}.migrations", "default_connection": "default"}}}
    await migrate(config=config)
    await Tortoise.close_connections()
asyncio.run(main())
"""

OURS = """
import asyncio, sys
from chatmarket.store import migrate
url, app = sys.argv[1:]
print(*asyncio.run(migrate(url, models=f"{app}.models", migrations=f"{app}.migrations")))
"""


class App:
    """A package of models and migrations that can grow, under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self.name = f"app_{uuid4().hex[:8]}"
        self.folder = folder
        self.package = folder / self.name
        (self.package / "migrations").mkdir(parents=True)
        for module in (self.package, self.package / "migrations"):
            (module / "__init__.py").touch()
        (self.package / "models.py").write_text(MODELS)
        self.add("0001_first", FIRST)

    def add(self, name: str, text: str) -> None:
        (self.package / "migrations" / f"{name}.py").write_text(dedent(text))

    @property
    def modules(self) -> dict[str, str]:
        return {"models": f"{self.name}.models", "migrations": f"{self.name}.migrations"}

    def start(self, text: str, url: str) -> subprocess.Popen[str]:
        path = os.pathsep.join((str(self.folder), str(ROOT)))
        return subprocess.Popen(
            [sys.executable, "-c", text, url, self.name],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.syspath_prepend(tmp_path)
    grown = App(tmp_path)
    yield grown
    for module in [name for name in sys.modules if name.startswith(grown.name)]:
        del sys.modules[module]


def file(url: str) -> Path:
    return Path(url.removeprefix("sqlite://"))


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file(url))) as connection:
        found = connection.execute(sql).fetchall()
        connection.commit()
        return found


def fill(url: str) -> None:
    ask(url, "INSERT INTO room (id, title, brand, language) VALUES (1, 'one', 7, 'es')")
    for number in range(5):
        ask(url, f"INSERT INTO line (id, room_id, body) VALUES ({number}, 1, 'x')")


INDEXES = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'room' ORDER BY name"


async def test_a_fresh_database_is_pending_until_it_is_migrated(app: App, empty_database: str, db: str) -> None:
    assert await pending(empty_database, **app.modules)
    if db == "sqlite":
        assert not file(empty_database).exists()
    assert await migrate(empty_database, **app.modules) == ["0001_first"]
    assert not await pending(empty_database, **app.modules)
    assert await migrate(empty_database, **app.modules) == []
    app.add("0002_longer", SECOND)
    assert await pending(empty_database, **app.modules)
    assert await migrate(empty_database, **app.modules) == ["0002_longer"]


async def test_a_migrated_database_can_be_used(app: App, empty_database: str) -> None:
    await migrate(empty_database, **app.modules)
    await store.open_store(empty_database, **app.modules)
    room = sys.modules[app.modules["models"]].Room
    await room.create(id=1, title="one")
    assert await room.filter(title="one").values_list("id", flat=True) == [1]
    await store.close_store()


@pytest.mark.only("sqlite")
async def test_a_changed_parent_keeps_its_children_and_indexes_where_the_stock_migrator_loses_them(
    app: App, empty_database: str
) -> None:
    copy = f"{empty_database}-stock"
    await migrate(empty_database, **app.modules)
    fill(empty_database)
    before = ask(empty_database, INDEXES)
    assert before == [("room_spanish",), ("room_title",)]
    ask(empty_database, "PRAGMA wal_checkpoint(TRUNCATE)")
    file(copy).write_bytes(file(empty_database).read_bytes())
    app.add("0002_longer", SECOND)

    stock = app.start(STOCK, copy)
    assert stock.wait(30) == 0, stock.communicate()[1]
    stock.communicate()
    assert ask(copy, "SELECT count(*) FROM line") == [(0,)]
    assert ask(copy, INDEXES) == []

    assert await migrate(empty_database, **app.modules) == ["0002_longer"]
    assert ask(empty_database, "SELECT count(*) FROM line") == [(5,)]
    assert set(before) <= set(ask(empty_database, INDEXES))
    with pytest.raises(sqlite3.IntegrityError):  # unique_together came back as well
        ask(empty_database, "INSERT INTO room (id, title, brand, language) VALUES (2, 'one', 7, 'en')")
    assert [row[2:5] for row in ask(empty_database, "PRAGMA foreign_key_list(line)")] == [("room", "room_id", "id")]


@pytest.mark.only("sqlite")
async def test_the_file_is_copied_before_a_migration_and_the_last_three_copies_stay(
    app: App, empty_database: str
) -> None:
    def copies() -> list[str]:
        return sorted(path.name for path in file(empty_database).parent.glob("*.before-*"))

    await migrate(empty_database, **app.modules)
    assert copies() == []  # a new file holds nothing to lose
    fill(empty_database)
    file(empty_database).chmod(0o600)
    for number in range(2, 7):
        text = SECOND.replace("0001_first", "0001_first" if number == 2 else f"000{number - 1}_more")
        app.add(f"000{number}_more", text)
        await migrate(empty_database, **app.modules)
        await migrate(empty_database, **app.modules)
    assert copies() == [f"test.sqlite3.before-{number}" for number in (3, 4, 5)]
    copy = file(empty_database).with_name("test.sqlite3.before-5")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert ask(f"sqlite://{copy}", "SELECT count(*) FROM line") == [(5,)]
    assert ask(f"sqlite://{copy}", "SELECT count(*) FROM tortoise_migrations") == [(5,)]


@pytest.mark.only("sqlite")
async def test_rows_that_point_nowhere_are_told_with_the_copy_from_before(app: App, empty_database: str) -> None:
    await migrate(empty_database, **app.modules)
    app.add("0002_longer", SECOND)
    app.add("0003_orphan", THIRD)
    with pytest.raises(store.BrokenMigration, match=r"rows of line point nowhere.*before-1"):
        await migrate(empty_database, **app.modules)


async def test_two_migrators_at_once_migrate_once(app: App, empty_database: str, db: str) -> None:
    if db == "sqlite":
        app.add("0002_longer", SECOND)
    racers = [app.start(OURS, empty_database) for _ in range(3)]
    told = []
    for racer in racers:
        out, err = await asyncio.to_thread(racer.communicate, timeout=60)
        assert racer.returncode == 0, err
        told.append(out.split())
    everything = ["0001_first", "0002_longer"] if db == "sqlite" else ["0001_first"]
    assert sorted(told) == [[], [], everything]


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """The migrators' lock, held by somebody else."""
    if url.startswith("sqlite"):
        with Path(f"{file(url)}.migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
    yield
    await connection.close()


async def test_a_migrator_waits_for_another_one(app: App, empty_database: str) -> None:
    async with held(empty_database):
        waiting = asyncio.create_task(migrate(empty_database, **app.modules))
        await asyncio.sleep(0.5)
        assert not waiting.done()
    assert await waiting == ["0001_first"]


async def test_a_store_that_is_open_stays_open_while_its_database_is_migrated(app: App, empty_database: str) -> None:
    await migrate(empty_database, **app.modules)
    await store.open_store(empty_database, **app.modules)
    client = get_connection("default")
    app.add("0002_longer", SECOND)
    assert await migrate(empty_database, **app.modules) == ["0002_longer"]
    assert get_connection("default") is client
    assert await store.rows("SELECT count(*) AS n FROM room") == [{"n": 0}]
    await store.close_store()


@pytest.mark.only("postgres")
async def test_a_database_that_is_away_is_not_mistaken_for_an_empty_one(app: App) -> None:
    with pytest.raises(StoreDown):
        await pending("postgres://postgres@127.0.0.1:1/none", **app.modules)


def test_the_migrations_of_a_checkout_are_at_the_top() -> None:
    config = store.tortoise_config("sqlite://x")
    assert config["apps"]["models"]["migrations"] == "migrations"
    assert config["apps"]["models"]["models"] == ["chatmarket.models"]
