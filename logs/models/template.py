from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class Template(models.Model):
    """A text with variables that messages are made from. Its type says what it is for."""

    class Type(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        NOTIFICATION = "notification", _("Notification")
        VERIFICATION = "verification", _("Verification")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(_("name"), max_length=100)
    type = models.CharField(_("type"), max_length=16, choices=Type.choices, default=Type.NOTIFICATION)
    body = models.TextField(_("text"), blank=True)  # variables as {name}; empty where only its name was imported
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.UniqueConstraint("account", Lower("name"), name="template_name_unique_in_account"),
            models.CheckConstraint(
                condition=models.Q(type__in=["marketing", "notification", "verification"]),
                name="template_type_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
