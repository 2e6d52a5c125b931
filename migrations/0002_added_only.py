"""The ledger and the audit are only ever added to: the database itself refuses to change or delete their rows.

A mistake in money is corrected by another entry; an audit row that can be edited proves nothing.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

TABLES = ("entry", "posting", "audit")


async def protect(apps, schema_editor):
    client = schema_editor.client
    if client.capabilities.dialect == "sqlite":
        for table in TABLES:
            for deed in ("UPDATE", "DELETE"):
                await client.execute_query(
                    f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} rows are only ever added'); END")
        return
    await client.execute_query(
        "CREATE FUNCTION added_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME; END $$")
    for table in TABLES:
        await client.execute_query(
            f"CREATE TRIGGER {table}_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION added_only()")


async def unprotect(apps, schema_editor):
    client = schema_editor.client
    if client.capabilities.dialect == "sqlite":
        for table in TABLES:
            for deed in ("update", "delete"):
                await client.execute_query(f"DROP TRIGGER {table}_refuses_{deed}")
        return
    for table in TABLES:
        await client.execute_query(f"DROP TRIGGER {table}_added_only ON {table}")
    await client.execute_query("DROP FUNCTION added_only()")


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    operations = [ops.RunPython(protect, unprotect)]
