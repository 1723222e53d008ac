from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class UnsubscribeLink(models.Model):
    """A short address in a message by which its reader unsubscribes. The address is the id with a signature."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    phone = models.CharField(max_length=16, db_collation="C")  # E.164
    message_id = models.UUIDField(null=True)  # in which it stands
    made_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)  # by a person or a link scanner: nobody can tell

    class Meta:
        verbose_name = _("unsubscribe link")
        verbose_name_plural = _("unsubscribe links")
        constraints = [
            models.UniqueConstraint(fields=["account", "message_id"], name="unsubscribe_link_once_a_message"),
        ]
