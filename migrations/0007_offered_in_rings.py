from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

AT_ONCE = 200  # skills, with all their ratings, in memory
KEPT = 0.99  # of what was, at each further rating, as matching.routing.noted has it when this is written


async def remember(apps, schema_editor):
    """What orders the offers begins with the ratings there are: else the best of years would start as strangers."""
    client = schema_editor.client
    one, two, three = ("?", "?", "?") if client.capabilities.dialect == "sqlite" else ("$1", "$2", "$3")
    last = 0
    while some := await client.execute_query_dict(
        f"SELECT id FROM skill WHERE id > {one} ORDER BY id LIMIT {AT_ONCE}", [last]
    ):
        first, last = some[0]["id"], some[-1]["id"]
        ratings = await client.execute_query_dict(
            "SELECT s.id, r.resolved FROM skill s JOIN rating r ON r.expert_id = s.expert_id "
            f"AND r.topic_id = s.topic_id WHERE s.id BETWEEN {one} AND {two} ORDER BY s.id, r.at, r.chat_id",
            [first, last],
        )
        counted = {}
        for rating in ratings:
            count, positive = counted.get(rating["id"], (0.0, 0.0))
            count = KEPT * count + 1
            counted[rating["id"]] = count, min(count, KEPT * positive + bool(rating["resolved"]))
        for skill, (count, positive) in counted.items():
            await client.execute_query(
                f'UPDATE skill SET "count" = {one}, positive = {two} WHERE id = {three}', [count, positive, skill]
            )


async def keep(apps, schema_editor):
    """Nothing to undo: the columns go."""


class Migration(migrations.Migration):
    dependencies = [('models', '0006_audit_guarded')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Offer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='offers', on_delete=OnDelete.RESTRICT)),
                ('number', fields.SmallIntField()),
                ('seats', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('open', fields.BooleanField()),
                ('state', fields.CharField(default='pending', max_length=10)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'offer', 'app': 'models', 'unique_together': (('chat', 'number'),), 'pk_attr': 'id', 'table_description': 'One ring of a chat. `state` is pending until the chat is claimed, declined by all seats, expired or withdrawn.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reply',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='replies', on_delete=OnDelete.RESTRICT)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='replies', on_delete=OnDelete.RESTRICT)),
                ('what', fields.CharField(max_length=8)),
                ('reason', fields.CharField(null=True, max_length=12)),
                ('behind_ms', fields.IntField(null=True)),
                ('prompt', fields.BooleanField(default=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reply', 'app': 'models', 'unique_together': (('chat', 'expert', 'what'),), 'indexes': [Index(fields=['expert_id', 'at'])], 'pk_attr': 'id', 'table_description': 'What an expert made of an offer: won, lost or declined. Rows are only ever added: they tell why a claim lost.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Brand',
            name='dispatch',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Chat',
            name='ring',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Chat',
            name='widens_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['status', 'widens_at']),
        ),
        ops.AddIndex(
            model_name='Entry',
            index=Index(fields=['brand_id', 'at']),
        ),
        ops.AddField(
            model_name='Skill',
            name='count',
            field=fields.FloatField(default=0.0, db_default=0.0),
        ),
        ops.AddField(
            model_name='Skill',
            name='positive',
            field=fields.FloatField(default=0.0, db_default=0.0),
        ),
        ops.RunPython(remember, keep),
    ]
