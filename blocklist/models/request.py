from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blocklist.models.entry import BlockEntry
from smsadmin.accounts.models import Account


class RemovalRequestQuerySet(models.QuerySet["RemovalRequest"]):
    def of(self, account: Account) -> RemovalRequestQuerySet:
        return self.filter(account=account)

    def waiting(self) -> RemovalRequestQuerySet:
        return self.filter(state=RemovalRequest.State.OPEN)

    def unread_by(self, user_id: int) -> RemovalRequestQuerySet:
        """Answers that the one who asked has not seen."""
        return self.filter(by_id=user_id, decided_at__isnull=False, read_at=None)


class RemovalRequest(models.Model):
    """Somebody of an account says that a number works which an entry stops that is not theirs to lift (E5). Written by
    blocklist.requests alone."""

    class State(models.TextChoices):
        OPEN = "open", _("With the operators")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="+")
    entry = models.ForeignKey(BlockEntry, on_delete=models.CASCADE, db_index=False, related_name="+")
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    statement = models.TextField(_("why the number works"))
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=254, blank=True)
    filed_at = models.DateTimeField(_("filed"))
    test_message = models.UUIDField(null=True)  # of this account; the entry does not stop it (logs.removal_tests)
    tested_at = models.DateTimeField(null=True)
    note = models.TextField(_("answer"), blank=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(_("answered"), null=True)
    read_at = models.DateTimeField(null=True)  # when the one who asked saw the answer

    objects = RemovalRequestQuerySet.as_manager()

    class Meta:
        db_table = "removal_request"
        verbose_name = _("removal request")
        verbose_name_plural = _("removal requests")
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "account"], condition=Q(state="open"), name="removal_request_one_open"
            ),
            models.UniqueConstraint(
                fields=["test_message"], condition=Q(test_message__isnull=False), name="removal_request_one_a_test"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "refused", "withdrawn"]), name="removal_request_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "withdrawn"], decided_at=None)
                | Q(state__in=["accepted", "refused"], decided_at__isnull=False),
                name="removal_request_answered_when_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="removal_request_list"),
            models.Index(fields=["entry", "account"], name="removal_request_of_entry"),
            models.Index(fields=["id"], condition=Q(state="open"), name="removal_request_queue"),
            # On every page of whoever asked.
            models.Index(
                fields=["account", "by_id"],
                condition=Q(decided_at__isnull=False, read_at=None),
                name="removal_request_unread",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
