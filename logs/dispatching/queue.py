"""What happens to rows of the queue after a claim, set-based, in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from logs import credit
from logs.dispatching.claiming import Claimed
from logs.models import QueuedMessage
from smsadmin.accounts.models import Account

Step = QueuedMessage.Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that goes back to wait until ``due_at``, and whom it goes round then (see routing). ``held``: for so
    long our own rules forbid to send it, which is no part of its validity."""

    message_id: UUID
    due_at: datetime
    refused_by: Sequence[int]
    held: timedelta = timedelta()


def still_claimed(claimed: Sequence[Claimed]) -> list[Claimed]:
    """Those that nobody took over since, locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT q.message_id FROM unnest(%s::uuid[], %s::timestamptz[]) AS c (id, lease) "
            "JOIN send_queue q ON q.message_id = c.id AND q.lease_until = c.lease AND q.step = 2 "
            "ORDER BY q.message_id FOR UPDATE OF q",
            [[one.message_id for one in claimed], [one.lease_until for one in claimed]],
        )
        ours = {pk for (pk,) in cursor.fetchall()}
    return [one for one in claimed if one.message_id in ours]


def still_under_way(tries: Iterable[tuple[UUID, int]]) -> set[UUID]:
    """Of messages with the number of a try: those of which it is still the latest, locked."""
    pairs = sorted(tries)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT q.message_id FROM unnest(%s::uuid[], %s::smallint[]) AS t (id, attempt) "
            "JOIN send_queue q ON q.message_id = t.id AND q.attempt = t.attempt AND q.step IN (3, 4) "
            "ORDER BY q.message_id FOR UPDATE OF q",
            [[pk for pk, _number in pairs], [number for _pk, number in pairs]],
        )
        return {pk for (pk,) in cursor.fetchall()}


def submitting(ids: Collection[UUID], *, lease_until: datetime) -> None:
    """From here on these may have left us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE send_queue SET step = 3, attempt = attempt + 1, lease_until = %s WHERE message_id = ANY(%s)",
            [lease_until, list(ids)],
        )


def wait(rows: Sequence[Waiting]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE send_queue q SET step = 1, due_at = least(w.due_at, q.expires_at + w.held), "
            "expires_at = q.expires_at + w.held, lease_until = NULL, provider_account_id = NULL, "
            "refused_by = w.refused_by::bigint[] "
            "FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::interval[]) "
            "AS w (id, due_at, refused_by, held) WHERE q.message_id = w.id",
            [
                [row.message_id for row in rows],
                [row.due_at for row in rows],
                ["{" + ",".join(map(str, row.refused_by)) + "}" for row in rows],
                [row.held for row in rows],
            ],
        )


def doubt(rows: Sequence[tuple[UUID, datetime]]) -> None:
    """These may have been taken: to be asked for at the moment given."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE send_queue q SET step = 4, due_at = d.due_at, lease_until = NULL "
            "FROM unnest(%s::uuid[], %s::timestamptz[]) AS d (id, due_at) WHERE q.message_id = d.id",
            [[pk for pk, _due in rows], [due for _pk, due in rows]],
        )


def remove(rows: Collection[Claimed], *, unsent: Collection[Claimed] = (), at: datetime) -> None:
    """Nothing more will be tried; ``unsent`` are those of which nothing was sent, whose credit goes back."""
    if rows:
        QueuedMessage.objects.filter(message_id__in=[row.message_id for row in rows]).delete()
    held: defaultdict[int, list[int]] = defaultdict(list)
    for row in unsent:
        if row.held_credit:
            held[row.account_id].append(row.held_credit)
    for account in Account.objects.filter(pk__in=held).order_by("pk"):
        segments = held[account.pk]
        credit.give_back(account=account, segments=sum(segments), messages=len(segments), at=at)
