"""Acts on many entries or numbers: frozen first, shown and counted, then confirmed, then done (blocklist.bulk_running).

What is frozen is rows, not a filter: what is done is exactly what was shown, whatever the list does meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.utils.translation import gettext as _

from blocklist import lifting, rules
from blocklist.models import BlockEntry, BlockJob, BlockJobRow
from blocklist.models.entry import BlockEntryQuerySet
from smsadmin import phones
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

MOST = 500_000  # rows of one act
AT_ONCE = 1000  # rows that a page does while somebody waits
KEPT_DRAFTS = timedelta(days=1)
Act, State, Verdict = BlockJob.Act, BlockJob.State, BlockJobRow.Verdict


class TooMany(ValueError):
    """More than MOST rows; the message says so, for people."""


class NotNow(ValueError):
    """The act's state does not allow this; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What a bulk block says of its numbers: until when (None: for ever), for marketing alone or (None) everything."""

    until: datetime | None
    kind: int | None = None
    note: str = ""
    origin: int = BlockEntry.Origin.PERSON


@transaction.atomic
def draft_lift(
    *,
    account: Account,
    entries: Sequence[BlockEntryQuerySet],
    as_operator: bool,
    source: str,
    by: User,
    at: datetime,
    of_all: bool = False,
) -> BlockJob:
    """Freeze the entries that hold at ``at`` and that these people may lift; the others are counted as left out.

    ``entries`` are parts of what the account sees or, for operators, ``of_all`` accounts; without an order. Raises
    TooMany.
    """
    job = begin(account, Act.LIFT, by, at, source=source, as_operator=as_operator, of_all=of_all)
    may = lifting.liftable(account, rules.in_force())
    for part in entries:
        active = part.holding(at)
        wanted = active if as_operator else active.filter(may)
        columns = "account_id, job_id, phone, entry_id, verdict, text, why, is_done"
        values = "%s, %s, found.phone, found.id, 1, '', '', false"
        taken = insert(job, columns, values, wanted.values_list("phone", "pk"), ("phone", "id"))
        job.left_out += 0 if as_operator else active.count() - taken
    return counted(job)


@transaction.atomic
def draft_block(*, account: Account, lines: Iterable[str], stop: Stop, source: str, by: User, at: datetime) -> BlockJob:
    """Sort lines, each a number in any spelling, into new ones, those that are there and those that are no numbers."""
    job = begin(account, Act.BLOCK, by, at, source=source, **fields(stop))
    rows, seen = list[BlockJobRow](), dict[str, int]()
    for number, text in enumerate(lines, start=1):
        if text.strip(" \t\r,;\ufeff\"'"):
            rows.append(row_of(job, number, text.strip(" \t\r,;\ufeff\"'"), seen))
    if len(rows) > MOST:
        raise TooMany(too_many())
    BlockJobRow.objects.bulk_create(rows, batch_size=5000)
    mark_there(job, at)
    return counted(job)


@transaction.atomic
def draft_block_found(*, account: Account, numbers: Any, stop: Stop, source: str, by: User, at: datetime) -> BlockJob:
    """Freeze the different numbers of a queryset of one column, ``phone``. Raises TooMany."""
    job = begin(account, Act.BLOCK, by, at, source=source, **fields(stop))
    columns, values = "account_id, job_id, phone, verdict, text, why, is_done", "%s, %s, found.phone, 1, '', '', false"
    insert(job, columns, values, numbers.exclude(phone="").order_by().distinct(), ("phone",))
    mark_there(job, at)
    return counted(job)


def fields(stop: Stop) -> dict[str, Any]:
    return {"until": stop.until, "kind": stop.kind, "note": stop.note, "origin": stop.origin}


def begin(account: Account, act: str, by: User, at: datetime, **given: Any) -> BlockJob:
    forget_drafts(at)
    given["source"] = given.get("source", "")[:300]
    return BlockJob.objects.create(account=account, act=act, by_id=by.pk, by_name=by.email, created_at=at, **given)


def forget_drafts(at: datetime) -> None:
    """Drafts that nobody confirmed, of all accounts, some at a time."""
    old = BlockJob.objects.filter(state=State.DRAFT, created_at__lt=at - KEPT_DRAFTS).values_list("pk", flat=True)[:10]
    BlockJob.objects.filter(pk__in=list(old)).delete()


def insert(job: BlockJob, columns: str, values: str, found: Any, names: Sequence[str]) -> int:
    """Rows straight from a query, however many: they do not pass through this process."""
    try:
        sql, params = found[: MOST + 1].query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO block_job_row ({columns}) SELECT {values} FROM ({sql}) AS found ({', '.join(names)})",
            [job.account_id, job.pk, *params],
        )
        if cursor.rowcount > MOST:
            raise TooMany(too_many())
        return cursor.rowcount


def too_many() -> str:
    return _("At most %(n)s at a time. Narrow the filters.") % {"n": f"{MOST:,}"}


def row_of(job: BlockJob, line: int, text: str, seen: dict[str, int]) -> BlockJobRow:
    row = BlockJobRow(account_id=job.account_id, job=job, line=line, text=text[:80])
    try:
        row.phone = phones.parse(text, job.account.country)
    except phones.ImpossiblePhone as error:
        row.verdict, row.why = Verdict.BAD, str(error)
        return row
    if row.phone in seen:
        row.verdict, row.why = Verdict.THERE, _("the same as line %(n)s") % {"n": seen[row.phone]}
    seen.setdefault(row.phone, line)
    return row


def mark_there(job: BlockJob, at: datetime) -> None:
    """The numbers that this account has stopped already, as long or longer (blocklist.entries.is_enough)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE block_job_row r SET verdict = 2, why = %s FROM block_entry e
            WHERE r.job_id = %s AND r.account_id = %s AND r.verdict = 1 AND e.phone = r.phone
                AND e.account_id = r.account_id AND e.kind IS NOT DISTINCT FROM %s::smallint AND e.ended_at IS NULL
                AND (e.expires_at IS NULL OR e.expires_at > %s AND e.expires_at >= %s::timestamptz)
            """,
            [_("stopped already"), job.pk, job.account_id, job.kind, at, job.until],
        )


def counted(job: BlockJob) -> BlockJob:
    """With the numbers of its rows, as they are."""
    rows = BlockJobRow.objects.filter(account_id=job.account_id, job=job)
    by_verdict = {verdict: rows.filter(verdict=verdict).count() for verdict in Verdict}
    job.total, job.there, job.bad = (by_verdict[verdict] for verdict in (Verdict.TO_DO, Verdict.THERE, Verdict.BAD))
    job.save(update_fields=["total", "there", "bad", "left_out"])
    return job


@transaction.atomic
def start(*, job: BlockJob, note: str, by: User, at: datetime) -> BlockJob:
    """Confirm a draft: exactly its rows, and why. Raises NotNow."""
    held = hold(job)
    if not held.is_draft:
        raise NotNow(_("This was confirmed already."))
    held.state, held.started_at, held.note = State.WORKING, at, note
    held.by_id, held.by_name = by.pk, by.email
    held.save(update_fields=["state", "started_at", "note", "by_id", "by_name"])
    tell(held, f"blocks.{held.act}_started", by, at, rows=held.total, source=held.source, reason=note)
    return held


@transaction.atomic
def undo(*, job: BlockJob, by: User, as_operator: bool, at: datetime) -> BlockJob:
    """Take a lift back, within ten minutes. Raises NotNow."""
    held = hold(job)
    if not may_undo(held, as_operator=as_operator, at=at):
        raise NotNow(_("A lift can be taken back for ten minutes. Block the numbers again instead."))
    if BlockJob.objects.filter(account_id=held.account_id, undoes=held.pk).exists():
        raise NotNow(_("This was taken back already."))
    new = begin(
        held.account, Act.UNDO, by, at, undoes=held.pk, source=held.source, as_operator=held.as_operator,
        of_all=held.of_all,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO block_job_row (account_id, job_id, phone, entry_id, lifted_at, verdict, text, why, is_done) "
            "SELECT account_id, %s, phone, entry_id, lifted_at, 1, '', '', false FROM block_job_row "
            "WHERE job_id = %s AND account_id = %s AND verdict = 1 AND is_done AND lifted_at IS NOT NULL ORDER BY id",
            [new.pk, held.pk, held.account_id],
        )
        new.total = cursor.rowcount
    new.state, new.started_at = State.WORKING, at
    new.save(update_fields=["total", "state", "started_at"])
    tell(new, "blocks.undo_started", by, at, rows=new.total, undoes=held.pk)
    return new


def may_undo(job: BlockJob, *, as_operator: bool, at: datetime) -> bool:
    """What an operator lifted by their own rights, only an operator takes back."""
    until = job.undo_until()
    return until is not None and at < until and (as_operator or not job.as_operator)


def hold(job: BlockJob) -> BlockJob:
    """The row as it is now, locked to the end of the transaction."""
    held = BlockJob.objects.select_for_update(of=("self",)).select_related("account")
    return held.get(account_id=job.account_id, pk=job.pk)


def tell(job: BlockJob, verb: str, by: User | None, at: datetime, **facts: Any) -> None:
    """An act on all accounts is told in no account's log: it would say what happened in others."""
    told(job, None if job.of_all else job.account, verb, by, at, **facts)


def told(job: BlockJob, account: Account | None, verb: str, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(account=account, by=by, at=at, verb=verb, object_type="block_job", object_id=job.pk, **facts)
