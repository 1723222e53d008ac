import django.db.models.deletion
from django.db import migrations, models

from smsadmin.tenancy import tenant_primary_key

BY_TEMPLATE = """
INSERT INTO message_daily_template (account_id, day, status, template_id, n, squashed)
SELECT account_id, day, status, template_id, sum(n), true FROM message_daily_source WHERE template_id <> 0
GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
"""
BY_SOURCE = """
WITH gone AS (DELETE FROM message_daily_source RETURNING *)
INSERT INTO message_daily_source (account_id, day, status, source, kind, n, squashed)
SELECT account_id, day, status, source, kind, sum(n), true FROM gone GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0
"""


class Migration(migrations.Migration):
    """Counts by source and kind stand apart from those by template: together they had fifteen times the rows."""

    dependencies = [
        ('accounts', '0002_api_keys'),
        ('logs', '0004_wrong_numbers'),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageDailyTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('n', models.BigIntegerField()),
                ('squashed', models.BooleanField(default=False)),
                ('status', models.SmallIntegerField()),
                ('template_id', models.BigIntegerField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'db_table': 'message_daily_template',
            },
        ),
        tenant_primary_key("message_daily_template"),
        migrations.RunSQL(
            "CREATE INDEX message_daily_template_squash ON message_daily_template (account_id, day) WHERE NOT squashed",
            "DROP INDEX message_daily_template_squash",
        ),
        migrations.RunSQL(BY_TEMPLATE, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name='messagedailysource',
            name='message_daily_source_read',
        ),
        migrations.RemoveIndex(
            model_name='messagedailysource',
            name='message_daily_template_read',
        ),
        migrations.RemoveField(
            model_name='messagedailysource',
            name='template_id',
        ),
        migrations.RunSQL(BY_SOURCE, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='messagedailysource',
            index=models.Index(fields=['account', 'day', 'source', 'status'], include=('kind', 'n'), name='message_daily_source_read'),
        ),
        migrations.AddIndex(
            model_name='messagedailytemplate',
            index=models.Index(fields=['account', 'template_id', 'day'], include=('status', 'n'), name='message_daily_template_read'),
        ),
    ]
