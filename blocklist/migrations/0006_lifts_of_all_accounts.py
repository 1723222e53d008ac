from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blocklist", "0005_list_indexes")]

    operations = [
        migrations.AddField("blockjob", "of_all", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "blockjob",
            models.CheckConstraint(
                condition=models.Q(("of_all", False), ("as_operator", True), _connector="OR"),
                name="block_job_of_all_is_an_operators",
            ),
        ),
    ]
