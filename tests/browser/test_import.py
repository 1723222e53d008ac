"""A file with bad rows: brought, mapped, checked, imported, its bad rows corrected and brought again."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from logs.models import Message
from smsadmin.accounts.models import Account
from smsadmin.celery import app
from smsadmin.imports import running
from smsadmin.imports.models import ImportJob
from tests.factories.accounts import make_account, make_user
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser

DAY = datetime.now(UTC) - timedelta(days=2)
STAMP = f"{DAY:%Y-%m-%dT%H:%M:%SZ}"
LOG = f"""\
date,to,status,note
{STAMP},07700 900123,delivered,Your table is booked
{STAMP},+44 7700 900124,failed,Cake is on us this week
{DAY:%Y-%m-%d %H:%M},07700 900125,delivered,A date without a zone
{STAMP},12,delivered,An impossible phone
{STAMP},07700 900126,klaatu,A status that nobody knows
{STAMP},07700 900127,delivered,"Broken quoting
"""


@pytest.fixture
def account(site: str) -> Account:
    return make_account(name="Importers")


@pytest.fixture
def eager_worker() -> Iterator[None]:
    """Work is done at once, where it is asked for."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def idle_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work waits, until the test does it."""
    monkeypatch.setattr("smsadmin.imports.tasks.run_job.apply_async", lambda *args, **options: None)


def marketer(person_at: Callable[..., Person], account: Account, *window: str, **options: Any) -> Person:
    person = person_at(*window, **options)
    person.enter(make_user("marketer", account).email)
    return person


def upload(person: Person, account: Account, name: str, content: str, what: str = "") -> Page:
    page = person.visit(f"/{account.slug}/imports/new/")
    if what:
        page.get_by_label("What is in the file?").select_option(label=what)
    page.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile("/mapping/"))
    return page


def check_and_import(page: Page) -> None:
    page.get_by_role("button", name="Check the whole file").click()
    page.get_by_role("button", name=re.compile("^Import ")).click()
    expect(page.locator(".sa-tally")).to_be_visible()


def tally(page: Page) -> dict[str, int]:
    cells = page.locator(".sa-tally > div").all()
    return {cell.locator("span").inner_text(): int(cell.locator("b").inner_text()) for cell in cells}


@pytest.mark.parametrize("size", ["wide", pytest.param("narrow", marks=pytest.mark.slow)])
@pytest.mark.usefixtures("eager_worker")
def test_bad_rows_are_reported_corrected_and_imported_again(
    person_at: Callable[..., Person], account: Account, tmp_path: Path, size: str
) -> None:
    person = marketer(person_at, account, size)
    page = upload(person, account, "march.csv", LOG)
    expect(page.get_by_text("The date states no time zone").first).to_be_visible()
    person.check()
    page.get_by_label("Field for “note”").select_option(label="Text")
    page.get_by_role("textbox", name="Name").fill("Our till")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Our till")).to_be_visible()

    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_text("Nothing was written yet.")).to_be_visible()
    assert tally(page) == {"rows read": 6, "new": 2, "changed": 0, "already there": 0, "bad": 4}
    assert not Message.objects.of(account).exists()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_text("Done, but not all")).to_be_visible()
    for reason in ("no time zone", "phone", "klaatu", "quotation mark"):
        expect(page.locator("#problems")).to_contain_text(re.compile(reason, re.IGNORECASE))
    person.check()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the bad rows").click()
    download.value.save_as(tmp_path / "bad.csv")
    corrected = correct((tmp_path / "bad.csv").read_text("utf-8-sig"))
    page = upload(person, account, "march-corrected.csv", corrected, what="Our till (saved)")
    check_and_import(page)
    assert tally(page) == {"rows read": 4, "new": 4, "changed": 0, "already there": 0, "bad": 0}
    expect(page.locator(".sa-head .sa-st")).to_have_text("Done")

    page = person.visit(f"/{account.slug}/messages/")
    expect(page.locator("main tbody tr")).to_have_count(6)
    for text in ("Your table is booked", "A date without a zone", "Broken quoting"):
        expect(page.get_by_role("link", name=text)).to_be_visible()
    page = upload(person, account, "march-again.csv", LOG, what="Our till (saved)")
    check = page.get_by_text("This very file was imported before.")
    expect(check).to_be_visible()
    page.get_by_role("button", name="Check the whole file").click()
    assert tally(page)["already there"] == 2
    assert tally(page)["new"] == 0


def correct(content: str) -> str:
    """What a person does in a spreadsheet."""
    table = list(csv.DictReader(io.StringIO(content)))
    assert [row["line"] for row in table] == ["4", "5", "6", "7"]
    table[0]["date"] = STAMP
    table[1]["to"] = "07700 900128"
    table[2]["status"] = "expired"
    assert "Broken quoting" in table[3]["note"]
    table[3]["note"] = "Broken quoting, mended"
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, table[0])
    writer.writeheader()
    writer.writerows(table)
    return buffer.getvalue()


@pytest.mark.usefixtures("idle_worker")
def test_a_page_follows_the_work_and_shows_its_report_by_itself(
    person_at: Callable[..., Person], account: Account
) -> None:
    person = marketer(person_at, account)
    page = upload(person, account, "log.csv", LOG)
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    person.check()
    job = ImportJob.objects.of(account).get()
    running.advance(account_id=account.pk, job_id=job.pk)
    expect(page.get_by_role("button", name="Import 2 rows")).to_be_visible()

    page.get_by_role("button", name="Import 2 rows").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status").filter(has_text="Stopped.")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    running.advance(account_id=account.pk, job_id=job.pk)
    expect(page.get_by_text("Done, but not all")).to_be_visible()


@pytest.mark.usefixtures("eager_worker")
def test_an_empty_file_is_refused_at_its_field(person_at: Callable[..., Person], account: Account) -> None:
    person = marketer(person_at, account)
    page = person.visit(f"/{account.slug}/imports/new/")
    file = {"name": "empty.csv", "mimeType": "text/csv", "buffer": b""}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".sa-error")).to_be_visible()
    person.check()
    assert not ImportJob.objects.of(account).exists()


@pytest.mark.usefixtures("eager_worker")
def test_the_report_reads_without_a_script(person_at: Callable[..., Person], account: Account) -> None:
    person = marketer(person_at, account, java_script_enabled=False)
    page = upload(person, account, "log.csv", LOG)
    page.get_by_label("Field for “note”").select_option(label="Text")
    check_and_import(page)
    assert tally(page)["bad"] == 4
    expect(page.locator("#problems")).to_contain_text("klaatu")
    expect(page.get_by_role("link", name="Download the bad rows")).to_be_visible()
