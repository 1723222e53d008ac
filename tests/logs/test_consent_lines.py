"""Consent on the member's page in C8's words, and the conversation there."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from consent import ledger
from consent.vocabulary import Event, Purpose, Source
from logs.consent_lines import what
from logs.models import Reply, ReplyEffect
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import DELIVERED, QUEUED, make_message

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("event", "source", "purpose", "phrase"),
    [
        (Event.OPTED_IN, Source.APP, 1, "Subscribed to receiving marketing SMS (app)"),
        (Event.OPTED_IN, Source.IMPORT, None, "Subscribed to receiving marketing SMS (import)"),
        (Event.CONFIRMED, Source.HUB, 1, "Subscribed to receiving marketing SMS (Hub)"),
        (Event.OPTED_IN, Source.API, 1, "Subscribed to receiving marketing SMS (API)"),
        (Event.OPTED_IN, Source.API, 2, "Subscribed to receiving operational SMS (API)"),
        (Event.OPTED_OUT, Source.LINK, 1, "Unsubscribed from receiving marketing SMS"),
        (Event.OPTED_OUT, Source.REPLY, None, "Unsubscribed from receiving marketing SMS"),
        (Event.OPTED_OUT, Source.HUB, 1, "Unsubscribed (via Hub) from receiving marketing SMS"),
        (Event.OPTED_OUT, Source.API, 1, "Unsubscribed (via API) from receiving marketing SMS"),
        (Event.OPTED_OUT, Source.IMPORT, 1, "Unsubscribed (via import) from receiving marketing SMS"),
        (Event.OPTED_OUT, Source.APP, 1, "Unsubscribed (via app) from receiving marketing SMS"),
        (Event.REVOKED, Source.CARRIER, None, "Unsubscribed (via carrier) from receiving marketing SMS"),
        (Event.DENIED, Source.POS, 1, "Said no to receiving marketing SMS (POS)"),
        (Event.REQUESTED, Source.POS, 1, "Asked for consent to receiving marketing SMS (POS)"),
        (Event.EXPIRED, Source.HUB, 1, "Consent to receiving marketing SMS expired"),
    ],
)
def test_what_happened_is_told_in_the_words_of_c8(
    event: Event, source: Source, purpose: int | None, phrase: str
) -> None:
    assert what(event, source, purpose) == phrase


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("source", list(Source))
def test_everything_that_can_happen_has_a_phrase(event: Event, source: Source) -> None:
    assert "marketing SMS" in what(event, source, None)


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour", time_zone="UTC")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


def page(client: Client, member: Member, query: str = "") -> str:
    response = client.get(f"/harbour/members/{member.pk}/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def happened(member: Member, event: Event, source: Source, *, hours: float, text: str = "") -> None:
    ledger.record(
        account=member.account,
        phone=member.phone,
        purpose=Purpose.MARKETING,
        event=event,
        source=source,
        by=None,
        at=NOW - timedelta(hours=hours),
        text=text,
    )


def make_reply(member: Member, body: str, *, hours: float, **fields: object) -> Reply:
    at = NOW - timedelta(hours=hours)
    values = {"id": uuid4(), "account": member.account, "phone": member.phone, "body": body, "received_at": at}
    return Reply.objects.create(**{**values, **fields})


def test_the_timeline_tells_consent_among_messages(account: Account, support: Client) -> None:
    member = make_member(account)
    make_message(account, QUEUED, DELIVERED, phone=member.phone, member_id=member.pk, requested_at=NOW)
    happened(member, Event.OPTED_IN, Source.APP, hours=50, text="Yes, send me <offers>")
    happened(member, Event.OPTED_OUT, Source.LINK, hours=2)
    shown = page(support, member)
    assert "Subscribed to receiving marketing SMS (app)" in shown
    assert "Yes, send me &lt;offers&gt;" in shown
    assert "by the unsubscribe link" in shown
    assert shown.index("Unsubscribed from receiving marketing SMS") < shown.index("Subscribed to receiving")
    alone = page(support, member, "?show=consent")
    assert "Unsubscribed from receiving marketing SMS" in alone
    assert "SMS sent to member" not in alone
    assert "Subscribed to receiving" not in page(support, member, "?show=delivered")


def test_consent_of_other_numbers_and_accounts_does_not_show(account: Account, support: Client) -> None:
    member, other = make_member(account), make_member(account)
    theirs = make_member(make_account(), phone=member.phone)
    happened(other, Event.OPTED_IN, Source.APP, hours=1)
    happened(theirs, Event.OPTED_IN, Source.APP, hours=1)
    assert "Subscribed to receiving" not in page(support, member)


def test_somebody_without_a_number_has_no_consent_to_show(account: Account, support: Client) -> None:
    member = make_member(account, phone="")
    assert "No messages yet" in page(support, member)


def test_the_conversation_has_both_sides_with_the_newest_last(account: Account, support: Client) -> None:
    member = make_member(account)
    of = {"phone": member.phone, "member_id": member.pk}
    at = NOW - timedelta(hours=3)
    message = make_message(account, QUEUED, DELIVERED, body="text-first", requested_at=at, **of)
    make_message(account, QUEUED, DELIVERED, body="text-third", requested_at=NOW - timedelta(hours=1), **of)
    make_reply(member, "text-second", hours=2, message_id=message.pk, effect=ReplyEffect.HELPED)
    shown = page(support, member, "?show=conversation")
    places = [shown.index(f"text-{name}") for name in ("first", "second", "third")]
    assert places == sorted(places)
    assert "Help sent" in shown
    assert f"/harbour/messages/{message.pk}/" in shown


def test_a_conversation_that_is_only_theirs_shows(account: Account, support: Client) -> None:
    member = make_member(account)
    make_reply(member, "text-only", hours=2)
    assert "text-only" in page(support, member, "?show=conversation")
    assert "No messages yet" not in page(support, member, "?show=conversation")
