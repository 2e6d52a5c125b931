"""Whether the database still refuses what it must, and putting back what it lacks."""

from collections.abc import Iterator
from typing import Any

from chatmarket.models import guards
from chatmarket.store import dialect, rows, unit_of_work

_TABLES = ", ".join(f"'{table}'" for table in guards.TAKEN)
_FOUND = ", ".join(f"to_regclass('{table}')" for table in guards.TAKEN)  # as our statements find them
_ON_SQLITE = f"SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({_TABLES})"  # noqa: S608 - our own words
_ON_POSTGRES = f"""
SELECT t.tgname AS name, c.relname AS tbl_name, t.tgtype AS deeds, t.tgenabled::text AS enabled,
  t.tgqual IS NULL AND t.tgattr::text = '' AS whole, p.proname AS function, p.prosrc AS body, l.lanname AS language
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_language l ON l.oid = p.prolang
WHERE NOT t.tgisinternal AND c.oid IN ({_FOUND})
"""  # noqa: S608
# A rule can turn a statement into nothing, and nobody is told.
_RULES = (
    "SELECT r.rulename AS name, c.relname AS tbl_name FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "  # noqa: S608
    f"WHERE c.oid IN ({_FOUND})"
)


async def faults() -> list[str]:
    """Each trigger that is missing or not as it was made, and each that is none of ours: it may swallow rows."""
    if dialect() == "sqlite":
        found = {row["name"]: row for row in await rows(_ON_SQLITE)}
        ours = guards.on_sqlite()
        right = {name for name, row in found.items() if name in ours and _one_line(row["sql"]) == ours[name]}
        return list(_told(ours, found, right))
    found = {row["name"]: row for row in await rows(_ON_POSTGRES)}
    names = guards.on_postgres()
    right = {name for name, row in found.items() if names.get(name) == row["tbl_name"] and _refuses(row)}
    rules = [f"the rule {row['name']} on {row['tbl_name']} is none of ours" for row in await rows(_RULES)]
    return [*_told(names, found, right), *rules]


def _one_line(sql: str) -> str:
    return " ".join(sql.split())


def _refuses(row: dict[str, Any]) -> bool:
    made = (row["deeds"], row["enabled"], row["function"], row["body"], row["language"])
    return row["whole"] and made == (guards.DEEDS, guards.ALWAYS, guards.FUNCTION, guards.BODY, "plpgsql")


def _told(ours: Any, found: dict[str, dict[str, Any]], right: set[str]) -> Iterator[str]:
    for name in ours:
        if name not in right:
            what = "was altered or switched off" if name in found else "is missing"
            yield f"the trigger {name} {what}: the database lets rows be changed (`chatmarket audit guard`)"
    for name in found.keys() - set(ours):
        yield f"the trigger {name} on {found[name]['tbl_name']} is none of ours"


@unit_of_work
async def put_back() -> None:
    """Makes our triggers anew, as the migrations made them. What was changed meanwhile is found by the chain only."""
    for statement in _on_sqlite() if dialect() == "sqlite" else _on_postgres():
        await rows(statement)


def _on_sqlite() -> Iterator[str]:
    for name, made in guards.on_sqlite().items():
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield made


def _on_postgres() -> Iterator[str]:
    called = f"{guards.FUNCTION}() RETURNS trigger LANGUAGE plpgsql"
    yield f"CREATE OR REPLACE FUNCTION {called} AS $${guards.BODY}$$"
    for name, table in guards.on_postgres().items():
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
        yield (
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {guards.FUNCTION}()"
        )
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"
