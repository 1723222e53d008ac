from django.db import migrations

# The table of E4 in PRODUCT.md: code, seconds, scope. Users may delete all of them.
SHIPPED = [
    (500, 30 * 86400, "global"),
    (510, 3600, "global"),
    (520, 3600, "account"),
    (530, 0, ""),
    (540, 0, ""),
    (550, 3600, "account"),
    (560, 3600, "global"),
    (570, 3600, "global"),
    (580, 0, ""),
    (590, 0, ""),
]


def ship(apps, schema_editor):
    FailureRule = apps.get_model("blocklist", "FailureRule")
    FailureRule.objects.bulk_create(
        FailureRule(code=code, stop_seconds=seconds, scope=scope) for code, seconds, scope in SHIPPED
    )


class Migration(migrations.Migration):
    dependencies = [("blocklist", "0001_initial")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
