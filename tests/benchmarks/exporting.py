"""How fast messages are exported, beside a bare COPY of the same query: without safe cells, zones and a file that is
whole."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from django.db import connection

from smsadmin.accounts.models import Account
from smsadmin.exports import files, jobs, running
from smsadmin.exports.access import access_of
from smsadmin.exports.kinds import kind_of
from smsadmin.exports.models import Export
from tests.benchmarks import report
from tests.benchmarks.cases import BIG

ROUNDS = 3
KIND, PARAMS = "messages", {"from": ["all"]}


@dataclass(slots=True)
class Exported:
    """Rows a second of each way, medians of the rounds; bytes of the product's file."""

    rows: int = 0
    bytes: int = 0
    product: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def rates(self) -> tuple[float, float]:
        return median(self.product), median(self.bare)


def measure(folder: Path) -> Exported:
    """Export all messages of the big account ROUNDS times, each beside its bare COPY into a file; leaves the database
    and the disk as they were, but for the audit log, which keeps everything."""
    account, found = Account.objects.get(pk=BIG), Exported()
    for _ in range(ROUNDS):
        bare = copy(account, folder / "bare.csv")
        export, seconds = run(account)
        found.rows, found.bytes = export.rows, export.bytes
        found.product.append(export.rows / seconds)
        found.bare.append(export.rows / bare)
        files.remove(export.file)
    Export.objects.of(account).delete()
    return found


def run(account: Account) -> tuple[Export, float]:
    """From the worker's waking to the whole file on the disk."""
    export = jobs.start(account=account, kind=KIND, params=PARAMS, format="csv", by=None, at=datetime.now(UTC))
    begun = time.perf_counter()
    running.advance(account_id=account.pk, export_id=export.pk)
    seconds = time.perf_counter() - begun
    export.refresh_from_db()
    if export.state != Export.State.DONE:
        raise RuntimeError(f"the export ended as {export.state}: {export.error}")
    return export, seconds


def copy(account: Account, path: Path) -> float:
    """Seconds for the kind's own query, as PostgreSQL would write it."""
    kind = kind_of(KIND)
    query = jobs.bound_query(kind, account, access_of(account, None, kind), PARAMS)
    begun = time.perf_counter()
    with (
        connection.cursor() as cursor,
        path.open("wb") as file,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as rows,
    ):
        for row in rows:
            file.write(row)
    seconds = time.perf_counter() - begun
    path.unlink()
    return seconds


def text(found: Exported) -> str:
    product, bare = found.rates
    head = ["", "rows/s", "of the bare COPY"]
    rows = [
        ["bare COPY of the same query", f"{bare:,.0f}", "1.00"],
        [
            f"export of {found.rows:,} rows ({found.bytes / 1024**2:,.0f} MB)",
            f"{product:,.0f}",
            f"{product / bare:.2f}",
        ],
    ]
    return report.table(head, rows)
