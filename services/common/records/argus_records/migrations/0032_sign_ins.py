"""Who guesses passwords is found by index."""

import django.db.models.fields.json
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('records', '0031_transaction_time_range'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(django.db.models.fields.json.KeyTransform('pair', 'after'), models.F('at'), condition=models.Q(('action__in', ('user.signed_in', 'user.sign_in_refused'))), name='audit_event_sign_in_pair'),
        ),
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(django.db.models.fields.json.KeyTransform('address', 'after'), models.F('at'), condition=models.Q(('action', 'user.sign_in_refused')), name='audit_event_sign_in_address'),
        ),
    ]
