"""Keeping and reading the roll-ups (see logs.models.rollup)."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from logs.drafts import Draft
from logs.statuses import Outcome, State
from smsadmin.accounts.models import Account

TABLES = {
    "message_daily": ("account_id", "day", "status", "reason"),
    "message_daily_source": ("account_id", "day", "status", "source", "kind"),
    "message_daily_template": ("account_id", "day", "status", "template_id"),
    "delivery_time": ("account_id", "day", "provider_account_id", "bucket"),
}
SQUASH_LOCK = 0x5351_5541


class Counted(Protocol):
    """A message's row as far as it is counted."""

    @property
    def account_id(self) -> int: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def receipt_at(self) -> datetime | None: ...
    @property
    def source(self) -> int | None: ...
    @property
    def kind(self) -> int: ...
    @property
    def template_id(self) -> int | None: ...
    @property
    def provider_account_id(self) -> int | None: ...


class Deltas:
    """Collects what a batch changes in the counts, then writes it as rows of its own: no row is contended for.

    Begins with a look at the accounts' zones that holds until the transaction ends: who changes one waits for us, and
    a batch that began before the change counts into the days of after it.
    """

    def __init__(self, accounts: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, time_zone FROM accounts_account WHERE id = ANY(%s) ORDER BY id FOR SHARE",
                [sorted(set(accounts))],
            )
            self.zones = {pk: ZoneInfo(zone) for pk, zone in cursor.fetchall()}
        self.counters: dict[str, Counter[tuple[Any, ...]]] = {table: Counter() for table in TABLES}

    def add(self, account: int, draft: Draft, state: State, sent: datetime | None, receipt: datetime | None) -> None:
        key = account, draft.requested_at.astimezone(self.zones[account]).date()
        self._count(key, state, 1, draft.source, draft.kind, draft.template_id)
        self._count_time(key, state, 1, draft.provider_account_id, sent, receipt)

    def move(
        self,
        message: Counted,
        before: State,
        after: State,
        sent: datetime | None,
        receipt: datetime | None,
        provider: int | None,
    ) -> None:
        """``sent``, ``receipt`` and ``provider`` (account) are what the row says afterwards."""
        key = message.account_id, message.requested_at.astimezone(self.zones[message.account_id]).date()
        for state, n in ((before, -1), (after, 1)):
            self._count(key, state, n, message.source, message.kind, message.template_id)
        self._count_time(key, before, -1, message.provider_account_id, message.sent_at, message.receipt_at)
        self._count_time(key, after, 1, provider, sent, receipt)

    def _count(
        self, key: tuple[int, date], state: State, n: int, source: int | None, kind: int, template: int | None
    ) -> None:
        status = int(state.status)
        self.counters["message_daily"][*key, status, int(state.reason)] += n
        self.counters["message_daily_source"][*key, status, source or 0, kind] += n
        if template:
            self.counters["message_daily_template"][*key, status, template] += n

    def _count_time(
        self,
        key: tuple[int, date],
        state: State,
        n: int,
        provider: int | None,
        sent: datetime | None,
        receipt: datetime | None,
    ) -> None:
        if state.outcome is Outcome.DELIVERED and sent and receipt:
            self.counters["delivery_time"][*key, provider or 0, bucket((receipt - sent).total_seconds())] += n

    def write(self) -> None:
        with connection.cursor() as cursor:
            for table, counter in self.counters.items():
                rows = [(*key, n) for key, n in sorted(counter.items()) if n]
                if rows:
                    columns = (*TABLES[table], "n")
                    values = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ", false)"] * len(rows))
                    cursor.execute(
                        f"INSERT INTO {table} ({', '.join(columns)}, squashed) VALUES {values}",
                        [value for row in rows for value in row],
                    )


def bucket(seconds: float) -> int:
    """The histogram's bucket of a time to delivery."""
    return round(8 * math.log2(1 + max(seconds, 0)))


def seconds_of(bucket: int) -> float:
    """The time that a bucket stands for."""
    return float(2 ** (bucket / 8) - 1)


def squash() -> int:
    """Sum the delta rows of the last seconds into one row a key; returns how many rows went. One squasher at a time."""
    gone = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SQUASH_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        for table, keys in TABLES.items():
            key = ", ".join(keys)
            cursor.execute(
                f"""
                WITH touched AS (SELECT DISTINCT account_id, day FROM {table} WHERE NOT squashed),
                     gone AS (DELETE FROM {table} t USING touched
                              WHERE t.account_id = touched.account_id AND t.day = touched.day RETURNING t.*),
                     kept AS (INSERT INTO {table} ({key}, n, squashed)
                              SELECT {key}, sum(n), true FROM gone GROUP BY {key} HAVING sum(n) <> 0 RETURNING 1)
                SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
                """
            )
            gone += cursor.fetchone()[0]
    return gone


REBUILD = (
    """
    INSERT INTO message_daily (account_id, day, status, reason, n, squashed)
    SELECT account_id, (requested_at AT TIME ZONE %s)::date, status, reason, count(*), true
    FROM message WHERE account_id = %s GROUP BY 1, 2, 3, 4
    """,
    """
    INSERT INTO message_daily_source (account_id, day, status, source, kind, n, squashed)
    SELECT account_id, (requested_at AT TIME ZONE %s)::date, status, coalesce(source, 0), kind, count(*), true
    FROM message WHERE account_id = %s GROUP BY 1, 2, 3, 4, 5
    """,
    """
    INSERT INTO message_daily_template (account_id, day, status, template_id, n, squashed)
    SELECT account_id, (requested_at AT TIME ZONE %s)::date, status, template_id, count(*), true
    FROM message WHERE account_id = %s AND template_id IS NOT NULL GROUP BY 1, 2, 3, 4
    """,
    """
    INSERT INTO delivery_time (account_id, day, provider_account_id, bucket, n, squashed)
    SELECT account_id, (requested_at AT TIME ZONE %s)::date, coalesce(provider_account_id, 0),
           round(8 * log(2, 1 + greatest(extract(epoch FROM receipt_at - sent_at), 0))), count(*), true
    FROM message
    WHERE account_id = %s AND outcome = 2 AND sent_at IS NOT NULL AND receipt_at IS NOT NULL GROUP BY 1, 2, 3, 4
    """,
)


@transaction.atomic
def rebuild(account: Account) -> None:
    """Count the account's messages anew: after its time zone, and so its days, have changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SQUASH_LOCK])
        # Writers wait: a delta between the count and the commit would be counted twice or not at all.
        cursor.execute(f"LOCK TABLE {', '.join(TABLES)} IN SHARE ROW EXCLUSIVE MODE")
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE account_id = %s", [account.pk])
        for statement in REBUILD:
            cursor.execute(statement, [account.time_zone, account.pk])
