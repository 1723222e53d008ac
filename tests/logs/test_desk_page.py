"""The opt-out desk: in order, with its clock, decided in two clicks, taken back by the other button."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent import business_days, ledger
from consent.models import ConsentEvent, DeskItem
from consent.vocabulary import Event, Purpose, Source, Status
from logs.models import Reply
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, signed_in
from tests.factories.consent import make_desk_item
from tests.factories.members import make_member
from tests.factories.messages import DELIVERED, QUEUED, make_message

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
MAYA = "+447700900142"
LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def account() -> Account:
    return make_account("harbour")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/harbour/desk/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def make_item(account: Account, text: str = "pls stop texting me", *, hours: float = 5, **fields: Any) -> DeskItem:
    received = NOW - timedelta(hours=hours)
    until = business_days.due(received, 10, "GB", LONDON)
    return make_desk_item(account, text, **{"received_at": received, "due_at": until, **fields})


def decide(client: Client, item: DeskItem, decision: str, **fields: str) -> None:
    response = client.post(f"/harbour/desk/{item.pk}/", {"decision": decision, **fields})
    assert response.status_code == 302


def status(account: Account, purpose: Purpose = Purpose.MARKETING) -> Status | None:
    found = ledger.standings(account=account, phones=[MAYA], purpose=purpose).get(MAYA)
    return found.status if found else None


def statuses(account: Account) -> tuple[Status | None, Status | None]:
    return status(account), status(account, Purpose.OPERATIONAL)


def happened(account: Account, event: Event, *, hours: float, purpose: Purpose | None = None) -> None:
    at = NOW - timedelta(hours=hours)
    ledger.record(account=account, phone=MAYA, purpose=purpose, event=event, source=Source.APP, by=None, at=at)


# ---- the page


def test_the_soonest_due_stands_first_with_its_clock_in_words(account: Account, support: Client) -> None:
    make_item(account, "text-late", due_at=NOW + timedelta(days=40))
    make_item(account, "text-overdue", due_at=NOW - timedelta(days=1))
    make_item(account, "text-decided", decided_at=NOW, decision=1)
    make_item(make_account(), "text-theirs")
    shown = page(support)
    assert shown.index("text-overdue") < shown.index("text-late")
    assert "Overdue since" in shown
    assert 'data-tone="bad"' in shown
    assert "business days left" in shown
    assert "text-decided" not in shown
    assert "text-theirs" not in shown
    assert "text-decided" in page(support, "?part=decided")


def test_the_conversation_stands_around_it(account: Account, support: Client) -> None:
    member = make_member(account, name="Ruth Adler", phone=MAYA)
    message = make_message(account, QUEUED, DELIVERED, phone=MAYA, body="Two for one", requested_at=NOW)
    at = NOW - timedelta(hours=5)
    values = {"account": account, "phone": MAYA}
    reply = Reply.objects.create(
        id=uuid4(), body="no more", received_at=at, message_id=message.pk, member_id=member.pk, **values
    )
    Reply.objects.create(id=uuid4(), body="I mean it", received_at=at + timedelta(minutes=1), **values)
    Reply.objects.create(id=uuid4(), body="long ago", received_at=at - timedelta(days=30), **values)
    make_item(account, "no more", reply_id=reply.pk, received_at=at)
    shown = page(support)
    for text in ("Ruth Adler", "Two for one", "I mean it", f"/harbour/messages/{message.pk}/"):
        assert text in shown
    assert "long ago" not in shown
    assert shown.count("no more</span>") == 1


def test_the_navigation_counts_what_waits(account: Account, support: Client) -> None:
    link = "<span>Opt-out desk</span><span>{}</span>"
    assert "<span>Opt-out desk</span></a>" in page(support)
    make_item(account)
    make_item(account)
    assert link.format(2) in page(support)
    assert "Opt-out desk" not in signed_in("marketer", account).get("/harbour/messages/").content.decode()


def test_the_empty_desk_helps(account: Account, support: Client) -> None:
    assert "Nothing to decide" in page(support)
    assert "Nothing was decided yet" in page(support, "?part=decided")


def test_pages_follow_one_another(account: Account, support: Client) -> None:
    for n in range(30):
        make_item(account, f"text-{n:02d}.", due_at=NOW + timedelta(days=1 + n // 20))
    first = support.get("/harbour/desk/")
    second = page(support, first.context["older_url"])
    shown = first.content.decode()
    assert [f"text-{n:02d}." in shown for n in range(30)] == [True] * 25 + [False] * 5
    assert all(f"text-{n:02d}." in second for n in range(25, 30))
    assert "text-00." in page(support, "?after=nonsense")


def test_thirty_items_cost_what_three_do(account: Account, support: Client) -> None:
    def more(n: int) -> None:
        for _ in range(n):
            member = make_member(account)
            message = make_message(account, QUEUED, DELIVERED, phone=member.phone)
            reply = Reply.objects.create(
                id=uuid4(), account=account, phone=member.phone, body="no", received_at=NOW, message_id=message.pk
            )
            make_item(account, phone=member.phone, reply_id=reply.pk)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(support)
        return len(asked)

    more(3)
    page(support)
    three = queries()
    more(20)
    assert queries() == three


# ---- deciding


def test_an_opt_out_holds_from_when_it_was_written(account: Account, support: Client) -> None:
    happened(account, Event.OPTED_IN, hours=99)
    item = make_item(account)
    decide(support, item, "opt-out")
    assert statuses(account) == (Status.OPTED_OUT, Status.OPTED_OUT)
    event = ConsentEvent.objects.get(event=Event.OPTED_OUT)
    assert (event.at, event.text, event.evidence) == (item.received_at, item.text, item.reply_id)
    assert (event.source, event.by_name) == (Source.REPLY, AuditEvent.objects.get(verb="desk.decided").by_name)
    item.refresh_from_db()
    assert item.decision == DeskItem.Decision.OPT_OUT


def test_no_opt_out_changes_nothing_of_the_consent(account: Account, support: Client) -> None:
    item = make_item(account)
    decide(support, item, "nothing", note="wants the menu")
    assert not ConsentEvent.objects.exists()
    item.refresh_from_db()
    assert (item.decision, item.note) == (DeskItem.Decision.NOTHING, "wants the menu")


def test_taking_an_opt_out_back_restores_what_was_before_and_deciding_again_holds(
    account: Account, support: Client
) -> None:
    happened(account, Event.OPTED_IN, hours=99, purpose=Purpose.MARKETING)
    item = make_item(account)
    for _ in range(2):
        decide(support, item, "opt-out")
        assert statuses(account) == (Status.OPTED_OUT, Status.OPTED_OUT)
        decide(support, item, "nothing", part="decided")
        assert statuses(account) == (Status.OPTED_IN, Status.OPTED_IN)
    assert AuditEvent.objects.filter(verb="desk.decided").count() == 4


def test_nobody_is_opted_in_to_marketing_who_never_was(account: Account, support: Client) -> None:
    item = make_item(account)
    decide(support, item, "opt-out")
    decide(support, item, "nothing")
    assert statuses(account) == (Status.OPTED_OUT, Status.OPTED_IN)


def test_a_stop_since_then_is_not_taken_back(account: Account, support: Client) -> None:
    happened(account, Event.OPTED_IN, hours=99)
    item = make_item(account)
    happened(account, Event.OPTED_OUT, hours=6)
    decide(support, item, "opt-out")
    decide(support, item, "nothing")
    assert statuses(account) == (Status.OPTED_OUT, Status.OPTED_OUT)


def test_the_same_decision_twice_is_one(account: Account, support: Client) -> None:
    item = make_item(account)
    decide(support, item, "opt-out")
    decide(support, item, "opt-out")
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize("decision", ["", "maybe", "1"])
def test_what_is_no_decision_changes_nothing(account: Account, support: Client, decision: str) -> None:
    item = make_item(account)
    response = support.post(f"/harbour/desk/{item.pk}/", {"decision": decision}, follow=True)
    assert "Nothing was decided" in response.content.decode()
    item.refresh_from_db()
    assert item.decided_at is None
