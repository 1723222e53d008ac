"""The SMS Status report as a file."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from consent import ledger
from consent.ledger import Event, Happening, Source
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MAYA, DAN = "+447700900142", "+447700900209"


@pytest.fixture
def account(db: None) -> Account:
    account = make_account("harbour")
    items = [
        Happening(MAYA, 1, Event.OPTED_IN, Source.APP, NOON, text="=SUM(A1)"),
        Happening(DAN, 1, Event.OPTED_OUT, Source.REPLY, NOON + timedelta(hours=1), text="STOP"),
        Happening(DAN, 2, Event.OPTED_IN, Source.APP, NOON),
    ]
    ledger.record_many(account=account, items=items, by=None)
    make_member(account, phone=MAYA, name="Maya")
    make_member(account, phone=MAYA, name="Noor")
    make_member(make_account(), phone=DAN, name="Somebody else")
    return account


def download(account: Account, query: str = "") -> list[dict[str, Any]]:
    client = signed_in("marketer", account)
    sent = {"kind": "consent", "query": query, "format": "csv"}
    response = client.post(reverse("export_new", args=[account.slug]), sent)
    assert response.status_code == 200, response.get("Location")
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_whole_table_comes_out_the_latest_first(account: Account) -> None:
    dan, maya = download(account)
    assert list(dan) == [
        "phone", "name", "status", "since (Europe/London)", "source", "event", "text", "recorded_by",
        "last_event (Europe/London)",
    ]  # fmt: skip
    assert (dan["phone"], dan["name"], dan["status"], dan["source"]) == (f"'{DAN}", "", "opted-out", "reply")
    assert (dan["event"], dan["text"]) == ("opted-out", "STOP")
    assert (maya["name"], maya["status"]) == ("Maya, Noor", "opted-in")
    assert maya["since (Europe/London)"].startswith("2026-03-03")
    assert maya["text"] == "'=SUM(A1)"


def test_the_filters_of_the_page_hold(account: Account) -> None:
    assert [row["phone"] for row in download(account, "status=opted-in")] == [f"'{MAYA}"]
    assert download(account, "source=carrier") == []
