"""Consent in Chromium: look a number up, record an opt-out, see it in the report, download the evidence and read it."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from consent import ledger
from consent.ledger import Event, Happening, Source
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user
from tests.fixtures.browser import Person

pytestmark = pytest.mark.browser

SHOWN = "+44 20 7946 0655"
PHONE = "+442079460655"


def fill(account: Account) -> None:
    """A few numbers in each status."""
    now = datetime.now(UTC)
    events = [Event.OPTED_IN, Event.OPTED_IN, Event.REQUESTED, Event.OPTED_OUT, Event.DENIED]
    sources = [Source.APP, Source.POS, Source.HUB, Source.REPLY, Source.SUPPORT]
    items = [
        Happening(
            f"+44770090{n:04d}", 1, events[n % 5], sources[n % 5], now - timedelta(hours=7 * n),
            text="STOP" if n % 5 == 3 else "",
        )
        for n in range(100, 140)
    ]  # fmt: skip
    ledger.record_many(account=account, items=items, by=None)
    ledger.record(
        account=account,
        phone=PHONE,
        purpose=None,
        event=Event.OPTED_IN,
        source=Source.APP,
        by=None,
        at=now - timedelta(days=40),
        text="I want offers by SMS. I can stop them any time by replying STOP.",
        ip="192.0.2.7",
        user_agent="HarbourApp/4.1",
    )


def test_a_number_is_looked_up_opted_out_and_proved(person_at: Callable[..., Person]) -> None:
    account = Account.objects.get(slug="demo")
    fill(account)
    person = person_at()
    person.enter("support@demo.example")
    page = person.visit("/demo/consent/")
    person.check_everywhere()
    page.get_by_label("Phone number").last.fill("020 7946 0655")
    page.get_by_role("button", name="Look up").last.click()
    page.get_by_role("heading", name=SHOWN).wait_for()
    person.check_everywhere()

    page.get_by_role("link", name="Record consent").click()
    page.get_by_label("What happened").select_option(label="Opted out")
    page.get_by_label("For which messages").select_option(label="Both")
    page.get_by_label("Reason").fill("Called on Sunday, wants no more texts.")
    person.check_everywhere()
    page.get_by_role("button", name="Check").click()
    assert "Opted in → Opted out" in page.locator("main").inner_text()
    person.check_everywhere()
    page.get_by_role("button", name="Record it").click()
    assert "Opted out through support" in page.locator("main").inner_text()

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Evidence, PDF").click()
    document = pypdfium2.PdfDocument(waiting.value.path())
    text = "".join("".join(sheet.get_textpage().get_text_range() for sheet in document).split())
    assert "Calledon" in text
    assert "Checked:2of2eventshold" in text

    person.visit("/demo/consent/?status=opted-out&status=denied")
    assert SHOWN in page.locator("table tbody tr").first.inner_text()


def test_the_report_is_downloaded_as_it_is_filtered_and_read_back(person_at: Callable[..., Person], site: str) -> None:
    account = make_account(name="Downloaders", time_zone="Europe/London")
    fill(account)
    person = person_at()
    person.enter(make_user("marketer", account).email)
    page = person.visit(f"/{account.slug}/consent/?status=opted-out&status=denied")
    page.locator("summary", has_text="Download").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="As CSV").click()
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text("utf-8-sig"))))
    assert len(rows) == 16
    assert {row["status"] for row in rows} == {"opted-out", "denied"}
    assert rows[0]["phone"] == "'+447700900103", "the latest change first, as text for a spreadsheet"
