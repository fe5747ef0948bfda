"""Backtests: what is asked, how far it is, what came of it."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0021_rules_as_data_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='BacktestRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(blank=True, help_text='version in the registry; none: rules alone; empty: as decided then', max_length=16)),
                ('first_day', models.DateField(help_text="of the transactions' own times, UTC")),
                ('last_day', models.DateField(help_text='the last one, included')),
                ('minutes_per_alert', models.FloatField(help_text='of an analyst')),
                ('requested_by', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('running', 'running'), ('done', 'done'), ('stopped', 'stopped'), ('failed', 'failed')], db_default='queued', max_length=8)),
                ('attempt', models.SmallIntegerField(db_default=0)),
                ('started_at', models.DateTimeField(null=True)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('done', models.BigIntegerField(db_default=0, help_text='transactions counted so far')),
                ('total', models.BigIntegerField(help_text='of so many, once they have been counted', null=True)),
                ('error', models.TextField(blank=True, db_default='')),
                ('result', models.JSONField(help_text='see argus_engine.backtest.Backtest.result', null=True)),
            ],
            options={
                'db_table': 'backtest_run',
            },
        ),
        migrations.AddField(
            model_name='backtestrun',
            name='ruleset',
            field=models.ForeignKey(db_index=False, help_text='null: as decided then', null=True, on_delete=django.db.models.deletion.PROTECT, to='records.rulesetversion'),
        ),
        migrations.AddIndex(
            model_name='backtestrun',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='backtest_unfinished'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(('model__regex', '^(|none|[1-9][0-9]{0,8})$')), name='backtest_model_form'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(('first_day__lte', models.F('last_day'))), name='backtest_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(('minutes_per_alert__gt', 0), ('minutes_per_alert__lte', 1440)), name='backtest_minutes'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('heartbeat_at__isnull', True), ('started_at__isnull', True), ('state', 'queued')), models.Q(('finished_at__isnull', True), ('heartbeat_at__isnull', False), ('started_at__isnull', False), ('state', 'running')), models.Q(('finished_at__isnull', False), ('state__in', ['done', 'stopped', 'failed'])), _connector='OR'), name='backtest_started_and_ended'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('result__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('result__isnull', True)), _connector='OR'), name='backtest_result_when_done'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), models.Q(('error', ''), _negated=True)), models.Q(models.Q(('state', 'failed'), _negated=True), ('error', '')), _connector='OR'), name='backtest_error_when_failed'),
        ),
        migrations.AddConstraint(
            model_name='backtestrun',
            constraint=models.CheckConstraint(condition=models.Q(('done__gte', 0), models.Q(('total__isnull', True), ('done__lte', models.F('total')), _connector='OR')), name='backtest_progress'),
        ),
    ]
