from __future__ import annotations

import secrets

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


def new_token() -> str:
    """The unguessable part of a provider account's callback address: 192 bits, of letters that every gateway leaves
    as they are."""
    return secrets.token_hex(24)


class ProviderAccount(models.Model):
    """One contract of an account with one SMS provider. Messages go out by those that are enabled, in the order of
    ``rank``; one that an import named is there only to be read about."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    provider = models.CharField(_("provider"), max_length=32)  # a folder of logs/providers, or the name an import gave
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    enabled = models.BooleanField(_("send through it"), default=False)
    rank = models.SmallIntegerField(_("order"), default=100)  # the lowest is tried first
    sender = models.CharField(_("sender ID"), max_length=32, blank=True)  # where a message names none
    rate = models.PositiveSmallIntegerField(_("messages a second"), default=10)
    options = models.JSONField(default=dict, blank=True)  # what the provider asks for and may be seen
    secrets = models.TextField(blank=True, editable=False)  # the rest, encrypted: see logs.credentials
    hook_token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)

    class Meta:
        verbose_name = _("provider account")
        verbose_name_plural = _("provider accounts")
        constraints = [
            models.UniqueConstraint("account", Lower("name"), name="provider_account_name_unique_in_account"),
            models.CheckConstraint(condition=models.Q(rate__gte=1), name="provider_account_rate_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class ProviderHealth(models.Model):
    """How one provider account fares: its throughput clock and its circuit. A row of its own, since every batch that
    is sent changes it. There from the first send on."""

    provider_account = models.OneToOneField(
        ProviderAccount, primary_key=True, on_delete=models.CASCADE, db_constraint=False, related_name="health"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="+")
    free_at = models.DateTimeField()  # from when the next message may go: the throughput limit
    faults = models.PositiveSmallIntegerField(default=0)  # of the provider, in a row
    open_since = models.DateTimeField(null=True)  # the circuit is open: nothing goes this way
    open_until = models.DateTimeField(null=True)  # then one message tries it
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    last_heard_at = models.DateTimeField(null=True)  # a callback that was genuine
    refused = models.BigIntegerField(default=0)  # callbacks turned away: forged, stale, garbled

    class Meta:
        verbose_name = _("provider health")
        verbose_name_plural = _("provider health")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(open_since__isnull=True, open_until__isnull=True)
                | models.Q(open_since__isnull=False, open_until__isnull=False),
                name="provider_health_circuit_is_open_or_not",
            ),
        ]
