from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from smsadmin.accounts.models import Account, User

LEASE = timedelta(seconds=30)  # a worker that was not heard of for so long is taken for dead
KEPT = timedelta(days=7)


class ExportQuerySet(models.QuerySet["Export"]):
    def of(self, account: Account) -> ExportQuerySet:
        return self.filter(account=account)

    def free(self, now: datetime) -> ExportQuerySet:
        """Those that wait for a worker, or whose worker is gone."""
        return self.filter(Q(heartbeat=None) | Q(heartbeat__lt=now - LEASE), state__in=Export.WORKING)


class Export(models.Model):
    """One file that somebody asked for. The row is the queue: its state says what is to be done. A file is whole or
    it is not there: whatever dies, the next worker writes it anew, from the first row."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("export", "Waiting")
        RUNNING = "running", pgettext_lazy("export", "Being written")
        DONE = "done", pgettext_lazy("export", "Ready")
        FAILED = "failed", pgettext_lazy("export", "Stopped by an error")
        CANCELED = "canceled", pgettext_lazy("export", "Canceled")
        EXPIRED = "expired", pgettext_lazy("export", "Deleted after its time")

    WORKING = (State.WAITING, State.RUNNING)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(_("kind"), max_length=32)  # a name of smsadmin.exports.kinds
    format = models.CharField(_("format"), max_length=8)
    title = models.CharField(_("what"), max_length=200)
    filters = models.JSONField(default=list)  # in words: [field, value], …
    params = models.JSONField(default=dict)  # the list's query: name → values
    reveals = ArrayField(models.CharField(max_length=32), default=list)  # what of kind.reveals the asker may
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.WAITING)
    rows = models.BigIntegerField(_("rows"), default=0)  # written so far
    total = models.BigIntegerField(null=True)  # rows to expect; null while nobody has counted
    total_is_exact = models.BooleanField(default=False)
    bytes = models.BigIntegerField(_("size"), default=0)
    file = models.CharField(max_length=255, blank=True)  # below VAR_DIR/files, once it is whole
    error = models.TextField(blank=True)
    attempts = models.SmallIntegerField(default=0)  # workers that took it
    worker = models.UUIDField(null=True)
    heartbeat = models.DateTimeField(null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+")
    made_at = models.DateTimeField(_("asked for"), default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "failed", "canceled", "expired"]),
                name="export_state_is_known",
            ),
            models.CheckConstraint(condition=Q(rows__gte=0, bytes__gte=0), name="export_counts_are_not_negative"),
            models.CheckConstraint(
                condition=Q(state="done", expires_at__isnull=False, finished_at__isnull=False) & ~Q(file="")
                | ~Q(state="done") & Q(file=""),
                name="export_file_is_there_when_done",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="export_failure_says_why"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="export_list"),  # Exports, newest first
            models.Index(
                fields=["state", "heartbeat"], condition=Q(state__in=["waiting", "running"]), name="export_due"
            ),  # the sweep
            models.Index(fields=["expires_at"], condition=Q(state="done"), name="export_expiring"),  # the sweep
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> Path:
        return settings.VAR_DIR / "files" / self.file

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.DONE and (self.expires_at is None or self.expires_at > timezone.now())

    @property
    def per_cent(self) -> int:
        """How much is written; 99 at most while it is worked on, since the total may be an estimate."""
        if self.state == self.State.DONE:
            return 100
        return min(self.rows * 100 // max(self.total or 1, 1), 99) if self.total else 0
