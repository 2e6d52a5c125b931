from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0014_experts_paged')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Message',
            name='typed',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='Solicitation',
            name='after',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='VaultValue',
            name='given',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
