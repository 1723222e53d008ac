from django.db import migrations


class Migration(migrations.Migration):
    """For the frequency cap: marketing that waits, or that was planned long before it was sent."""

    dependencies = [
        ("logs", "0005_rollup_by_template"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS message_sent_late ON message (account_id, phone, id) "
            "WHERE kind = 1 AND (sent_at IS NULL AND outcome = 1 OR sent_at - requested_at > interval '7 days')",
            "DROP INDEX message_sent_late",
        ),
    ]
