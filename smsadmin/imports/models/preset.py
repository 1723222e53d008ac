from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class ImportPresetQuerySet(models.QuerySet["ImportPreset"]):
    def of(self, account: Account) -> ImportPresetQuerySet:
        return self.filter(account=account).order_by(Lower("name"))


class ImportPreset(models.Model):
    """A mapping that an account keeps for files of the same make."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(_("kind"), max_length=32)
    name = models.CharField(_("name"), max_length=60)
    mapping = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ImportPresetQuerySet.as_manager()

    class Meta:
        verbose_name = _("import preset")
        verbose_name_plural = _("import presets")
        constraints = [
            models.UniqueConstraint("account", "kind", Lower("name"), name="import_preset_name_unique_in_account"),
            models.CheckConstraint(condition=~models.Q(name=""), name="import_preset_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
