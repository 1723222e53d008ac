"""Failures: receipts without a message, callbacks set aside, callbacks turned away; and what one may do about them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from logs import orphans
from logs.models import Callback, EventSource, Message, Orphan, ProviderAccount, RefusedCallback
from logs.orphans import Receipt
from logs.providers.events import Heard
from logs.statuses import Outcome
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, signed_in
from tests.factories.callbacks import make_provider_account
from tests.factories.messages import ACCEPTED, DELIVERED, QUEUED, make_message

pytestmark = pytest.mark.django_db

URL = "/harbour/failures/"


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour", time_zone="UTC")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


@pytest.fixture
def by(account: Account) -> ProviderAccount:
    return make_provider_account(account, "kannel", name="Main road")


def make_orphan(by: ProviderAccount, name: str = "K-1", **fields: Any) -> Orphan:
    heard = Heard(
        "kannel",
        DELIVERED,
        provider_message_id=name,
        recipient="+447700900123",
        raw_status="1",
        raw="stat:DELIVRD",
        occurred_at=timezone.now(),
    )
    at = timezone.now()
    orphans.keep([Receipt(by.account_id, by.pk, heard, EventSource.WEBHOOK, 0, at)], at=at)
    Orphan.objects.filter(provider_message_id=name).update(**{"tries": 3, **fields})
    return Orphan.objects.get(provider_message_id=name)


def make_set_aside(by: ProviderAccount, **fields: Any) -> Callback:
    at = timezone.now()
    return Callback.objects.create(
        **{
            "account": by.account,
            "provider_account_id": by.pk,
            "received_at": at,
            "method": "POST",
            "path": "receipt",
            "body": b"d=31&\xff\xfe\x00<script>",
            "tries": 5,
            "error": "Garbled: no kind of status",
            "set_aside_at": at,
            **fields,
        }
    )


def make_refused(by: ProviderAccount | None, **fields: Any) -> RefusedCallback:
    return RefusedCallback.objects.create(
        **{
            "account": by.account if by else None,
            "provider_account_id": by.pk if by else None,
            "provider": "kannel",
            "at": timezone.now(),
            "status": 403,
            "why": "The signature does not hold.",
            "remote_address": "203.0.113.9",
            "request": f"GET /hooks/kannel/{by.hook_token if by else 'guessed'}/receipt",
            **fields,
        }
    )


def text(response: Any) -> str:
    return str(response.content.decode())


def part(client: Client, name: str, **query: Any) -> str:
    return text(client.get(URL, {"part": name, **query}))


def test_who_looks_after_failures_sees_them(account: Account) -> None:
    for role, status in (("support", 200), ("admin", 200), ("operator", 200), ("marketer", 403)):
        client = signed_in(role, account)
        assert (client.get(URL).status_code, role) == (status, role)
        assert ("Failures" in text(client.get("/harbour/"))) is (status == 200)


def test_nothing_is_good_news(support: Client) -> None:
    assert "Every receipt has its message." in part(support, "")
    assert "Every callback could be read." in part(support, "aside")
    assert "No callback was turned away." in part(support, "refused")
    assert "Every receipt has its message." in part(support, "no such part")


def test_a_receipt_without_a_message_tells_what_was_said(support: Client, by: ProviderAccount) -> None:
    make_orphan(by)
    make_orphan(by, "K-2", due_at=None, tries=11)
    make_orphan(by, "K-3", dismissed_at=timezone.now())
    page = part(support, "orphans")
    assert all(word in page for word in ("Delivered", "Main road", "+44 7700 900123", "K-1", "3 tries", "stat:DELIVRD"))
    assert "11 tries, given up" in page
    assert "K-3" not in page


def test_a_receipt_is_tried_again_and_finds_its_message(support: Client, account: Account, by: ProviderAccount) -> None:
    message = make_message(account, QUEUED, ACCEPTED, provider_account_id=by.pk)
    orphan = make_orphan(by)
    still = support.post(URL, {"act": "retry_orphan", "row": orphan.pk}, follow=True)
    assert "Still no such message." in text(still)
    orphan.refresh_from_db()
    orphan.heard["reference"] = str(message.pk)
    orphan.save()
    done = support.post(URL, {"act": "retry_orphan", "row": orphan.pk}, follow=True)
    assert "Its message is known now" in text(done)
    assert Message.objects.of(account).get(pk=message.pk).outcome == Outcome.DELIVERED
    assert not Orphan.objects.exists()


def test_a_receipt_is_dismissed_and_kept(support: Client, by: ProviderAccount) -> None:
    orphan = make_orphan(by)
    response = support.post(URL, {"act": "dismiss_orphan", "row": orphan.pk}, follow=True)
    assert "K-1" not in text(response)
    assert Orphan.objects.get().dismissed_at is not None
    assert AuditEvent.objects.get().verb == "orphan.dismissed"


def test_what_was_set_aside_shows_as_it_came(support: Client, by: ProviderAccount) -> None:
    make_set_aside(by)
    make_set_aside(by, set_aside_at=None, error="still on its way", tries=1)
    page = part(support, "aside")
    assert "Garbled: no kind of status" in page
    assert "POST /receipt" in page
    assert "&lt;script&gt;" in page
    assert "still on its way" not in page


def test_what_was_set_aside_is_tried_again_or_thrown_away(support: Client, by: ProviderAccount) -> None:
    again, away = make_set_aside(by), make_set_aside(by)
    support.post(URL, {"act": "retry_callback", "row": again.pk})
    support.post(URL, {"act": "discard_callback", "row": away.pk})
    kept = Callback.objects.get()
    assert (kept.pk, kept.set_aside_at, kept.tries) == (again.pk, None, 0)
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs == {"callback.retried", "callback.discarded"}


def test_what_was_turned_away_tells_why_and_from_where(support: Client, by: ProviderAccount) -> None:
    make_refused(by)
    page = part(support, "refused")
    assert all(word in page for word in ("The signature does not hold.", "203.0.113.9", "answered with 403"))


def test_the_secret_address_is_in_no_raw_evidence(support: Client, by: ProviderAccount) -> None:
    make_refused(by)
    assert by.hook_token not in part(support, "refused")
    assert "/hooks/kannel/•••/receipt" in part(support, "refused")


def test_only_operators_see_what_came_to_nobodys_address(account: Account, support: Client) -> None:
    make_refused(None, why="No provider account has this address.")
    assert "has this address" not in part(support, "refused")
    assert "has this address" in part(signed_in("operator", account), "refused")


def test_another_accounts_failures_are_neither_seen_nor_touched(support: Client) -> None:
    theirs = make_provider_account(make_account("theirs"), "kannel", name="Their road")
    orphan, aside = make_orphan(theirs), make_set_aside(theirs)
    make_refused(theirs)
    assert not any("Their road" in part(support, name) for name in ("orphans", "aside", "refused"))
    for act, row in (("retry_orphan", orphan), ("dismiss_orphan", orphan), ("discard_callback", aside)):
        assert "not in the list any more" in text(support.post(URL, {"act": act, "row": row.pk}, follow=True))
    assert (Orphan.objects.filter(dismissed_at=None).count(), Callback.objects.count()) == (1, 1)


@pytest.mark.parametrize("posted", [{}, {"act": "drop"}, {"act": ""}])
def test_an_act_that_does_not_exist_is_not_found(support: Client, posted: dict[str, str]) -> None:
    assert support.post(URL, posted).status_code == 404


@pytest.mark.parametrize("row", ["", "x", "-1", "9" * 30, "٣"])
def test_a_row_that_is_no_number_is_not_in_the_list(support: Client, row: str) -> None:
    response = support.post(URL, {"act": "dismiss_orphan", "row": row}, follow=True)
    assert "not in the list any more" in text(response)


def test_one_provider_account_can_be_looked_at_alone(support: Client, account: Account, by: ProviderAccount) -> None:
    other = make_provider_account(account, "kannel", name="Side road", rank=200)
    make_orphan(by)
    make_orphan(other, "K-9")
    page = part(support, "orphans", provider=other.pk)
    assert ("K-9" in page, "K-1" in page) == (True, False)
    assert "Of this provider account there is none." in part(support, "aside", provider=other.pk)


def test_there_are_pages(support: Client, by: ProviderAccount) -> None:
    for n in range(30):
        make_refused(by, why=f"reason {n}.", at=timezone.now() - timedelta(hours=n))
    first = support.get(URL, {"part": "refused"})
    older = first.context["older_url"]
    assert "reason 29." in text(first)
    assert "reason 4." in text(support.get(URL + older))
    assert "part=refused" in older


@pytest.mark.parametrize("make", [make_orphan, make_set_aside, make_refused])
def test_it_costs_as_many_queries_with_3_and_with_20(support: Client, by: ProviderAccount, make: Any) -> None:
    name = {make_orphan: "orphans", make_set_aside: "aside", make_refused: "refused"}[make]

    def cost(n: int) -> int:
        for i in range(n):
            if make is make_orphan:
                make_orphan(by, f"K-{n}-{i}")
            else:
                make(by)
        part(support, name)
        with CaptureQueriesContext(connection) as queries:
            part(support, name)
        return len(queries)

    assert cost(3) == cost(17)
