
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What speaks against numbers, found without reading a period's messages (logs.wrong_numbers): a few in a hundred
    rows."""

    dependencies = [
        ('accounts', '0002_api_keys'),
        ('logs', '0003_pipeline'),
    ]

    operations = [
        migrations.CreateModel(
            name='NumberDismissal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('phone', models.CharField(db_collation='C', max_length=16)),
                ('dismissed_at', models.DateTimeField()),
                ('by_id', models.BigIntegerField(null=True)),
                ('by_name', models.CharField(blank=True, max_length=254)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.account')),
            ],
            options={
                'db_table': 'number_dismissal',
                'constraints': [models.UniqueConstraint(fields=('account', 'phone'), name='number_dismissal_one_a_number')],
            },
        ),
        migrations.RunSQL(
            "CREATE INDEX message_against_number ON message (account_id, id) WHERE number_valid > 1",
            "DROP INDEX message_against_number",
        ),
    ]
