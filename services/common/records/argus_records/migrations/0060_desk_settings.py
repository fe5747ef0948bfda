"""What a desk remembers of an account."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0051_alert_times'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeskSetting',
            fields=[
                ('pk', models.CompositePrimaryKey('actor', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('actor', models.CharField(help_text='user:NAME', max_length=150)),
                ('key', models.CharField(max_length=64)),
                ('value', models.JSONField()),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'desk_setting',
                'constraints': [models.CheckConstraint(condition=models.Q(('actor__regex', '^user:.')), name='desk_setting_of_somebody'), models.CheckConstraint(condition=models.Q(('key__regex', '^[a-z][a-z0-9_.]*$')), name='desk_setting_key_form')],
            },
        ),
    ]
