"""The ledger and the audit refuse what got past their triggers, and the triggers of a used database are made whole.

SQLite: INSERT OR REPLACE deletes the row whose place it takes, and fires no trigger for that. PostgreSQL: a session
that plays back another's changes (session_replication_role = replica) fires only triggers that are enabled always.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

TAKEN = {
    "entry": "id = NEW.id OR key = NEW.key",
    "posting": "id = NEW.id OR (entry_id = NEW.entry_id AND account = NEW.account)",
    "audit": "id = NEW.id",
    "auditlink": "audit_id = NEW.audit_id OR (brand_id = NEW.brand_id AND seq = NEW.seq)",
}


async def protect(apps, schema_editor):
    client = schema_editor.client
    if client.capabilities.dialect == "sqlite":
        for table, taken in TAKEN.items():
            await _sqlite(client, table, "update", f"BEFORE UPDATE ON {table}")
            await _sqlite(client, table, "delete", f"BEFORE DELETE ON {table}")
            exists = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})"
            await _sqlite(client, table, "replace", f"BEFORE INSERT ON {table} {exists}")
        return
    await client.execute_query(
        "CREATE OR REPLACE FUNCTION added_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME; END $$")
    for table in TAKEN:
        await client.execute_query(f"DROP TRIGGER IF EXISTS {table}_added_only ON {table}")
        await client.execute_query(
            f"CREATE TRIGGER {table}_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION added_only()")
        await client.execute_query(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_added_only")


async def _sqlite(client, table, deed, when):
    await client.execute_query(f"DROP TRIGGER IF EXISTS {table}_refuses_{deed}")
    await client.execute_query(
        f"CREATE TRIGGER {table}_refuses_{deed} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are only ever added'); END")


async def unprotect(apps, schema_editor):
    client = schema_editor.client
    for table in TAKEN:
        if client.capabilities.dialect == "sqlite":
            await client.execute_query(f"DROP TRIGGER IF EXISTS {table}_refuses_replace")
        else:
            await client.execute_query(f"ALTER TABLE {table} ENABLE TRIGGER {table}_added_only")


class Migration(migrations.Migration):
    dependencies = [("models", "0005_audit_chained")]
    operations = [ops.RunPython(protect, unprotect)]
