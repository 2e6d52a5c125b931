"""A database that is in use is brought up to date: its rows, indexes and triggers stay, and what is new is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.executor import MigrationTarget

from chatmarket.engines import migrating
from chatmarket.engines.config import APP, CONNECTION, MIGRATIONS, MODELS
from chatmarket.store import migrate, pending
from matching.routing import Record, noted

Schema = dict[str, str]
Rows = dict[str, list[dict[str, Any]]]

AT = "'2026-01-02 03:04:05+00:00'"
# A row at least of every table that 0001 made, as it stands there: later columns must come by themselves.
ROWS = f"""
INSERT INTO brand (id, slug, name, language, languages, taglines, currency, wait_limit_s, open_admission, created_at)
  VALUES (1, 'lumen', 'Lumen', 'en', '["en","es"]', '{{}}', 'EUR', 120, TRUE, {AT}),
    (2, 'harrier', 'Harrier', 'en', '["en"]', '{{}}', 'EUR', 120, TRUE, {AT});
INSERT INTO account (id, email, name, password_hash, role, brand_id, language, created_at) VALUES
  (1, 'ida@example.com', 'Ida', 'x', 'expert', NULL, 'en', {AT}),
  (2, 'mo@example.com', 'Mo', 'x', 'moderator', 1, 'en', {AT}),
  (3, 'sam@example.com', 'Sam', 'x', 'staff', 1, 'es', {AT});
INSERT INTO login (id, account_id, token_hash, device, made_at, seen_at, ends_at)
  VALUES (1, 2, 'abc', '', {AT}, {AT}, {AT});
INSERT INTO expert (account_id, languages, capacity, live, available) VALUES (1, '["en"]', 2, 1, TRUE);
INSERT INTO topic (id, brand_id, names, reward, position) VALUES (1, 1, '{{"en":"Lamps"}}', 300, 0);
INSERT INTO skill (id, expert_id, topic_id, certified) VALUES (1, 1, 1, TRUE);
INSERT INTO customer (id, brand_id, created_at) VALUES (1, 1, {AT}), (2, 1, {AT});
INSERT INTO brandkey (brand_id, kek, wrapped) VALUES (1, 'first', {{bytes}});
INSERT INTO customerkey (customer_id, wrapped) VALUES (1, {{bytes}}), (2, {{bytes}});
INSERT INTO chat (id, brand_id, topic_id, customer_id, expert_id, status, language, question, reward, currency, seq,
    asked_at, expires_at, said_at)
  VALUES (1, 1, 1, 1, 1, 'live', 'en', '[{{"text":"Why?"}}]', 300, 'EUR', 2, {AT}, {AT}, {AT}),
    (2, 1, 1, 2, 1, 'ended', 'es', '[]', 300, 'EUR', 1, {AT}, {AT}, {AT});
INSERT INTO message (id, chat_id, seq, author, cid, fingerprint, segments, at) VALUES
  (1, 1, 1, 'customer', 'question', {{bytes}}, '[{{"text":"Why?"}}]', {AT}),
  (2, 1, 2, 'expert', '1', {{bytes}}, '[{{"token":"email","n":1}}]', {AT}),
  (3, 2, 1, 'customer', 'question', {{bytes}}, '[]', {AT});
INSERT INTO vaultvalue (id, chat_id, kind, n, sealed, mark) VALUES (1, 1, 'email', 1, {{bytes}}, {{bytes}}),
  (2, 1, 'pin', 1, {{bytes}}, NULL);
INSERT INTO entry (id, key, brand_id, chat_id, at) VALUES (1, 'reward:2', 1, 2, {AT});
INSERT INTO posting (id, entry_id, account, currency, amount) VALUES (1, 1, 'expert:1:payable', 'EUR', 300),
  (2, 1, 'brand:1:due', 'EUR', -300);
INSERT INTO standing (id, expert_id, brand_id, mu, v, ratings, resolved, state, changed_at)
  VALUES (1, 1, 1, 0.5, 1.0, 1, 1, 'open', {AT}), (2, 1, 2, 0.5, 1.0, 0, 0, 'paused', {AT});
INSERT INTO rating (chat_id, brand_id, topic_id, expert_id, resolved, stars, comment, baseline, mu_after, at)
  VALUES (2, 1, 1, 1, TRUE, 5, '[]', 0.5, 0.6, {AT});
INSERT INTO audit (id, brand_id, actor_id, action, chat_id, facts, at) VALUES (1, 1, 2, 'watch', 1, '{{}}', {AT})
"""
INDEXES = {
    "sqlite": "SELECT type || ' ' || name AS name, coalesce(sql, '') AS made FROM sqlite_master "
    "WHERE type IN ('index', 'trigger')",
    "postgres": "SELECT 'index ' || indexname AS name, indexdef AS made FROM pg_indexes WHERE schemaname = 'public' "
    "UNION ALL SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
}


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    async with migrating._context(url, MODELS, MIGRATIONS) as context:
        yield context.db(CONNECTION)


async def _brought_to(url: str, name: str) -> None:
    async with _client(url) as client:
        executor = migrating._Executor(client, migrating._apps(MIGRATIONS))
        await executor.migrate([MigrationTarget(app_label=APP, name=name)], direction="forward")


async def _fill(url: str, db: str) -> None:
    written = ROWS.replace("{bytes}", "x'00ff'" if db == "sqlite" else r"'\x00ff'::bytea")
    async with _client(url) as client:
        await client.execute_script(written)


async def _made(url: str, db: str) -> Schema:
    async with _client(url) as client:
        return {row["name"]: row["made"] for row in await client.execute_query_dict(INDEXES[db])}


async def _rows(url: str, db: str) -> Rows:
    async with _client(url) as client:
        names = {row["name"] for row in await client.execute_query_dict(TABLES[db])} - {"tortoise_migrations"}
        return {name: await client.execute_query_dict(f"SELECT * FROM {name} ORDER BY 1") for name in names}


@pytest.mark.parametrize("version", ["0002_added_only", "0003_hidden_and_offered"])
async def test_a_database_in_use_is_brought_up_to_date_and_loses_nothing(
    version: str, empty_database: str, db: str
) -> None:
    await _brought_to(empty_database, version)
    await _fill(empty_database, db)
    made, before = await _made(empty_database, db), await _rows(empty_database, db)
    assert all(before.values()), "every table has a row"

    assert (await migrate(empty_database))[-1] >= "0005"
    assert not await pending(empty_database)
    now, after = await _made(empty_database, db), await _rows(empty_database, db)
    assert {name: now.get(name) for name in made} == made
    for table, kept in before.items():
        assert [_old(row, kept[0]) for row in after[table]] == [_old(row, kept[0]) for row in kept], table
    assert [bool(row["may_reveal"]) for row in after["account"]] == [False] * 3
    moved = [(row["chat_id"], row["what"], row["mu_before"], row["mu_after"]) for row in after["movement"]]
    assert moved == [(2, "rated", 0, 0.6)], "what moved a score before is explained as well"
    assert [row["subject"] for row in after["gatecase"]] == ["1/2"], "a pause of before is a case"
    assert {"auditlink", "audithead", "solicitation"} <= after.keys()
    assert len([how for name, how in now.items() if name not in made and ("customer_id" in how or "mark" in how)]) == 2


def _old(row: dict[str, Any], columns: dict[str, Any]) -> dict[str, Any]:
    # 0003 itself fills these of what is there.
    return {name: row[name] for name in columns if name not in ("hidden", "offered_at")}


async def test_after_the_upgrade_the_audit_refuses_changes_and_a_process_of_before_still_makes_accounts(
    empty_database: str, db: str
) -> None:
    await _brought_to(empty_database, "0003_hidden_and_offered")
    await _fill(empty_database, db)
    await migrate(empty_database)
    async with _client(empty_database) as client:
        with pytest.raises(Exception, match="only ever added"):
            await client.execute_query("DELETE FROM audit")
        await client.execute_script(
            "INSERT INTO account (id, email, name, password_hash, role, language, created_at) "
            f"VALUES (4, 'eva@example.com', 'Eva', 'x', 'expert', 'en', {AT})"
        )


@pytest.mark.parametrize("whole", [True, False])
async def test_a_chained_database_in_use_refuses_what_got_past_its_triggers(
    whole: bool, empty_database: str, db: str
) -> None:
    await _brought_to(empty_database, "0005_audit_chained")
    await _fill(empty_database, db)
    async with _client(empty_database) as client:
        if not whole:  # somebody took one away: the upgrade puts it back
            await client.execute_query(GONE[db])
    before = await _rows(empty_database, db)
    await migrate(empty_database)
    after = await _rows(empty_database, db)
    for table, kept in before.items():
        assert [_old(row, kept[0]) for row in after[table]] == [_old(row, kept[0]) for row in kept], table
    async with _client(empty_database) as client:
        for statement in ("UPDATE entry SET brand_id = 2", REPLACED[db]):
            with pytest.raises(Exception, match="only ever added"):
                await client.execute_script(statement)


GONE = {"sqlite": "DROP TRIGGER entry_refuses_update", "postgres": "DROP TRIGGER entry_added_only ON entry"}
REPLACED = {
    "sqlite": "PRAGMA recursive_triggers = OFF; REPLACE INTO audit SELECT * FROM audit",
    "postgres": "SET session_replication_role = replica; UPDATE audit SET action = 'forged'",
}


# Of two topics in turn, and told to the database in another order than they came.
VERDICTS = [(3 + n, 1 + n % 2, n % 3 > 0, f"2026-02-{(7 * n) % 23 + 1:02} 03:04:05+00:00") for n in range(23)]


@pytest.mark.parametrize("at_once", [1, 500])
async def test_what_orders_the_offers_begins_with_the_ratings_there_were(
    at_once: int, empty_database: str, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("migrations.0007_offered_in_rings.AT_ONCE", at_once)
    await _brought_to(empty_database, "0006_audit_guarded")
    await _fill(empty_database, db)
    async with _client(empty_database) as client:
        await client.execute_script(
            "INSERT INTO topic (id, brand_id, names, reward, position) VALUES (2, 1, '{}', 300, 1), (3, 1, '{}', 1, 2);"
            "INSERT INTO skill (id, expert_id, topic_id, certified) VALUES (5, 1, 2, TRUE), (9, 1, 3, TRUE);"
        )
        for chat, topic, resolved, at in VERDICTS:
            await client.execute_script(
                "INSERT INTO chat (id, brand_id, topic_id, customer_id, expert_id, status, language, question, reward, "
                "currency, seq, asked_at, expires_at, said_at) VALUES "
                f"({chat}, 1, {topic}, 2, 1, 'ended', 'es', '[]', 300, 'EUR', 1, {AT}, {AT}, {AT});"
                "INSERT INTO rating (chat_id, brand_id, topic_id, expert_id, resolved, stars, comment, baseline, "
                f"mu_after, at) VALUES ({chat}, 1, {topic}, 1, {resolved}, 5, '[]', 0.5, 0.6, '{at}')"
            )
    await migrate(empty_database)
    expected = {1: noted(Record(), True), 2: Record(), 3: Record()}
    for _, topic, resolved, _ in sorted(VERDICTS, key=lambda verdict: verdict[3]):
        expected[topic] = noted(expected[topic], resolved)
    after = await _rows(empty_database, db)
    kept = {row["topic_id"]: (row["count"], row["positive"]) for row in after["skill"]}
    assert kept == {topic: pytest.approx((one.count, one.positive)) for topic, one in expected.items()}
    assert kept[1][0] > kept[1][1] > 1
