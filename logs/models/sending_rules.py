from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


def all_operational() -> list[int]:
    """Every source (logs.models.Source) but those of codes, which never need an opt-in: whoever calls a message
    operational says that the person asked for it. Also Filter Members, which is where a single SMS is written by
    hand."""
    return [1, 2, 8, 9]


class SendingRules(models.Model):
    """What an account lets go out. An account without a row has the defaults."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE)
    cap_messages = models.PositiveSmallIntegerField(_("marketing messages to one number"), null=True, blank=True)
    cap_hours = models.PositiveSmallIntegerField(
        _("within so many hours"), default=24, validators=[MinValueValidator(1), MaxValueValidator(24 * 31)]
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)  # of the member's zone, else the account's
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    # Sources that may text without an opt-in where the kind is operational. An opt-out for everything still holds.
    without_opt_in = ArrayField(models.SmallIntegerField(), default=all_operational, blank=True)
    max_segments = models.PositiveSmallIntegerField(
        _("longest text, in segments"), default=10, validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    validity_hours = models.PositiveSmallIntegerField(
        _("try for so many hours"), default=24, validators=[MinValueValidator(1), MaxValueValidator(72)]
    )

    class Meta:
        verbose_name = _("sending rules")
        verbose_name_plural = _("sending rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="sending_rules_quiet_hours_begin_and_end",
            ),
        ]


class BlockedWord(models.Model):
    """A word that no text may hold: of one account, or without an account of the whole installation."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, blank=True)
    word = models.CharField(_("word"), max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("blocked word")
        verbose_name_plural = _("blocked words")
        constraints = [
            models.UniqueConstraint(
                "account", Lower("word"), name="blocked_word_once_in_account", nulls_distinct=False
            ),
        ]
