"""Periods of the past are found without reading the whole ledger."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):

    # Transactions go on coming in while the index is made.
    atomic = False

    dependencies = [
        ('records', '0030_backtests'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='transaction',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['occurred_at'], name='transaction_time_range'),
        ),
    ]
