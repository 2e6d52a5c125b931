"""Audit rows are chained: each has a place and a digest made with a key that the database does not hold.

Links are a table of their own, so that the audit's rows and triggers stay as they are and processes of the version
before go on writing theirs until they are restarted; flows/auditing vouches for rows without a link.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

async def protect(apps, schema_editor):
    """A link is only ever added, as the row it is about (0002)."""
    client = schema_editor.client
    if client.capabilities.dialect == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            await client.execute_query(
                f"CREATE TRIGGER auditlink_refuses_{deed.lower()} BEFORE {deed} ON auditlink "
                "BEGIN SELECT RAISE(ABORT, 'auditlink rows are only ever added'); END")
        return
    await client.execute_query(
        "CREATE TRIGGER auditlink_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auditlink "
        "FOR EACH STATEMENT EXECUTE FUNCTION added_only()")


async def keep(apps, schema_editor):
    """Nothing to undo: the triggers go with their table."""


class Migration(migrations.Migration):
    dependencies = [('models', '0004_masked_in_dialogue')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AuditHead',
            fields=[
                ('brand', fields.OneToOneField('models.Brand', source_field='brand_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='audit_head', on_delete=OnDelete.RESTRICT)),
                ('seq', fields.IntField(default=0)),
                ('digest', fields.BinaryField()),
                ('key', fields.CharField(max_length=40)),
                ('seal', fields.BinaryField()),
            ],
            options={'table': 'audithead', 'app': 'models', 'pk_attr': 'brand_id', 'table_description': "Where a brand's chain ends: without it, rows taken away from the end would leave no gap."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuditLink',
            fields=[
                ('audit', fields.OneToOneField('models.Audit', source_field='audit_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='link', on_delete=OnDelete.RESTRICT)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.RESTRICT)),
                ('seq', fields.IntField()),
                ('key', fields.CharField(max_length=40)),
                ('digest', fields.BinaryField()),
            ],
            options={'table': 'auditlink', 'app': 'models', 'unique_together': (('brand', 'seq'),), 'pk_attr': 'audit_id', 'table_description': "An audit row's place in its brand's chain: a keyed digest of the row and of the digest before it."},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='AuditHead',
            options={'table': 'audithead', 'app': 'models', 'pk_attr': 'brand_id', 'table_description': "Where a brand's chain ends: without it, rows taken away from the end would leave no gap."},
        ),
        ops.AlterModelOptions(
            name='AuditLink',
            options={'table': 'auditlink', 'app': 'models', 'unique_together': (('brand', 'seq'),), 'pk_attr': 'audit_id', 'table_description': "An audit row's place in its brand's chain: a keyed digest of the row and of the digest before it."},
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['customer_id']),
        ),
        ops.AddIndex(
            model_name='VaultValue',
            index=Index(fields=['mark']),
        ),
        ops.RunPython(protect, keep),
    ]
