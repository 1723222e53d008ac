"""Upkeep of consent."""

from typing import Any

from django.utils import timezone

from consent import totals
from smsadmin.celery import app


@app.task
def squash_totals(**_later: Any) -> None:
    totals.squash(timezone.now())
