"""What timers look for has an index: rings nobody was told of, practice chats, who rests, whose browsers take pushes."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0016_claims_refused')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['status', 'offered_at']),
        ),
        ops.AddIndex(
            model_name='Chat',
            index=Index(fields=['practice', 'status']),
        ),
        ops.AddIndex(
            model_name='Expert',
            index=Index(fields=['rests_until']),
        ),
        ops.AddIndex(
            model_name='Login',
            index=Index(fields=['account_id']),
        ),
        ops.AddIndex(
            model_name='Subscription',
            index=Index(fields=['login_id']),
        ),
    ]
