from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from smsadmin.accounts.models import Account, User
from smsadmin.imports.lines import Position
from smsadmin.imports.mapping import Mapping

LEASE = timedelta(seconds=30)  # a worker that was not heard of for so long is taken for dead


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def of(self, account: Account) -> ImportJobQuerySet:
        return self.filter(account=account)

    def free(self, now: datetime) -> ImportJobQuerySet:
        """Those that wait for a worker, or whose worker is gone."""
        return self.filter(Q(heartbeat=None) | Q(heartbeat__lt=now - LEASE), state__in=ImportJob.WORKING)


class ImportJob(models.Model):
    """One file that somebody brought. The row is the queue: its state says what is to be done, its cursor from
    where on."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", pgettext_lazy("import", "Uploaded")
        CHECKING = "checking", pgettext_lazy("import", "Being checked")
        CHECKED = "checked", pgettext_lazy("import", "Checked")
        RUNNING = "running", pgettext_lazy("import", "Running")
        DONE = "done", pgettext_lazy("import", "Done")
        FAILED = "failed", pgettext_lazy("import", "Stopped by an error")
        CANCELED = "canceled", pgettext_lazy("import", "Canceled")

    WORKING = (State.CHECKING, State.RUNNING)
    STARTABLE = (State.UPLOADED, State.CHECKED, State.FAILED, State.CANCELED)

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(_("kind"), max_length=32)  # a key of smsadmin.imports.kinds
    name = models.CharField(_("file"), max_length=255)  # as the person's machine called it
    file = models.CharField(max_length=255)  # below VAR_DIR/files; '' once it was removed
    size = models.BigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.UPLOADED)
    # What the present check or run has counted so far; written with each batch, in its transaction.
    offset = models.BigIntegerField(default=0)
    line = models.BigIntegerField(default=1)
    read = models.BigIntegerField(_("rows read"), default=0)
    new = models.BigIntegerField(_("new"), default=0)
    changed = models.BigIntegerField(_("changed"), default=0)
    same = models.BigIntegerField(_("already there"), default=0)
    skipped = models.BigIntegerField(_("skipped"), default=0)
    bad = models.BigIntegerField(_("bad"), default=0)
    reasons = models.JSONField(default=list)  # [field, reason, n, first line], the most frequent ones
    skips = models.JSONField(default=dict)  # reason → n
    checked = models.JSONField(default=dict)  # the counts of the last check, kept beside those of the run
    error = models.TextField(blank=True)
    attempts = models.SmallIntegerField(default=0)  # workers that took it since the last batch that succeeded
    worker = models.UUIDField(null=True)
    heartbeat = models.DateTimeField(null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+")
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["uploaded", "checking", "checked", "running", "done", "failed", "canceled"]),
                name="import_state_is_known",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="import_sha256_is_hex"),
            models.CheckConstraint(
                condition=Q(
                    offset__gte=0,
                    line__gte=1,
                    read__gte=0,
                    new__gte=0,
                    changed__gte=0,
                    same__gte=0,
                    skipped__gte=0,
                    bad__gte=0,
                ),
                name="import_counts_are_not_negative",
            ),
            models.CheckConstraint(condition=Q(offset__lte=F("size")), name="import_cursor_is_in_the_file"),
            models.CheckConstraint(
                condition=Q(read=F("new") + F("changed") + F("same") + F("skipped") + F("bad")),
                name="import_every_row_is_counted",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error=""), name="import_failure_says_why"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="import_list"),  # Imports, newest first
            models.Index(
                fields=["state", "heartbeat"], condition=Q(state__in=["checking", "running"]), name="import_due"
            ),  # the sweep
            models.Index(fields=["account", "sha256"], name="import_same_file"),  # "this file was brought before"
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return settings.VAR_DIR / "files" / self.file

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def is_startable(self) -> bool:
        return self.state in self.STARTABLE

    @property
    def has_begun(self) -> bool:
        return self.offset > 0

    @property
    def cursor(self) -> Position:
        return Position(self.offset, self.line)

    @property
    def plan(self) -> Mapping:
        """The mapping as an object. Raises BadMapping."""
        return Mapping.from_json(self.mapping)

    @property
    def per_cent(self) -> int:
        return 100 if self.state in (self.State.DONE, self.State.CHECKED) else self.offset * 100 // max(self.size, 1)

    @property
    def good(self) -> int:
        return self.read - self.bad - self.skipped
