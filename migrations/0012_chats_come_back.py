"""Chats come back from experts who give them up, claims are counted and decided, and experts rest or are away."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0011_cases')]

    initial = False

    operations = [
        ops.CreateModel(
            name='HandBack',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='hand_backs', on_delete=OnDelete.RESTRICT)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='hand_backs', on_delete=OnDelete.RESTRICT)),
                ('brand_id', fields.IntField()),
                ('reason', fields.CharField(max_length=12)),
                ('counts', fields.BooleanField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'handback', 'app': 'models', 'unique_together': (('chat', 'expert'),), 'indexes': [Index(fields=['brand_id', 'at']), Index(fields=['expert_id', 'at'])], 'pk_attr': 'id', 'table_description': 'A chat that its expert gave back, or never said a word in. Rows are only ever added.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Ticket',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='tickets', on_delete=OnDelete.RESTRICT)),
                ('returned', fields.SmallIntField()),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='tickets', on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('heard_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('score', fields.FloatField(default=0.0)),
                ('state', fields.CharField(max_length=7)),
                ('mark', fields.CharField(null=True, max_length=64)),
            ],
            options={'table': 'ticket', 'app': 'models', 'unique_together': (('chat', 'returned', 'expert'),), 'indexes': [Index(fields=['expert_id', 'at'])], 'pk_attr': 'id', 'table_description': "A card that was turned in: an expert's claim token works once each time a chat waits."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Chat',
            name='asked_reward',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Chat',
            name='card',
            field=fields.CharField(default='', db_default='', max_length=24),
        ),
        ops.AddField(
            model_name='Chat',
            name='grows_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Chat',
            name='reply_due_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Chat',
            name='returned',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Chat',
            name='ring_before',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Chat',
            name='settles_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['status', 'settles_at']),
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['status', 'reply_due_at']),
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['status', 'grows_at']),
        ),
        ops.AddField(
            model_name='Expert',
            name='away',
            field=fields.CharField(null=True, max_length=8),
        ),
        ops.AddField(
            model_name='Expert',
            name='lost_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Expert',
            name='rests_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Expert',
            name='seen_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Expert',
            index=Index(fields=['available', 'lost_at']),
        ),
        ops.AddField(
            model_name='Standing',
            name='claims_seen_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
