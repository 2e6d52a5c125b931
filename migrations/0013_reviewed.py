"""A person looks at signals and reports before money moves on, and may block who abuses the market.

Decisions are only ever added, as the ledger and the audit are (0006).
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

TABLE, TAKEN = "reviewdecision", "review_id = NEW.review_id"


async def protect(apps, schema_editor):
    client = schema_editor.client
    if client.capabilities.dialect == "sqlite":
        exists = f"BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE {TAKEN})"
        deeds = {"update": f"BEFORE UPDATE ON {TABLE}", "delete": f"BEFORE DELETE ON {TABLE}", "replace": exists}
        for deed, when in deeds.items():
            await client.execute_query(
                f"CREATE TRIGGER {TABLE}_refuses_{deed} {when} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} rows are only ever added'); END")
        return
    await client.execute_query(
        f"CREATE TRIGGER {TABLE}_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION added_only()")
    await client.execute_query(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_added_only")


async def keep(apps, schema_editor):
    """Nothing to undo: the triggers go with their table."""


class Migration(migrations.Migration):
    dependencies = [('models', '0012_chats_come_back')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Block',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='blocks', on_delete=OnDelete.RESTRICT)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', null=True, db_constraint=True, to_field='id', related_name='blocks', on_delete=OnDelete.RESTRICT)),
                ('customer', fields.ForeignKeyField('models.Customer', source_field='customer_id', null=True, db_constraint=True, to_field='id', related_name='blocks', on_delete=OnDelete.RESTRICT)),
                ('mark', fields.CharField(null=True, max_length=64)),
                ('reason', fields.CharField(max_length=300)),
                ('by', fields.ForeignKeyField('models.Account', source_field='by_id', db_constraint=True, to_field='id', related_name='blocks_made', on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('lifted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'block', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'expert_id']), Index(fields=['brand_id', 'mark']), Index(fields=['expert_id'])], 'pk_attr': 'id', 'table_description': 'Who may not take part with a brand: an expert, or the browser of a customer. Over when lifted or at `until`.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Device',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='devices', on_delete=OnDelete.RESTRICT)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='devices', on_delete=OnDelete.RESTRICT)),
                ('side', fields.CharField(max_length=8)),
                ('mark', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'device', 'app': 'models', 'unique_together': (('chat', 'side'),), 'indexes': [Index(fields=['brand_id', 'mark']), Index(fields=['at'])], 'pk_attr': 'id', 'table_description': 'A keyed digest of the browser a chat was asked from, or claimed with. No address and no user agent is in it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Patrol',
            fields=[
                ('brand', fields.OneToOneField('models.Brand', source_field='brand_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='patrol', on_delete=OnDelete.RESTRICT)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'patrol', 'app': 'models', 'pk_attr': 'brand_id', 'table_description': "Up to when a brand's ended and rated chats have been looked at for signals."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Review',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='reviews', on_delete=OnDelete.RESTRICT)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='reviews', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=20)),
                ('seen', fields.IntField(default=0)),
                ('of', fields.IntField(default=0)),
                ('usual', fields.FloatField(default=0.0)),
                ('state', fields.CharField(default='open', max_length=8)),
                ('place', fields.CharField(null=True, unique=True, max_length=60)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'review', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'state', 'at']), Index(fields=['expert_id', 'brand_id'])], 'pk_attr': 'id', 'table_description': 'One signal about an expert, or one report, from when it was noticed until a person has decided.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Evidence',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('review', fields.ForeignKeyField('models.Review', source_field='review_id', db_constraint=True, to_field='id', related_name='evidence', on_delete=OnDelete.RESTRICT)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='evidence', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'evidence', 'app': 'models', 'unique_together': (('review', 'chat'),), 'indexes': [Index(fields=['chat_id'])], 'pk_attr': 'id', 'table_description': 'A chat that a review rests on.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Report',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='reports', on_delete=OnDelete.RESTRICT)),
                ('side', fields.CharField(max_length=8)),
                ('review', fields.OneToOneField('models.Review', source_field='review_id', db_constraint=True, to_field='id', related_name='report', on_delete=OnDelete.RESTRICT)),
                ('reason', fields.CharField(max_length=10)),
                ('words', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'report', 'app': 'models', 'unique_together': (('chat', 'side'),), 'pk_attr': 'id', 'table_description': 'What one side of a chat told the brand about the other, masked, once.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ReviewDecision',
            fields=[
                ('review', fields.OneToOneField('models.Review', source_field='review_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='decision', on_delete=OnDelete.RESTRICT)),
                ('actor', fields.ForeignKeyField('models.Account', source_field='actor_id', db_constraint=True, to_field='id', related_name='review_decisions', on_delete=OnDelete.RESTRICT)),
                ('what', fields.CharField(max_length=8)),
                ('note', fields.CharField(max_length=300)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reviewdecision', 'app': 'models', 'pk_attr': 'review_id', 'table_description': 'What a person decided about a review, once. Rows are only ever added.'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['brand_id', 'ended_at']),
        ),
        ops.AddIndex(
            model_name='Entry',
            index=Index(fields=['chat_id']),
        ),
        ops.AlterModelOptions(
            name='Patrol',
            options={'table': 'patrol', 'app': 'models', 'pk_attr': 'brand_id', 'table_description': "Up to when a brand's ended and rated chats have been looked at for signals."},
        ),
        ops.AlterModelOptions(
            name='ReviewDecision',
            options={'table': 'reviewdecision', 'app': 'models', 'pk_attr': 'review_id', 'table_description': 'What a person decided about a review, once. Rows are only ever added.'},
        ),
        ops.RunPython(protect, keep),
    ]
