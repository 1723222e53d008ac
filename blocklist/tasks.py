"""Waking a worker. The row is the queue: a lost wake-up costs the seconds until the next sweep."""

from django.db import transaction
from django.utils import timezone

from blocklist import bulk_running
from blocklist.models import BlockJob
from smsadmin.celery import app


@app.task(name="blocklist.tasks.run_job")
def run_job(*, account_id: int, job_id: int) -> None:
    bulk_running.advance(account_id=account_id, job_id=job_id)


@app.task(name="blocklist.tasks.continue_jobs")
def continue_jobs() -> None:
    due = BlockJob.objects.free(timezone.now()).order_by("pk").values_list("account_id", "pk")[:100]
    for account_id, job_id in due:
        run_job.delay(account_id=account_id, job_id=job_id)


def wake(job: BlockJob) -> None:
    """For views: run it soon, once this transaction holds. Without a broker the sweep finds it."""

    def start() -> None:  # a function: of a partial, Django cannot log that it failed, and raises instead
        run_job.apply_async(kwargs={"account_id": job.account_id, "job_id": job.pk}, retry=False)

    transaction.on_commit(start, robust=True)
