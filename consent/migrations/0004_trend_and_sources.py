"""Totals by day, for what changed in a month; the report by a rare source."""

from django.db import migrations, models

BY_SOURCE = """
CREATE INDEX consent_status_by_source ON consent_status (account_id, purpose, source, since_id);
"""
# What was counted before any day was kept, told apart by when each number came to stand so.
COUNT = """
DELETE FROM consent_total;
INSERT INTO consent_total (account_id, purpose, status, day, n, squashed)
SELECT s.account_id, purpose, status,
       CASE WHEN since > now() - interval '40 days' THEN (since AT TIME ZONE a.time_zone)::date END, count(*), true
FROM consent_status s JOIN accounts_account a ON a.id = s.account_id GROUP BY 1, 2, 3, 4
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_report")]

    operations = [
        migrations.AddField(model_name="consenttotal", name="day", field=models.DateField(null=True)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(BY_SOURCE, "DROP INDEX consent_status_by_source"),
    ]
