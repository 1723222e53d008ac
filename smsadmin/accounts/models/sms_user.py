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
    key_digest = models.CharField(max_length=64, blank=True, editable=False)  # SHA-256 of its key; '': it has none
    key_hint = models.CharField(max_length=8, blank=True, editable=False)  # the key's last characters, to tell it by
    key_made_at = models.DateTimeField(null=True, editable=False)
    enabled = models.BooleanField(_("may submit"), default=True)

    class Meta:
        verbose_name = _("SMS_USER")
        verbose_name_plural = _("SMS_USERs")
        constraints = [
            models.UniqueConstraint("account", Lower("name"), name="sms_user_name_unique_in_account"),
            models.UniqueConstraint(
                fields=["key_digest"], condition=~models.Q(key_digest=""), name="sms_user_key_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name
