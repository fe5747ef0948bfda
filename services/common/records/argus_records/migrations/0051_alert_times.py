"""Alerts of a time are found without reading all there ever were: see argus_records.selectors.alert_trends."""

from django.db import migrations

OPENED = """CREATE INDEX CONCURRENTLY IF NOT EXISTS alert_opened ON alert (opened_at) INCLUDE (currency)"""
DECIDED = """CREATE INDEX CONCURRENTLY IF NOT EXISTS alert_decided ON alert (decided_at) INCLUDE (currency, status)
    WHERE status IN ('approved', 'blocked')"""


class Migration(migrations.Migration):

    # Alerts go on being opened while the indexes are made.
    atomic = False

    dependencies = [
        ('records', '0050_rollups'),
    ]

    operations = [
        migrations.RunSQL(OPENED, "DROP INDEX IF EXISTS alert_opened"),
        migrations.RunSQL(DECIDED, "DROP INDEX IF EXISTS alert_decided"),
    ]
