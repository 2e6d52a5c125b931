"""What questions about each topic read like, what is learnt of that, and who decided each chat's topic."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0008_guesses')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Example',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='examples', on_delete=OnDelete.RESTRICT)),
                ('language', fields.CharField(max_length=5)),
                ('topic', fields.ForeignKeyField('models.Topic', source_field='topic_id', null=True, db_constraint=True, to_field='id', related_name='examples', on_delete=OnDelete.RESTRICT)),
                ('chat', fields.OneToOneField('models.Chat', source_field='chat_id', null=True, db_constraint=True, to_field='id', related_name='example', on_delete=OnDelete.RESTRICT)),
                ('text', fields.CharField(max_length=500)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'example', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'language', 'topic_id'])], 'pk_attr': 'id', 'table_description': 'A question, and the topic that people found it to be about: masked, without even its tokens.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Lesson',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('brand', fields.ForeignKeyField('models.Brand', source_field='brand_id', db_constraint=True, to_field='id', related_name='lessons', on_delete=OnDelete.RESTRICT)),
                ('language', fields.CharField(max_length=5)),
                ('version', fields.IntField(default=1)),
                ('taken_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('learnt', fields.IntField(default=0)),
                ('learnt_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('counts', fields.BinaryField(null=True)),
                ('threshold', fields.FloatField(default=0)),
                ('examples', fields.IntField(default=0)),
                ('margins_learnt', fields.IntField(default=0)),
                ('margins_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('margins', fields.BinaryField(null=True)),
            ],
            options={'table': 'lesson', 'app': 'models', 'unique_together': (('brand', 'language'),), 'pk_attr': 'id', 'table_description': "What a brand's examples in one language teach. What is learnt of an older version is learnt again by a clock."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Chat',
            name='routed_by',
            # By the database as well: there are chats already, and processes of the version before go on making more.
            field=fields.CharField(default='customer', db_default='customer', max_length=10),
        ),
    ]
