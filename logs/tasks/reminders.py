"""Reminders to those whose opt-in is pending, in the background."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from consent.models import ReminderRun
from logs.reminding import working
from smsadmin.celery import app


@app.task
def send_reminders(account_id: int, run_id: int, **_later: Any) -> None:
    working.advance(account_id=account_id, run_id=run_id)


@app.task
def continue_reminders(**_later: Any) -> None:
    for account_id, run_id in working.waiting(timezone.now()):
        send_reminders.delay(account_id, run_id)


def wake(run: ReminderRun) -> None:
    """For views: send soon, once this transaction holds. What is lost here the sweep finds."""

    def start() -> None:  # a function: of a partial, Django cannot log that it failed, and raises instead
        send_reminders.apply_async(args=(run.account_id, run.pk), retry=False)

    transaction.on_commit(start, robust=True)
