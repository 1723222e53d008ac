from __future__ import annotations

from django.db import models

from smsadmin.accounts.models import Account


class NumberDismissal(models.Model):
    """Somebody looked at the evidence against a number and kept the number: it is not proposed again until there is
    newer evidence."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="+")
    phone = models.CharField(max_length=16, db_collation="C")
    dismissed_at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=254, blank=True)

    class Meta:
        db_table = "number_dismissal"
        constraints = [
            models.UniqueConstraint(fields=["account", "phone"], name="number_dismissal_one_a_number"),
        ]
