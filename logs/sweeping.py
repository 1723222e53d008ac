"""What is found by looking for it: rows that lost their worker, messages to be asked for, parts that wait for the rest,
and what is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from logs import refusals, replies
from logs.dispatching import claiming, reconciling, turns
from logs.providers import registry

BATCH = 5_000
KEPT = {
    "provider_ref": ("created_at", timedelta(days=14)),
    "idempotency_key": ("created_at", timedelta(days=7)),
}
"""For how long, by the column that tells the age."""
REFUSALS_KEPT = timedelta(days=30)


def sweep(*, now: Callable[[], datetime] = timezone.now) -> None:
    """One look at each; what is left is found by the next one."""
    reconciling.reconcile(now=now)
    claiming.unstick(registry.adapters())
    replies.join_late_parts(at=now())
    refusals.forget(before=now() - REFUSALS_KEPT)
    for table in KEPT:
        drop_old(table, at=now())


def work() -> None:
    """A sweep, where nobody else sweeps."""
    with turns.taken("sweep", 1) as ours:
        if ours:
            sweep()


def drop_old(table: str, *, at: datetime, limit: int = BATCH) -> int:
    """Delete the oldest of what is too old, a batch; returns how many."""
    column, span = KEPT[table]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("
            f"SELECT ctid FROM {table} WHERE {column} < %s ORDER BY {column} LIMIT %s))",
            [at - span, limit],
        )
        return cursor.rowcount
