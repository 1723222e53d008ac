from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from logs.models.status_event import Signed
from smsadmin.accounts.models import Account


class Callback(models.Model):
    """One callback of a provider as it came, stored before anything is made of it. A worker takes it, writes what it
    says into the log and deletes it in one transaction; what fails five times is set aside for a person."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    provider_account_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    signed = models.SmallIntegerField(choices=Signed.choices, default=Signed.NONE)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200, blank=True)  # after the token
    query = models.BinaryField(default=b"")  # as it came: some gateways put raw bytes into it
    content_type = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict)  # those that the provider's adapter reads
    body = models.BinaryField(default=b"")
    tries = models.SmallIntegerField(default=0)
    error = models.TextField(blank=True)
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inbox"
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        indexes = [
            # Draining, oldest first; the list of those set aside.
            models.Index(fields=["id"], condition=models.Q(set_aside_at__isnull=True), name="inbox_waiting"),
            models.Index(fields=["account", "id"], condition=models.Q(set_aside_at__isnull=False), name="inbox_aside"),
        ]


class RefusedCallback(models.Model):
    """One callback that was turned away (forged, stale, garbled, too large), cut short, kept for diagnosis."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+"
    )  # none where the address was of no provider account
    provider_account_id = models.BigIntegerField(null=True)
    provider = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()
    status = models.SmallIntegerField()  # what it was answered with
    why = models.TextField()
    remote_address = models.CharField(max_length=45, blank=True)
    request = models.TextField(blank=True)  # method, address and body, cut

    class Meta:
        db_table = "refused_callback"
        verbose_name = _("refused callback")
        verbose_name_plural = _("refused callbacks")
        indexes = [models.Index(fields=["at"], name="refused_callback_by_age")]


class Orphan(models.Model):
    """One thing that a provider said about a message that we do not know (yet): tried again until its message is
    there, then listed for a person. Nothing drops it but a person."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    provider_account_id = models.BigIntegerField()
    event_id = models.UUIDField()  # the dedupe key of what was said
    provider_message_id = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=100, blank=True)  # our own id, where the provider gave one back
    phone = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()
    heard = models.JSONField()  # all of it: see logs.providers.events.Heard
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)  # tried next; none: given up, listed
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orphan"
        verbose_name = _("receipt without a message")
        verbose_name_plural = _("receipts without a message")
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_account_id", "event_id"], name="orphan_said_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="orphan_due"),
            models.Index(fields=["account", "id"], condition=models.Q(dismissed_at__isnull=True), name="orphan_open"),
        ]
