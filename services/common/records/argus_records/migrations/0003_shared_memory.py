"""What customers share: its states, how far they are advanced, and what each batch could know."""

from django.db import migrations, models

# States are rewritten in place all the time: room on each page keeps the new version beside the old one (HOT).
# The one row of the mark is rewritten with every fold: it must be vacuumed long before it fills pages.
STORAGE = """
ALTER TABLE shared_state SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE memory_mark SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0002_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeviceLink',
            fields=[
                ('pk', models.CompositePrimaryKey('customer_id', 'device_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.CharField(db_collation='C', max_length=64)),
                ('device_id', models.CharField(db_collation='C', max_length=64)),
            ],
            options={
                'db_table': 'device_link',
            },
        ),
        migrations.CreateModel(
            name='MemoryMark',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(help_text='decisions up to this place in the feed are folded in')),
                ('label', models.BigIntegerField(help_text='labels up to this id are folded in')),
            ],
            options={
                'db_table': 'memory_mark',
            },
        ),
        migrations.CreateModel(
            name='SharedState',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.SmallIntegerField()),
                ('key', models.CharField(db_collation='C', max_length=64)),
                ('state', models.BinaryField()),
            ],
            options={
                'db_table': 'shared_state',
            },
        ),
        migrations.AddField(
            model_name='decisionbatch',
            name='memory_label',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='decisionbatch',
            name='memory_position',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name='decisionbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('memory_label__isnull', True), ('memory_position__isnull', True)), models.Q(('memory_label__isnull', False), ('memory_position__isnull', False), ('memory_label__gte', 0), ('memory_position__gte', 0)), _connector='OR'), name='decision_batch_whole_memory'),
        ),
        migrations.AddConstraint(
            model_name='memorymark',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='memory_mark_is_one'),
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
