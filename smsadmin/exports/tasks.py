"""Waking a worker. The row is the queue: a lost wake-up costs the seconds until the next sweep."""

from django.db import transaction
from django.utils import timezone

from smsadmin.celery import app
from smsadmin.exports import running, sweeping
from smsadmin.exports.models import Export


@app.task(name="smsadmin.exports.tasks.run_export")
def run_export(*, account_id: int, export_id: int) -> None:
    running.advance(account_id=account_id, export_id=export_id)


@app.task(name="smsadmin.exports.tasks.continue_exports")
def continue_exports() -> None:
    free = Export.objects.free(timezone.now()).order_by("pk").values_list("account_id", "pk")
    for account_id, export_id in free[:100]:
        run_export.delay(account_id=account_id, export_id=export_id)


@app.task(name="smsadmin.exports.tasks.sweep_exports")
def sweep_exports() -> None:
    sweeping.expire(at=timezone.now())
    sweeping.tidy()


def wake(export: Export) -> None:
    """For views: write it soon, once this transaction holds. Without a broker the page works all the same, and the
    sweep finds it."""

    def start() -> None:  # a function: of a partial, Django cannot log that it failed, and raises instead
        run_export.apply_async(kwargs={"account_id": export.account_id, "export_id": export.pk}, retry=False)

    transaction.on_commit(start, robust=True)
