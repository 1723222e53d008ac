"""Reading a file in the background: a few thousand rows, their problems and the place to go on from in one
transaction each, so that whatever dies, at whatever moment, the next worker goes on at the first row that is
not in."""

import gc
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from uuid import UUID, uuid4

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from smsadmin.imports.batches import Batch, merged_reasons
from smsadmin.imports.jobs import COUNTS, note
from smsadmin.imports.kinds import Counts, Session, kind_of
from smsadmin.imports.mapping import BadMapping
from smsadmin.imports.models import ImportJob, ImportProblem
from smsadmin.imports.reading import Row, rows
from smsadmin.imports.sniffing import UnreadableFile, open_table
from smsadmin.imports.values import RowProblem

BATCH_ROWS = 5000
KEPT_PROBLEMS = 100_000
MAX_ATTEMPTS = 5

logger = logging.getLogger(__name__)
State = ImportJob.State
Clock = Callable[[], datetime]


def silent(job: ImportJob) -> None:
    """For those who do not want to hear of progress."""


class LostJob(Exception):
    """Somebody canceled it, or another worker has it."""


def advance(
    *,
    account_id: int,
    job_id: int,
    now: Clock = timezone.now,
    batch_rows: int = BATCH_ROWS,
    heard: Callable[[ImportJob], None] = silent,
) -> None:
    """Take a job that waits, or whose worker is gone, and work until it is finished. Does nothing where another
    worker has it.

    `heard` is told after each batch.
    """
    job = claim(account_id, job_id, now())
    if job is None:
        return
    try:
        if job.attempts > MAX_ATTEMPTS:
            raise RuntimeError("its workers died again and again")
        work(job, now, batch_rows, heard)
    except LostJob:
        return
    except OperationalError:
        raise  # the database is away: the sweep tries again
    except (BadMapping, UnreadableFile) as error:
        fail(job, str(error), now())
    except FileNotFoundError:
        fail(job, _("The stored file is gone. Upload it again."), now())
    except Exception:
        logger.exception("import %s of account %s failed", job_id, account_id)
        fail(
            job,
            _("Something went wrong on our side. What was read before is in; starting again repeats nothing."),
            now(),
        )


def claim(account_id: int, job_id: int, at: datetime) -> ImportJob | None:
    worker = uuid4()
    mine = ImportJob.objects.free(at).filter(account_id=account_id, pk=job_id)
    if not mine.update(worker=worker, heartbeat=at, attempts=F("attempts") + 1):
        return None
    return ImportJob.objects.select_related("account").filter(account_id=account_id, pk=job_id, worker=worker).first()


def work(job: ImportJob, now: Clock, batch_rows: int, heard: Callable[[ImportJob], None]) -> None:
    worker, mapping = job.worker, job.plan
    with job.path.open("rb") as file, collecting_by_hand():
        table = open_table(file, mapping.layout)
        session = kind_of(job.kind).prepare(job.account, mapping, now())
        start = job.cursor if job.has_begun else table.start
        for chunk in chunks(rows(file, table.layout, start, table.width), batch_rows):
            job = step(job, worker, session, Batch.of(session, chunk), now())
            heard(job)
            gc.collect(0)
    finish(job, worker, now())


@contextmanager
def collecting_by_hand() -> Iterator[None]:
    """A batch makes tens of thousands of objects that die without cycles; looking for cycles among them costs a
    fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def chunks(found: Iterator[Row], n: int) -> Iterator[list[Row]]:
    while chunk := list(islice(found, n)):
        yield chunk


@transaction.atomic
def step(job: ImportJob, worker: UUID | None, session: Session, batch: Batch, at: datetime) -> ImportJob:
    """One batch: its rows, its problems and the cursor behind it, together or not at all."""
    held = hold_mine(job, worker)
    counts = session.preview(batch.items) if held.state == State.CHECKING else write(session, batch, at)
    keep_problems(held, batch)
    held.offset, held.line = batch.end
    held.read += batch.read
    held.new += counts.new
    held.changed += counts.changed
    held.same += counts.same
    held.skipped += sum(batch.skips.values())
    held.bad += len(batch.problems)
    held.reasons = merged_reasons(held.reasons, batch.problems)
    held.skips = {r: held.skips.get(r, 0) + batch.skips.get(r, 0) for r in (*held.skips, *batch.skips)}
    held.heartbeat, held.attempts = at, 0
    held.save(update_fields=["offset", "line", *COUNTS, "reasons", "skips", "heartbeat", "attempts"])
    return held


def hold_mine(job: ImportJob, worker: UUID | None) -> ImportJob:
    mine = ImportJob.objects.select_for_update(of=("self",)).filter(account_id=job.account_id, pk=job.pk)
    held = mine.filter(worker=worker, state__in=ImportJob.WORKING).first()
    if held is None:
        raise LostJob
    held.account = job.account
    return held


def write(session: Session, batch: Batch, at: datetime) -> Counts:
    """Write the items; where the database refuses one, all others, and the one becomes a problem."""
    return sum((found for found in written(session, batch, list(range(len(batch.items))), at)), Counts())


def written(session: Session, batch: Batch, places: list[int], at: datetime) -> Iterable[Counts]:
    if not places:
        return
    try:
        with transaction.atomic():
            found = session.write([batch.items[place] for place in places], at)
    except (DataError, IntegrityError) as error:
        session.forget()
        if len(places) == 1:
            batch.refuse(places[0], RowProblem("", refusal(error)))
            return
        yield from written(session, batch, places[: len(places) // 2], at)
        yield from written(session, batch, places[len(places) // 2 :], at)
        return
    yield found


def refusal(error: Exception) -> str:
    return _("The database refuses this row: %(why)s") % {"why": str(error).splitlines()[0][:200]}


def keep_problems(job: ImportJob, batch: Batch) -> None:
    room = KEPT_PROBLEMS - job.bad
    ImportProblem.objects.bulk_create(
        ImportProblem(
            account_id=job.account_id,
            job_id=job.pk,
            line=row.line,
            field=p.field,
            reason=p.reason[:300],
            cells=row.cells,
        )
        for row, p in batch.problems[: max(room, 0)]
    )


@transaction.atomic
def finish(job: ImportJob, worker: UUID | None, at: datetime) -> None:
    held = hold_mine(job, worker)
    counts = {name: getattr(held, name) for name in COUNTS}
    if held.state == State.CHECKING:
        held.state, held.checked = State.CHECKED, counts
    else:
        held.state = State.DONE
    held.offset, held.finished_at, held.worker, held.heartbeat = held.size, at, None, None
    held.save(update_fields=["state", "checked", "offset", "finished_at", "worker", "heartbeat"])
    note(held, None, at, f"import.{held.state}", **counts)


@transaction.atomic
def fail(job: ImportJob, why: str, at: datetime) -> None:
    try:
        held = hold_mine(job, job.worker)
    except LostJob:
        return
    held.state, held.error, held.finished_at, held.worker, held.heartbeat = State.FAILED, why, at, None, None
    held.save(update_fields=["state", "error", "finished_at", "worker", "heartbeat"])
    note(held, None, at, "import.failed", why=why)
