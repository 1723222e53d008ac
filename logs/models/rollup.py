"""Roll-ups: counts that overview and lists read instead of the big table. Kept by logs.rollups.

Writers append delta rows in their own transaction (no hot rows), a task squashes them, readers sum. A day is a day of
the account's time zone.
"""

from django.db import models

from smsadmin.accounts.models import Account


class Rollup(models.Model):
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    n = models.BigIntegerField()
    squashed = models.BooleanField(default=False)

    class Meta:
        abstract = True


class MessageDaily(Rollup):
    """So many messages of one day stand in this status for this reason (or a correction of that)."""

    status = models.SmallIntegerField()
    reason = models.SmallIntegerField()

    class Meta:
        db_table = "message_daily"
        indexes = [
            models.Index(fields=["account", "day", "status", "reason"], include=["n"], name="message_daily_read")
        ]


class MessageDailySource(Rollup):
    """The same by source and kind."""

    status = models.SmallIntegerField()
    source = models.SmallIntegerField()  # 0: unknown
    kind = models.SmallIntegerField()

    class Meta:
        db_table = "message_daily_source"
        indexes = [
            models.Index(
                fields=["account", "day", "source", "status"], include=["kind", "n"], name="message_daily_source_read"
            )
        ]


class MessageDailyTemplate(Rollup):
    """The same by template, of messages that have one. Apart from sources and kinds: with them it would have very many
    rows, and their counts would read all of those."""

    status = models.SmallIntegerField()
    template_id = models.BigIntegerField()

    class Meta:
        db_table = "message_daily_template"
        indexes = [
            models.Index(
                fields=["account", "template_id", "day"], include=["status", "n"], name="message_daily_template_read"
            )
        ]


class DeliveryTime(Rollup):
    """Histogram of the time from sending to the delivery receipt: ``bucket`` is round(8 · log2(1 + seconds)), so
    9 % wide."""

    provider_account_id = models.BigIntegerField()  # 0: none
    bucket = models.SmallIntegerField()

    class Meta:
        db_table = "delivery_time"
        indexes = [models.Index(fields=["account", "day"], include=["bucket", "n"], name="delivery_time_read")]
