"""Replies on the member's page, and C7's own words there."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from logs.models import Kind, Label, Reply, Source
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import ACCEPTED, BLOCKED, DELIVERED, QUEUED, make_message

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture
def account() -> Account:
    return make_account("harbour", time_zone="UTC")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


@pytest.fixture
def member(account: Account) -> Member:
    return make_member(account)


def make_reply(member: Member, body: str, **fields: Any) -> Reply:
    at = fields.pop("at", NOW)
    return Reply.objects.create(
        **{
            "id": uuid4(),
            "account": member.account,
            "phone": member.phone,
            "recipient": "60006",
            "body": body,
            "received_at": at,
            "occurred_at": at,
            "member_id": member.pk,
            **fields,
        }
    )


def page(client: Client, member: Member, query: str = "") -> str:
    response = client.get(f"/harbour/members/{member.pk}/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def test_replies_show_with_what_they_answer(account: Account, support: Client, member: Member) -> None:
    message = make_message(account, member_id=member.pk, phone=member.phone)
    make_reply(member, "Can we be <five>?", message_id=message.pk, parts=2)
    text = page(support, member)
    assert "Reply from member" in text
    assert "Can we be &lt;five&gt;?" in text
    assert "to 60006 · 2 parts, joined" in text
    assert "The message that it answers" in text


def test_replies_show_alone_and_not_among_filtered_messages(account: Account, support: Client, member: Member) -> None:
    make_message(account, member_id=member.pk, phone=member.phone)
    make_reply(member, "Thanks a lot")
    alone, delivered = page(support, member, "?show=replies"), page(support, member, "?show=delivered")
    assert ("Thanks a lot" in alone, "SMS status" in alone) == (True, False)
    assert ("Thanks a lot" in delivered, "SMS status" in delivered) == (False, True)


def test_somebody_who_only_wrote_has_a_timeline(support: Client, member: Member) -> None:
    make_reply(member, "Hello?", occurred_at=None)
    text = page(support, member)
    assert "Hello?" in text
    assert "Time of arrival here" in text


def test_each_reply_is_on_one_page_of_the_timeline(account: Account, support: Client, member: Member) -> None:
    for n in range(30):
        make_message(account, member_id=member.pk, phone=member.phone, requested_at=NOW - timedelta(hours=n, minutes=5))
    for n in (0, 10, 24, 25, 29, 40):
        make_reply(member, f"reply-{n}.", at=NOW - timedelta(hours=n))
    first = support.get(f"/harbour/members/{member.pk}/")
    second = page(support, member, first.context["older_url"])
    text = str(first.content.decode())
    shown = {n: (f"reply-{n}." in text, f"reply-{n}." in second) for n in (0, 10, 24, 25, 29, 40)}
    assert all(one != other for one, other in shown.values()), shown


def test_replies_of_other_numbers_and_accounts_do_not_show(account: Account, support: Client, member: Member) -> None:
    make_reply(make_member(account), "of another number")
    theirs = make_member(make_account("theirs"), phone=member.phone)
    make_reply(theirs, "to another account")
    text = page(support, member)
    assert "of another number" not in text
    assert "to another account" not in text


def test_a_period_holds_for_replies_too(support: Client, member: Member) -> None:
    make_reply(member, "long ago", at=datetime(2025, 1, 5, tzinfo=UTC))
    assert "long ago" in page(support, member, "?show=replies&from=2025-01-01&to=2025-01-31")
    assert "long ago" not in page(support, member, "?show=replies&from=2025-02-01&to=2025-02-28")


def test_replies_cost_as_many_queries_with_3_and_with_30(support: Client, member: Member) -> None:
    def cost(n: int) -> int:
        for i in range(n):
            make_reply(member, f"{n}-{i}")
        page(support, member)
        with CaptureQueriesContext(connection) as queries:
            page(support, member)
        return len(queries)

    assert cost(3) == cost(27)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"source": Source.CONSENT_REGISTRATION}, "Request for T&amp;C consent sent to member by SMS (from POS)"),
        ({"source": Source.CONSENT_POS}, "Request for T&amp;C consent sent to member by SMS (from POS)"),
        ({"source": Source.FILTER_MEMBERS, "labelled": True}, "consent sent to member by SMS (from Hub)"),
        ({"source": Source.FILTER_MEMBERS}, "SMS sent to member (from Filter Members)"),
        (
            {"source": Source.FILTER_MEMBERS, "labelled": True, "kind": Kind.MARKETING},
            "SMS sent to member (from Filter Members)",
        ),
        ({"source": Source.POS_PAYMENT}, "SMS sent to member (from POS payment code)"),
    ],
)
def test_consent_requests_speak_the_words_of_c7(
    account: Account, support: Client, member: Member, fields: dict[str, Any], words: str
) -> None:
    label = Label.objects.create(account=account, name="Consent")
    labels = (label.pk,) if fields.pop("labelled", False) else ()
    states = (QUEUED, ACCEPTED, DELIVERED)
    make_message(account, *states, member_id=member.pk, phone=member.phone, labels=labels, **fields)
    assert words in page(support, member)


def test_a_code_that_was_not_sent_speaks_the_words_of_c7(account: Account, support: Client, member: Member) -> None:
    make_message(account, BLOCKED, member_id=member.pk, phone=member.phone, source=Source.POS_PAYMENT)
    assert "Failed to send member identification code by SMS" in page(support, member)
