"""What the log keeps of one member and of one number: queries whose cost does not grow with the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from logs.models import Message, StatusEvent
from logs.querysets import MessageQuerySet
from logs.standing import Evidence
from logs.statuses import Outcome, Status, Validity
from smsadmin.accounts.models import Account
from smsadmin.listing.counts import BOUND, Count
from smsadmin.members.models import Member

ARRIVED = (Status.DELIVERED,)
WAITING = (Status.QUEUED, Status.SENDING)
NOT_ARRIVED = tuple(status for status in Status if status.is_negative or status is Status.PARTLY_DELIVERED)
REFUSED = tuple(status for status in Status if status.is_negative)


def messages_of(member: Member, account: Account) -> MessageQuerySet:
    return Message.objects.of(account).filter(member=member)


def to_number(phone: str, account: Account) -> MessageQuerySet:
    return Message.objects.of(account).filter(phone=phone)


class Counter(dict[Status, int]):
    """Messages per status."""

    @property
    def total(self) -> int:
        return sum(self.values())

    def of(self, statuses: Iterable[Status]) -> int:
        return sum(self.get(status, 0) for status in statuses)


def by_status(messages: QuerySet, bound: int = BOUND) -> tuple[Counter, bool]:
    """How many of these messages, the newest ``bound`` at most, stand in which status; and whether that is all."""
    sql, params = messages.order_by("-pk").values("status")[: bound + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT status, count(*) FROM ({sql}) AS counted GROUP BY status", params)
        counted = Counter({Status.stored(status): n for status, n in cursor.fetchall()})
    return counted, counted.total > bound


def stated(n: int, more: bool) -> Count:
    """A count of a part of what was counted: "at least" where the counting stopped at the bound."""
    return Count(min(n, BOUND), "at least") if more else Count(n)


@dataclass(frozen=True, slots=True)
class Recent:
    """The last days of one number."""

    days: int
    statuses: Counter = field(default_factory=Counter)
    more: bool = False
    permanent: int = 0
    temporary: int = 0
    median: timedelta | None = None


# One pass over a number's recent messages: status × what the answer says of the number; the median time to the phone.
_RECENT = """
WITH recent AS ({messages}),
     median AS (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY receipt_at - sent_at) AS span
                FROM recent WHERE status = %s)
SELECT status, number_valid, count(*), (SELECT span FROM median) FROM recent GROUP BY status, number_valid
"""


def recent(phone: str, account: Account, *, start: datetime | None, days: int) -> Recent:
    """The messages to a number since ``start``, the newest ten thousand at most."""
    messages = to_number(phone, account).requested(start, None).order_by("-pk")
    columns = messages.values("status", "number_valid", "sent_at", "receipt_at")[: BOUND + 1]
    sql, params = columns.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_RECENT.format(messages=sql), [*params, int(Status.DELIVERED)])
        rows = cursor.fetchall()
    statuses = Counter()
    failures = {True: 0, False: 0}
    for status, valid, n, _median in rows:
        statuses[Status.stored(status)] = statuses.get(Status.stored(status), 0) + n
        if Status.stored(status) in REFUSED and Status.stored(status).outcome is not Outcome.BLOCKED:
            failures[valid == Validity.NO] += n
    median = rows[0][3] if rows else None
    return Recent(days, statuses, statuses.total > BOUND, failures[True], failures[False], median)


def evidence(phone: str, account: Account, counted: Recent) -> Evidence:
    """What speaks for and against a number."""
    messages = to_number(phone, account)
    delivered = newest(messages.filter(status=int(Status.DELIVERED)))
    refused = newest(messages.filter(status__in=[int(s) for s in REFUSED], number_valid=int(Validity.NO)))
    return Evidence(when(delivered), when(refused), counted.permanent, counted.temporary, counted.days)


def when(message: Message | None) -> datetime | None:
    return (message.receipt_at or message.requested_at) if message else None


def newest(messages: QuerySet) -> Message | None:
    return messages.order_by("-pk").first()


def without_member(phone: str, account: Account) -> QuerySet:
    """Messages to the number that name no member."""
    return to_number(phone, account).filter(Q(member__isnull=True))


def events_of(messages: Iterable[Message], account: Account) -> Mapping[Any, list[StatusEvent]]:
    """The events of these messages by message, in one query; without the raw evidence, which the message page shows."""
    ids = [message.pk for message in messages]
    found: dict[Any, list[StatusEvent]] = {pk: [] for pk in ids}
    if not ids:
        return found
    # The range repeats what the ids say, so that only the months in it are planned.
    span = {"message_id__gte": min(ids), "message_id__lte": max(ids)}
    for event in StatusEvent.objects.filter(account=account, message_id__in=ids, **span).defer("raw", "raw_text"):
        found[event.message_id].append(event)
    return found


# The newest message of each member: a walk over the index message_by_member that stops at its first row.
_LATEST = """
SELECT m.* FROM unnest(%s) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT id, account_id, member_id, requested_at, status, stage, outcome, reason, number_valid, retry FROM message
    WHERE account_id = %s AND member_id = wanted.id ORDER BY id DESC LIMIT 1
) AS m
"""


def latest_of(members: Iterable[Member], account: Account) -> Mapping[int, Message]:
    """The newest message of each of these members that has one."""
    ids = [member.pk for member in members]
    rows = Message.objects.raw(_LATEST, [ids, account.pk]) if ids else []
    return {row.member_id: row for row in rows if row.member_id}
