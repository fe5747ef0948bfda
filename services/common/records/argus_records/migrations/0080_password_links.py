"""Links to a new password."""

import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0070_score_rollup'),
    ]

    operations = [
        migrations.CreateModel(
            name='PasswordLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('username', models.CharField(max_length=150)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('made_by', models.CharField(max_length=150)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('void_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'password_link',
                'indexes': [models.Index(condition=models.Q(('used_at__isnull', False)), fields=['username', '-used_at'], name='password_link_used')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('used_at__isnull', True), ('void_at__isnull', True)), fields=('username',), name='password_link_one_open'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='password_link_ends_later'), models.CheckConstraint(condition=models.Q(('used_at__isnull', True), ('void_at__isnull', True), _connector='OR'), name='password_link_used_or_void'), models.CheckConstraint(condition=models.Q(('made_by', django.db.models.functions.text.Concat(models.Value('user:'), models.F('username'))), _negated=True), name='password_link_not_for_its_maker')],
            },
        ),
    ]
