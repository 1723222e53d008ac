"""Imports at work: exactly once, whatever dies, and only for one worker."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from logs.imports.session import MessageSession
from logs.models import Message, StatusEvent
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.imports import jobs, running, tasks
from smsadmin.imports.kinds import kind_of
from smsadmin.imports.mapping import BadMapping, Mapping
from smsadmin.imports.models import ImportJob, ImportPreset, ImportProblem
from smsadmin.imports.models.job import LEASE
from tests.factories.accounts import make_account, make_user
from tests.factories.files import NOW, check, clock, counts, make_job, run

pytestmark = pytest.mark.django_db

HEADER = "requested_at,phone,status,text,provider_message_id\n"


def line(n: int, phone: str = "", status: str = "delivered") -> str:
    return f"2026-11-10T10:{n // 60 % 60:02}:{n % 60:02}Z,{phone or f'+4477009{n:05}'},{status},Hello {n},id-{n}\n"


def log(n: int, bad: tuple[int, ...] = ()) -> str:
    return HEADER + "".join(line(i, "nobody" if i in bad else "") for i in range(n))


@pytest.fixture
def account() -> Account:
    return make_account()


class Died(BaseException):
    """Like a kill: nothing may catch it."""


def test_a_run_reports_what_it_did(account: Account) -> None:
    job = run(make_job(account, log(10, bad=(3, 7))))
    assert (job.state, job.read, counts(job)) == ("done", 10, (8, 0, 0, 2))
    assert [(p.line, p.field) for p in ImportProblem.objects.of(job)] == [(5, "phone"), (9, "phone")]
    assert job.reasons == [["phone", "Not a phone number: not written as one.", 2, 5]]
    assert (job.worker, job.heartbeat, job.finished_at) == (None, None, NOW)
    assert Message.objects.of(account).count() == 8


def test_a_dry_run_writes_nothing_and_counts_the_same(account: Account) -> None:
    job = check(make_job(account, log(10, bad=(3,))))
    assert (job.state, counts(job)) == ("checked", (9, 0, 0, 1))
    assert not Message.objects.of(account).exists()
    ran = run(job)
    assert (ran.state, counts(ran)) == ("done", (9, 0, 0, 1))
    assert ran.checked == {"read": 10, "new": 9, "changed": 0, "same": 0, "skipped": 0, "bad": 1}
    again = check(make_job(account, log(10, bad=(3,))))
    assert counts(again) == (0, 0, 9, 1)


@pytest.mark.parametrize("dies_at", range(4))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_goes_on_where_it_was(
    account: Account, monkeypatch: pytest.MonkeyPatch, dies_at: int, when: str
) -> None:
    job = make_job(account, log(14, bad=(1, 6, 11)))
    written = 0
    original = MessageSession.write

    def write(self: MessageSession, items: Any, at: Any) -> Any:
        nonlocal written
        if when == "before" and written == dies_at:
            raise Died
        counted = original(self, items, at)
        if written == dies_at:
            raise Died
        written += 1
        return counted

    with monkeypatch.context() as patch:
        patch.setattr(MessageSession, "write", write)
        with pytest.raises(Died):
            run(job, batch_rows=4)
    job.refresh_from_db()
    assert job.read == 4 * dies_at == job.new + job.bad

    later = NOW + LEASE + timedelta(seconds=1)
    running.advance(account_id=account.pk, job_id=job.pk, now=lambda: later, batch_rows=4)
    job.refresh_from_db()
    assert (job.state, job.read, counts(job)) == ("done", 14, (11, 0, 0, 3))
    assert [p.line for p in ImportProblem.objects.of(job)] == [3, 8, 13]
    assert Message.objects.of(account).count() == StatusEvent.objects.filter(account=account).count() == 11


def test_a_job_that_another_worker_has_is_left_alone(account: Account) -> None:
    job = make_job(account, log(3))
    jobs.start_run(job=job, by=None, at=NOW)
    assert running.claim(account.pk, job.pk, NOW) is not None
    running.advance(account_id=account.pk, job_id=job.pk, now=clock)
    job.refresh_from_db()
    assert (job.state, job.read) == ("running", 0)
    assert running.claim(account.pk, job.pk, NOW + LEASE + timedelta(seconds=1)) is not None


def test_a_worker_that_was_taken_for_dead_writes_no_more(account: Account) -> None:
    job = make_job(account, log(9))
    jobs.start_run(job=job, by=None, at=NOW)

    def steal(_job: ImportJob) -> None:
        ImportJob.objects.filter(pk=job.pk).update(worker="00000000-0000-4000-8000-000000000000")

    running.advance(account_id=account.pk, job_id=job.pk, now=clock, batch_rows=3, heard=steal)
    job.refresh_from_db()
    assert (job.state, job.read) == ("running", 3)


def test_a_canceled_run_stops_and_keeps_what_is_in(account: Account) -> None:
    job = make_job(account, log(9))
    jobs.start_run(job=job, by=None, at=NOW)

    def stop(_job: ImportJob) -> None:
        jobs.cancel(job=job, by=None, at=NOW)

    running.advance(account_id=account.pk, job_id=job.pk, now=clock, batch_rows=3, heard=stop)
    job.refresh_from_db()
    assert (job.state, counts(job)) == ("canceled", (3, 0, 0, 0))
    assert counts(run(job)) == (6, 0, 3, 0)


def test_a_row_that_the_database_refuses_costs_no_other(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    original = MessageSession.write

    def write(self: MessageSession, items: Any, at: Any) -> Any:
        found = original(self, items, at)
        if any(item.values["text"] == "Hello 5" for item in items):
            raise IntegrityError("no Hello 5 here\nDETAIL: none")
        return found

    monkeypatch.setattr(MessageSession, "write", write)
    job = run(make_job(account, log(9)))
    assert (job.state, counts(job)) == ("done", (8, 0, 0, 1))
    problem = ImportProblem.objects.of(job).get()
    assert (problem.line, problem.reason) == (7, "The database refuses this row: no Hello 5 here")


def test_an_error_of_ours_is_said_and_starting_again_repeats_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: MessageSession, items: Any, at: Any) -> Any:
        raise ZeroDivisionError

    job = make_job(account, log(3))
    with monkeypatch.context() as patch:
        patch.setattr(MessageSession, "write", fail)
        job = run(job)
    assert job.state == "failed"
    assert "our side" in job.error
    assert counts(run(job)) == (3, 0, 0, 0)


def test_a_job_whose_workers_die_again_and_again_is_given_up(account: Account) -> None:
    job = make_job(account, log(3))
    jobs.start_run(job=job, by=None, at=NOW)
    ImportJob.objects.filter(pk=job.pk).update(attempts=running.MAX_ATTEMPTS)
    running.advance(account_id=account.pk, job_id=job.pk, now=clock)
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_lost_file_is_said(account: Account) -> None:
    job = make_job(account, log(3))
    job.path.unlink()
    assert "Upload it again" in run(job).error


def test_problems_beyond_what_is_kept_are_counted(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "KEPT_PROBLEMS", 3)
    job = run(make_job(account, log(8, bad=tuple(range(8)))), batch_rows=2)
    assert job.bad == 8
    assert ImportProblem.objects.of(job).count() == 3


def test_the_sweep_finds_what_waits_and_what_lost_its_worker(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, held, done = (make_job(account, log(n)) for n in (1, 2, 3))
    for job in (waiting, held):
        jobs.start_run(job=job, by=None, at=NOW)
    run(done)
    ImportJob.objects.filter(pk=held.pk).update(heartbeat="2999-01-01T00:00Z")
    sent: list[int] = []
    monkeypatch.setattr(tasks.run_job, "delay", lambda *, account_id, job_id: sent.append(job_id))
    tasks.continue_imports()
    assert sent == [waiting.pk]


def test_without_a_broker_the_job_waits_for_the_sweep(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.run_job, "apply_async", refuse)
    job = make_job(account, log(1))
    jobs.start_run(job=job, by=None, at=NOW)
    tasks.wake(job)
    assert ImportJob.objects.free(NOW).filter(pk=job.pk).exists()


def test_what_a_person_does_is_audited(account: Account) -> None:
    person = make_user("marketer", account)
    job = make_job(account, log(1))
    jobs.start_check(job=job, by=person, at=NOW)
    jobs.cancel(job=job, by=person, at=NOW)
    run(job)
    lines = AuditEvent.objects.filter(account_id=account.pk, object_type="import", object_id=str(job.pk)).order_by("pk")
    assert [line.verb for line in lines] == [
        "import.accepted",
        "import.check_started",
        "import.canceled",
        "import.started",
        "import.done",
    ]
    assert lines[1].by_id == person.pk
    assert lines[4].facts["new"] == 1


def test_a_done_import_is_not_started_again(account: Account) -> None:
    job = run(make_job(account, log(1)))
    for verb in (jobs.start_run, jobs.start_check, jobs.cancel):
        with pytest.raises(jobs.NotNow):
            verb(job=job, by=None, at=NOW)


def test_a_needed_field_without_a_column_is_asked_for(account: Account) -> None:
    job = make_job(account, "date,status\n2026-11-10T10:00:00Z,delivered\n")
    with pytest.raises(BadMapping, match="Phone"):
        jobs.start_run(job=job, by=None, at=NOW)


def test_a_corrected_mapping_voids_the_check(account: Account) -> None:
    job = check(make_job(account, log(3, bad=(1,))))
    jobs.set_mapping(job=job, mapping=Mapping.from_json({**job.mapping, "zone": "UTC"}), by=None, at=NOW)
    job.refresh_from_db()
    assert (job.state, job.read, job.checked) == ("uploaded", 0, {})
    assert not ImportProblem.objects.of(job).exists()


def test_presets_are_kept_by_name_in_any_case(account: Account) -> None:
    job = make_job(account, log(1))
    for name in ("Monthly", "monthly"):
        jobs.save_preset(account=account, kind=kind_of("messages"), name=name, mapping=job.plan, by=None, at=NOW)
    preset = ImportPreset.objects.of(account).get()
    assert preset.name == "monthly"
    jobs.delete_preset(preset=preset, by=None, at=NOW)
    assert not ImportPreset.objects.of(account).exists()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "lost"}, "import_state_is_known"),
        ({"sha256": "x"}, "import_sha256_is_hex"),
        ({"read": 1}, "import_every_row_is_counted"),
        ({"bad": -1, "read": -1}, "import_counts_are_not_negative"),
        ({"offset": 10**9}, "import_cursor_is_in_the_file"),
        ({"state": "failed"}, "import_failure_says_why"),
    ],
)
def test_the_database_refuses_what_the_code_must_never_write(
    account: Account, values: dict[str, Any], constraint: str
) -> None:
    job = make_job(account, log(1))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ImportJob.objects.filter(pk=job.pk).update(**values)


def test_more_rows_cost_no_more_queries(account: Account) -> None:
    run(make_job(account, log(2)))
    few, many = make_job(account, log(3)), make_job(account, log(300))
    with CaptureQueriesContext(connection) as small:
        run(few)
    with CaptureQueriesContext(connection) as large:
        run(many)
    assert len(small) == len(large)
