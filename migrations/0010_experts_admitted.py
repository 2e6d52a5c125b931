"""Experts apply with brands or are invited, accept their terms and sit their exams; newcomers take one chat at once.

Whoever has enough ratings with a brand keeps the two places they had; everybody else is on probation there.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

async def seat(apps, schema_editor):
    await schema_editor.client.execute_query("UPDATE standing SET capacity = 2 WHERE ratings >= 20")


async def keep(apps, schema_editor):
    """Nothing to undo, the column goes."""


class Migration(migrations.Migration):
    dependencies = [('models', '0009_topics_learned')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Exam',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='exams', on_delete=OnDelete.RESTRICT)),
                ('language', fields.CharField(max_length=5)),
                ('version', fields.IntField()),
                ('state', fields.CharField(default='draft', max_length=10)),
                ('most', fields.IntField()),
                ('minutes', fields.IntField()),
                ('attempts', fields.IntField()),
                ('pause_days', fields.IntField()),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'exam', 'app': 'models', 'unique_together': (('brand', 'language', 'version'),), 'pk_attr': 'id', 'table_description': "One version of a brand's exam in one language. A published one is never changed, only followed by another."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Invitation',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='invitations', on_delete=OnDelete.RESTRICT)),
                ('made_by', fields.ForeignKeyField('models.Account', source_field='made_by_id', db_constraint=True, to_field='id', related_name='invitations', on_delete=OnDelete.RESTRICT)),
                ('note', fields.CharField(default='', max_length=60)),
                ('email', fields.CharField(null=True, max_length=254)),
                ('language', fields.CharField(max_length=5)),
                ('most', fields.IntField()),
                ('used', fields.IntField(default=0)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'invitation', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'made_at']), Index(fields=['ends_at'])], 'pk_attr': 'id', 'table_description': 'A link that lets people apply while it lasts. Whom it is for is forgotten some time after it has ended.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Application',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='applications', on_delete=OnDelete.RESTRICT)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='applications', on_delete=OnDelete.RESTRICT)),
                ('languages', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('invitation', fields.ForeignKeyField('models.Invitation', source_field='invitation_id', null=True, db_constraint=True, to_field='id', related_name='applications', on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'application', 'app': 'models', 'unique_together': (('expert', 'brand'),), 'pk_attr': 'id', 'table_description': 'That somebody applied with a brand, and the languages they want to answer in. The topics are their skills.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attempt',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('exam', fields.ForeignKeyField('models.Exam', source_field='exam_id', db_constraint=True, to_field='id', related_name='attempts_made', on_delete=OnDelete.RESTRICT)),
                ('application', fields.ForeignKeyField('models.Application', source_field='application_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.RESTRICT)),
                ('expert', fields.ForeignKeyField('models.Account', source_field='expert_id', db_constraint=True, to_field='id', related_name='attempts', on_delete=OnDelete.RESTRICT)),
                ('topics', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('drawn', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('state', fields.CharField(default='open', max_length=8)),
                ('sitting', fields.CharField(null=True, unique=True, max_length=40)),
                ('reasons', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('began_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('chat', fields.ForeignKeyField('models.Chat', source_field='chat_id', null=True, db_constraint=True, to_field='id', related_name='practised', on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'attempt', 'app': 'models', 'indexes': [Index(fields=['exam_id', 'state']), Index(fields=['expert_id', 'began_at']), Index(fields=['state', 'ends_at'])], 'pk_attr': 'id', 'table_description': 'One sitting: the questions drawn for it, until when, and what came of it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Question',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('exam', fields.ForeignKeyField('models.Exam', source_field='exam_id', db_constraint=True, to_field='id', related_name='questions', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=10)),
                ('topic_id', fields.IntField(null=True)),
                ('text', fields.TextField(unique=False)),
                ('options', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('right', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('guide', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'question', 'app': 'models', 'indexes': [Index(fields=['exam_id'])], 'pk_attr': 'id', 'table_description': 'A question of the pool: choice, short, language (all scored at once), written or practice (judged by people).'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Answer',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('attempt', fields.ForeignKeyField('models.Attempt', source_field='attempt_id', db_constraint=True, to_field='id', related_name='answers', on_delete=OnDelete.CASCADE)),
                ('question', fields.ForeignKeyField('models.Question', source_field='question_id', db_constraint=True, to_field='id', related_name='answers', on_delete=OnDelete.RESTRICT)),
                ('given', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('right', fields.BooleanField(null=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'answer', 'app': 'models', 'unique_together': (('attempt', 'question'),), 'pk_attr': 'id', 'table_description': 'What was answered to one question of an attempt, once. `right` is null until it is judged.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Terms',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='terms', on_delete=OnDelete.RESTRICT)),
                ('version', fields.IntField()),
                ('texts', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('author', fields.ForeignKeyField('models.Account', source_field='author_id', db_constraint=True, to_field='id', related_name='terms', on_delete=OnDelete.RESTRICT)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'terms', 'app': 'models', 'unique_together': (('brand', 'version'),), 'pk_attr': 'id', 'table_description': 'One version of what a brand asks its experts to accept, never changed and only followed by another.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Acceptance',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='acceptances', on_delete=OnDelete.RESTRICT)),
                ('terms', fields.ForeignKeyField('models.Terms', source_field='terms_id', db_constraint=True, to_field='id', related_name='acceptances', on_delete=OnDelete.RESTRICT)),
                ('language', fields.CharField(max_length=5)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'acceptance', 'app': 'models', 'unique_together': (('account', 'terms'),), 'pk_attr': 'id', 'table_description': 'Who accepted which version, when, and in which language they read it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Vote',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('answer', fields.ForeignKeyField('models.Answer', source_field='answer_id', db_constraint=True, to_field='id', related_name='votes', on_delete=OnDelete.CASCADE)),
                ('voter', fields.ForeignKeyField('models.Account', source_field='voter_id', db_constraint=True, to_field='id', related_name='votes', on_delete=OnDelete.RESTRICT)),
                ('good', fields.BooleanField()),
                ('why', fields.CharField(default='', max_length=300)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'vote', 'app': 'models', 'unique_together': (('answer', 'voter'),), 'pk_attr': 'id', 'table_description': "One judgement of an answer that no machine can score. It is blind: nobody who votes sees another's before."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Brand',
            name='recruiting',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name='Brand',
            name='welcome',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Chat',
            name='practice',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Expert',
            name='time_zone',
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name='Skill',
            name='languages',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Standing',
            name='capacity',
            field=fields.SmallIntField(default=1, db_default=1),
        ),
        ops.RunPython(seat, keep),
    ]
