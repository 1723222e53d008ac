"""Erasing a member, everywhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from consent import ledger
from consent.ledger import Event, Purpose, Source, Status
from logs.models import Message, MessageDaily, Reply
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import DELIVERED, make_message

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAYA = "+447700900142"


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


@pytest.fixture
def maya(account: Account) -> Member:
    return make_member(account, name="Maya Okafor", phone=MAYA, email="maya@post.example")


def make_reply(account: Account, phone: str, **fields: Any) -> Reply:
    pk = f"00000000-0000-0000-0000-{Reply.objects.count():012d}"
    return Reply.objects.create(id=pk, account=account, phone=phone, body="STOP", received_at=NOON, raw="raw", **fields)


def erase(account: Account, member: Member, role: str = "admin", word: str = "erase") -> Any:
    return signed_in(role, account).post(reverse("member_erase", args=[account.slug, member.pk]), {"word": word})


def test_the_person_goes_and_what_was_counted_stays(account: Account, maya: Member) -> None:
    sent = make_message(account, DELIVERED, member_id=maya.pk, phone=MAYA, body="Hello Maya", reference="order 7")
    nameless = make_message(account, DELIVERED, phone=MAYA, body="Hello you")
    other = make_message(account, DELIVERED, phone="+447700900209", body="Hello Dan")
    make_reply(account, MAYA)
    ledger.record(
        account=account,
        phone=MAYA,
        purpose=1,
        event=Event.OPTED_IN,
        source=Source.APP,
        by=None,
        at=NOON - timedelta(days=9),
    )
    before = Message.objects.values("status", "segments", "requested_at").get(pk=sent.pk)
    assert erase(account, maya).status_code == 302
    assert not Member.objects.exists()
    assert Message.objects.values("status", "segments", "requested_at").get(pk=sent.pk) == before
    for pk in (sent.pk, nameless.pk):
        message = Message.objects.get(pk=pk)
        assert (message.phone, message.body, message.reference, message.member_id) == ("", "", "", None)
    assert Message.objects.get(pk=other.pk).body == "Hello Dan"
    assert list(Reply.objects.values_list("phone", "body", "raw")) == [("", "", "")]
    standing = ledger.standings(account=account, phones=[MAYA], purpose=Purpose.MARKETING)[MAYA]
    assert standing.status is Status.OPTED_OUT
    assert list(ledger.verify(account)) == []
    line = AuditEvent.objects.get(verb="member.erased")
    assert line.facts == {"messages": 2, "replies": 1, "number_kept": False}
    assert sum(MessageDaily.objects.values_list("n", flat=True)) == 3


def test_no_table_knows_the_number_or_the_name_any_more(account: Account, maya: Member) -> None:
    make_message(account, DELIVERED, member_id=maya.pk, phone=MAYA, body="Hello Maya Okafor")
    make_reply(account, MAYA, member_id=maya.pk)
    erase(account, maya)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type ~ 'BASE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM \"{table}\" t WHERE t::text ~ '447700900142|Maya|maya@post'")
            assert cursor.fetchone()[0] == 0, table


def test_a_number_that_others_have_too_keeps_its_consent(account: Account, maya: Member) -> None:
    ben = make_member(account, name="Ben", phone=MAYA)
    mine = make_message(account, DELIVERED, member_id=maya.pk, phone=MAYA)
    bens = make_message(account, DELIVERED, member_id=ben.pk, phone=MAYA, body="Hello Ben")
    ledger.record(account=account, phone=MAYA, purpose=1, event=Event.OPTED_IN, source=Source.APP, by=None, at=NOON)
    erase(account, maya)
    assert Message.objects.get(pk=mine.pk).phone == ""
    assert Message.objects.get(pk=bens.pk).body == "Hello Ben"
    assert ledger.standings(account=account, phones=[MAYA], purpose=1)[MAYA].status is Status.OPTED_IN


def test_without_the_word_nothing_is_done(account: Account, maya: Member) -> None:
    response = erase(account, maya, word="yes")
    assert "Nothing was done" in response.content.decode()
    assert Member.objects.filter(pk=maya.pk).exists()


@pytest.mark.parametrize("role", ["marketer", "support"])
def test_only_admins_may(account: Account, maya: Member, role: str) -> None:
    assert erase(account, maya, role).status_code == 403
    assert Member.objects.filter(pk=maya.pk).exists()


def test_the_question_says_what_goes_and_what_stays(account: Account, maya: Member) -> None:
    make_message(account, DELIVERED, member_id=maya.pk, phone=MAYA)
    text = signed_in("admin", account).get(reverse("member_erase", args=[account.slug, maya.pk])).content.decode()
    assert "Number and text of 1 message." in text
    assert "keyed hash" in text
