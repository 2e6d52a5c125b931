from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0015_doors')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Ticket',
            name='refused',
            field=fields.CharField(null=True, max_length=14),
        ),
    ]
