"""How many numbers stand how: kept with every change, so that a million numbers are counted in no time."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Sum

from consent.models import ConsentTotal
from consent.vocabulary import Status
from smsadmin.accounts.models import Account

SQUASH_LOCK = 0x434F_4E53


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of one account that have a status for one purpose."""

    by_status: Mapping[Status, int]

    def __getitem__(self, status: Status) -> int:
        return self.by_status.get(status, 0)

    @property
    def opted_out(self) -> int:
        """Who said no in either way."""
        return self[Status.OPTED_OUT] + self[Status.DENIED]

    @property
    def all(self) -> int:
        return sum(self.by_status.values())


def of(*, account: Account, purpose: int) -> Totals:
    rows = ConsentTotal.objects.filter(account=account, purpose=purpose).values_list("status").annotate(total=Sum("n"))
    return Totals({Status(status): n for status, n in rows if n})


def squash() -> int:
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
                 kept AS (INSERT INTO consent_total (account_id, purpose, status, n, squashed)
                          SELECT account_id, purpose, status, sum(n), true FROM gone GROUP BY 1, 2, 3
                          HAVING sum(n) <> 0 RETURNING 1)
            SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
            """
        )
        return int(cursor.fetchone()[0])
