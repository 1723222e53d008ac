"""Rows whose worker went away. What it had claimed only was not sent, and waits again; what it was submitting may have
been sent, and is asked for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from logs import appending
from logs.appending import Addition
from logs.dispatching import telling
from logs.dispatching.deciding import PERHAPS

RAN_OUT = """
    UPDATE send_queue q SET {what}, lease_until = NULL FROM (
        SELECT message_id FROM send_queue WHERE step > 1 AND step = {step} AND lease_until < %s
        ORDER BY message_id LIMIT %s FOR UPDATE SKIP LOCKED
    ) lost
    WHERE q.message_id = lost.message_id RETURNING q.account_id, q.message_id, q.attempt, q.provider_account_id
"""
CLAIMED = RAN_OUT.format(step=2, what="step = 1, provider_account_id = NULL")
SUBMITTING = RAN_OUT.format(step=3, what="step = 4, due_at = lease_until")


@transaction.atomic
def end(*, at: datetime, limit: int = 1000) -> int:
    """Take back what ran out; returns how many messages that were."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, [at, limit])
        waiting = cursor.rowcount
        cursor.execute(SUBMITTING, [at, limit])
        unsure = cursor.fetchall()
    appending.append([_told(row, at) for row in unsure], at=at)
    return waiting + len(unsure)


def _told(row: tuple[int, UUID, int, int], at: datetime) -> Addition:
    account_id, message_id, attempt, provider_account_id = row
    said = telling.of_us(
        PERHAPS,
        message_id=message_id,
        what=f"try {attempt}",
        at=at,
        text="The worker that submitted it went away before the answer was stored.",
        attempt=attempt,
        provider_account_id=provider_account_id,
    )
    return Addition(account_id, message_id, said)
