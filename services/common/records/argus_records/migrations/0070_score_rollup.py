"""Sums by the hour of scores, with a place of their own in the mark: the sweep folds in what is there, from its beginning.

Programs from before go on folding the other sums meanwhile, and leave this place as it is.
"""

from django.db import migrations, models

# Rows of the present hour are rewritten with every fold: room on each page keeps the new version beside the old one (HOT).
STORAGE = "ALTER TABLE score_hour SET (fillfactor = 80)"


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0060_desk_settings'),
    ]

    operations = [
        migrations.AddField(
            model_name='rollupmark',
            name='scores',
            field=models.BigIntegerField(db_default=0, help_text='scores of decisions up to this place are in'),
        ),
        migrations.CreateModel(
            name='ScoreHour',
            fields=[
                ('pk', models.CompositePrimaryKey('hour', 'model_version', 'bucket', blank=True, editable=False, primary_key=True, serialize=False)),
                ('hour', models.DateTimeField(help_text='in which they were decided, its beginning, UTC')),
                ('model_version', models.CharField(help_text='empty where rules decided alone', max_length=32)),
                ('bucket', models.SmallIntegerField(help_text='from 0, the lowest scores')),
                ('decisions', models.BigIntegerField()),
            ],
            options={
                'db_table': 'score_hour',
                'constraints': [models.CheckConstraint(condition=models.Q(('decisions__gt', 0)), name='score_hour_counts'), models.CheckConstraint(condition=models.Q(('bucket__gte', 0), ('bucket__lt', 15)), name='score_hour_bucket')],
            },
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
