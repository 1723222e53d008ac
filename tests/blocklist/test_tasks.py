"""Waking a worker for a bulk act."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from blocklist import bulk, tasks
from blocklist.models import BlockEntry, BlockJob
from blocklist.models.bulk import LEASE
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user
from tests.factories.blocks import make_block_job


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def started(account: Account, **fields: Any) -> BlockJob:
    job = make_block_job(account)
    bulk.start(job=job, note="", by=make_user("support", account), at=timezone.now())
    BlockJob.objects.filter(pk=job.pk).update(**fields)
    job.refresh_from_db()
    return job


def test_a_task_does_the_act(account: Account) -> None:
    job = started(account)
    tasks.run_job(account_id=account.pk, job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 1)
    tasks.run_job(account_id=account.pk, job_id=job.pk)  # told twice
    assert BlockEntry.objects.count() == 1


def test_the_sweep_finds_what_waits_and_what_lost_its_worker(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    waiting, lost = started(account), started(account, heartbeat=now - LEASE - timedelta(seconds=1))
    started(account, heartbeat=now + timedelta(hours=1))  # somebody has it
    started(account, state="done", finished_at=now)
    make_block_job(account)  # nobody has confirmed it
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks.run_job, "delay", lambda *, account_id, job_id: sent.append((account_id, job_id)))
    tasks.continue_jobs()
    assert sent == [(account.pk, waiting.pk), (account.pk, lost.pk)]


def test_a_worker_is_woken_when_the_act_is_committed(
    account: Account, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda **options: told.append(options))
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        job = started(account)
        tasks.wake(job)
        assert told == []
    assert told == [{"kwargs": {"account_id": account.pk, "job_id": job.pk}, "retry": False}]


def test_without_a_broker_the_act_waits_for_the_sweep(
    account: Account, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.run_job, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = started(account)
        tasks.wake(job)
    assert BlockJob.objects.free(timezone.now()).get() == job
