from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consent.vocabulary import Event, Purpose, Source, Status
from smsadmin.accounts.models import Account

E164 = r"^\+[1-9][0-9]{6,14}$"
ERASED = r"^#[0-9a-f]{15}$"  # the name of a chain whose person was forgotten: consent.erasing


def account_of() -> models.ForeignKey[Account, Account]:
    """Without a constraint, and never cascading: what is evidence outlives what it speaks of."""
    return models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )


class ConsentEvent(models.Model):
    """One thing that happened to the consent of one number for one purpose, or for all. Append-only by trigger, and a
    link of its number's chain (consent.chain). Written by consent.ledger alone."""

    Event = Event
    Source = Source

    id = models.UUIDField(primary_key=True, editable=False)
    account = account_of()
    phone = models.CharField(_("phone"), max_length=16, db_collation="C")  # E.164
    sequence = models.PositiveIntegerField()  # 1, 2, … of this number in this account, as recorded
    purpose = models.SmallIntegerField(_("purpose"), choices=Purpose.choices, null=True)  # null: for all
    event = models.SmallIntegerField(_("event"), choices=Event.choices)
    source = models.SmallIntegerField(_("source"), choices=Source.choices)
    by_id = models.BigIntegerField(null=True)  # who recorded it; nobody where the person did it themselves
    by_name = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"))
    text = models.TextField(_("text"), blank=True)  # exactly as shown to the person, or received from them
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.TextField(_("user agent"), blank=True)
    evidence = models.UUIDField(null=True)  # the reply, message or import that it rests on
    note = models.TextField(_("note"), blank=True)
    salt = models.BinaryField()
    sealed = models.BinaryField()
    previous = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        db_table = "consent_event"
        verbose_name = _("consent event")
        verbose_name_plural = _("consent events")
        constraints = [
            # The history of a number; the proof of its chain.
            models.UniqueConstraint(fields=["account", "phone", "sequence"], name="consent_event_one_chain_a_number"),
            models.CheckConstraint(
                condition=Q(phone__regex=E164) | Q(phone__regex=ERASED), name="consent_event_phone_is_e164"
            ),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="consent_event_sequence_begins_at_1"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="consent_event_purpose_is_known"),
            models.CheckConstraint(condition=Q(event__in=Event.values), name="consent_event_event_is_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="consent_event_source_is_known"),
            models.CheckConstraint(condition=Q(at__lte=F("recorded_at")), name="consent_event_happened_first"),
        ]
        indexes = [
            # Was this row of a file, this request, recorded before? What did this reply change?
            models.Index(fields=["account", "evidence"], condition=~Q(evidence=None), name="consent_event_by_evidence"),
        ]


class ConsentChain(models.Model):
    """The chain of one number in one account: how long it is and how it ends. Locked by who adds to it, so that it
    never forks; and what shows that the last events were taken away."""

    pk = models.CompositePrimaryKey("account_id", "phone")
    account = account_of()
    phone = models.CharField(max_length=16, db_collation="C")
    length = models.PositiveIntegerField()
    digest = models.BinaryField()

    class Meta:
        db_table = "consent_chain"


class ConsentStatus(models.Model):
    """Where consent of one number stands now for one purpose: what consent.replay makes of the ledger, written with
    it."""

    Status = Status

    pk = models.CompositePrimaryKey("account_id", "phone", "purpose")  # eligibility: may these be texted?
    account = account_of()
    phone = models.CharField(_("phone"), max_length=16, db_collation="C")
    purpose = models.SmallIntegerField(_("purpose"), choices=Purpose.choices)
    status = models.SmallIntegerField(_("status"), choices=Status.choices)
    since = models.DateTimeField(_("since"))
    source = models.SmallIntegerField(_("source"), choices=Source.choices)
    event_id = models.UUIDField()  # what brought it there
    last_at = models.DateTimeField()  # when the latest event happened, whether it changed anything or not
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "consent_status"
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(condition=Q(phone__regex=E164), name="consent_status_phone_is_e164"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="consent_status_purpose_is_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="consent_status_status_is_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="consent_status_source_is_known"),
        ]
