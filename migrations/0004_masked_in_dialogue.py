"""Messages are masked by what was said before and by the brand's rules; what an expert may not say is kept apart."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [('models', '0003_hidden_and_offered')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Solicitation',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', db_constraint=True, to_field='id', related_name='solicitations', on_delete=OnDelete.RESTRICT)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='solicitations', on_delete=OnDelete.RESTRICT)),
                ('segments', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'solicitation', 'app': 'models', 'indexes': [Index(fields=['chat_id', 'at']), Index(fields=['account_id', 'at'])], 'pk_attr': 'id', 'table_description': "An expert's message that led away from here: never delivered, kept masked for the brand's moderators."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Account',
            name='may_reveal',
            # By the database as well: there are accounts already, and processes of the version before go on making more.
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Brand',
            name='retention_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Brand',
            name='rules',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Login',
            name='proved_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Message',
            name='amended',
            field=fields.IntField(null=True),
        ),
    ]
