"""Experts who are away are paged by ways they choose; every notice that leaves is a row."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0013_reviewed')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Reach',
            fields=[
                ('account', fields.OneToOneField('models.Account', source_field='account_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', related_name='reach', on_delete=OnDelete.CASCADE)),
                ('mail', fields.BooleanField(default=False)),
                ('push', fields.BooleanField(default=False)),
                ('webhook', fields.BooleanField(default=False)),
                ('quiet_from', fields.SmallIntField(null=True)),
                ('quiet_to', fields.SmallIntField(null=True)),
                ('paged_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reach', 'app': 'models', 'pk_attr': 'account_id', 'table_description': 'By which ways an expert lets brands page them, all off until they say so. Quiet hours are minutes of a day.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Subscription',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('login', fields.ForeignKeyField('models.Login', source_field='login_id', db_constraint=True, to_field='id', related_name='subscriptions', on_delete=OnDelete.CASCADE)),
                ('endpoint', fields.TextField(unique=False)),
                ('digest', fields.CharField(unique=True, max_length=64)),
                ('public', fields.CharField(max_length=100)),
                ('secret', fields.CharField(max_length=40)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'subscription', 'app': 'models', 'pk_attr': 'id', 'table_description': 'Where one signed-in browser takes pushes. It goes with its login, or when the push service says it is gone.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Notice',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='notices', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=10)),
                ('way', fields.CharField(max_length=8)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', null=True, db_constraint=True, to_field='id', related_name='notices', on_delete=OnDelete.RESTRICT)),
                ('topic', fields.ForeignKeyField('models.Topic', source_field='topic_id', null=True, db_constraint=True, to_field='id', related_name='notices', on_delete=OnDelete.RESTRICT)),
                ('subscription', fields.ForeignKeyField('models.Subscription', source_field='subscription_id', null=True, db_constraint=True, to_field='id', related_name='notices', on_delete=OnDelete.SET_NULL)),
                ('invitation', fields.ForeignKeyField('models.Invitation', source_field='invitation_id', null=True, db_constraint=True, to_field='id', related_name='notices', on_delete=OnDelete.RESTRICT)),
                ('state', fields.CharField(default='waiting', max_length=8)),
                ('tries', fields.SmallIntField(default=0)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('result', fields.CharField(default='', max_length=40)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notice', 'app': 'models', 'indexes': [Index(fields=['state', 'due_at']), Index(fields=['brand_id', 'made_at'])], 'pk_attr': 'id', 'table_description': 'Something that leaves the house for one person by one way: a page or an invitation, and what came of it.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Brand',
            name='paged_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Brand',
            name='paging',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AlterModelOptions(
            name='Reach',
            options={'table': 'reach', 'app': 'models', 'pk_attr': 'account_id', 'table_description': 'By which ways an expert lets brands page them, all off until they say so. Quiet hours are minutes of a day.'},
        ),
    ]
