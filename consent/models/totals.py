from __future__ import annotations

from django.db import models

from consent.models.ledger import account_of
from consent.vocabulary import Purpose, Status


class ConsentTotal(models.Model):
    """How many numbers of an account stand so, by the day since when. Each change adds rows of its own (+1 here, −1
    there), so that nobody waits for a counter; consent.totals sums them up, and so does who reads."""

    account = account_of()
    purpose = models.SmallIntegerField(choices=Purpose.choices)
    status = models.SmallIntegerField(choices=Status.choices)
    day = models.DateField(null=True)  # in the account's zone; null: longer ago than consent.totals.KEPT
    n = models.BigIntegerField()
    squashed = models.BooleanField(default=False)

    class Meta:
        db_table = "consent_total"
        indexes = [
            models.Index(fields=["account", "purpose"], name="consent_total_of_account"),  # the SMS Status report
            models.Index(fields=["account"], condition=models.Q(squashed=False), name="consent_total_fresh"),
        ]
