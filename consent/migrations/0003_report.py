"""The SMS Status report, its totals, and what is kept when somebody asks to be forgotten."""

import django.db.models.deletion
from django.db import migrations, models

from smsadmin.tenancy import tenant_primary_key

PURPOSES = [(1, "Marketing"), (2, "Operational")]
STATUSES = [(1, "Pending opt-in"), (2, "Opted in"), (3, "Opted out"), (4, "Denied")]
SOURCES = [
    (1, "Hub"),
    (2, "API"),
    (3, "Import"),
    (4, "App"),
    (5, "POS"),
    (6, "Unsubscribe link"),
    (7, "Reply"),
    (8, "Carrier"),
    (9, "Support"),
]


def account():
    return models.ForeignKey(
        to="accounts.account",
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
    )


# The id by which lists sort: milliseconds of `since`, then what is random in the event's id, as in smsadmin.uuid7.
ROW_ID = """
ALTER TABLE consent_status ADD COLUMN since_id uuid NOT NULL GENERATED ALWAYS AS ((
    lpad(to_hex(greatest(0, floor(extract(epoch FROM since AT TIME ZONE 'UTC') * 1000))::bigint), 12, '0')
    || right(replace(event_id::text, '-', ''), 20))::uuid) STORED;
-- The report, newest first, and its period; with a status; by the end of a number. By a whole number or its beginning
-- the primary key finds it.
CREATE INDEX consent_status_list ON consent_status (account_id, purpose, since_id);
CREATE INDEX consent_status_by_status ON consent_status (account_id, purpose, status, since_id);
CREATE INDEX consent_status_by_suffix ON consent_status (account_id, purpose, "right"(phone, 4), since_id);
"""
NO_ROW_ID = "ALTER TABLE consent_status DROP COLUMN since_id"

COUNT = """
INSERT INTO consent_total (account_id, purpose, status, n, squashed)
SELECT account_id, purpose, status, count(*), true FROM consent_status GROUP BY 1, 2, 3
"""

# One change is allowed: to empty an event of what is personal, under the name of an erasure that is on record.
FORGETTING = """
CREATE OR REPLACE FUNCTION consent_event_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF  (NEW.id, NEW.account_id, NEW.sequence, NEW.purpose, NEW.event, NEW.source, NEW.by_id, NEW.by_name, NEW.at,
             NEW.recorded_at, NEW.evidence, NEW.sealed, NEW.previous, NEW.digest)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.account_id, OLD.sequence, OLD.purpose, OLD.event, OLD.source, OLD.by_id, OLD.by_name, OLD.at,
             OLD.recorded_at, OLD.evidence, OLD.sealed, OLD.previous, OLD.digest)
            AND (NEW.text, NEW.user_agent, NEW.note, NEW.salt) = ('', '', '', ''::bytea) AND NEW.ip IS NULL
            AND OLD.phone LIKE '+%'
            AND EXISTS (SELECT FROM consent_erasure e WHERE e.account_id = OLD.account_id AND e.name = NEW.phone)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'consent_event is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
NO_FORGETTING = """
CREATE OR REPLACE FUNCTION consent_event_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consent_event is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_api_keys"),
        ("consent", "0002_words_desk_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentRow",
            fields=[
                ("id", models.UUIDField(db_column="since_id", editable=False, primary_key=True, serialize=False)),
                ("phone", models.CharField(db_collation="C", max_length=16, verbose_name="phone")),
                ("purpose", models.SmallIntegerField(choices=PURPOSES, verbose_name="purpose")),
                ("status", models.SmallIntegerField(choices=STATUSES, verbose_name="status")),
                ("since", models.DateTimeField(verbose_name="since")),
                ("source", models.SmallIntegerField(choices=SOURCES, verbose_name="source")),
                ("event_id", models.UUIDField()),
                ("last_at", models.DateTimeField(verbose_name="last event")),
                ("account", account()),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "db_table": "consent_status",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ConsentTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.SmallIntegerField(choices=PURPOSES)),
                ("status", models.SmallIntegerField(choices=STATUSES)),
                ("n", models.BigIntegerField()),
                ("squashed", models.BooleanField(default=False)),
                ("account", account()),
            ],
            options={
                "db_table": "consent_total",
                "indexes": [
                    models.Index(fields=["account", "purpose"], name="consent_total_of_account"),
                    models.Index(
                        condition=models.Q(("squashed", False)), fields=["account"], name="consent_total_fresh"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(db_collation="C", max_length=16)),
                ("number_key", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("by_id", models.BigIntegerField(null=True)),
                ("by_name", models.CharField(blank=True, max_length=254)),
                ("events", models.PositiveIntegerField()),
                ("account", account()),
            ],
            options={
                "db_table": "consent_erasure",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "name"), name="consent_erasure_has_a_name")
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptRefusal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "number_key",
                        "purpose",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number_key", models.BinaryField()),
                ("purpose", models.SmallIntegerField(choices=PURPOSES)),
                ("status", models.SmallIntegerField(choices=STATUSES)),
                ("since", models.DateTimeField()),
                ("source", models.SmallIntegerField(choices=SOURCES)),
                ("erasure_id", models.UUIDField()),
                ("account", account()),
            ],
            options={"db_table": "consent_kept"},
        ),
        migrations.RemoveConstraint(model_name="consentevent", name="consent_event_phone_is_e164"),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("phone__regex", "^\\+[1-9][0-9]{6,14}$"), ("phone__regex", "^#[0-9a-f]{15}$"), _connector="OR"
                ),
                name="consent_event_phone_is_e164",
            ),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                condition=models.Q(("evidence", None), _negated=True),
                fields=["account", "evidence"],
                name="consent_event_by_evidence",
            ),
        ),
        tenant_primary_key("consent_total"),
        tenant_primary_key("consent_erasure"),
        migrations.RunSQL(ROW_ID, NO_ROW_ID),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.RunSQL(FORGETTING, NO_FORGETTING),
    ]
