from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from blocklist.models.entry import MARKETING, BlockEntry
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account

LEASE = timedelta(seconds=30)  # a worker that was not heard of for so long is taken for dead
UNDO = timedelta(minutes=10)


class BlockJobQuerySet(models.QuerySet["BlockJob"]):
    def of(self, account: Account) -> BlockJobQuerySet:
        return self.filter(account=account)

    def seen_by(self, access: Access) -> BlockJobQuerySet:
        return self if "see_all_accounts" in access else self.filter(of_all=False)

    def free(self, now: datetime) -> BlockJobQuerySet:
        """Those that wait for a worker, or whose worker is gone."""
        return self.filter(Q(heartbeat=None) | Q(heartbeat__lt=now - LEASE), state=BlockJob.State.WORKING)


class BlockJob(models.Model):
    """One act on many numbers, or on one: first a draft whose rows are frozen, shown and counted; then, once confirmed,
    work. The row is the queue: ``cursor`` is the last of its rows that is done."""

    class Act(models.TextChoices):
        LIFT = "lift", _("Lift")
        BLOCK = "block", _("Block")
        UNDO = "undo", _("Undo")

    class State(models.TextChoices):
        DRAFT = "draft", _("Not confirmed")
        WORKING = "working", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped by an error")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="+")
    act = models.CharField(_("act"), max_length=8, choices=Act.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    source = models.CharField(max_length=300, blank=True)  # where the rows come from, for people
    undoes = models.BigIntegerField(null=True)  # the lift that this one takes back
    as_operator = models.BooleanField(default=False)  # lifts whatever is visible, not only what the account caused
    of_all = models.BooleanField(default=False)  # entries of all accounts: only operators know of the act
    note = models.TextField(_("reason"), blank=True)
    until = models.DateTimeField(_("until"), null=True)  # of a block; null: for ever
    kind = models.SmallIntegerField(_("stops"), choices=[(MARKETING, _("Marketing"))], null=True)
    origin = models.SmallIntegerField(choices=BlockEntry.Origin.choices, default=BlockEntry.Origin.PERSON)
    total = models.PositiveIntegerField(default=0)  # rows to do, as shown and confirmed
    there = models.PositiveIntegerField(default=0)  # pasted lines that need nothing
    bad = models.PositiveIntegerField(default=0)  # pasted lines that are no numbers
    left_out = models.PositiveIntegerField(default=0)  # entries chosen that this person may not lift
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)  # changed by others since they were shown
    error = models.TextField(blank=True)
    attempts = models.SmallIntegerField(default=0)
    worker = models.UUIDField(null=True)
    heartbeat = models.DateTimeField(null=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = BlockJobQuerySet.as_manager()

    class Meta:
        db_table = "block_job"
        verbose_name = _("block list action")
        verbose_name_plural = _("block list actions")
        constraints = [
            models.CheckConstraint(condition=Q(act__in=["lift", "block", "undo"]), name="block_job_act_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "working", "done", "failed"]), name="block_job_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(total__gte=F("done") + F("skipped")), name="block_job_does_no_more_than_was_shown"
            ),
            models.CheckConstraint(
                condition=Q(of_all=False) | Q(as_operator=True), name="block_job_of_all_is_an_operators"
            ),
            models.UniqueConstraint(fields=["undoes"], condition=Q(undoes__isnull=False), name="block_job_undone_once"),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="block_job_list"),
            models.Index(fields=["heartbeat"], condition=Q(state="working"), name="block_job_due"),  # the sweep
            models.Index(fields=["created_at"], condition=Q(state="draft"), name="block_job_drafts"),  # forgotten ones
        ]

    @property
    def is_working(self) -> bool:
        return self.state == self.State.WORKING

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def per_cent(self) -> int:
        return (self.done + self.skipped) * 100 // self.total if self.total else 100

    def undo_until(self) -> datetime | None:
        """When a lift can no longer be taken back; None for what never can."""
        is_done = self.act == self.Act.LIFT and self.state == self.State.DONE and self.done
        return self.finished_at + UNDO if is_done and self.finished_at else None


class BlockJobRow(models.Model):
    """One row of an action: an entry to lift, a number to stop, a line that is neither."""

    class Verdict(models.IntegerChoices):
        TO_DO = 1, _("New")
        THERE = 2, _("Already there")
        BAD = 3, _("Not a number")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False, related_name="+")
    job = models.ForeignKey(BlockJob, on_delete=models.CASCADE, db_index=False, related_name="+")
    verdict = models.SmallIntegerField(choices=Verdict.choices, default=Verdict.TO_DO)
    line = models.PositiveIntegerField(null=True)  # of what was pasted
    text = models.CharField(max_length=80, blank=True)  # as it was written, where it is no number
    why = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=16, blank=True, db_collation="C")
    entry_id = models.BigIntegerField(null=True)
    lifted_at = models.DateTimeField(null=True)  # by this action; in one that undoes: by the other
    is_done = models.BooleanField(default=False)

    class Meta:
        db_table = "block_job_row"
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=[1, 2, 3]), name="block_job_row_verdict_is_known"),
            models.CheckConstraint(condition=Q(verdict=3) | ~Q(phone=""), name="block_job_row_has_a_number"),
        ]
        indexes = [
            models.Index(fields=["job", "verdict", "id"], name="block_job_row_next"),  # the worker, and its page
        ]
