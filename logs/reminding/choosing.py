"""Whom a run of reminders would reach, and why not the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blocklist import entries
from consent.models import ReminderRun
from consent.vocabulary import Purpose, Status
from consent.wording import rules_of
from smsadmin.accounts.models import Account
from smsadmin.members.models import MemberQuerySet

Channel = ReminderRun.Channel
CHUNK = 10_000  # numbers that the block list is asked about at once
REASONS: dict[str, Promise] = {
    "opted_out": _("opted out of all messages"),
    "no_email": _("no e-mail address"),
    "invalid": _("number marked as invalid"),
    "blocked": _("number on the block list"),
    "reminded": _("reminded not long ago"),
    "shared": _("another member has the same number and gets it"),
    # found out while sending
    "answered": _("answered meanwhile"),
    "changed": _("number changed meanwhile"),
    "refused": _("stopped by our own rules"),
}

# Members without a number have no consent, so they are not among these. Of a number that several members have, one is
# reminded: one that can be reached, then the oldest.
JUDGED = """
    WITH picked AS ({picked}),
    pending AS (
        SELECT p.id, p.phone, p.email, p.number_validity FROM picked p
        JOIN consent_status s ON s.account_id = %(account)s AND s.phone = p.phone AND s.purpose = %(marketing)s
            AND s.status = %(pending)s
    ),
    judged AS (
        SELECT p.id, p.phone, CASE
            WHEN o.status = ANY(%(refused)s) THEN 'opted_out'
            WHEN %(by_email)s AND p.email = '' THEN 'no_email'
            WHEN NOT %(by_email)s AND p.number_validity = 3 THEN 'invalid'
            WHEN NOT %(by_email)s AND p.phone = ANY(%(blocked)s) THEN 'blocked'
            WHEN EXISTS (
                SELECT 1 FROM consent_reminder r WHERE r.account_id = %(account)s AND r.phone = p.phone
                    AND coalesce(r.sent_at, r.at) > %(since)s
            ) THEN 'reminded'
            ELSE '' END AS reason
        FROM pending p
        LEFT JOIN consent_status o ON o.account_id = %(account)s AND o.phone = p.phone AND o.purpose = %(operational)s
    ),
    told AS (
        SELECT id, phone, CASE WHEN reason = '' AND row_number() OVER (PARTITION BY phone, reason ORDER BY id) > 1
            THEN 'shared' ELSE reason END AS reason
        FROM judged
    )
"""
COUNT = "SELECT reason, count(*) FROM told GROUP BY reason"
PENDING = "SELECT DISTINCT phone FROM pending"
WRITE = """
    INSERT INTO consent_reminder (account_id, run_id, phone, member_id, at, error)
    SELECT %(account)s, %(run)s, phone, id, %(at)s, '' FROM told WHERE reason = '' ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """How many are pending, how many a run would remind, and how many not for which reason (of REASONS)."""

    going: int
    excluded: dict[str, int] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        return self.going + sum(self.excluded.values())


class Chooser:
    """The members of a filtered list whose opt-in to marketing is pending, judged for one channel at one moment."""

    def __init__(self, account: Account, members: MemberQuerySet, channel: str, at: datetime) -> None:
        self.account, self.at, self.channel = account, at, channel
        picked = members.order_by().values("id", "phone", "email", "number_validity")
        self._picked, self._params = picked.query.sql_with_params()
        self._interval = timedelta(days=rules_of(account).reminder_days)

    def count(self) -> Choice:
        found = dict(self._run(COUNT))
        return Choice(found.pop("", 0), {reason: found[reason] for reason in REASONS if reason in found})

    def write(self, run: ReminderRun) -> int:
        """The reminders of a run, one for each who is chosen; returns how many."""
        with connection.cursor() as cursor:
            cursor.execute(*self._sql(WRITE, run=run.pk))
            return int(cursor.rowcount)

    def _run(self, query: str) -> list[tuple[str, int]]:
        with connection.cursor() as cursor:
            cursor.execute(*self._sql(query))
            return list(cursor.fetchall())

    def _sql(self, query: str, **more: Any) -> tuple[str, dict[str, Any]]:
        """The list's own query has its values by place, ours by name: PostgreSQL gets both by name."""
        by_place = {f"p{n}": value for n, value in enumerate(self._params)}
        picked = self._picked % tuple(f"%(p{n})s" for n in range(len(self._params)))
        values: dict[str, Any] = {
            "account": self.account.pk,
            "marketing": int(Purpose.MARKETING),
            "operational": int(Purpose.OPERATIONAL),
            "pending": int(Status.PENDING),
            "refused": [int(Status.OPTED_OUT), int(Status.DENIED)],
            "by_email": self.channel == Channel.EMAIL,
            "since": self.at - self._interval,
            "at": self.at,
            "blocked": [],
            **by_place,
            **more,
        }
        if self.channel == Channel.SMS:
            values["blocked"] = self._blocked(picked, values)
        return JUDGED.replace("{picked}", picked) + query, values

    def _blocked(self, picked: str, values: dict[str, Any]) -> list[str]:
        """The numbers that rest, asked of the block list itself, whose rules are its own."""
        with connection.cursor() as cursor:
            cursor.execute(JUDGED.replace("{picked}", picked) + PENDING, values)
            phones = [phone for (phone,) in cursor.fetchall()]
        found: list[str] = []
        for part in chunks(phones):
            found += entries.active_for(account=self.account, phones=part, kind=Purpose.OPERATIONAL, at=self.at)
        return found


def chunks(phones: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(phones)
    while part := list(islice(rest, CHUNK)):
        yield part
