from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from logs.models.status_event import Signed
from smsadmin.accounts.models import Account


class ReplyEffect(models.IntegerChoices):
    """What a reply did. Written once, by logs.answering."""

    WAITING = 0, _("Not looked at yet")
    UNSUBSCRIBED = 1, _("Unsubscribed")
    RESUBSCRIBED = 2, _("Resubscribed")
    HELPED = 3, _("Help sent")
    DESK = 4, _("To the opt-out desk")
    NOTHING = 5, _("Nothing")
    HELP_ASKED = 6, _("Asked for help, not answered again")
    NO_NUMBER = 7, _("A keyword, but not from a phone number")
    FAILED = 8, _("Could not be dealt with")


class Reply(models.Model):
    """One SMS that somebody sent to us, joined where it came in parts. ``id`` is made from what identifies it, so
    that a repeat is no second row."""

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="+")
    provider_account_id = models.BigIntegerField(null=True)
    provider_message_id = models.CharField(_("provider's id"), max_length=100, blank=True)
    phone = models.CharField(_("from"), max_length=20, db_collation="C")  # E.164 where it is one, else as it came
    recipient = models.CharField(_("to"), max_length=32, blank=True)  # our number, short code or sender ID
    body = models.TextField(_("content"), blank=True)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(_("received"))
    member_id = models.BigIntegerField(null=True)
    message_id = models.UUIDField(null=True)  # the last message before it to this number: what it replies to
    template_id = models.BigIntegerField(null=True)  # of that message
    effect = models.SmallIntegerField(_("what it did"), choices=ReplyEffect.choices, default=ReplyEffect.WAITING)
    opt_out = models.BooleanField(default=False)  # the provider took it as an opt-out, and has answered it
    answer_id = models.UUIDField(null=True)  # the message that answers it
    parts = models.SmallIntegerField(default=1)
    signed = models.SmallIntegerField(choices=Signed.choices, default=Signed.NONE)
    raw = models.TextField(blank=True)

    class Meta:
        db_table = "reply"
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        indexes = [
            models.Index(fields=["account", "-received_at", "-id"], name="reply_list"),  # the list of replies
            models.Index(fields=["account", "phone", "-received_at"], name="reply_by_phone"),  # Member: conversation
            models.Index(fields=["received_at"], condition=models.Q(effect=0), name="reply_waiting"),  # keywords
            # When was this number last answered?
            models.Index(
                fields=["account", "phone", "-received_at"],
                condition=models.Q(answer_id__isnull=False),
                name="reply_answered",
            ),
        ]


class ReplyPart(models.Model):
    """One part of a reply, where the provider does not join them: kept until the other parts are there, or for an
    hour."""

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    provider_account_id = models.BigIntegerField()
    phone = models.CharField(max_length=20, db_collation="C")
    recipient = models.CharField(max_length=32, blank=True)
    reference = models.CharField(max_length=32)  # the sender's phone counts them: soon used again
    part = models.SmallIntegerField()
    parts = models.SmallIntegerField()
    provider_message_id = models.CharField(max_length=100, blank=True)
    body = models.TextField(blank=True)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)  # kept for a day after that, so that a repeat is recognised
    signed = models.SmallIntegerField(choices=Signed.choices, default=Signed.NONE)
    opt_out = models.BooleanField(default=False)
    raw = models.TextField(blank=True)

    class Meta:
        db_table = "reply_part"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "provider_account_id", "phone", "reference", "parts", "part"],
                name="reply_part_once",
            ),
            models.CheckConstraint(
                condition=models.Q(part__gte=1, part__lte=models.F("parts")), name="reply_part_of_parts"
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="reply_part_by_age")]
