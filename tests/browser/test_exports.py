"""A list downloaded in Chromium and read back; a large one with its progress, whoever looks at it how."""

import csv
import io
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from smsadmin.accounts.models import Account
from smsadmin.exports import running
from smsadmin.exports.models import Export
from tests.factories.accounts import make_account, make_user
from tests.factories.exports import make_export
from tests.factories.members import make_member
from tests.factories.messages import make_message
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser


@pytest.fixture
def account(site: str) -> Account:
    return make_account(name="Exporters", time_zone="Asia/Kolkata")


@pytest.fixture(autouse=True)
def _idle_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work waits, until the test does it."""
    monkeypatch.setattr("smsadmin.exports.tasks.run_export.apply_async", lambda *args, **options: None)


def marketer(person_at: Callable[..., Person], account: Account, *window: str, **options: bool) -> Person:
    person = person_at(*window, **options)
    person.enter(make_user("marketer", account).email)
    return person


def picture(page: Page, name: str) -> None:
    """For people who work on the pages: SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def work(account: Account) -> None:
    for export in Export.objects.of(account).filter(state__in=Export.WORKING):
        running.advance(account_id=account.pk, export_id=export.pk)


@pytest.mark.parametrize("scripts", [True, False])
def test_what_a_list_shows_is_downloaded_and_read_back(
    person_at: Callable[..., Person], account: Account, scripts: bool
) -> None:
    for body in ("=1+1", "hello Zoë", "hello Maya"):
        make_message(account, body=body)
    person = marketer(person_at, account, java_script_enabled=scripts)
    page = person.visit(f"/{account.slug}/messages/?q=hello")
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="As CSV").click()
    found = downloading.value
    assert re.fullmatch(rf"{account.slug}-messages-[\d-]+\.csv", found.suggested_filename)
    rows = list(csv.DictReader(io.StringIO(found.path().read_text("utf-8-sig"))))
    assert [row["text"] for row in rows] == ["hello Maya", "hello Zoë"]
    assert all(row["requested_at"].endswith("+05:30") for row in rows)


def test_a_workbook_is_asked_for_watched_and_opened(person_at: Callable[..., Person], account: Account) -> None:
    make_member(account, name="=Maya()")
    person = marketer(person_at, account)
    page = person.visit(f"/{account.slug}/members/")
    page.locator("summary", has_text="Download").click()
    picture(page, "button")
    page.get_by_role("button", name="As an Excel file").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    person.check_everywhere()
    picture(page, "waiting")
    work(account)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download").click()
    sheet = load_workbook(io.BytesIO(downloading.value.path().read_bytes())).active
    assert [sheet["B1"].value, sheet["B2"].value] == ["name", "=Maya()"]
    picture(page, "ready")


def test_the_page_of_exports_is_for_everybody(person_at: Callable[..., Person], account: Account) -> None:
    user = make_user("marketer", account)
    make_message(account, phone="+447700900142")
    now = timezone.now()
    params = {"phone": ["07700900142"], "status": ["delivered", "failed"], "from": ["all"]}
    for kind, chosen in (("messages", params), ("members", {}), ("messages", {})):
        make_export(account, kind, params=chosen, by=user, at=now)
    work(account)
    canceled, failed, half = (make_export(account, "members", by=user, at=now, format="xlsx") for _ in range(3))
    Export.objects.filter(pk=canceled.pk).update(state="canceled")
    Export.objects.filter(pk=failed.pk).update(state="failed", error="Something went wrong on our side.")
    started = now - timedelta(minutes=4)
    Export.objects.filter(pk=half.pk).update(
        state="running", rows=630_000, total=1_000_000, total_is_exact=False, started_at=started, heartbeat=now
    )
    person = marketer(person_at, account)
    for name, path in (("list", ""), ("running", f"{half.pk}/"), ("failed", f"{failed.pk}/")):
        page = person.visit(f"/{account.slug}/exports/{path}")
        person.check_everywhere()
        for size, scheme in (("wide", "light"), ("wide", "dark"), ("narrow", "light"), ("narrow", "dark")):
            if os.environ.get("SCREENSHOTS"):
                other = marketer(person_at, account, size, scheme)
                picture(other.visit(f"/{account.slug}/exports/{path}"), f"{name}-{size}-{scheme}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
