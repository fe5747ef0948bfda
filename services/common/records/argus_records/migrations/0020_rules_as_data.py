"""Rule sets have states, lists are tables, shadows leave results, rules are tallied."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


# The trigger lets nothing change but the column that goes. A version that was in force once is retired; what never was
# is a draft. The guards of the new columns follow in the next migration.
STATES = """
DROP TRIGGER append_only ON ruleset_version;
DROP FUNCTION refuse_all_but_live();
UPDATE ruleset_version v SET state = CASE
    WHEN live THEN 'live'
    WHEN EXISTS (SELECT FROM audit_event e WHERE e.action = 'ruleset.activated' AND e.object_type = 'ruleset'
        AND e.object_id = v.version::text) THEN 'retired'
    ELSE 'draft' END;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0003_shared_memory'),
    ]

    operations = [
        migrations.CreateModel(
            name='ListEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(db_collation='C', max_length=64)),
                ('reason', models.CharField(max_length=500)),
                ('expires_at', models.DateTimeField(null=True)),
                ('author', models.CharField(max_length=150)),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('added_revision', models.BigIntegerField()),
                ('removed_at', models.DateTimeField(null=True)),
                ('removed_by', models.CharField(max_length=150, null=True)),
                ('removed_why', models.CharField(max_length=500, null=True)),
                ('removed_revision', models.BigIntegerField(null=True)),
            ],
            options={
                'db_table': 'list_entry',
            },
        ),
        migrations.CreateModel(
            name='ListRevision',
            fields=[
                ('id', models.SmallIntegerField(db_default=1, primary_key=True, serialize=False)),
                ('revision', models.BigIntegerField()),
            ],
            options={
                'db_table': 'list_revision',
            },
        ),
        migrations.CreateModel(
            name='ManagedList',
            fields=[
                ('name', models.CharField(db_collation='C', max_length=64, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('customer', 'customers'), ('counterparty', 'counterparties'), ('country', 'countries'), ('device', 'devices')], max_length=16)),
                ('purpose', models.CharField(max_length=200)),
                ('author', models.CharField(max_length=150)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'managed_list',
            },
        ),
        migrations.CreateModel(
            name='RuleTally',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'ruleset', 'shadow', 'code', 'worker', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(help_text='of the decision, UTC')),
                ('ruleset', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='records.rulesetversion')),
                ('shadow', models.BooleanField(help_text='counted while the version was in shadow')),
                ('code', models.CharField(max_length=64)),
                ('worker', models.CharField(max_length=128)),
                ('hits', models.BigIntegerField()),
                ('errors', models.BigIntegerField()),
            ],
            options={
                'db_table': 'rule_tally',
            },
        ),
        migrations.CreateModel(
            name='ShadowBatch',
            fields=[
                ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='shadow', serialize=False, to='records.decisionbatch')),
                ('reviewed', models.IntegerField()),
                ('blocked', models.IntegerField()),
                ('louder', models.IntegerField()),
                ('quieter', models.IntegerField()),
                ('errors', models.IntegerField(help_text='transactions on which a rule of it raised')),
            ],
            options={
                'db_table': 'shadow_batch',
            },
        ),
        migrations.CreateModel(
            name='ShadowDecision',
            fields=[
                ('transaction', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='shadow', serialize=False, to='records.transaction')),
                ('decided', models.CharField(choices=[('approve', 'approve'), ('review', 'review'), ('block', 'block')], help_text='the verdict in force', max_length=8)),
                ('verdict', models.CharField(choices=[('approve', 'approve'), ('review', 'review'), ('block', 'block')], help_text='what it would have been', max_length=8)),
                ('score', models.FloatField()),
                ('gained', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), help_text='codes of reasons that only the shadow has', size=None)),
                ('lost', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), help_text='codes of reasons that only the decision has', size=None)),
                ('reasons', models.JSONField(help_text='list of code, kind, message, weight, as the shadow would have given them')),
            ],
            options={
                'db_table': 'shadow_decision',
            },
        ),
        migrations.AddField(
            model_name='decisionbatch',
            name='lists_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='decisionbatch',
            name='lists_revision',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='rulesetversion',
            name='parent',
            field=models.ForeignKey(help_text='the version that was edited', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='records.rulesetversion'),
        ),
        migrations.AddField(
            model_name='rulesetversion',
            name='state',
            field=models.CharField(choices=[('draft', 'draft'), ('shadow', 'in shadow'), ('live', 'live'), ('retired', 'retired')], db_default='draft', max_length=8),
        ),
        migrations.RunSQL(STATES, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='rulesetversion',
            name='ruleset_one_live',
        ),
        migrations.RemoveField(
            model_name='rulesetversion',
            name='live',
        ),
        migrations.AddConstraint(
            model_name='decisionbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lists_at__isnull', True), ('lists_revision__isnull', True)), models.Q(('lists_at__isnull', False), ('lists_revision__isnull', False)), _connector='OR'), name='decision_batch_lists_and_when'),
        ),
        migrations.AddConstraint(
            model_name='rulesetversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'shadow', 'live', 'retired'])), name='ruleset_state_known'),
        ),
        migrations.AddConstraint(
            model_name='rulesetversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'live')), fields=('state',), name='ruleset_one_live'),
        ),
        migrations.AddConstraint(
            model_name='rulesetversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'shadow')), fields=('state',), name='ruleset_one_shadow'),
        ),
        migrations.AddConstraint(
            model_name='listrevision',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='list_revision_one_row'),
        ),
        migrations.AddConstraint(
            model_name='managedlist',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['customer', 'counterparty', 'country', 'device'])), name='managed_list_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='managedlist',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '^[a-z][a-z0-9_]*$')), name='managed_list_name_form'),
        ),
        migrations.AddField(
            model_name='listentry',
            name='list',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='records.managedlist'),
        ),
        migrations.AddField(
            model_name='shadowbatch',
            name='ruleset',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='records.rulesetversion'),
        ),
        migrations.AddField(
            model_name='shadowdecision',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='records.shadowbatch'),
        ),
        migrations.AddIndex(
            model_name='listentry',
            index=models.Index(fields=['list', '-id'], name='list_entry_newest'),
        ),
        migrations.AddConstraint(
            model_name='listentry',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_revision__isnull', True)), fields=('list', 'value'), name='list_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='listentry',
            constraint=models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='list_entry_value_given'),
        ),
        migrations.AddConstraint(
            model_name='listentry',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='list_entry_reason_given'),
        ),
        migrations.AddConstraint(
            model_name='listentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at__isnull', True), ('removed_by__isnull', True), ('removed_revision__isnull', True), ('removed_why__isnull', True)), models.Q(('removed_at__isnull', False), ('removed_by__isnull', False), ('removed_revision__gt', models.F('added_revision')), ('removed_why__isnull', False)), _connector='OR'), name='list_entry_removed_by_whom_and_why'),
        ),
        migrations.AddConstraint(
            model_name='ruletally',
            constraint=models.CheckConstraint(condition=models.Q(('hits__gte', 0), ('errors__gte', 0)), name='rule_tally_counts'),
        ),
        migrations.AddIndex(
            model_name='shadowbatch',
            index=models.Index(fields=['ruleset', '-batch'], name='shadow_batch_newest'),
        ),
        migrations.AddConstraint(
            model_name='shadowbatch',
            constraint=models.CheckConstraint(condition=models.Q(('blocked__gte', 0), ('errors__gte', 0), ('louder__gte', 0), ('quieter__gte', 0), ('reviewed__gte', 0)), name='shadow_batch_tallies'),
        ),
        migrations.AddIndex(
            model_name='shadowdecision',
            index=models.Index(fields=['batch', 'transaction'], name='shadow_decision_batch'),
        ),
        migrations.AddConstraint(
            model_name='shadowdecision',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['approve', 'review', 'block']), ('decided__in', ['approve', 'review', 'block'])), name='shadow_decision_verdicts_known'),
        ),
        migrations.AddConstraint(
            model_name='shadowdecision',
            constraint=models.CheckConstraint(condition=models.Q(('score__gte', 0), ('score__lte', 1)), name='shadow_decision_score_range'),
        ),
    ]
