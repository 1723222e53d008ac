"""Taking due messages out of the queue: account by account, each within the throughput of its provider accounts.

One account's million rows never stand before another's ten: what is due is found for each account by itself (a walk
of the index that touches one entry an account and priority), the room is shared out among them, and in the next round
they are asked in another order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from logs.dispatching import health, throughput
from logs.dispatching.routing import Leg, legs

LEASE = timedelta(minutes=2)  # for checking the claimed again; then they are anybody's
CALLS_OF_ONE = 32  # at once by one provider account, so that a slow one does not take all the threads

LANES = """
    WITH RECURSIVE lane AS (
        (SELECT account_id, priority FROM send_queue WHERE step = 1 ORDER BY account_id, priority LIMIT 1)
        UNION ALL
        SELECT next.account_id, next.priority FROM lane CROSS JOIN LATERAL (
            SELECT account_id, priority FROM send_queue
            WHERE step = 1 AND (account_id, priority) > (lane.account_id, lane.priority)
            ORDER BY account_id, priority LIMIT 1
        ) next
    )
    SELECT account_id, priority FROM lane WHERE EXISTS (
        SELECT 1 FROM send_queue q
        WHERE q.step = 1 AND q.account_id = lane.account_id AND q.priority = lane.priority AND q.due_at <= %(at)s
    )
"""

TAKE = """
    UPDATE send_queue q SET step = 2, lease_until = %(lease)s, provider_account_id = %(way)s
    FROM (
        SELECT message_id FROM send_queue
        WHERE step = 1 AND account_id = %(account)s AND due_at <= %(at)s AND expires_at > %(at)s AND {whose}
        ORDER BY priority, due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) due
    WHERE q.message_id = due.message_id AND q.account_id = %(account)s
    RETURNING q.message_id, q.provider_account_id, q.attempt, q.expires_at, q.held_credit, q.refused_by,
              q.pinned_provider_account_id IS NOT NULL, q.lease_until
"""
NOT_PINNED = (
    "priority = %(priority)s AND pinned_provider_account_id IS NULL AND NOT refused_by @> ARRAY[%(way)s]::bigint[]"
)
REFUSED = f"{NOT_PINNED} AND refused_by <> '{{}}' AND refused_by @> %(ahead)s::bigint[]"
PINNED = "pinned_provider_account_id = %(way)s"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours until ``lease_until``. ``attempt`` tries were made before."""

    account_id: int
    message_id: UUID
    provider_account_id: int
    attempt: int
    expires_at: datetime
    held_credit: int
    refused_by: tuple[int, ...]
    pinned: bool
    lease_until: datetime


@dataclass(slots=True)
class Claim:
    """``throttled``: there may be more, as soon as a provider account's throughput lets it pass."""

    rows: list[Claimed] = field(default_factory=list)
    throttled: bool = False


def lanes(at: datetime) -> dict[int, list[int]]:
    """The accounts that have something due, each with the priorities that it has something of, most urgent first."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LANES, {"at": at})
        for account, priority in cursor.fetchall():
            found[account].append(priority)
    return dict(found)


@transaction.atomic
def claim(*, account_id: int, priorities: Sequence[int], room: int, busy: Mapping[int, int], at: datetime) -> Claim:
    """Take at most ``room`` messages of an account. ``busy`` tells how many calls are under way by provider account.

    A provider account that another worker is just claiming for is left to it.
    """
    ways, tests = health.ways_of(account_id), _tests(account_id, at)
    held = health.hold(account_id, {*tests, *(way.id for way in ways)})
    takes = [_Take(Leg(held[pk], (), trial=False), PINNED, [0]) for pk in tests if pk in held]
    open_legs = legs([held.get(way.id, way) for way in ways], at)
    takes += [_Take(leg, REFUSED if leg.ahead else NOT_PINNED, priorities) for leg in open_legs if leg.way.id in held]
    claim = Claim()
    free_at = {pk: way.free_at for pk, way in held.items()}
    for take in takes:
        way = take.leg.way
        allowed = throughput.allowed(free_at[way.id], way.rate, at)
        limit = min(allowed, CALLS_OF_ONE - busy.get(way.id, 0), 1 if take.leg.trial else room - len(claim.rows))
        taken = _take(account_id, take, min(limit, room - len(claim.rows)), at)
        claim.throttled = claim.throttled or not allowed or len(taken) == allowed
        if taken:
            free_at[way.id] = throughput.spent(free_at[way.id], way.rate, at, len(taken))
            health.book(way, free_at[way.id], tried_at=at if take.leg.trial else None)
        claim.rows += taken
    return claim


@dataclass(frozen=True, slots=True)
class _Take:
    """What to take by a leg: ``whose`` is a condition of TAKE."""

    leg: Leg
    whose: str
    priorities: Sequence[int]


def _take(account_id: int, take: _Take, limit: int, at: datetime) -> list[Claimed]:
    claimed: list[Claimed] = []
    for priority in take.priorities:
        if limit > len(claimed):
            claimed += _rows(account_id, take, priority, limit - len(claimed), at)
    return claimed


def _rows(account_id: int, take: _Take, priority: int, limit: int, at: datetime) -> list[Claimed]:
    values: dict[str, Any] = {
        "account": account_id,
        "way": take.leg.way.id,
        "ahead": list(take.leg.ahead),
        "priority": priority,
        "at": at,
        "lease": at + LEASE,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(whose=take.whose), values)
        return [
            Claimed(account_id, message, way, tries, end, credit, tuple(refused), pinned, lease)
            for message, way, tries, end, credit, refused, pinned, lease in cursor.fetchall()
        ]


def _tests(account_id: int, at: datetime) -> list[int]:
    """The provider accounts that a test waits for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pinned_provider_account_id FROM send_queue WHERE step = 1 AND account_id = %s "
            "AND pinned_provider_account_id IS NOT NULL AND due_at <= %s",
            [account_id, at],
        )
        return [pk for (pk,) in cursor.fetchall()]


REFUSED_BY_ALL = """
    UPDATE send_queue q SET refused_by = '{}' FROM (
        SELECT account_id, array_agg(id) AS ids FROM logs_provideraccount
        WHERE enabled AND provider = ANY(%s) GROUP BY account_id
    ) e
    WHERE q.step = 1 AND q.refused_by <> '{}' AND q.account_id = e.account_id AND q.refused_by @> e.ids
"""
# A negative number beside its positive one: see routing. What is left are those that refused.
ROUND_ONE_THAT_WAS_DOWN = """
    UPDATE send_queue q
    SET refused_by = ARRAY(SELECT pk FROM unnest(q.refused_by) pk WHERE pk > 0 AND -pk <> ALL(q.refused_by))
    FROM (
        SELECT p.account_id, coalesce(array_agg(p.id) FILTER (WHERE h.open_until IS NULL), '{}') AS healthy
        FROM logs_provideraccount p LEFT JOIN logs_providerhealth h ON h.provider_account_id = p.id
        WHERE p.enabled AND p.provider = ANY(%s) GROUP BY p.account_id
    ) e
    WHERE q.step = 1 AND q.refused_by <> '{}' AND 0 > ANY(q.refused_by) AND q.account_id = e.account_id
    AND q.refused_by @> e.healthy
"""


def unstick(names: Collection[str]) -> int:
    """Messages that nobody would take as they stand; returns how many. ``names``: the providers that can be sent
    through.

    Those that every provider account has refused which is enabled now (there were others, or one was switched off) are
    asked of all again. Those that go round one that was only down, to others that are down by now, no longer do.
    """
    with connection.cursor() as cursor:
        cursor.execute(REFUSED_BY_ALL, [sorted(names)])
        asked_again = cursor.rowcount
        cursor.execute(ROUND_ONE_THAT_WAS_DOWN, [sorted(names)])
        return asked_again + cursor.rowcount
