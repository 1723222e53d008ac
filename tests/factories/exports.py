"""Files that somebody asked for."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from smsadmin.accounts.models import Account
from smsadmin.exports import jobs, running
from smsadmin.exports.models import Export

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALL_TIME = {"from": ["all"]}


def clock() -> datetime:
    return NOW


def make_export(account: Account, kind: str = "messages", **options: Any) -> Export:
    """One that waits for a worker: of all rows, as CSV, asked for by the product itself."""
    return jobs.start(
        **{"account": account, "kind": kind, "params": ALL_TIME, "format": "csv", "by": None, "at": NOW, **options}
    )


def written(export: Export) -> Export:
    """The export once a worker was there; without a heart, which would need a connection of its own."""
    running.advance(account_id=export.account_id, export_id=export.pk, now=clock, beat=None)
    export.refresh_from_db()
    return export


def make_file_of(account: Account, kind: str = "messages", **options: Any) -> Export:
    """One that is ready."""
    return written(make_export(account, kind, **options))


def table(export: Export) -> list[dict[str, str]]:
    """The rows of its CSV by the names of the columns."""
    return list(csv.DictReader(io.StringIO(export.path.read_bytes().decode("utf-8-sig"), newline="")))
