"""Moderators are shown why an expert's message was noted: it led away from here, or it may be guessing."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0007_offered_in_rings')]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name='Solicitation',
            options={'table': 'solicitation', 'app': 'models', 'indexes': [Index(fields=['chat_id', 'at']), Index(fields=['account_id', 'at'])], 'pk_attr': 'id', 'table_description': "An expert's message that moderators of the brand should see, masked."},
        ),
        ops.AddField(
            model_name='Solicitation',
            name='why',
            # By the database as well: processes of the version before go on making rows.
            field=fields.CharField(default='solicitation', db_default='solicitation', max_length=12),
        ),
    ]
