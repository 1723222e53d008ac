from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from logs.models.campaign import Campaign
from logs.models.provider_account import ProviderAccount
from logs.models.template import Template
from logs.querysets import MessageQuerySet
from logs.statuses import State, Status
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.members.models import Member


class Source(models.IntegerChoices):
    """What asked for a message (C1), and the one that we send by ourselves."""

    FILTER_MEMBERS = 1, _("Filter Members")
    AUTOMATION = 2, _("Automation")
    APP_LOGIN = 3, _("App login code")
    PHONE_VALIDATION = 4, _("Phone validation")
    THIRD_PARTY_IDENTITY = 5, _("Third-party identity")
    POS_PAYMENT = 6, _("POS payment code")
    JOINING_CODE = 7, _("Joining code")
    CONSENT_REGISTRATION = 8, _("Consent, registration")
    CONSENT_POS = 9, _("Consent, POS")
    KEYWORD_ANSWER = 10, _("Answer to a keyword")  # ours: nobody can ask for it (see OURS)

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


# What asks for one-time codes: who reads the code can act as that person.
CODE_SOURCES = (
    Source.APP_LOGIN,
    Source.PHONE_VALIDATION,
    Source.THIRD_PARTY_IDENTITY,
    Source.POS_PAYMENT,
    Source.JOINING_CODE,
)

# What only the product sends (logs.answering): an answer to STOP goes to who has just opted out.
OURS = (Source.KEYWORD_ANSWER,)


class Kind(models.IntegerChoices):
    """Marketing needs an opt-in; operational is what a person asked for or must know."""

    MARKETING = 1, _("Marketing")
    OPERATIONAL = 2, _("Operational")

    @property
    def slug(self) -> str:
        return self.name.lower()


def tenant_reference(to: type[models.Model], label: Any) -> models.ForeignKey:
    """A reference between tenant tables: no constraint (it would forbid dropping a month), no index of its own
    (see sql/message.sql)."""
    return models.ForeignKey(
        to,
        verbose_name=label,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )


class Message(models.Model):
    """One SMS that somebody asked for, whatever became of it.

    The table is partitioned by month on ``id`` (a UUIDv7 of ``requested_at``); its DDL is logs/sql/message.sql,
    its only writer logs.recording.
    ``status`` repeats stage and outcome as the word that lists filter by.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    requested_at = models.DateTimeField(_("requested"))
    sent_at = models.DateTimeField(_("sent"), null=True)  # handed to the provider
    receipt_at = models.DateTimeField(_("receipt"), null=True)  # the provider's latest final word
    updated_at = models.DateTimeField(_("updated"))
    member = tenant_reference(Member, _("member"))
    template = tenant_reference(Template, _("template"))
    sms_user = tenant_reference(SmsUser, _("SMS_USER"))
    campaign = tenant_reference(Campaign, _("campaign"))
    provider_account = tenant_reference(ProviderAccount, _("provider account"))
    source = models.SmallIntegerField(_("source"), choices=Source.choices, null=True)  # unknown for some imports
    kind = models.SmallIntegerField(_("kind"), choices=Kind.choices)
    status = models.SmallIntegerField(_("status"))
    stage = models.SmallIntegerField(_("stage"))
    outcome = models.SmallIntegerField(_("outcome"))
    reason = models.SmallIntegerField(_("reason"), default=0)
    number_valid = models.SmallIntegerField(default=1)
    retry = models.BooleanField(default=False)
    soft = models.BooleanField(default=False)  # our own time-out said so: any real receipt replaces it
    conflict = models.BooleanField(default=False)  # two different final answers were seen
    segments = models.SmallIntegerField(_("segments"), default=1)
    # The fold's winner, so that new events fold in without reading the old ones.
    state_at = models.DateTimeField(null=True)
    state_received_at = models.DateTimeField()
    state_event_id = models.UUIDField()
    state_stage = models.SmallIntegerField()  # the stage that the winner itself proved; `stage` is the highest seen
    labels = ArrayField(models.IntegerField(), default=list, verbose_name=_("labels"))
    price = models.DecimalField(_("cost"), max_digits=12, decimal_places=5, null=True)
    currency = models.CharField(max_length=3, blank=True)
    phone = models.CharField(_("phone"), max_length=16, db_collation="C")  # E.164; '' where there was no number
    sender = models.CharField(_("sender ID"), max_length=32, blank=True)
    reference = models.CharField(_("reference"), max_length=100, blank=True)  # the asking system's own id
    provider_message_id = models.CharField(_("provider's id"), max_length=100, blank=True, db_collation="C")
    body = models.TextField(_("text"), blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        db_table = "message"

    def __str__(self) -> str:
        return f"{self.phone} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def state(self) -> State:
        return State.stored(self.stage, self.outcome, self.reason, self.number_valid, self.retry)

    @property
    def status_word(self) -> Status:
        return Status.stored(self.status)
