"""The pages of reminders: whom they would reach, sending exactly those, how far a run is, stopping it, the flyer."""

from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.models import Reminder, ReminderRun
from logs.reminding import starting, working
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.reminders import allow_reminders, begin, make_pending
from tests.fixtures.mail import Postbox

pytestmark = pytest.mark.django_db

LIST, NEW, FLYER = "/harbour/reminders/", "/harbour/reminders/new/", "/harbour/reminders/flyer.pdf"


@pytest.fixture
def account() -> Account:
    made = make_account("harbour", name="Harbour Coffee")
    allow_reminders(made)
    return made


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_it_is_counted_before_anything_is_sent(support: Client, account: Account) -> None:
    assert "Remind 1" not in text(support.get(NEW))
    make_pending(account, tags=["vip"])
    make_pending(account, email="")
    page = text(support.get(NEW, {"channel": "email"}))
    assert "2 members are pending." in page
    assert "Remind 1 member<" in page
    assert "no e-mail address" in page
    assert "Remind 2 members" in text(support.get(NEW, {"channel": "sms"}))
    assert "There is nobody to remind." in text(support.get(NEW, {"channel": "sms", "tag": "none"}))
    assert not ReminderRun.objects.exists()


def test_pressing_send_reminds_exactly_those(support: Client, account: Account, postbox: Postbox) -> None:
    chosen = make_pending(account, tags=["vip"])
    make_pending(account)
    response = support.post(f"{NEW}?channel=email&tag=vip", {"expected": "1"})
    run = ReminderRun.objects.get()
    assert response["Location"] == f"{LIST}{run.pk}/"
    assert list(Reminder.objects.values_list("phone", flat=True)) == [chosen.phone]
    working.advance(account_id=account.pk, run_id=run.pk)
    assert postbox.recipients == [chosen.email]
    page = text(support.get(f"{LIST}{run.pk}/"))
    assert "Done" in page
    assert "E-mail with the flyer" in text(support.get(LIST))


@pytest.mark.parametrize("expected", ["2", "0", "", "-1", "x", "9" * 30, "²"])
def test_another_number_than_was_seen_sends_nothing(support: Client, account: Account, expected: str) -> None:
    make_pending(account)
    page = text(support.post(f"{NEW}?channel=email", {"expected": expected}))
    assert "The number has changed." in page
    assert "Remind 1 member<" in page
    assert not ReminderRun.objects.exists()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("channel=pigeon", "Select a valid choice"),
        ("channel=email&phone=notaphone", "phone"),
    ],
)
def test_what_is_wrong_in_the_address_is_told_and_sends_nothing(
    support: Client, account: Account, query: str, sentence: str
) -> None:
    make_pending(account)
    for response in (support.get(f"{NEW}?{query}"), support.post(f"{NEW}?{query}", {"expected": "1"})):
        assert sentence in text(response)
        assert "sa-error" in text(response)
    assert not ReminderRun.objects.exists()


def test_what_the_account_does_not_allow_is_told(support: Client, account: Account) -> None:
    account.consentrules.request_by_sms = False
    account.consentrules.short_code = ""
    account.consentrules.save()
    assert "does not ask for consent by SMS" in text(support.get(NEW, {"channel": "sms"}))
    assert "needs the number that people text to" in text(support.get(NEW, {"channel": "email"}))


def test_the_page_asks_for_itself_until_it_is_done(support: Client, account: Account) -> None:
    make_pending(account)
    run = begin(account)
    url = f"{LIST}{run.pk}/"
    page = text(support.get(url))
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    part = support.get(url, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part
    assert "<html" not in text(part)
    starting.stop(run=run, by=None, at=run.made_at)
    assert support.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "every 2s" not in text(support.get(url))


def test_a_run_is_stopped_by_who_may(support: Client, account: Account) -> None:
    make_pending(account)
    run = begin(account)
    url = f"{LIST}{run.pk}/"
    assert signed_in("marketer", account).post(url).status_code == 403
    assert "Stopped." in text(support.post(url, follow=True))
    run.refresh_from_db()
    assert run.state == ReminderRun.State.STOPPED
    assert "It had ended already." in text(support.post(url, follow=True))


def test_another_accounts_run_is_not_found(support: Client) -> None:
    theirs = make_account("theirs")
    allow_reminders(theirs)
    make_pending(theirs)
    run = begin(theirs)
    assert support.get(f"{LIST}{run.pk}/").status_code == 404
    assert support.post(f"{LIST}{run.pk}/").status_code == 404


def test_the_list_costs_as_many_queries_with_2_and_with_20_runs(support: Client, account: Account) -> None:
    def cost(n: int) -> int:
        for _ in range(n):
            ReminderRun.objects.create(account=account, channel="email", made_at="2026-11-20T12:00Z")
        support.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            support.get(LIST)
        return len(queries)

    assert cost(2) == cost(18)


@pytest.mark.parametrize(("size", "width"), [("a5", 420), ("a4", 595)])
def test_the_flyer_is_a_pdf_of_its_size_and_language(support: Client, size: str, width: int) -> None:
    response = support.get(FLYER, {"size": size, "language": "ru"})
    assert response["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(BytesIO(response.content))
    assert len(document) == 1
    assert round(document[0].get_width()) == width
    words = document[0].get_textpage().get_text_range()
    assert "Наши новости" in words
    assert "60777" in words


@pytest.mark.parametrize("query", [{"size": "a0"}, {"language": "xx"}, {"language": "../etc"}])
def test_a_flyer_that_does_not_exist_is_not_found(support: Client, query: dict[str, str]) -> None:
    assert support.get(FLYER, query).status_code == 404


def test_without_a_number_to_text_to_there_is_no_flyer(support: Client, account: Account) -> None:
    account.consentrules.short_code = ""
    account.consentrules.save()
    assert "needs the number" in text(support.get(FLYER, follow=True))
