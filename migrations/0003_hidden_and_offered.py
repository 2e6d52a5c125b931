"""A chat counts the values in its vault, and remembers that its offer was told.

The count is how two processes notice that one of them masked a message without knowing what the other had just
learnt. The moment of the offer is how a clock finds the chats whose process died before it told anybody.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

async def count(apps, schema_editor):
    await schema_editor.client.execute_query(
        "UPDATE chat SET hidden = (SELECT count(*) FROM vaultvalue WHERE vaultvalue.chat_id = chat.id), "
        "offered_at = asked_at")


async def keep(apps, schema_editor):
    """Nothing to undo: the columns go."""


class Migration(migrations.Migration):
    dependencies = [('models', '0002_added_only')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='BrandKey',
            options={'table': 'brandkey', 'app': 'models', 'pk_attr': 'brand_id'},
        ),
        ops.AddField(
            model_name='Chat',
            name='hidden',
            # By the database as well: there are chats already, and processes of the version before go on asking.
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Chat',
            name='offered_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterModelOptions(
            name='CustomerKey',
            options={'table': 'customerkey', 'app': 'models', 'pk_attr': 'customer_id'},
        ),
        ops.AlterModelOptions(
            name='Expert',
            options={'table': 'expert', 'app': 'models', 'pk_attr': 'account_id', 'table_description': 'What the market knows of an expert. `live` is settled together with each claim, by a conditional update.'},
        ),
        ops.AlterModelOptions(
            name='Rating',
            options={'table': 'rating', 'app': 'models', 'indexes': [Index(fields=['brand_id', 'at']), Index(fields=['expert_id', 'at'])], 'pk_attr': 'chat_id', 'table_description': 'Once per chat. `baseline` and `mu` are kept so that each movement of a reputation can be explained.'},
        ),
        ops.RunPython(count, keep),
    ]
