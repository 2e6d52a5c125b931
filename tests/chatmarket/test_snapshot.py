"""A new database made in one step is the database that the migrations make, and is there whole or not at all."""

from typing import Any

import pytest
from tortoise.exceptions import BaseORMException

from chatmarket.engines import migrating, snapshot
from chatmarket.engines.config import CONNECTION, MIGRATIONS, MODELS
from chatmarket.store import migrate, pending
from tests.snapshot import replay

# Everything of a schema that has a name and a definition.
SCHEMA = {
    "sqlite": "SELECT type || ' ' || name AS name, sql AS made FROM sqlite_master "
    "WHERE name NOT LIKE 'sqlite%' AND sql IS NOT NULL",
    "postgres": """
        SELECT 'column ' || table_name || '.' || column_name AS name, concat_ws(' ', ordinal_position, data_type,
            character_maximum_length, is_nullable, column_default, is_identity, identity_generation) AS made
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT 'trigger ' || tgname || ' ' || tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger
          WHERE NOT tgisinternal
        UNION ALL SELECT 'constraint ' || conname || ' ' || conrelid::regclass, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'function ' || proname, pg_get_functiondef(oid) FROM pg_proc
          WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'sequence ' || sequencename, concat_ws(' ', data_type, start_value, increment_by, cache_size)
          FROM pg_sequences WHERE schemaname = 'public'""",
}


async def _schema(url: str, db: str) -> dict[str, str]:
    async with migrating._context(url, MODELS, MIGRATIONS) as context:
        found: list[dict[str, Any]] = await context.db(CONNECTION).execute_query_dict(SCHEMA[db])
    # A rebuilt SQLite table and one made at once may be spaced differently.
    return {row["name"]: " ".join(row["made"].split()) for row in found}


async def test_a_new_database_is_what_the_migrations_make(empty_database: str, db: str, database_url: str) -> None:
    await migrate(database_url)  # in one step, here or by whoever asked for this database first
    last = await replay(empty_database)
    made = snapshot.read(MIGRATIONS, db)
    assert made is not None and made[0] == last, f"{last} is not in the snapshot: python -m tests.snapshot"
    assert await _schema(database_url, db) == await _schema(empty_database, db)
    assert not await pending(database_url)


async def test_it_is_made_from_the_snapshot_and_whole_or_not_at_all(empty_database: str, db: str) -> None:
    async with migrating._context(empty_database, MODELS, MIGRATIONS) as context:
        client = context.db(CONNECTION)
        names = await migrating._plan(client, MIGRATIONS)
        with pytest.raises(BaseORMException):
            await snapshot.make(client, [names[-1], *names], MIGRATIONS)  # one name twice breaks at the last statement
    assert await _schema(empty_database, db) == {}
    async with migrating._context(empty_database, MODELS, MIGRATIONS) as context:
        client = context.db(CONNECTION)
        assert await snapshot.make(client, names, MIGRATIONS)
        assert not await snapshot.make(client, names, MIGRATIONS), "it holds tables now"
        assert not await snapshot.make(client, names[:-1], MIGRATIONS), "no snapshot stands for an older one"
    assert not await pending(empty_database)


@pytest.mark.only("postgres")
async def test_a_schema_may_have_any_name_and_tables_further_on_the_path_are_found(empty_database: str) -> None:
    async with migrating._context(empty_database, MODELS, MIGRATIONS) as context:
        client = context.db(CONNECTION)
        name = (await client.execute_query_dict("SELECT current_database() AS name"))[0]["name"]
        # The database's own path, which each later connection takes.
        later = f'ALTER DATABASE "{name}" SET search_path = '
        await client.execute_script(f'CREATE SCHEMA "Chat-Market"; {later} "Chat-Market"')
    names = await migrate(empty_database)
    assert names and not await pending(empty_database)
    async with migrating._context(empty_database, MODELS, MIGRATIONS) as context:
        await context.db(CONNECTION).execute_script(f'CREATE SCHEMA mine; {later} mine, "Chat-Market"')
    async with migrating._context(empty_database, MODELS, MIGRATIONS) as context:
        assert not await snapshot.make(context.db(CONNECTION), names, MIGRATIONS), "a second one would hide the first"
