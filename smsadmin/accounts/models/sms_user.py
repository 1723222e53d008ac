from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models.account import Account


class SmsUser(models.Model):
    """An SMS_USER: the API identity of an account under which messages are submitted."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    name = models.CharField(_("name"), max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("SMS_USER")
        verbose_name_plural = _("SMS_USERs")
        constraints = [
            models.UniqueConstraint("account", Lower("name"), name="sms_user_name_unique_in_account"),
        ]

    def __str__(self) -> str:
        return self.name
