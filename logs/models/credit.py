from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class Credit(models.Model):
    """How many segments an account may still send. An account without a row sends without limit."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE)
    balance = models.BigIntegerField(_("segments left"), default=0)

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credit")
        constraints = [
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="credit_is_never_overdrawn"),
        ]


class CreditEntry(models.Model):
    """One change of an account's credit. Append-only by trigger: the balance is the sum of these."""

    class What(models.IntegerChoices):
        TOP_UP = 1, _("top-up")
        RESERVED = 2, _("reserved for messages")
        GIVEN_BACK = 3, _("given back: not sent")
        CORRECTION = 4, _("correction")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_constraint=False, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    what = models.SmallIntegerField(choices=What.choices)
    segments = models.BigIntegerField()  # signed: what it does to the balance
    messages = models.IntegerField(default=0)  # how many messages it was for
    by_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "credit_entry"
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
