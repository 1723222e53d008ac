"""The page behind an unsubscribe link: one button, nothing by GET, evidence of what was shown, and the way back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from consent import ledger, links
from consent.models import ConsentEvent, ConsentRules, UnsubscribeLink
from consent.vocabulary import Event, Source, Status
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.sending import PHONE

pytestmark = pytest.mark.django_db

MESSAGE = uuid4()


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour Coffee", time_zone="Europe/London")


@pytest.fixture
def url(account: Account) -> str:
    return "/u/" + links.address_of(account, PHONE, MESSAGE, timezone.now()).split("/u/")[1]


def standing(account: Account, purpose: int = 1) -> ledger.Standing | None:
    return ledger.standings(account=account, phones=[PHONE], purpose=purpose).get(PHONE)


def record(account: Account, event: Event, source: Source) -> None:
    at = timezone.now() - timedelta(days=1)
    ledger.record(account=account, phone=PHONE, purpose=None, event=event, source=source, by=None, at=at)


def page(response: Any) -> str:
    return str(response.content.decode())


def test_opening_it_changes_nothing_however_often(client: Client, account: Account, url: str) -> None:
    for _ in range(3):
        response = client.get(url)
        assert client.head(url).status_code == response.status_code == 200
    assert "Stop messages from Harbour Coffee?" in page(response)
    assert "ending in 0142" in page(response)
    assert PHONE not in page(response)
    assert page(response).count("<button") == 1
    assert not ConsentEvent.objects.exists()
    assert UnsubscribeLink.objects.get().opened_at is not None


def test_other_methods_are_refused(client: Client, url: str) -> None:
    assert [getattr(client, verb)(url).status_code for verb in ("put", "delete", "patch", "options")] == [405] * 4
    assert not ConsentEvent.objects.exists()


def test_the_button_unsubscribes_and_keeps_what_was_shown(client: Client, account: Account, url: str) -> None:
    response = client.post(url, {"act": "out"}, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Phone/1", follow=True)
    event = ConsentEvent.objects.get()
    assert (event.event, event.source, event.purpose, event.by_id) == (Event.OPTED_OUT, Source.LINK, None, None)
    assert (event.phone, event.evidence, event.ip, event.user_agent) == (PHONE, MESSAGE, "192.0.2.7", "Phone/1")
    assert event.text == (
        "Stop messages from Harbour Coffee?\n"
        "Harbour Coffee will send no more text messages to the number ending in 0142.\n"
        "[Unsubscribe]"
    )
    assert "You are unsubscribed<" in page(response)
    assert "Subscribe again" in page(response)
    assert {s.status for p in (1, 2) if (s := standing(account, p))} == {Status.OPTED_OUT}


def test_what_is_kept_as_shown_is_what_the_page_shows(client: Client, url: str) -> None:
    before = page(client.get(url))
    client.post(url)
    title, text, button = ConsentEvent.objects.get().text.split("\n")
    assert all(part in before for part in (title, text, button.strip("[]")))


def test_where_stop_is_for_marketing_only_so_is_the_link(client: Client, account: Account, url: str) -> None:
    ConsentRules.objects.create(account=account, stop_is_for_all=False, sender_name="Harbour")
    assert "Harbour will send no more marketing by text message" in page(client.get(url))
    client.post(url)
    assert ConsentEvent.objects.get().purpose == 1
    assert standing(account, 2) is None


def test_a_second_time_says_so_and_nothing_changes(client: Client, account: Account, url: str) -> None:
    client.post(url)
    before = standing(account)
    response = client.post(url, follow=True)
    assert "You are unsubscribed already" in page(response)
    assert ConsentEvent.objects.count() == 1
    assert standing(account) == before


def test_a_mistake_is_taken_back_and_done_again(client: Client, account: Account, url: str) -> None:
    client.post(url)
    response = client.post(url, {"act": "back"}, follow=True)
    assert "You are subscribed again" in page(response)
    event = ConsentEvent.objects.order_by("-sequence")[0]
    assert (event.event, event.source, event.evidence) == (Event.OPTED_IN, Source.LINK, MESSAGE)
    assert "[Subscribe again]" in event.text
    client.post(url)
    assert getattr(standing(account), "status", None) == Status.OPTED_OUT


def test_a_stop_by_reply_is_not_undone_by_whoever_holds_a_link(client: Client, account: Account, url: str) -> None:
    record(account, Event.OPTED_OUT, Source.REPLY)
    response = client.get(url)
    assert "You are unsubscribed already" in page(response)
    assert "reply START" in page(response)
    assert "<button" not in page(response)
    assert "already" in page(client.post(url, {"act": "back"}, follow=True))
    assert ConsentEvent.objects.count() == 1


def test_nobody_is_subscribed_who_never_was_out(client: Client, account: Account, url: str) -> None:
    client.post(url, {"act": "back"})
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("place", [0, 7, 15])
def test_a_link_with_one_letter_changed_is_a_clear_page(client: Client, url: str, place: int) -> None:
    token = url.split("/")[2]
    wrong = "/u/" + token[:place] + ("a" if token[place] != "a" else "b") + token[place + 1 :] + "/"
    for response in (client.get(wrong), client.post(wrong)):
        assert response.status_code == 404
        assert "This link does not work" in page(response)
        assert "noindex" in response["X-Robots-Tag"]
    assert not ConsentEvent.objects.exists()


def test_the_page_goes_into_no_index_no_cache_and_to_no_other_site(client: Client, url: str) -> None:
    response = client.get(url)
    assert "noindex" in response["X-Robots-Tag"]
    assert 'name="robots" content="noindex, nofollow"' in page(response)
    assert response["Referrer-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]
    assert "smsadmin ·" not in page(response)


def test_the_form_is_protected(url: str) -> None:
    assert Client(enforce_csrf_checks=True).post(url).status_code == 403
    assert not ConsentEvent.objects.exists()


def test_a_proxy_that_does_not_say_whom_it_speaks_for_keeps_nobody_in(
    client: Client, url: str, settings: LazySettings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    client.post(url, headers={"X-Forwarded-For": "192.0.2.1"})
    assert ConsentEvent.objects.get().ip is None


def test_the_time_is_told_in_the_accounts_zone(client: Client, account: Account, url: str) -> None:
    account.time_zone = "Asia/Tokyo"
    account.save()
    assert "(Asia/Tokyo)" in page(client.post(url, follow=True))
