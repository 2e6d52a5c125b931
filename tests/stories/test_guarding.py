"""The database refuses to change what is only ever added, however it is asked; whether it still does is looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tortoise.transactions import in_transaction

from chatmarket.flows import auditing, guarding, verifying
from chatmarket.models import AuditLink, guards
from chatmarket.store import rows
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("cast")


class _Undone(Exception):
    pass


@asynccontextmanager
async def _undone() -> AsyncIterator[None]:
    try:
        async with in_transaction():
            yield
            raise _Undone
    except _Undone:
        pass


async def _row(cast: Cast) -> int:
    shop = await cast.brand()
    mo = await cast.moderator(shop, role="staff")
    return await auditing.write_down(cast.house, shop.id, mo.id, "note")


_AUDIT = (
    "audit (id, brand_id, actor_id, action, facts, at) SELECT id, brand_id, actor_id, 'forged', facts, at FROM audit"
)
_LINK = "auditlink (audit_id, brand_id, seq, key, digest) SELECT audit_id, brand_id, seq, key, digest FROM auditlink"
# Another row of the same place in the chain: its number is free, its place is not.
_PLACE = (
    "auditlink (audit_id, brand_id, seq, key, digest) SELECT {id} + 1000000, brand_id, seq, key, digest FROM auditlink"
)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT OR REPLACE INTO {_AUDIT} WHERE id = {{id}}",
        f"REPLACE INTO {_LINK} WHERE audit_id = {{id}}",
        f"REPLACE INTO {_PLACE} WHERE audit_id = {{id}}",
        f"INSERT INTO {_AUDIT} WHERE id = {{id}} ON CONFLICT (id) DO UPDATE SET action = 'forged'",
        "UPDATE OR REPLACE audit SET action = 'forged' WHERE id = {id}",
    ],
)
async def test_no_row_is_replaced_whatever_the_connection_asked_for(
    cast: Cast, db: str, recursive: str, statement: str
) -> None:
    row = await _row(cast)
    await rows(f"PRAGMA recursive_triggers = {recursive}")
    await rows("PRAGMA foreign_keys = OFF")
    try:
        with pytest.raises(Exception, match="only ever added"):
            await rows(statement.format(id=row))
    finally:
        await rows("PRAGMA foreign_keys = ON")
        await rows("PRAGMA recursive_triggers = ON")
    assert await AuditLink.filter(audit_id=row).count() == 1


@pytest.mark.only("sqlite")
async def test_money_is_not_replaced_by_its_key(cast: Cast, db: str) -> None:
    row = await _row(cast)
    async with _undone():
        entry = "entry (key, brand_id, at) SELECT 'paid:once', brand_id, at FROM audit"
        made = await rows(f"INSERT INTO {entry} WHERE id = {row} RETURNING id")
        posting = f"posting (entry_id, account, currency, amount) VALUES ({made[0]['id']}, 'house', 'EUR', 1)"
        await rows(f"INSERT INTO {posting}")
        await rows("PRAGMA defer_foreign_keys = ON")
        for again in (f"{entry} WHERE id = {row}", posting):
            with pytest.raises(Exception, match="only ever added"):
                await rows(f"REPLACE INTO {again}")


@pytest.mark.only("sqlite")
async def test_our_own_connections_fire_the_triggers_of_what_a_replacement_deletes(cast: Cast, db: str) -> None:
    row = await _row(cast)
    async with _undone():
        await rows("DROP TRIGGER audit_refuses_replace")
        with pytest.raises(Exception, match="only ever added"):
            await rows(f"INSERT OR REPLACE INTO {_AUDIT} WHERE id = {row}")


@pytest.mark.only("postgres")
@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO {_AUDIT} WHERE id = {{id}} ON CONFLICT (id) DO UPDATE SET action = 'forged'",
        "UPDATE audit SET action = 'forged' WHERE id = {id}",
        "DELETE FROM auditlink WHERE audit_id = {id}",
        "TRUNCATE audit CASCADE",
        "TRUNCATE entry CASCADE",
        "MERGE INTO audit USING (SELECT {id} AS id) s ON audit.id = s.id WHEN MATCHED THEN DELETE",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
async def test_no_row_is_changed_whatever_the_session_plays(cast: Cast, db: str, role: str, statement: str) -> None:
    row = await _row(cast)
    with pytest.raises(Exception, match="only ever added"):
        async with in_transaction():
            await rows(f"SET LOCAL session_replication_role = {role}")
            await rows(statement.format(id=row))
    assert await AuditLink.filter(audit_id=row).count() == 1


_OPENED = {
    "sqlite": {
        "audit_refuses_update is missing": ["DROP TRIGGER audit_refuses_update"],
        "posting_refuses_replace is missing": ["DROP TRIGGER posting_refuses_replace"],
        "auditlink_refuses_delete was altered": [
            "DROP TRIGGER auditlink_refuses_delete",
            "CREATE TRIGGER auditlink_refuses_delete BEFORE DELETE ON auditlink BEGIN SELECT 1; END",
        ],
        "quiet on audit is none of ours": [
            "CREATE TRIGGER quiet BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END",
        ],
    },
    "postgres": {
        "audit_added_only is missing": ["DROP TRIGGER audit_added_only ON audit"],
        "entry_added_only was altered or switched off": ["ALTER TABLE entry DISABLE TRIGGER entry_added_only"],
        "posting_added_only was altered or switched off": ["ALTER TABLE posting ENABLE TRIGGER posting_added_only"],
        "auditlink_added_only was altered": [
            "DROP TRIGGER auditlink_added_only ON auditlink",
            "CREATE TRIGGER auditlink_added_only BEFORE UPDATE OF seq OR DELETE ON auditlink "
            "FOR EACH STATEMENT EXECUTE FUNCTION added_only()",
            "ALTER TABLE auditlink ENABLE ALWAYS TRIGGER auditlink_added_only",
        ],
        "the rule quiet on audit is none of ours": ["CREATE RULE quiet AS ON INSERT TO audit DO INSTEAD NOTHING"],
        "quiet on audit is none of ours": [
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER quiet BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION nothing()",
        ],
    },
}
CASES = [
    pytest.param(told, made, marks=pytest.mark.only(db)) for db, all_ in _OPENED.items() for told, made in all_.items()
]


@pytest.mark.parametrize(("told", "statements"), CASES)
async def test_a_trigger_that_is_gone_or_altered_is_a_fault_by_its_name_and_is_put_back(
    cast: Cast, db: str, told: str, statements: list[str]
) -> None:
    assert await guarding.faults() == []
    async with _undone():
        for statement in statements:
            await rows(statement)
        (fault,) = [str(one) async for one in verifying.faults(cast.house.audit_keys) if one.brand == "database"]
        assert told in fault
        for statement in guarding._on_sqlite() if db == "sqlite" else guarding._on_postgres():
            await rows(statement)
        assert await guarding.faults() == ([fault.removeprefix("database: ")] if "none of ours" in told else [])
    assert await guarding.faults() == []


@pytest.mark.only("postgres")
async def test_a_function_that_refuses_nothing_any_more_is_a_fault_of_every_trigger(cast: Cast, db: str) -> None:
    async with _undone():
        await rows(
            "CREATE OR REPLACE FUNCTION added_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
        )
        assert len(await guarding.faults()) == len(guards.on_postgres())
    await guarding.put_back()
    assert await guarding.faults() == []
