"""kill -9 of a worker in the middle of a long list: the next goes on, each row is done once, and can be undone."""

import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from blocklist import bulk, bulk_running
from blocklist.models import BlockEntry, BlockJob, BlockJobRow
from blocklist.models.bulk import LEASE
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.quickstart.waiting import wait_until
from tests.factories.accounts import make_account, make_user
from tests.fixtures.databases import address

ROOT = Path(__file__).resolve().parents[2]
BATCH, MANY = bulk_running.BATCH, 4_500
WORKER = "from tests.blocklist import worker; worker.run({}, {})"


@pytest.fixture
def account(transactional_db: None) -> Account:
    return make_account()


def lift_of(account: Account, n: int) -> BlockJob:
    """A confirmed lift of so many entries, beside one of another account and one that came too late."""
    at, by = timezone.now(), make_user("support", account)

    def entry(number: int, of: Account) -> BlockEntry:
        return BlockEntry(
            phone=f"+44771{number:07}", scope="account", account=of, source_account_id=of.pk, code=550, origin=1,
            intercepted_at=at, seen_at=at, expires_at=at + timedelta(days=1),
        )  # fmt: skip

    rival = make_account()
    BlockEntry.objects.bulk_create([*(entry(number, account) for number in range(n)), entry(0, rival)])
    mine = BlockEntry.objects.own(account).order_by("pk")
    job = bulk.draft_lift(account=account, entries=[mine], as_operator=False, source="", by=by, at=at)
    BlockEntry.objects.bulk_create([entry(n, account)])
    return bulk.start(job=job, note="all work", by=by, at=at)


@contextmanager
def killed_in_the_batch_after(job: BlockJob, done: int) -> Iterator[None]:
    """A worker process of its own, stopped by a lock in the middle of a batch, and killed there."""
    env = {**os.environ, "DATABASE_URL": address(connection.settings_dict["NAME"]),
           "DJANGO_SETTINGS_MODULE": "smsadmin.settings"}  # fmt: skip
    rows = BlockJobRow.objects.filter(job=job, verdict=1).order_by("pk")
    with transaction.atomic():
        stuck = rows[done + BATCH // 2].entry_id
        list(BlockEntry.objects.filter(pk=stuck).select_for_update())
        process = subprocess.Popen([sys.executable, "-c", WORKER.format(job.account_id, job.pk)], cwd=ROOT, env=env)
        try:
            waits = wait_until(lambda: is_waiting(job, done), deadline=time.monotonic() + 60, pause=0.02)
        finally:
            process.kill()
            process.wait(20)
        assert waits
        assert process.returncode == -9
    job.refresh_from_db()
    assert (job.state, job.done, job.skipped) == ("working", done, 0)
    yield


def is_waiting(job: BlockJob, done: int) -> bool:
    """Whether the worker has done so many, and waits for our lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.datname = current_database() "
                       "AND l.locktype IN ('transactionid', 'tuple') AND NOT l.granted")  # fmt: skip
        return cursor.fetchone()[0] > 0 and BlockJob.objects.get(pk=job.pk).done == done


def resume(job: BlockJob) -> datetime:
    """By another worker, once the lease is over; when that was."""
    at = timezone.now() + LEASE + timedelta(seconds=1)
    bulk_running.advance(account_id=job.account_id, job_id=job.pk, now=lambda: at)
    job.refresh_from_db()
    return at


def told(account: Account, verb: str) -> list[int]:
    """The entries that the audit log says it of."""
    lines = AuditEvent.objects.filter(account_id=account.pk, verb=verb)
    return sorted(entry for line in lines for entry in line.facts["entries"])


def test_a_lift_and_its_undo_go_on_where_their_workers_were_killed(
    account: Account,
) -> None:
    job = lift_of(account, MANY)
    wanted = set(BlockJobRow.objects.filter(job=job).values_list("entry_id", flat=True))
    entries = BlockEntry.objects.all()
    with killed_in_the_batch_after(job, 2 * BATCH):
        assert entries.filter(lifted_at__isnull=False).count() == 2 * BATCH
        bulk_running.advance(account_id=account.pk, job_id=job.pk)  # while the lease holds: nobody takes it
        assert entries.filter(lifted_at__isnull=False).count() == 2 * BATCH
    finished = resume(job)
    assert (job.state, job.total, job.done, job.skipped) == ("done", MANY, MANY, 0)
    assert set(entries.filter(lifted_at__isnull=False).values_list("pk", flat=True)) == wanted
    assert told(account, "block.lifted") == sorted(wanted)  # each once
    assert set(entries.filter(pk__in=wanted).values_list("lift_reason", flat=True)) == {"all work"}

    by = make_user("support", account)
    last = finished + timedelta(minutes=10)
    with pytest.raises(bulk.NotNow):
        bulk.undo(job=job, by=by, as_operator=False, at=last)
    undone = bulk.undo(job=job, by=by, as_operator=False, at=last - timedelta(seconds=1))
    with killed_in_the_batch_after(undone, BATCH):
        assert entries.filter(lifted_at__isnull=False).count() == MANY - BATCH
    resume(undone)
    assert (undone.state, undone.total, undone.done, undone.skipped) == ("done", MANY, MANY, 0)
    assert not entries.filter(ended_at__isnull=False).exists()
    assert told(account, "block.restored") == sorted(wanted)


@pytest.mark.slow
def test_a_long_lift_takes_no_more_memory_than_a_short_one(account: Account) -> None:
    peaks = []
    for n in (BATCH, 5 * BATCH):
        BlockEntry.objects.all().delete()
        job = lift_of(account, n)
        tracemalloc.start()
        bulk_running.advance(account_id=account.pk, job_id=job.pk)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        job.refresh_from_db()
        assert job.done == n
    assert peaks[1] < 1.3 * peaks[0]
