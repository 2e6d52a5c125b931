"""What the database itself refuses, by triggers: rows of the ledger, of the audit and decisions are only ever added.

They are made by the migrations 0002, 0005, 0006 and 0011; this is how they stand now, for whoever looks whether
they do.
"""

from collections.abc import Mapping

# A row is replaced where one of its keys is taken: by INSERT OR REPLACE, which fires no trigger for the row it deletes
# unless the connection asked for that.
TAKEN = {
    "entry": "id = NEW.id OR key = NEW.key",
    "posting": "id = NEW.id OR (entry_id = NEW.entry_id AND account = NEW.account)",
    "audit": "id = NEW.id",
    "auditlink": "audit_id = NEW.audit_id OR (brand_id = NEW.brand_id AND seq = NEW.seq)",
    "decision": "id = NEW.id OR (case_id = NEW.case_id AND round = NEW.round)",
}
FUNCTION = "added_only"  # PostgreSQL's triggers call it
BODY = " BEGIN RAISE EXCEPTION '% rows are only ever added', TG_TABLE_NAME; END "
# BEFORE (2) DELETE (8), UPDATE (16) or TRUNCATE (32), for each statement: an empty one is refused as well, and so is
# ON CONFLICT DO UPDATE. The bits of pg_trigger.tgtype.
DEEDS = 2 + 8 + 16 + 32
ALWAYS = "A"  # also in a session that plays back another's changes (session_replication_role), where others sleep


def on_sqlite() -> Mapping[str, str]:
    """The statement that makes each trigger, by its name."""
    return {f"{table}_refuses_{deed}": _sqlite(table, deed) for table in TAKEN for deed in _WHEN}


_WHEN = {
    "update": "BEFORE UPDATE ON {table}",
    "delete": "BEFORE DELETE ON {table}",
    "replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {taken})",
}


def _sqlite(table: str, deed: str) -> str:
    when = _WHEN[deed].format(table=table, taken=TAKEN[table])
    refusal = f"BEGIN SELECT RAISE(ABORT, '{table} rows are only ever added'); END"
    return f"CREATE TRIGGER {table}_refuses_{deed} {when} {refusal}"


def on_postgres() -> Mapping[str, str]:
    """The table of each trigger, by its name."""
    return {f"{table}_added_only": table for table in TAKEN}
