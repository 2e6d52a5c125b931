from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

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
            options={'table': 'reply', 'app': 'models', 'indexes': [Index(fields=['chat_id']), Index(fields=['expert_id', 'at'])], 'pk_attr': 'id', 'table_description': 'What an expert made of an offer: won, lost or declined. Rows are only ever added: they tell why a claim lost.'},
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
    ]
