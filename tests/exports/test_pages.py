"""The pages of an export, through their real addresses."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from logs.models import Source
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.exports import jobs, running, tasks
from smsadmin.exports.models import Export
from tests.factories.accounts import make_account, make_user, signed_in
from tests.factories.exports import make_export, make_file_of, written
from tests.factories.members import make_member
from tests.factories.messages import make_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a broker would have been told."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.run_export, "apply_async", lambda *, kwargs, **options: told.append(kwargs))
    return told


@pytest.fixture
def account() -> Account:
    return make_account("coffee")


@pytest.fixture
def client(account: Account) -> Client:
    return signed_in("marketer", account)


def at(name: str, account: Account, export: Export | None = None) -> str:
    return reverse(name, kwargs={"account": account.slug, **({"pk": export.pk} if export else {})})


def ask(client: Client, account: Account, kind: str = "messages", file_format: str = "csv", query: str = "") -> Any:
    return client.post(at("export_new", account), {"kind": kind, "format": file_format, "query": query})


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def ready(account: Account, kind: str = "members", **options: Any) -> Export:
    """A file that is ready today."""
    export = make_export(account, kind, at=timezone.now(), **options)

    running.advance(account_id=account.pk, export_id=export.pk, beat=None)
    export.refresh_from_db()
    return export


def test_a_small_csv_is_the_answer_itself_and_stands_among_the_exports(client: Client, account: Account) -> None:
    make_message(account, body="Zoë, hello")
    make_message(account, body="booked")
    response = ask(client, account, query="q=hello&from=all")
    export = Export.objects.get()
    day = account.local(export.made_at).date().isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="coffee-messages-{day}-{export.pk}.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    whole = body(response)
    assert int(response["Content-Length"]) == len(whole)
    (row,) = csv.DictReader(io.StringIO(whole.decode("utf-8-sig")))
    assert row["text"] == "Zoë, hello"
    page = client.get(at("exports", account)).content.decode()
    assert "Messages · All time" in page
    assert "Words in the text: hello" in page
    assert at("export_download", account, export) in page


def test_a_workbook_is_written_in_the_background_with_a_page_that_shows_how_far_it_is(
    client: Client, account: Account, woken: list[dict[str, Any]], django_capture_on_commit_callbacks: Any
) -> None:
    make_member(account)
    with django_capture_on_commit_callbacks(execute=True):
        response = ask(client, account, "members", "xlsx")
    export = Export.objects.get()
    assert response["Location"] == at("export", account, export)
    assert woken == [{"account_id": account.pk, "export_id": export.pk}]
    page = client.get(at("export", account, export)).content.decode()
    assert "Waiting for a worker" in page
    assert 'http-equiv="refresh"' in page
    assert "hx-get" in page
    part = client.get(at("export", account, export), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part.headers
    assert "<html" not in part.content.decode()
    written(export)
    part = client.get(at("export", account, export), headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"


def test_half_way_the_page_says_rows_percent_and_time(client: Client, account: Account) -> None:
    export = make_export(account, "members")
    Export.objects.filter(pk=export.pk).update(
        state="running",
        rows=630_000,
        total=1_000_000,
        total_is_exact=False,
        started_at=timezone.now() - timedelta(minutes=4),
        heartbeat=timezone.now(),
    )
    page = client.get(at("export", account, export)).content.decode()
    assert "630,000 of about 1" in page
    assert "63 %, about 2 minutes left" in page
    listed = client.get(at("exports", account)).content.decode()
    assert "63 %" in listed
    assert 'http-equiv="refresh"' in listed


@pytest.mark.parametrize(
    ("kind", "file_format", "query", "said"),
    [
        ("nonsense", "csv", "", "nothing of that kind"),
        ("messages", "exe", "", "no such format"),
        ("messages", "csv", "status=klaatu", "Status: Select a valid choice"),
        ("messages", "csv", "from=yesterday", "Write a day as 2026-03-09"),
        ("messages", "csv", "template=%00", "Template: Select a valid choice"),
        ("member_messages", "csv", "member=1", "no such member"),
    ],
)
def test_what_is_not_understood_is_said_and_no_file_is_asked_for(
    client: Client, account: Account, kind: str, file_format: str, query: str, said: str
) -> None:
    response = client.post(
        at("export_new", account), {"kind": kind, "format": file_format, "query": query}, follow=True
    )
    assert said in response.content.decode()
    assert not Export.objects.exists()


def test_a_download_is_noted_without_phone_numbers(client: Client, account: Account) -> None:
    make_message(account, phone="+447700900142")
    body(ask(client, account, query="phone=07700+900142&q=Write+to+07700900142&from=all"))
    export = Export.objects.get()
    body(client.get(at("export_download", account, export)))
    found = AuditEvent.objects.filter(object_type="export", object_id=str(export.pk)).order_by("pk")
    assert [event.verb for event in found] == [
        "export.started",
        "export.done",
        "export.downloaded",
        "export.downloaded",
    ]
    facts = found.last().facts
    assert facts["filters"] == [["Phone number", "…"], ["Words in the text", "Write to …"]]
    assert facts["rows"] == export.rows
    assert all("900142" not in str(event.facts) for event in found)


def test_nobody_downloads_more_than_they_would_see(account: Account) -> None:
    make_message(account, body="Your code is 481923", source=Source.APP_LOGIN)
    export = ready(account, "messages", by=make_user("admin", account))
    marketer, admin = signed_in("marketer", account), signed_in("admin", account)
    assert marketer.get(at("export_download", account, export)).status_code == 403
    assert "Not for your role" in marketer.get(at("exports", account)).content.decode()
    page = marketer.get(at("export", account, export)).content.decode()
    assert "ask for a file of your own" in page
    assert b"481923" in body(admin.get(at("export_download", account, export)))


@pytest.mark.parametrize("name", ["export", "export_download", "export_cancel"])
def test_another_accounts_export_is_not_found(client: Client, account: Account, name: str) -> None:
    theirs = make_file_of(make_account(), "members")
    url = at(name, account, theirs)
    response = client.post(url) if name == "export_cancel" else client.get(url)
    assert response.status_code == 404
    assert "No file was asked for yet" in client.get(at("exports", account)).content.decode()


def test_support_has_no_button_and_no_way(account: Account) -> None:
    make_member(account)
    support = signed_in("support", account)
    assert "data-export" not in support.get(reverse("members", args=[account.slug])).content.decode()
    assert ask(support, account, "members").status_code == 403
    assert not Export.objects.exists()


def test_the_lists_offer_what_they_show(client: Client, account: Account) -> None:
    member = make_member(account)
    make_message(account, member_id=member.pk, phone=member.phone)
    for url, kind, query in (
        (reverse("messages", args=[account.slug]) + "?q=x&from=all", "messages", "q=x&amp;from=all"),
        (reverse("members", args=[account.slug]) + "?tag=vip", "members", "tag=vip"),
        (reverse("member", args=[account.slug, member.pk]), "member_messages", f"member={member.pk}"),
    ):
        page = client.get(url).content.decode()
        assert f'<input type="hidden" name="kind" value="{kind}">' in page
        assert f'<input type="hidden" name="query" value="{query}">' in page


def test_canceled_failed_and_expired_say_so_and_offer_it_again(client: Client, account: Account) -> None:
    export = make_export(account, "members")
    response = client.post(at("export_cancel", account, export), follow=True)
    assert "It was canceled. There is no file." in response.content.decode()
    assert "Ask for it again" in response.content.decode()
    response = client.post(at("export_cancel", account, export), follow=True)
    assert "not being written any more" in response.content.decode()
    Export.objects.filter(pk=export.pk).update(state="failed", error="Something went wrong.")
    assert "Something went wrong." in client.get(at("export", account, export)).content.decode()
    Export.objects.filter(pk=export.pk).update(state="expired")
    assert "is deleted now" in client.get(at("export", account, export)).content.decode()
    response = client.get(at("export_download", account, export), follow=True)
    assert "There is no file to download here" in response.content.decode()


def test_a_file_that_is_gone_from_the_disk_is_no_error_of_the_page(client: Client, account: Account) -> None:
    export = ready(account)
    export.path.unlink()
    response = client.get(at("export_download", account, export), follow=True)
    assert "gone from our disk" in response.content.decode()


def test_too_many_at_once_are_told_to_wait(client: Client, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_WORKING", 0)
    response = client.post(at("export_new", account), {"kind": "members", "format": "xlsx", "query": ""}, follow=True)
    assert "Ten files are being written already" in response.content.decode()


def test_the_list_asks_as_much_for_many_files_as_for_few(client: Client, account: Account) -> None:
    counted = []
    for n in (2, 7):
        for _ in range(n):
            ready(account, by=make_user("marketer", account))
        with CaptureQueriesContext(connection) as asked:
            client.get(at("exports", account))
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_older_files_are_a_page_further(client: Client, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsadmin.exports.views.progress.PAGE", 2)
    first, second, third = (ready(account) for _ in range(3))
    page = client.get(at("exports", account)).content.decode()
    assert at("export", account, third) in page
    assert at("export", account, first) not in page
    page = client.get(at("exports", account) + f"?before={second.pk}").content.decode()
    assert at("export", account, first) in page
    assert client.get(at("exports", account) + "?before=x").status_code == 200


def test_before_the_first_file_the_page_says_how_to_get_one(client: Client, account: Account) -> None:
    assert "No file was asked for yet" in client.get(at("exports", account)).content.decode()
