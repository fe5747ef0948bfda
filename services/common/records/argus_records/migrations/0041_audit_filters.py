"""The audit log's page is read by index, whatever its filter."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('records', '0040_invitations'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(fields=['actor', '-at', '-id'], name='audit_event_actor'),
        ),
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(fields=['action', '-at', '-id'], name='audit_event_action'),
        ),
        AddIndexConcurrently(
            model_name='auditevent',
            index=models.Index(fields=['object_type', '-at', '-id'], name='audit_event_object_type'),
        ),
    ]
