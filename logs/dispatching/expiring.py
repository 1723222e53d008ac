"""Messages whose validity ended while they waited: nothing was sent, and nothing is tried any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from logs import appending
from logs.appending import Addition
from logs.dispatching import health, outgoing, queue, telling
from logs.dispatching.claiming import Claimed
from logs.models import Message
from logs.statuses import Outcome, Reason, Stage, State

NO_WAY = State.of(Stage.QUEUED, Outcome.FAILED, Reason.CONFIG_ERROR)
NO_WAY_TEXT = gettext_lazy(
    "No provider account was switched on to send through before its validity ended. Switch one on under Settings, "
    "Provider accounts, then send again."
)
IN_VAIN_TEXT = "It could not be handed to a provider before its validity ended."

ENDED = """
    SELECT account_id, message_id, attempt, expires_at, held_credit, pinned_provider_account_id FROM send_queue
    WHERE step = 1 AND expires_at <= %s ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
"""


@transaction.atomic
def expire(*, at: datetime, limit: int = 500) -> int:
    """End them, with the reason that the last try failed for; returns how many."""
    rows = _ended(at, limit)
    by_account: dict[int, list[Claimed]] = {}
    for row in rows:
        by_account.setdefault(row.account_id, []).append(row)
    additions = [addition for pk, of_one in by_account.items() for addition in _told(pk, of_one, at)]
    appending.append(additions, at=at)
    queue.remove(rows, unsent=rows, at=at)
    return len(rows)


def _ended(at: datetime, limit: int) -> list[Claimed]:
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [at, limit])
        return [
            Claimed(account, message, pin or 0, attempt, end, credit, (), pin is not None, at)
            for account, message, attempt, end, credit, pin in cursor.fetchall()
        ]


def _told(account_id: int, rows: Sequence[Claimed], at: datetime) -> list[Addition]:
    messages = outgoing.messages_of(account_id, [row.message_id for row in rows])
    has_way = health.can_send(account_id)
    return [_one(row, messages, has_way or row.pinned, at) for row in rows]


def _one(row: Claimed, messages: Mapping[UUID, Message], has_way: bool, at: datetime) -> Addition:
    message = messages.get(row.message_id)
    said = telling.of_us(
        _state(message) if has_way else NO_WAY,
        message_id=row.message_id,
        what="validity ended",
        at=at,
        text=IN_VAIN_TEXT if has_way else str(NO_WAY_TEXT),
        attempt=max(row.attempt, 1),
    )
    return Addition(row.account_id, row.message_id, said)


def _state(message: Message | None) -> State:
    """Why the last try failed says more than that the time is over."""
    if message is None or message.stage < Stage.SUBMITTING or not _tells_of_a_try(message.state.reason):
        return State.of(Stage.QUEUED, Outcome.EXPIRED, Reason.EXPIRED)
    return State.of(Stage.SUBMITTING, Outcome.EXPIRED, message.state.reason)


def _tells_of_a_try(reason: Reason) -> bool:
    return reason.is_specific and reason is not Reason.SCHEDULED  # it was held after the try
