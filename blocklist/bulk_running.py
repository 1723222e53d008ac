"""Doing a confirmed act: a thousand rows, their marks and the cursor behind them in one transaction each, so that
whatever dies, the next worker goes on at the first row that is not done."""

import logging
from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from blocklist import bulk, entries, lifting
from blocklist.models import BlockEntry, BlockJob, BlockJobRow
from smsadmin.accounts.models import User

BATCH = 1000
MAX_ATTEMPTS = 5
Act, State = BlockJob.Act, BlockJob.State
Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


class LostJob(Exception):
    """Another worker has it."""


def silent(job: BlockJob) -> None:
    """For those who do not want to hear of progress."""


def advance(
    *, account_id: int, job_id: int, now: Clock = timezone.now, heard: Callable[[BlockJob], None] = silent
) -> None:
    """Take an act that waits, or whose worker is gone, and work until it is done. Does nothing where another worker
    has it. ``heard`` is told after each batch."""
    job = claim(account_id, job_id, now())
    if job is None or job.worker is None:
        return
    worker = job.worker
    try:
        if job.attempts > MAX_ATTEMPTS:
            raise RuntimeError("its workers died again and again")
        while job.is_working:
            job = step(job, worker, now())
            heard(job)
    except (LostJob, OperationalError) as error:
        if isinstance(error, OperationalError):
            raise  # the database is away: the sweep tries again
    except Exception:
        logger.exception("block list action %s of account %s failed", job_id, account_id)
        fail(job, worker, now())


def claim(account_id: int, job_id: int, at: datetime) -> BlockJob | None:
    worker = uuid4()
    mine = BlockJob.objects.free(at).filter(account_id=account_id, pk=job_id)
    if not mine.update(worker=worker, heartbeat=at, attempts=F("attempts") + 1):
        return None
    return BlockJob.objects.select_related("account").filter(account_id=account_id, pk=job_id, worker=worker).first()


def step(job: BlockJob, worker: UUID, at: datetime) -> BlockJob:
    try:
        return batch(job, worker, at)
    except IntegrityError:  # a number was stopped anew between our look and our write: now it is seen
        return batch(job, worker, at)


@transaction.atomic
def batch(job: BlockJob, worker: UUID, at: datetime) -> BlockJob:
    held = hold_mine(job, worker)
    rows = list(
        BlockJobRow.objects.filter(
            account_id=held.account_id, job_id=held.pk, verdict=BlockJobRow.Verdict.TO_DO, pk__gt=held.cursor
        ).order_by("pk")[:BATCH]
    )
    if not rows:
        return finish(held, at)
    done = WORK[held.act](held, rows, at)
    mine = BlockJobRow.objects.filter(account_id=held.account_id, job_id=held.pk, pk__in=done)
    mine.update(is_done=True, **({"lifted_at": at} if held.act == Act.LIFT else {}))
    held.cursor, held.heartbeat, held.attempts = rows[-1].pk, at, 0
    held.done, held.skipped = held.done + len(done), held.skipped + len(rows) - len(done)
    held.save(update_fields=["cursor", "done", "skipped", "heartbeat", "attempts"])
    tell(held, rows, done, at)
    return held


def lift(job: BlockJob, rows: list[BlockJobRow], at: datetime) -> list[int]:
    by_entry = {row.entry_id: row.pk for row in rows if row.entry_id is not None}
    lifted = entries.lift_some(
        account=job.account, ids=by_entry.keys(), all_rights=job.as_operator, reason=job.note,
        by_id=job.by_id, by_name=job.by_name, at=at,
    )  # fmt: skip
    return [by_entry[pk] for pk in lifted]


def block(job: BlockJob, rows: list[BlockJobRow], at: datetime) -> list[int]:
    by_phone = {row.phone: row.pk for row in rows}
    word = entries.Word(BlockEntry.Origin(job.origin), job.note, job.by_id, job.by_name)
    if job.until is not None and job.until <= at:
        return []
    stops = [entries.Stop(phone, job.until, job.kind, word) for phone in by_phone]
    return [by_phone[phone] for phone, _kind in entries.block_many(account=job.account, stops=stops, at=at)]


def undo(job: BlockJob, rows: list[BlockJobRow], at: datetime) -> list[int]:
    by_entry = {row.entry_id: row.pk for row in rows if row.entry_id is not None}
    lifts = {row.entry_id: row.lifted_at for row in rows if row.entry_id is not None and row.lifted_at is not None}
    return [by_entry[pk] for pk in entries.undo_lift(lifts)]


WORK: dict[str, Callable[[BlockJob, list[BlockJobRow], datetime], list[int]]] = {
    Act.LIFT: lift,
    Act.BLOCK: block,
    Act.UNDO: undo,
}
VERBS = {Act.LIFT: "block.lifted", Act.BLOCK: "block.added", Act.UNDO: "block.restored"}


def tell(job: BlockJob, rows: list[BlockJobRow], done: list[int], at: datetime) -> None:
    """One audit line a batch, with its entries or its numbers' count; the rows stay with the act. Of an act on all
    accounts, a line for each account whose entries are among them."""
    mine = set(done)
    if not mine:
        return
    by = User.objects.filter(pk=job.by_id).first() if job.by_id else None
    ids = [row.entry_id for row in rows if row.pk in mine and row.entry_id is not None]
    verb, facts = VERBS[Act(job.act)], {"reason": job.note}
    if not job.of_all:
        bulk.tell(job, verb, by, at, rows=len(mine), **facts, **({"entries": ids} if ids else {}))
        return
    for account, group in lifting.by_account(BlockEntry.objects.filter(pk__in=ids)).items():
        bulk.told(job, account, verb, by, at, rows=len(group), entries=[entry.pk for entry in group], **facts)


def hold_mine(job: BlockJob, worker: UUID) -> BlockJob:
    mine = BlockJob.objects.select_for_update(of=("self",)).filter(account_id=job.account_id, pk=job.pk)
    held = mine.filter(worker=worker, state=State.WORKING).first()
    if held is None:
        raise LostJob
    held.account = job.account
    return held


def finish(job: BlockJob, at: datetime) -> BlockJob:
    job.state, job.finished_at, job.worker, job.heartbeat = State.DONE, at, None, None
    job.save(update_fields=["state", "finished_at", "worker", "heartbeat"])
    bulk.tell(job, f"blocks.{job.act}_done", None, at, done=job.done, skipped=job.skipped)
    return job


@transaction.atomic
def fail(job: BlockJob, worker: UUID, at: datetime) -> None:
    try:
        held = hold_mine(job, worker)
    except LostJob:
        return
    held.state, held.finished_at, held.worker, held.heartbeat = State.FAILED, at, None, None
    held.error = _("Something went wrong on our side. What was done before is done.")
    held.save(update_fields=["state", "finished_at", "worker", "heartbeat", "error"])
    bulk.tell(held, f"blocks.{held.act}_failed", None, at, done=held.done)
