"""Sums by the hour of decisions and of rules, and how far they reach. Begun at nothing: the sweep folds in what is there."""

import django.db.models.expressions
from django.db import migrations, models

# Rows of the present hour are rewritten in place with every fold: room on each page keeps the new version beside the old
# one (HOT). The one row of the mark must be vacuumed long before it fills pages.
STORAGE = """
ALTER TABLE volume_hour SET (fillfactor = 80);
ALTER TABLE rule_hour SET (fillfactor = 80);
ALTER TABLE rollup_mark SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0041_audit_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='RollupMark',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(help_text='decisions up to this place in the feed are in')),
                ('label', models.BigIntegerField(help_text='labels up to this id are in')),
            ],
            options={
                'db_table': 'rollup_mark',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='rollup_mark_is_one')],
            },
        ),
        migrations.CreateModel(
            name='RuleHour',
            fields=[
                ('pk', models.CompositePrimaryKey('hour', 'currency', 'code', blank=True, editable=False, primary_key=True, serialize=False)),
                ('hour', models.DateTimeField(help_text='in which they were decided, its beginning, UTC')),
                ('currency', models.CharField(max_length=3)),
                ('code', models.CharField(max_length=64)),
                ('hits', models.BigIntegerField()),
                ('fraud', models.BigIntegerField(help_text='labelled as fraud')),
                ('genuine', models.BigIntegerField(help_text='labelled as genuine')),
            ],
            options={
                'db_table': 'rule_hour',
                'constraints': [models.CheckConstraint(condition=models.Q(('fraud__gte', 0), ('genuine__gte', 0), ('hits__gte', django.db.models.expressions.CombinedExpression(models.F('fraud'), '+', models.F('genuine')))), name='rule_hour_counts')],
            },
        ),
        migrations.CreateModel(
            name='VolumeHour',
            fields=[
                ('pk', models.CompositePrimaryKey('hour', 'currency', 'verdict', blank=True, editable=False, primary_key=True, serialize=False)),
                ('hour', models.DateTimeField(help_text='in which they were decided, its beginning, UTC')),
                ('currency', models.CharField(max_length=3)),
                ('verdict', models.CharField(choices=[('approve', 'approve'), ('review', 'review'), ('block', 'block')], max_length=8)),
                ('decisions', models.BigIntegerField()),
                ('amount', models.DecimalField(decimal_places=4, max_digits=38)),
                ('fraud', models.BigIntegerField(help_text='labelled as fraud')),
                ('fraud_amount', models.DecimalField(decimal_places=4, max_digits=38)),
                ('genuine', models.BigIntegerField(help_text='labelled as genuine')),
            ],
            options={
                'db_table': 'volume_hour',
                'constraints': [models.CheckConstraint(condition=models.Q(('fraud__gte', 0), ('genuine__gte', 0), ('decisions__gte', django.db.models.expressions.CombinedExpression(models.F('fraud'), '+', models.F('genuine')))), name='volume_hour_counts'), models.CheckConstraint(condition=models.Q(('fraud_amount__gte', 0), ('amount__gte', models.F('fraud_amount'))), name='volume_hour_amounts')],
            },
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
