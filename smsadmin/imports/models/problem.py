from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account
from smsadmin.imports.models.job import ImportJob


class ImportProblemQuerySet(models.QuerySet["ImportProblem"]):
    def of(self, job: ImportJob) -> ImportProblemQuerySet:
        return self.filter(account_id=job.account_id, job_id=job.pk).order_by("line")


class ImportProblem(models.Model):
    """One row of a file that was not imported, and why. All are counted in the job; the first hundred thousand
    are kept here."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    line = models.BigIntegerField(_("line"))
    field = models.CharField(_("field"), max_length=64, blank=True)
    reason = models.CharField(_("problem"), max_length=300)
    cells = ArrayField(models.TextField(), verbose_name=_("row"))

    objects = ImportProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("bad row")
        verbose_name_plural = _("bad rows")
        constraints = [
            # Also the order of the report.
            models.UniqueConstraint(fields=["account", "job", "line"], name="import_problem_one_a_line"),
            models.CheckConstraint(condition=models.Q(line__gte=1), name="import_problem_line_is_a_line"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="import_problem_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"
