"""Numbers to keep or remove (S3): those that permanent errors proved wrong, and what a person makes of them.

A single answer that the number does not exist proposes it; answers that only cast doubt on it do so on three different
days (spec/canonical.md). Absence, a full memory, a busy line, an expiry or a carrier's fault never do. A delivery wipes
out all that was said before it, and a dismissal keeps the number until something newer is said.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from logs.models import NumberDismissal
from logs.statuses import Outcome, Reason, Stage, Validity
from smsadmin import uuid7
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User
from smsadmin.members.models import Member

DAYS_OF_DOUBT = 3
EVIDENCE = 3  # messages shown with a number
MOST = 500  # numbers in one act
Invalid = Member.NumberValidity.INVALID

# The index message_against_number holds what speaks against numbers and nothing else.
FOUND = f"""
    WITH said AS MATERIALIZED (
        SELECT phone, id, number_valid, reason, coalesce(state_at, state_received_at) AS at
        FROM message
        WHERE account_id = %(account)s AND number_valid > 1 AND id >= %(since)s AND NOT soft AND phone <> ''
            AND outcome IN ({Outcome.UNDELIVERED:d}, {Outcome.FAILED:d}, {Outcome.BLOCKED:d})
            AND stage > {Stage.QUEUED:d} AND reason <> {Reason.NO_NUMBER:d}
            AND (%(phones)s::text[] IS NULL OR phone = ANY(%(phones)s))
    ), told AS (
        SELECT *, (at AT TIME ZONE %(zone)s)::date AS day FROM said
    ), doubted AS MATERIALIZED (
        SELECT phone FROM told GROUP BY phone
        HAVING bool_or(number_valid = {Validity.NO:d}) OR count(DISTINCT day) >= {DAYS_OF_DOUBT}
    ), lately AS MATERIALIZED (
        SELECT phone, (
            SELECT max(coalesce(d.state_at, d.state_received_at)) FROM message d
            WHERE d.account_id = %(account)s AND d.phone = doubted.phone AND d.outcome = {Outcome.DELIVERED:d}
                AND d.id >= %(since)s
        ) AS delivered_at FROM doubted
    )
    SELECT t.phone, count(*) FILTER (WHERE number_valid = {Validity.NO:d}) AS refusals,
        count(DISTINCT day) FILTER (WHERE number_valid = {Validity.SUSPECT:d}) AS days, max(at) AS last_at,
        (array_agg(t.id ORDER BY at DESC, t.id DESC))[1:{EVIDENCE}] AS evidence,
        (array_agg(reason ORDER BY at DESC, t.id DESC))[1] AS reason, count(*) OVER () AS total
    FROM told t JOIN lately l ON l.phone = t.phone
    LEFT JOIN number_dismissal x ON x.account_id = %(account)s AND x.phone = t.phone
    WHERE l.delivered_at IS NULL OR t.at > l.delivered_at
    GROUP BY t.phone, x.dismissed_at
    HAVING (bool_or(number_valid = {Validity.NO:d})
            OR count(DISTINCT day) FILTER (WHERE number_valid = {Validity.SUSPECT:d}) >= {DAYS_OF_DOUBT})
        AND (x.dismissed_at IS NULL OR max(at) > x.dismissed_at)
        AND NOT (
            EXISTS (SELECT FROM members_member m WHERE m.account_id = %(account)s AND m.phone = t.phone)
            AND NOT EXISTS (
                SELECT FROM members_member m WHERE m.account_id = %(account)s AND m.phone = t.phone
                    AND m.number_validity <> {Invalid:d}
            )
        )
"""
ORDERED = FOUND + " ORDER BY last_at DESC, phone"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A number with what was said of it since its last delivery: how often that it does not exist, on how many
    ``days`` something that casts doubt on it; the latest messages; the latest reason."""

    phone: str
    refusals: int
    days: int
    last_at: datetime
    evidence: tuple[UUID, ...]
    reason: Reason


def params(account: Account, since: datetime, phones: Collection[str] | None = None) -> dict[str, Any]:
    return {
        "account": account.pk,
        "since": uuid7.floor(since),
        "zone": account.time_zone,
        "phones": None if phones is None else list(phones),
    }


def find(
    account: Account, *, since: datetime, limit: int, phones: Collection[str] | None = None
) -> tuple[list[Wrong], int]:
    """The latest of them by what was said since then, and how many there are; among these ``phones``, if given."""
    with connection.cursor() as cursor:
        cursor.execute(ORDERED + " LIMIT %(limit)s", {**params(account, since, phones), "limit": limit})
        rows = cursor.fetchall()
    found = [
        Wrong(phone, refusals, days, last_at, tuple(evidence), Reason.stored(reason))
        for phone, refusals, days, last_at, evidence, reason, _total in rows
    ]
    return found, (rows[0][-1] if rows else 0)


@transaction.atomic
def mark_invalid(*, account: Account, phones: Collection[str], by: User, at: datetime) -> int:
    """No more messages but codes to the members with these numbers; returns how many members that concerns."""
    members = Member.objects.of(account).filter(phone__in=list(phones)).exclude(number_validity=Invalid)
    ids = list(members.select_for_update().order_by("pk").values_list("pk", flat=True))
    Member.objects.of(account).filter(pk__in=ids).update(number_validity=Invalid, updated_at=at)
    tell(account, "numbers.marked_invalid", phones, by, at, members=ids)
    return len(ids)


@transaction.atomic
def dismiss(*, account: Account, phones: Collection[str], by: User, at: datetime) -> int:
    """Keep these numbers, until something newer is said against them."""
    NumberDismissal.objects.bulk_create(
        [
            NumberDismissal(account=account, phone=phone, dismissed_at=at, by_id=by.pk, by_name=by.email)
            for phone in sorted(phones)
        ],
        update_conflicts=True,
        unique_fields=["account", "phone"],
        update_fields=["dismissed_at", "by_id", "by_name"],
    )
    tell(account, "numbers.kept", phones, by, at)
    return len(phones)


def tell(account: Account, verb: str, phones: Collection[str], by: User, at: datetime, **facts: object) -> None:
    """Without the numbers, which an erasure could not reach here: the members and the dismissals have them."""
    audit.record(account=account, by=by, at=at, verb=verb, object_type="number", n=len(phones), **facts)
