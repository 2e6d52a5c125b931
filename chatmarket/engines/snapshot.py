"""A new database in one step: what all migrations together make, for replaying them costs more with each release.

`migrations/fresh_sqlite.sql` and `fresh_postgres.sql` are written by `python -m tests.snapshot`, and a test holds that
they make what the migrations make. Their first line names the last migration they stand for.
"""

from importlib import resources

from tortoise.backends.base.client import BaseDBAsyncClient

from chatmarket.engines.config import APP

HEADER = "-- The schema after "
# A PostgreSQL may hold other people's tables in other schemas, and ours in a later one of the search path.
EMPTY = {
    "sqlite": "SELECT count(*) AS n FROM sqlite_master",
    "postgres": "SELECT count(*) + (to_regclass('tortoise_migrations') IS NOT NULL)::int AS n FROM pg_class "
    "WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())",
}


def read(migrations: str, dialect: str) -> tuple[str, str] | None:
    """(last migration, SQL) of the snapshot beside the migrations of a package, or None where there is none."""
    file = resources.files(migrations) / f"fresh_{dialect}.sql"
    if not file.is_file():
        return None
    first, sql = file.read_text(encoding="utf-8").split("\n", 1)
    return first.removeprefix(HEADER), sql


async def make(client: BaseDBAsyncClient, names: list[str], migrations: str) -> bool:
    """Whether an empty database now holds what `names`, all migrations there are, would have made one by one.

    All of it is there afterwards, or nothing. False, and nothing done, where the database holds anything, or where no
    snapshot stands for the last of `names`.
    """
    dialect = "sqlite" if client.capabilities.dialect == "sqlite" else "postgres"
    found = read(migrations, dialect)
    if found is None or found[0] != names[-1]:
        return False
    if (await client.execute_query_dict(EMPTY[dialect]))[0]["n"]:
        return False
    ran = ", ".join(f"('{APP}', '{name}', CURRENT_TIMESTAMP)" for name in names)
    noted = f"INSERT INTO tortoise_migrations (app, name, applied_at) VALUES {ran};"  # noqa: S608 (names of files)
    await client.execute_script(f"BEGIN;\n{found[1]}\n{noted}\nCOMMIT;")
    return True
