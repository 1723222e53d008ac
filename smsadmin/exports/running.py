"""Writing a file: claimed by a conditional update, written in a folder of the worker's own, renamed once it is whole.
Whatever dies, at whatever moment, the next worker begins anew."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from smsadmin.accounts.models import Account
from smsadmin.exports import csvfile, files, statements, xlsxfile
from smsadmin.exports.access import NoLongerAllowed, access_for
from smsadmin.exports.heart import BEAT, Heart
from smsadmin.exports.jobs import bound_query, note
from smsadmin.exports.kinds import CSV, BadParams, Column, ExportKind, Form, kind_of
from smsadmin.exports.models import Export
from smsadmin.exports.models.export import KEPT
from smsadmin.exports.progress import LostExport, Progress

MAX_ATTEMPTS = 5
PATIENCE_MS = 20_000  # for a person who waits for the answer
START = "SELECT set_config('TimeZone', %s, true), set_config('statement_timeout', %s, true)"

logger = logging.getLogger(__name__)
State = Export.State
Clock = Callable[[], datetime]


def advance(*, account_id: int, export_id: int, now: Clock = timezone.now, beat: float | None = BEAT) -> None:
    """Take an export that waits, or whose worker is gone, and write its file. Does nothing where another worker has it.

    ``beat``: seconds between two heartbeats; None for none.
    """
    export = claim(account_id, export_id, now())
    if export is None:
        return
    try:
        if export.attempts > MAX_ATTEMPTS:
            raise RuntimeError("its workers died again and again")
        work(export, now, beat=beat)
    except LostExport:
        return
    except (OperationalError, InterfaceError):
        raise  # the database is away: the sweep tries again
    except (BadParams, NoLongerAllowed) as error:
        fail(export, str(error), now())
    except Exception:
        logger.exception("export %s of account %s failed", export_id, account_id)
        fail(export, _("Something went wrong on our side. Ask for the file again."), now())


def write_now(*, export: Export, now: Clock = timezone.now) -> Export:
    """Write a small file while the person waits; where that takes too long, it is left to a worker. The row as it is
    then."""
    claimed = claim(export.account_id, export.pk, now())
    if claimed is not None:
        try:
            work(claimed, now, beat=None, patience_ms=PATIENCE_MS)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            give_back(claimed)
        except LostExport:
            pass
    return Export.objects.select_related("account").get(account_id=export.account_id, pk=export.pk)


def claim(account_id: int, export_id: int, at: datetime) -> Export | None:
    worker = uuid4()
    mine = Export.objects.free(at).filter(account_id=account_id, pk=export_id)
    taken = mine.update(
        state=State.RUNNING, worker=worker, heartbeat=at, started_at=at, rows=0, bytes=0, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    return Export.objects.select_related("account", "by").filter(account_id=account_id, pk=export_id).first()


def give_back(export: Export) -> None:
    Export.objects.filter(account_id=export.account_id, pk=export.pk, worker=export.worker).update(
        state=State.WAITING, worker=None, heartbeat=None
    )


def work(export: Export, now: Clock, *, beat: float | None, patience_ms: int = 0) -> None:
    if export.worker is None:
        raise LostExport
    progress = Progress()
    with files.workplace(export.account_id, export.worker) as place:
        path = place / f"file.{export.format}"
        rows = write(export, path, progress, now, beat, patience_ms)
        name, size = files.keep(path, export.account_id, export.worker, export.format)
    try:
        finish(export, export.worker, name, rows, size, now())
    except BaseException:
        files.remove(name)
        raise


def write(export: Export, path: Path, progress: Progress, now: Clock, beat: float | None, patience_ms: int) -> int:
    """The file at ``path``; how many rows it has. Raises LostExport, BadParams, NoLongerAllowed, OperationalError."""
    kind = kind_of(export.kind)
    access = access_for(export, kind)
    columns = kind.columns(export.account, access)
    header = header_of(kind, columns, export.account, export.format)
    query = bound_query(kind, export.account, access, export.params)
    statement = statements.copy(columns, query, export.format)
    with (
        reading(export.account, patience_ms, progress),
        Heart(export, progress, now, beat=beat),
        connection.cursor() as cursor,
        cursor.copy(statement) as rows,
    ):
        if export.format == CSV:
            return csvfile.write(rows, path, header, progress)
        return xlsxfile.write(rows.rows(), path, header, progress, columns=columns)


@contextmanager
def reading(account: Account, patience_ms: int, progress: Progress) -> Iterator[None]:
    """A transaction that only reads, with the account's zone as the session's. Raises LostExport where the heart
    stopped the query."""
    try:
        with connection.wrap_database_errors, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            cursor.execute(START, [account.time_zone, str(patience_ms)])
            yield
            # Inside a longer transaction (a test) they must not outlive the export.
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [connection.timezone_name])
    except OperationalError as error:
        if progress.is_lost:
            raise LostExport from error
        raise


def header_of(kind: ExportKind, columns: Sequence[Column], account: Account, file_format: str) -> list[str]:
    """The names of the columns; those of moments say in which zone they are."""
    says_zone = kind.zone_in_header or file_format != CSV
    return [
        f"{column.name} ({account.time_zone})" if says_zone and column.form is Form.MOMENT else column.name
        for column in columns
    ]


@transaction.atomic
def finish(export: Export, worker: UUID, name: str, rows: int, size: int, at: datetime) -> None:
    mine = Export.objects.filter(account_id=export.account_id, pk=export.pk, worker=worker, state=State.RUNNING)
    done = mine.update(
        state=State.DONE,
        file=name,
        rows=rows,
        total=rows,
        total_is_exact=True,
        bytes=size,
        finished_at=at,
        expires_at=at + KEPT,
        worker=None,
        heartbeat=None,
    )
    if not done:
        raise LostExport
    note(export, None, at, "export.done", rows=rows, bytes=size)


@transaction.atomic
def fail(export: Export, why: str, at: datetime) -> None:
    mine = Export.objects.filter(account_id=export.account_id, pk=export.pk, worker=export.worker, state=State.RUNNING)
    if mine.update(state=State.FAILED, error=why, finished_at=at, worker=None, heartbeat=None):
        note(export, None, at, "export.failed", why=why)
