"""How many numbers stand how, and stood on each of the last days: kept with every change, so that a million numbers
are counted in no time."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.db import connection, transaction
from django.db.models import Sum

from consent.models import ConsentTotal
from consent.vocabulary import Status
from smsadmin.accounts.models import Account

SQUASH_LOCK = 0x434F_4E53
DAYS = 30  # that a trend goes back
KEPT = timedelta(days=DAYS + 10)  # for how long changes keep their day: a few rows a status, however old the account


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of one account that have a status for one purpose."""

    by_status: Mapping[Status, int]
    changes: Mapping[Status, Mapping[date, int]] = field(default_factory=dict)  # by how many, on which of the last days

    def __getitem__(self, status: Status) -> int:
        return self.by_status.get(status, 0)

    def trend(self, statuses: Collection[Status], today: date) -> list[int]:
        """How many stood so at the end of each of the DAYS days before today, and now."""
        moved = [
            sum(self.changes.get(status, {}).get(today - timedelta(days=ago), 0) for status in statuses)
            for ago in range(DAYS)
        ]
        back = accumulate(moved, lambda n, change: n - change, initial=sum(self[status] for status in statuses))
        return list(back)[::-1]

    @property
    def opted_out(self) -> int:
        """Who said no in either way."""
        return self[Status.OPTED_OUT] + self[Status.DENIED]

    @property
    def all(self) -> int:
        return sum(self.by_status.values())


def of(*, account: Account, purpose: int) -> Totals:
    """One query over a few rows a status: of the last days, and one of all before."""
    rows = ConsentTotal.objects.filter(account=account, purpose=purpose).values_list("status", "day")
    by_status: defaultdict[Status, int] = defaultdict(int)
    changes: defaultdict[Status, dict[date, int]] = defaultdict(dict)
    for number, day, n in rows.annotate(total=Sum("n")):
        by_status[Status(number)] += n
        if day is not None:
            changes[Status(number)][day] = n
    return Totals({status: n for status, n in by_status.items() if n}, changes)


def day_of(since: datetime, account: Account, at: datetime) -> date | None:
    """The day that a change counts for; None where that is long ago."""
    return None if since < at - KEPT else since.astimezone(account.zone).date()


def squash(at: datetime) -> int:
    """Sum up what changed since the last time; returns how many rows went. One squasher at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SQUASH_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            """
            WITH touched AS (SELECT DISTINCT account_id FROM consent_total WHERE NOT squashed),
                 gone AS (DELETE FROM consent_total t USING touched
                          WHERE t.account_id = touched.account_id RETURNING t.*),
                 kept AS (INSERT INTO consent_total (account_id, purpose, status, day, n, squashed)
                          SELECT account_id, purpose, status, CASE WHEN day >= %s THEN day END, sum(n), true FROM gone
                          GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 RETURNING 1)
            SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
            """,
            [(at - KEPT).date()],
        )
        return int(cursor.fetchone()[0])
