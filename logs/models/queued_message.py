from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class QueuedMessage(models.Model):
    """A message that is still to be handed to a provider. Narrow, so that what is due is found without the big table;
    gone as soon as a provider has taken the message or nothing more will be tried.

    The steps keep a killed worker from losing or doubling a message: only SUBMITTING and UNSURE can have left us, and
    those are never sent again before it is known that they did not arrive.
    """

    class Step(models.IntegerChoices):
        WAITING = 1, _("waiting")  # until due_at
        CLAIMED = 2, _("claimed")  # checked again and given a provider account; nothing has left us
        SUBMITTING = 3, _("being submitted")  # may have left us
        UNSURE = 4, _("unsure whether it was taken")  # asked for at due_at

    message_id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    step = models.SmallIntegerField(choices=Step.choices, default=Step.WAITING)
    priority = models.SmallIntegerField(default=5)  # codes 1, operational 5, marketing 9: the lowest goes first
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # the validity's end: nothing is tried after it
    lease_until = models.DateTimeField(null=True)  # a worker has it until then
    attempt = models.SmallIntegerField(default=0)  # tries so far
    provider_account_id = models.BigIntegerField(null=True)  # of the try that is under way
    pinned_provider_account_id = models.BigIntegerField(null=True)  # by this one and no other, enabled or not: a test
    refused_by = ArrayField(models.BigIntegerField(), default=list)  # provider accounts that will not take it
    held_credit = models.IntegerField(default=0)  # segments reserved, given back if nothing was sent

    class Meta:
        db_table = "send_queue"
        indexes = [
            # Claiming: the due ones of an account, the most urgent first.
            models.Index(fields=["account", "priority", "due_at"], condition=models.Q(step=1), name="send_queue_due"),
            # Those that one provider account refused and another may take; those of a test.
            models.Index(
                fields=["account", "priority", "due_at"],
                condition=models.Q(step=1) & ~models.Q(refused_by=[]),
                name="send_queue_refused",
            ),
            models.Index(
                fields=["account", "pinned_provider_account_id"],
                condition=models.Q(step=1, pinned_provider_account_id__isnull=False),
                name="send_queue_pinned",
            ),
            # Those whose validity is over.
            models.Index(fields=["expires_at"], condition=models.Q(step=1), name="send_queue_expiring"),
            # Sweeping: leases that ran out, unsure ones to be asked for.
            models.Index(fields=["due_at"], condition=models.Q(step__gt=1), name="send_queue_under_way"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(step__in=[1, 2, 3, 4]), name="send_queue_step_is_known"),
            models.CheckConstraint(
                condition=models.Q(step=1) | models.Q(provider_account_id__isnull=False),
                name="send_queue_has_a_provider_once_claimed",
            ),
            models.CheckConstraint(condition=models.Q(held_credit__gte=0), name="send_queue_credit_is_not_negative"),
        ]


class ProviderRef(models.Model):
    """Which message a provider's id speaks of. Kept for two weeks: receipts later than that are found by our own id
    or not at all."""

    pk = models.CompositePrimaryKey("provider_account_id", "provider_message_id")
    provider_account_id = models.BigIntegerField()
    provider_message_id = models.CharField(max_length=100, db_collation="C")
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    message_id = models.UUIDField()
    attempt = models.SmallIntegerField(default=1)
    part = models.SmallIntegerField(default=1)
    parts = models.SmallIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "provider_ref"
        indexes = [models.Index(fields=["created_at"], name="provider_ref_by_age")]  # dropping the old ones


class StatusQuery(models.Model):
    """A message that a provider took and whose end is not known: when to ask next, and when to give up (R4). A
    provider that cannot be asked has one too: its message ends as "no report"."""

    message_id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    provider_account_id = models.BigIntegerField()
    provider_message_id = models.CharField(max_length=100, db_collation="C", blank=True)
    attempt = models.SmallIntegerField(default=1)
    sent_at = models.DateTimeField()
    asked = models.SmallIntegerField(default=0)  # how often so far
    ends_at = models.DateTimeField()  # then nobody waits for a report any longer
    due_at = models.DateTimeField()

    class Meta:
        db_table = "status_query"
        indexes = [models.Index(fields=["due_at"], name="status_query_due")]


class IdempotencyKey(models.Model):
    """A key that an SMS_USER gave with a message, so that the same request, sent again, makes no second one."""

    pk = models.CompositePrimaryKey("account_id", "sms_user_id", "key")
    account_id = models.BigIntegerField()
    sms_user_id = models.BigIntegerField()
    key = models.CharField(max_length=100, db_collation="C")
    message_id = models.UUIDField()
    digest = models.CharField(max_length=64)  # SHA-256 of the request: the same key with another content is an error
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_key"
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]  # dropping the old ones
