from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class ProviderAccount(models.Model):
    """One contract of an account with one SMS provider."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    provider = models.CharField(_("provider"), max_length=32)  # a folder of logs/providers, or the name an import gave
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("provider account")
        verbose_name_plural = _("provider accounts")
        constraints = [
            models.UniqueConstraint("account", Lower("name"), name="provider_account_name_unique_in_account"),
        ]

    def __str__(self) -> str:
        return self.name
