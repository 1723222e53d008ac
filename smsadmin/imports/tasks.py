"""Waking a worker. The row is the queue: a lost wake-up costs the seconds until the next sweep."""

from django.db import transaction
from django.utils import timezone

from smsadmin.celery import app
from smsadmin.imports import running, sweeping
from smsadmin.imports.models import ImportJob


@app.task(name="smsadmin.imports.tasks.run_job")
def run_job(*, account_id: int, job_id: int) -> None:
    running.advance(account_id=account_id, job_id=job_id)


@app.task(name="smsadmin.imports.tasks.continue_imports")
def continue_imports() -> None:
    for account_id, job_id in (
        ImportJob.objects.free(timezone.now()).order_by("pk").values_list("account_id", "pk")[:100]
    ):
        run_job.delay(account_id=account_id, job_id=job_id)


@app.task(name="smsadmin.imports.tasks.sweep_imports")
def sweep_imports() -> None:
    sweeping.forget_files(at=timezone.now())


def wake(job: ImportJob) -> None:
    """For views: run it soon, once this transaction holds. Without a broker the page works all the same, and the
    sweep finds the job."""

    def start() -> None:  # a function: of a partial, Django cannot log that it failed, and raises instead
        run_job.apply_async(kwargs={"account_id": job.account_id, "job_id": job.pk}, retry=False)

    transaction.on_commit(start, robust=True)
