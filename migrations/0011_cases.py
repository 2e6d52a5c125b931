"""What moved a reputation is a row of its own, and a pause is a case that people decide.

Ratings of before become movements: from where the one before had left the score. How sure that score was then is not
known, so it is taken to be as sure as now. A pause of before becomes a case without a dossier.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

MOVED = """
INSERT INTO movement (expert_id, brand_id, chat_id, topic_id, what, resolved, baseline, mu_before, v_before, mu_after,
    v_after, at)
  SELECT r.expert_id, r.brand_id, r.chat_id, r.topic_id, 'rated', r.resolved, r.baseline,
    COALESCE(LAG(r.mu_after) OVER (PARTITION BY r.expert_id, r.brand_id ORDER BY r.at, r.chat_id), 0), s.v, r.mu_after,
    s.v, r.at
  FROM rating r JOIN standing s ON s.expert_id = r.expert_id AND s.brand_id = r.brand_id
  ORDER BY r.at, r.chat_id
"""
PAUSED = """
INSERT INTO gatecase (expert_id, brand_id, state, subject, dossier, opened_at)
  SELECT s.expert_id, s.brand_id, 'open', CAST(s.expert_id AS VARCHAR(11)) || '/' || CAST(s.brand_id AS VARCHAR(11)),
    '{}', COALESCE(s.changed_at, CURRENT_TIMESTAMP)
  FROM standing s WHERE s.state = 'paused'
"""
TAKEN = "id = NEW.id OR (case_id = NEW.case_id AND round = NEW.round)"
REFUSAL = "BEGIN SELECT RAISE(ABORT, 'decision rows are only ever added'); END"


async def carry(apps, schema_editor):
    client = schema_editor.client
    await client.execute_query(MOVED)
    await client.execute_query(PAUSED)
    if client.capabilities.dialect == "sqlite":
        exists = f"WHEN EXISTS (SELECT 1 FROM decision WHERE {TAKEN})"
        for deed, when in (("update", "UPDATE ON"), ("delete", "DELETE ON"), ("replace", "INSERT ON")):
            more = f" {exists}" if deed == "replace" else ""
            await client.execute_query(
                f"CREATE TRIGGER decision_refuses_{deed} BEFORE {when} decision{more} {REFUSAL}")
        return
    await client.execute_query(
        "CREATE TRIGGER decision_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON decision "
        "FOR EACH STATEMENT EXECUTE FUNCTION added_only()")
    await client.execute_query("ALTER TABLE decision ENABLE ALWAYS TRIGGER decision_added_only")


async def leave(apps, schema_editor):
    """The tables go, and their rows and triggers with them."""


class Migration(migrations.Migration):
    dependencies = [('models', '0010_experts_admitted')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Case',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.RESTRICT)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.RESTRICT)),
                ('state', fields.CharField(default='open', max_length=8)),
                ('subject', fields.CharField(null=True, unique=True, max_length=24)),
                ('dossier', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('exam_from', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'gatecase', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'state']), Index(fields=['expert_id', 'brand_id'])], 'pk_attr': 'id', 'table_description': "One pause of one expert's offers. The dossier is what the decision is about, as it was when the gate shut."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Decision',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('models.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='decisions', on_delete=OnDelete.RESTRICT)),
                ('round', fields.SmallIntField()),
                ('by', fields.ForeignKeyField('models.Account', source_field='by_id', db_constraint=True, to_field='id', related_name='decisions', on_delete=OnDelete.RESTRICT)),
                ('what', fields.CharField(max_length=10)),
                ('reason', fields.TextField(unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'decision', 'app': 'models', 'unique_together': (('case', 'round'),), 'pk_attr': 'id', 'table_description': 'What was decided, by whom and why: rows are only ever added.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Movement',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='movements', on_delete=OnDelete.RESTRICT)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='movements', on_delete=OnDelete.RESTRICT)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', null=True, db_constraint=True, to_field='id', related_name='movements', on_delete=OnDelete.RESTRICT)),
                ('topic_id', fields.IntField(null=True)),
                ('what', fields.CharField(max_length=12)),
                ('resolved', fields.BooleanField(null=True)),
                ('left', fields.CharField(null=True, max_length=12)),
                ('undone', fields.BooleanField(default=False, db_default=False)),
                ('baseline', fields.FloatField(null=True)),
                ('mu_before', fields.FloatField()),
                ('v_before', fields.FloatField()),
                ('mu_after', fields.FloatField()),
                ('v_after', fields.FloatField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'movement', 'app': 'models', 'unique_together': (('chat', 'what'),), 'indexes': [Index(fields=['brand_id', 'at']), Index(fields=['expert_id', 'brand_id', 'id'])], 'pk_attr': 'id', 'table_description': "One step of an expert's reputation with a brand, or why a rating made none: enough to explain each score."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Plea',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('models.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='pleas', on_delete=OnDelete.RESTRICT)),
                ('what', fields.CharField(max_length=8)),
                ('text', fields.TextField(unique=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'plea', 'app': 'models', 'unique_together': (('case', 'what'),), 'pk_attr': 'id', 'table_description': 'What the expert says to a case, once before it is decided, and once against the decision.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Attempt',
            name='case',
            field=fields.ForeignKeyField('models.Case', source_field='case_id', null=True, db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.RESTRICT),
        ),
        ops.AlterModelOptions(
            name='Rating',
            options={'table': 'rating', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'at']), Index(fields=['expert_id', 'at'])], 'pk_attr': 'chat_id', 'table_description': 'What a customer said, once per chat; what came of it is its movement.'},
        ),
        ops.AddField(
            model_name='Rating',
            name='blames',
            field=fields.CharField(null=True, max_length=8),
        ),
        ops.AddField(
            model_name='Standing',
            name='reentered',
            field=fields.IntField(null=True),
        ),
        ops.RunPython(carry, leave),
    ]
