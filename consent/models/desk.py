from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class DeskItem(models.Model):
    """A reply that smells of an opt-out but holds no keyword: a person decides, within the account's business days."""

    class Decision(models.IntegerChoices):
        OPT_OUT = 1, _("An opt-out")
        NOTHING = 2, _("No opt-out")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    phone = models.CharField(_("phone"), max_length=16, db_collation="C")  # E.164
    reply_id = models.UUIDField()  # what was written: evidence
    text = models.TextField(_("text"))
    received_at = models.DateTimeField(_("received"))
    due_at = models.DateTimeField(_("decide by"))
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=254, blank=True)
    decision = models.SmallIntegerField(_("decision"), choices=Decision.choices, null=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("opt-out desk item")
        verbose_name_plural = _("opt-out desk items")
        constraints = [
            models.UniqueConstraint(fields=["account", "reply_id"], name="desk_item_once_a_reply"),
            models.CheckConstraint(
                condition=models.Q(decision__isnull=True, decided_at__isnull=True)
                | models.Q(decision__isnull=False, decided_at__isnull=False),
                name="desk_item_is_decided_or_not",
            ),
        ]
        indexes = [
            # The desk, oldest first; a number's items.
            models.Index(fields=["account", "due_at", "id"], condition=models.Q(decided_at=None), name="desk_open"),
            models.Index(fields=["account", "phone"], name="desk_by_phone"),
        ]
