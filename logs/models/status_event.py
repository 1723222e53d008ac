from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from logs.models.message import Message
from logs.statuses import Event, State
from smsadmin.accounts.models import Account


class EventSource(models.IntegerChoices):
    """How an event came to be known."""

    SUBMIT = 1, _("provider's answer to the submission")
    WEBHOOK = 2, _("delivery receipt")
    POLL = 3, _("status query")
    TIMEOUT = 4, _("our own time limit")
    OPERATOR = 5, _("a person")
    IMPORT = 6, _("import")
    PLATFORM = 7, _("our own rules and queue")


class Signed(models.IntegerChoices):
    """Whether the provider's signature held."""

    NONE = 0, _("unsigned")
    HELD = 1, _("signed")


class StatusEventQuerySet(models.QuerySet["StatusEvent"]):
    def of(self, message: Message) -> StatusEventQuerySet:
        return self.filter(account_id=message.account_id, message_id=message.pk)


class StatusEvent(models.Model):
    """One thing that was said about a message, kept losslessly. Append-only; ``id`` is made from the dedupe key,
    so a repeat is no second row.

    Partitioned by ``message_id`` on the message table's bounds; DDL in logs/sql/status_event.sql.
    """

    pk = models.CompositePrimaryKey("message_id", "id")
    message = models.ForeignKey(
        Message, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    id = models.UUIDField()
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    source = models.SmallIntegerField(choices=EventSource.choices)
    stage = models.SmallIntegerField()
    outcome = models.SmallIntegerField()
    reason = models.SmallIntegerField()
    number_valid = models.SmallIntegerField()
    retry = models.BooleanField()
    soft = models.BooleanField(default=False)
    attempt = models.SmallIntegerField(default=1)
    part = models.SmallIntegerField(default=1)
    parts = models.SmallIntegerField(default=1)
    signed = models.SmallIntegerField(choices=Signed.choices, default=Signed.NONE)
    provider = models.CharField(max_length=32, blank=True)  # the table of codes that its raw codes are of
    provider_account_id = models.BigIntegerField(null=True)  # whose attempt it speaks of; none for our own and imports
    provider_message_id = models.CharField(max_length=100, blank=True)
    raw_status = models.CharField(max_length=200, blank=True)
    raw_error = models.CharField(max_length=200, blank=True)
    raw_text = models.TextField(blank=True)
    raw = models.TextField(blank=True)  # the body as it came; an imported event: the row as JSON

    objects = StatusEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("status event")
        verbose_name_plural = _("status events")
        db_table = "status_event"

    @property
    def state(self) -> State:
        return State.stored(self.stage, self.outcome, self.reason, self.number_valid, self.retry)

    @property
    def event(self) -> Event:
        return Event(self.id, self.state, self.occurred_at, self.received_at, self.soft)
