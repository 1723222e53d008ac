"""The rows of an act as a file: all of one kind, safe to open in a spreadsheet and to bring again once corrected."""

from __future__ import annotations

from collections.abc import Iterator

from blocklist.models import BlockJob, BlockJobRow
from smsadmin.imports.downloading import encoded, guarded

CHUNK = 1_000
Verdict = BlockJobRow.Verdict
KINDS = {"new": Verdict.TO_DO, "there": Verdict.THERE, "bad": Verdict.BAD}  # as the page's address names them


def brought(job: BlockJob) -> bool:
    """Whether people brought the numbers themselves, pasted or as a file; else the product found them."""
    return BlockJobRow.objects.filter(account_id=job.account_id, job_id=job.pk, line__isnull=False).exists()


def csv_of(job: BlockJob, kind: str) -> Iterator[bytes]:
    """UTF-8 with a byte order mark (spreadsheets need it), comma, in the order of the act; constant memory."""
    rows = BlockJobRow.objects.filter(account_id=job.account_id, job_id=job.pk, verdict=KINDS[kind]).order_by("pk")
    yield "\ufeff".encode() + encoded([["line", "number", "written", "done", "why"]])
    after = 0
    while found := list(rows.filter(pk__gt=after)[:CHUNK]):
        yield encoded([cells(row) for row in found])
        after = found[-1].pk


def cells(row: BlockJobRow) -> list[str]:
    done = "yes" if row.is_done else "no"
    return [str(row.line or ""), guarded(row.phone), guarded(row.text), done, row.why]
