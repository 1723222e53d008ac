"""Upkeep of the log: roll-ups and months."""

from typing import Any

from django.utils import timezone

from logs import months, rollups
from smsadmin.accounts.models import Account
from smsadmin.celery import app


@app.task
def squash_rollups(**_later: Any) -> None:
    rollups.squash()


@app.task
def create_months(**_later: Any) -> None:
    months.create_ahead(at=timezone.now())


@app.task
def rebuild_rollups(account_id: int, **_later: Any) -> None:
    rollups.rebuild(Account.objects.get(pk=account_id))
