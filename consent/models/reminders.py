from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account


class ReminderRun(models.Model):
    """One time that somebody reminded those whose opt-in is pending (M5), by e-mail or SMS. The rows are the queue: a
    worker that is killed goes on with what is not claimed."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail with the flyer")
        SMS = "sms", _("Consent request by SMS")

    class State(models.IntegerChoices):
        RUNNING = 1, _("running")
        DONE = 2, _("done")
        STOPPED = 3, _("stopped")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    filters = models.JSONField(default=dict)  # the query of the list that it was begun from
    state = models.SmallIntegerField(choices=State.choices, default=State.RUNNING)
    total = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    excluded = models.JSONField(default=dict)  # how many for which reason
    failed = models.IntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)  # why it waits, such as a mail server that is away
    lease_until = models.DateTimeField(null=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=254, blank=True)
    made_at = models.DateTimeField(_("begun"))
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reminder run")
        verbose_name_plural = _("reminder runs")
        indexes = [
            models.Index(fields=["account", "-id"], name="reminder_run_list"),
            models.Index(fields=["lease_until"], condition=models.Q(state=1), name="reminder_run_waiting"),
        ]


class Reminder(models.Model):
    """One number that one run reminds. All of a run's are written when it begins, which is what it was confirmed for.
    Each is claimed before it is sent: nobody is reminded twice, at worst not at all."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    run = models.ForeignKey(ReminderRun, on_delete=models.CASCADE, db_index=False)
    phone = models.CharField(max_length=16, db_collation="C")
    member_id = models.BigIntegerField()
    at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.UUIDField(null=True)  # of a consent request by SMS
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["run", "phone"], name="reminder_once_a_run"),
        ]
        indexes = [
            models.Index(fields=["account", "phone", "-at"], name="reminder_by_phone"),  # when was the last one?
            models.Index(fields=["run", "id"], condition=models.Q(claimed_at=None), name="reminder_to_do"),
            # Is this message a reminder?
            models.Index(
                fields=["account", "message_id"],
                condition=models.Q(message_id__isnull=False),
                name="reminder_by_message",
            ),
        ]
