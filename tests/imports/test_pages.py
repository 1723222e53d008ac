"""The pages of an import, through their real addresses."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from logs.models import Message
from smsadmin.accounts.models import Account
from smsadmin.imports import running, tasks
from smsadmin.imports.models import ImportJob, ImportPreset
from tests.factories.accounts import make_account, signed_in
from tests.factories.files import check, counts, make_job, run

pytestmark = pytest.mark.django_db

GOOD = "2026-03-10T14:20:00Z,07700900123,delivered,Hello\n"
LOG = (
    "date,to,status,text\n"
    + GOOD
    + "2026-03-10 14:20:00,07700900124,klaatu,=SUM(1)\n"
    + '2026-03-10T14:20:00Z,"12,delivered,broken\n'
)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda *args, **options: None)


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def client(account: Account) -> Client:
    return signed_in("marketer", account)


def at(name: str, account: Account, job: ImportJob | None = None, **kwargs: Any) -> str:
    return reverse(name, kwargs={"account": account.slug, **({"pk": job.pk} if job else {}), **kwargs})


def upload(
    client: Client, account: Account, content: str | bytes, what: str = "messages:", name: str = "log.csv"
) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(at("import_new", account), {"what": what, "file": SimpleUploadedFile(name, data)})


def filled(page: Any, **changes: str) -> dict[str, str]:
    """The form of a page as a browser would send it."""
    form = page.context["form"]
    values = {bound.name: bound.value() for bound in form}
    return {name: str(value) for name, value in values.items() if value not in (None, False)} | changes


def test_a_marketer_brings_a_file_corrects_it_checks_it_and_imports_it(client: Client, account: Account) -> None:
    response = upload(client, account, LOG)
    job = ImportJob.objects.get()
    assert response.headers["Location"] == at("import_mapping", account, job)
    assert job.by is not None
    page = client.get(at("import_mapping", account, job))
    text = page.content.decode()
    assert "+44 7700 900123" in text
    assert "The date states no time zone" in text
    assert "Nobody has said what the status “klaatu” stands for." in text

    words = [word.text for word in page.context["form"].words]
    told = {f"word_{words.index('klaatu')}": "smsadmin:failed"}
    response = client.post(at("import_mapping", account, job), filled(page, zone="Europe/London", check="1", **told))
    assert response.headers["Location"] == at("import_check", account, job)

    assert "Checking" in client.get(at("import_check", account, job)).content.decode()
    running.advance(account_id=account.pk, job_id=job.pk)
    page = client.get(at("import_check", account, job))
    assert "Import 2 rows" in page.content.decode()
    assert not Message.objects.of(account).exists()

    response = client.post(at("import_run", account, job))
    assert response.headers["Location"] == at("import_detail", account, job)
    assert "Importing" in client.get(at("import_detail", account, job)).content.decode()
    running.advance(account_id=account.pk, job_id=job.pk)
    job.refresh_from_db()
    assert counts(job) == (2, 0, 0, 1)
    page = client.get(at("import_detail", account, job)).content.decode()
    assert "Done, but not all" in page
    assert "The quotation marks do not fit" in page or "A quotation mark is opened" in page
    assert "log.csv" in client.get(at("imports", account)).content.decode()


def test_the_file_is_kept_below_the_var_folder(client: Client, account: Account, settings: Any) -> None:
    upload(client, account, LOG)
    job = ImportJob.objects.get()
    assert job.path.read_text() == LOG
    assert job.path.is_relative_to(settings.VAR_DIR / "files" / "imports" / str(account.pk))
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []


def test_bad_rows_are_downloaded_corrected_and_imported_clean(client: Client, account: Account) -> None:
    job = run(make_job(account, LOG))
    assert counts(job) == (1, 0, 0, 2)
    response = client.get(at("import_problems_csv", account, job))
    content = response.getvalue().decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(content)))
    assert table[0] == ["date", "to", "status", "text", "line", "problem"]
    assert [(row[4], row[3]) for row in table[1:]] == [("3", "'=SUM(1)"), ("4", "broken")]
    assert "no time zone" in table[1][5]

    untouched = run(make_job(account, content))
    assert (counts(untouched)[:3], untouched.bad) == ((0, 0, 0), 2)
    table[1][0], table[1][2] = "2026-03-10T14:20:00Z", "failed"
    table[2][1] = "'+447700900125"
    buffer = io.StringIO()
    csv.writer(buffer).writerows(table)
    corrected = run(make_job(account, buffer.getvalue()))
    assert counts(corrected) == (2, 0, 0, 0)
    assert Message.objects.of(account).filter(body="=SUM(1)").exists()


@pytest.mark.parametrize(
    ("role", "status"), [("marketer", 200), ("admin", 200), ("operator", 200), ("support", 403), ("", 404)]
)
def test_who_may_import(account: Account, role: str, status: int) -> None:
    job = run(make_job(account, LOG))
    someone = signed_in(role, account)
    for name in ("imports", "import_new"):
        assert someone.get(at(name, account)).status_code == status
    for name in ("import_detail", "import_problems_csv"):
        assert someone.get(at(name, account, job)).status_code == status


@pytest.mark.parametrize(
    "name", ["import_detail", "import_mapping", "import_check", "import_run", "import_cancel", "import_problems_csv"]
)
def test_another_accounts_import_does_not_exist(account: Account, client: Client, name: str) -> None:
    theirs = make_job(make_account(), LOG)
    method = client.post if name in ("import_run", "import_cancel") else client.get
    assert method(at(name, account, theirs)).status_code == 404
    assert method(at(name, theirs.account, theirs)).status_code == 404


def test_another_accounts_preset_is_neither_offered_nor_deleted(account: Account, client: Client) -> None:
    theirs = ImportPreset.objects.create(account=make_account(), kind="messages", name="Theirs", mapping={})
    assert "Theirs" not in client.get(at("import_new", account)).content.decode()
    assert client.post(at("import_preset_delete", account, pk=theirs.pk)).status_code == 404
    assert upload(client, account, LOG, what=f"messages:#{theirs.pk}").status_code == 200
    assert not ImportJob.objects.exists()


def test_a_mapping_is_kept_and_used_for_the_next_file(account: Account, client: Client) -> None:
    job = make_job(account, LOG)
    page = client.get(at("import_mapping", account, job))
    client.post(
        at("import_mapping", account, job), filled(page, zone="Europe/Paris", preset_name="Monthly", preset="1")
    )
    kept = ImportPreset.objects.of(account).get()
    assert "Monthly (saved)" in client.get(at("import_new", account)).content.decode()
    upload(client, account, LOG.replace(",", ";"), what=f"messages:#{kept.pk}")
    newest = ImportJob.objects.latest("pk")
    assert (newest.mapping["zone"], newest.mapping["delimiter"], newest.mapping["fields"]) == (
        "Europe/Paris",
        ";",
        job.mapping["fields"],
    )
    response = client.post(at("import_preset_delete", account, pk=kept.pk))
    assert response.headers["Location"] == at("imports", account)
    assert not ImportPreset.objects.exists()


def test_an_empty_file_is_refused_at_its_field(account: Account, client: Client) -> None:
    for content in ("", "\n\n"):
        response = upload(client, account, content)
        assert "The file is empty." in response.content.decode()
    assert not ImportJob.objects.exists()


def test_a_file_that_is_too_large_is_refused_at_its_field(account: Account, client: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 10
    assert "at most 10\xa0bytes can be taken" in upload(client, account, LOG).content.decode()
    assert not ImportJob.objects.exists()


def test_what_its_header_calls_too_large_is_not_kept_and_the_page_is_not_lost(
    account: Account, client: Client, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = 10
    client.handler.enforce_csrf_checks = True
    page = client.get(at("import_new", account))
    kept = {"csrfmiddlewaretoken": str(page.context["csrf_token"]), "what": "members:"}
    response = client.post(at("import_new", account), {**kept, "file": SimpleUploadedFile("log.csv", b"x" * 200_000)})
    text = response.content.decode()
    assert response.status_code == 200
    assert not response.wsgi_request.FILES
    assert "The file has 195.7\xa0KB, at most 10\xa0bytes can be taken. Split it." in text
    assert "Choose a CSV file." not in text
    assert '<option value="members:" selected>' in text
    assert not ImportJob.objects.exists()


def test_a_wrong_encoding_is_corrected_and_the_columns_are_read_anew(account: Account, client: Client) -> None:
    job = make_job(account, "date,to,Téxt\n2026-03-10T14:20:00Z,07700900123,Grüße\n".encode("cp1252"))
    page = client.get(at("import_mapping", account, job))
    client.post(at("import_mapping", account, job), filled(page, encoding="cp437", check="1"))
    job.refresh_from_db()
    assert (job.state, job.mapping["encoding"]) == ("uploaded", "cp437")
    assert job.mapping["columns"][2] != "Téxt"
    page = client.get(at("import_mapping", account, job))
    client.post(at("import_mapping", account, job), filled(page, encoding="cp1252", preview="1"))
    assert "Grüße" in client.get(at("import_mapping", account, job)).content.decode()


def test_two_columns_for_one_field_are_refused_at_the_second(account: Account, client: Client) -> None:
    job = make_job(account, LOG)
    page = client.get(at("import_mapping", account, job))
    response = client.post(at("import_mapping", account, job), filled(page, column_3="phone", check="1"))
    assert "Another column is taken for this already" in response.content.decode()


def test_a_needed_column_is_asked_for(account: Account, client: Client) -> None:
    job = make_job(account, LOG)
    page = client.get(at("import_mapping", account, job))
    response = client.post(at("import_mapping", account, job), filled(page, column_1="", check="1"))
    assert "Which column holds “Phone”?" in response.content.decode()


def test_the_same_file_is_noticed(account: Account, client: Client) -> None:
    run(make_job(account, LOG))
    job = make_job(account, LOG)
    assert "This very file was imported before." in client.get(at("import_mapping", account, job)).content.decode()


def test_progress_is_polled_and_ends_with_the_report(account: Account, client: Client) -> None:
    job = make_job(account, LOG)
    ImportJob.objects.filter(pk=job.pk).update(state="running")
    poll = client.get(at("import_detail", account, job), headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in poll.content.decode()
    assert "<html" not in poll.content.decode()
    assert "HX-Refresh" not in poll.headers
    plain = client.get(at("import_detail", account, job)).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in plain
    ImportJob.objects.filter(pk=job.pk).update(state="uploaded")
    run(job)
    assert client.get(at("import_detail", account, job), headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_a_run_is_canceled_and_started_again(account: Account, client: Client) -> None:
    job = check(make_job(account, LOG))
    client.post(at("import_run", account, job))
    assert client.post(at("import_cancel", account, job)).headers["Location"] == at("import_detail", account, job)
    job.refresh_from_db()
    assert job.state == "canceled"
    assert "Start again" in client.get(at("import_detail", account, job)).content.decode()
    assert "not running" in client.post(at("import_cancel", account, job), follow=True).content.decode()
    client.post(at("import_run", account, job))
    job.refresh_from_db()
    assert job.state == "running"


def test_pages_send_one_to_where_the_import_is(account: Account, client: Client) -> None:
    job = make_job(account, LOG)
    assert client.get(at("import_detail", account, job), follow=True).redirect_chain[-1][0] == at(
        "import_mapping", account, job
    )
    run(job)
    for name in ("import_mapping", "import_check"):
        assert client.get(at(name, account, job)).headers["Location"] == at("import_detail", account, job)


def test_what_changes_something_is_posted(account: Account, client: Client) -> None:
    job = make_job(account, LOG)
    for name in ("import_run", "import_cancel"):
        assert client.get(at(name, account, job)).status_code == 405


def test_more_imports_cost_the_list_no_more_queries(account: Account, client: Client) -> None:
    make_job(account, LOG)
    client.get(at("imports", account))
    with CaptureQueriesContext(connection) as few:
        client.get(at("imports", account))
    for n in range(5):
        make_job(account, LOG + GOOD * n)
    with CaptureQueriesContext(connection) as many:
        client.get(at("imports", account))
    assert len(few) == len(many)


def test_the_list_has_older_pages(account: Account, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsadmin.imports.views.files.PAGE", 2)
    first, *_rest = (make_job(account, LOG) for _n in range(3))
    page = client.get(at("imports", account))
    assert page.context["older"] is not None
    older = client.get(at("imports", account), {"before": page.context["older"]})
    assert [job.pk for job, _badge in older.context["jobs"]] == [first.pk]
    assert client.get(at("imports", account), {"before": "x"}).status_code == 200


def test_bad_rows_have_pages(account: Account, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsadmin.imports.views.progress.SHOWN_PROBLEMS", 1)
    job = run(make_job(account, LOG))
    page = client.get(at("import_detail", account, job))
    assert [problem.line for problem, _label in page.context["problems"]] == [3]
    page = client.get(at("import_detail", account, job), {"after": page.context["further"]})
    assert [problem.line for problem, _label in page.context["problems"]] == [4]
    assert page.context["further"] is None


def test_members_are_imported_by_the_same_pages(account: Account, client: Client) -> None:
    upload(client, account, "name,phone\nAnn,07700900123\n", what="members:")
    job = ImportJob.objects.get()
    page = client.get(at("import_mapping", account, job))
    assert "Statuses" not in page.content.decode()
    client.post(at("import_mapping", account, job), filled(page, check="1"))
    running.advance(account_id=account.pk, job_id=job.pk)
    assert "Import 1 row" in client.get(at("import_check", account, job)).content.decode()
