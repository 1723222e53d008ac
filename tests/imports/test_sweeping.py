"""Files of imports that ended long ago go; what was found stays."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.imports import sweeping
from smsadmin.imports.models import ImportJob
from tests.factories.accounts import make_account, signed_in
from tests.factories.files import make_job, run

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LOG = "date,to,status,text\n2026-03-10T14:20:00Z,07700900123,delivered,Hello\nnever,07700900124,delivered,Hello\n"
State = ImportJob.State


@pytest.fixture
def account() -> Account:
    return make_account("harbour")


def ended(account: Account, state: str, days: float) -> ImportJob:
    job = make_job(account, LOG)
    run(job)
    error = "The disk is full." if state == State.FAILED else ""
    ImportJob.objects.filter(pk=job.pk).update(state=state, error=error, finished_at=NOW - timedelta(days=days))
    job.refresh_from_db()
    return job


def test_the_file_goes_and_the_report_stays(account: Account) -> None:
    job = ended(account, State.DONE, days=30)
    path, audited = job.path, AuditEvent.objects.count()
    assert sweeping.forget_files(at=NOW) == 1
    assert not path.exists()
    assert sweeping.forget_files(at=NOW) == 0
    assert AuditEvent.objects.count() == audited
    page = signed_in("marketer", account).get(reverse("import_detail", args=[account.slug, job.pk])).text
    assert "The file itself is no longer kept" in page
    assert "Download the bad rows" in page


@pytest.mark.parametrize(
    ("state", "days"),
    [(State.DONE, 29.9), *((state, 90) for state in State if state != State.DONE)],
)
def test_a_file_that_may_still_be_asked_for_stays(account: Account, state: str, days: float) -> None:
    job = ended(account, state, days)
    assert sweeping.forget_files(at=NOW) == 0
    assert job.path.exists()


def test_a_file_that_is_gone_already_is_no_trouble(account: Account) -> None:
    job = ended(account, State.DONE, days=31)
    job.path.unlink()
    assert sweeping.forget_files(at=NOW) == 1


def test_a_file_with_more_bad_rows_than_are_kept_stays(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "KEPT_PROBLEMS", 0)
    job = ended(account, State.DONE, days=90)
    assert sweeping.forget_files(at=NOW) == 0
    assert job.path.exists()
