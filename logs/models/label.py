from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account

CONSENT = "consent"  # of consent requests from the Hub: by it the timeline tells them from other messages


class Label(models.Model):
    """A free tag on messages."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint("account", Lower("name"), name="label_name_unique_in_account"),
        ]

    def __str__(self) -> str:
        return self.name
