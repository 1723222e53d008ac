"""Sending by hand: one SMS to a member, a message again, one taken back; and the page that follows a message."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from logs import credit, waiting
from logs.accepting import Ask, accept
from logs.models import CreditEntry, Kind, Message, QueuedMessage, Source, StatusQuery, Template
from logs.statuses import Outcome, Reason
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import BLOCKED, SENDING, make_message
from tests.factories.sending import make_rules, make_template

pytestmark = pytest.mark.django_db

Step = QueuedMessage.Step


@pytest.fixture
def account() -> Account:
    return make_account("harbour", name="Harbour", time_zone="UTC", country="GB")


@pytest.fixture
def member(account: Account) -> Member:
    return make_member(account, name="Maya Okafor", phone="+447700900142")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


def url(member: Member) -> str:
    return reverse("message_send", args=["harbour", member.pk])


def values(**changes: Any) -> dict[str, Any]:
    return {"text": "Your order is ready.", "kind": str(Kind.OPERATIONAL.value), "sender": "", **changes}


def text(response: Any) -> str:
    return str(response.content.decode())


def make_waiting(account: Account, member: Member, **fields: Any) -> Message:
    ask = Ask(**{"source": Source.AUTOMATION, "kind": Kind.OPERATIONAL, "member": member.pk, "text": "Hello", **fields})
    (answer,) = accept(account=account, asks=[ask], sms_user=None, by=None, at=timezone.now())
    return Message.objects.of(account).get(pk=answer.id)  # type: ignore[union-attr]


def queued(message: Message, **fields: Any) -> QueuedMessage:
    QueuedMessage.objects.filter(message_id=message.pk).update(**fields)
    return QueuedMessage.objects.get(message_id=message.pk)


# ---- one SMS


def test_a_text_goes_into_the_queue_and_its_page_is_shown(support: Client, account: Account, member: Member) -> None:
    response = support.post(url(member), values(sender="HARBOUR"))

    message = Message.objects.get(account=account)
    assert response["Location"] == reverse("message", args=["harbour", message.pk])
    assert (message.body, message.sender, message.member_id) == ("Your order is ready.", "HARBOUR", member.pk)
    assert (message.kind, message.source) == (Kind.OPERATIONAL, Source.FILTER_MEMBERS)
    assert QueuedMessage.objects.get().message_id == message.pk
    assert AuditEvent.objects.get().verb == "messages.asked"


def test_one_that_our_rules_stop_shows_the_sentence_and_the_facts(support: Client, member: Member) -> None:
    page = text(support.post(url(member), values(kind=str(Kind.MARKETING.value)), follow=True))
    assert "It was not sent. Never opted in." in page
    assert "What it was decided on" in page
    assert "none recorded" in page
    assert not QueuedMessage.objects.exists()


def test_a_template_is_filled_with_what_is_entered(support: Client, account: Account, member: Member) -> None:
    template = make_template(account, "Ready", "Hi {first_name}, order {order} is ready.")
    page = text(support.get(url(member), {"template": template.pk}))
    assert 'value="Maya"' in page
    data = {"kind": "2", "sender": "", "variable_first_name": "Maya", "variable_order": "42"}
    support.post(f"{url(member)}?template={template.pk}", data)
    message = Message.objects.get(account=account)
    assert (message.body, message.template_id) == ("Hi Maya, order 42 is ready.", template.pk)


def test_a_marketing_template_is_marketing_unless_one_says_otherwise(
    support: Client, account: Account, member: Member
) -> None:
    template = make_template(account, "Sale", "Sale!", type=Template.Type.MARKETING)
    page = support.get(url(member), {"template": template.pk})
    assert page.context["form"]["kind"].value() == Kind.MARKETING


def test_another_accounts_template_is_not_offered(support: Client, member: Member) -> None:
    theirs = make_template(make_account("theirs"), "Theirs", "Their text")
    page = text(support.get(url(member), {"template": theirs.pk}))
    assert "Their text" not in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": ""}, "This field is required."),
        ({"text": "   "}, "This field is required."),
        ({"text": "x" * 10_001}, "at most 10000 characters"),
        ({"kind": ""}, "This field is required."),
        ({"kind": "7"}, "Select a valid choice."),
        ({"sender": "s" * 33}, "at most 32 characters"),
        ({"not_before": "tomorrow"}, "Enter a valid date/time."),
        ({"not_before": "2099-01-01T10:00"}, "180 days ahead"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_sent(
    support: Client, account: Account, member: Member, wrong: dict[str, str], sentence: str
) -> None:
    response = support.post(url(member), values(**wrong))
    assert response.status_code == 200
    assert sentence in text(response)
    assert not Message.objects.filter(account=account).exists()


def test_an_empty_variable_is_asked_for(support: Client, account: Account, member: Member) -> None:
    template = make_template(account, "Ready", "Order {order} is ready.")
    data = {"kind": "2", "sender": "", "variable_order": ""}
    page = text(support.post(f"{url(member)}?template={template.pk}", data))
    assert "This field is required." in page
    assert not Message.objects.filter(account=account).exists()


def test_not_before_is_in_the_accounts_zone(account: Account, member: Member) -> None:
    Account.objects.filter(pk=account.pk).update(time_zone="Asia/Tokyo")
    soon = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d")
    signed_in("marketer", account).post(url(member), values(not_before=f"{soon}T09:00"))
    assert QueuedMessage.objects.get().due_at.strftime("%Y-%m-%d %H:%M") == f"{soon} 00:00"


def test_another_accounts_member_is_not_found(support: Client) -> None:
    theirs = make_member(make_account("theirs"))
    assert support.post(url(theirs), values()).status_code == 404
    assert not Message.objects.exists()


# ---- what it waits for


def test_the_page_says_what_the_message_waits_for(account: Account, member: Member) -> None:
    message, at = make_waiting(account, member), timezone.now()
    end = {"expires_at": at + timedelta(hours=20)}
    cases = [
        ({"due_at": at - timedelta(seconds=1)}, "goes as soon as a provider account is free", True),
        ({"due_at": at + timedelta(minutes=5), "attempt": 2}, "try 3, until", True),
        ({"due_at": at + timedelta(hours=9)}, "Held until", True),
        ({"step": Step.CLAIMED, "lease_until": at + timedelta(minutes=1)}, "about to be handed to Main road", False),
        ({"step": Step.SUBMITTING}, "Being handed to Main road now.", False),
        ({"step": Step.UNSURE}, "Main road did not answer clearly.", False),
    ]
    for fields, sentence, can_cancel in cases:
        start = {"step": Step.WAITING, "attempt": 0, "provider_account_id": 7, "lease_until": None}
        queued(message, **{**start, **end, **fields})
        found = waiting.of(message, account, {7: "Main road"}, at=at)
        assert found is not None
        assert (sentence in found.sentence, found.can_cancel) == (True, can_cancel), found.sentence


def test_a_message_that_a_provider_has_waits_for_its_report(account: Account) -> None:
    message, at = make_message(account, SENDING), timezone.now()
    row = StatusQuery.objects.create(
        message_id=message.pk, account=account, provider_account_id=7, sent_at=at, due_at=at, ends_at=at
    )
    told = [waiting.of(message, account, {7: "Main road"}, at=at)]
    StatusQuery.objects.filter(pk=row.pk).update(asked=3)
    told.append(waiting.of(message, account, {7: "Main road"}, at=at))
    assert [one.sentence.split(",")[0] for one in told if one] == [
        "Main road has it. If no receipt comes",
        "No receipt yet. Main road was asked (times: 3)",
    ]


def test_a_message_that_ended_waits_for_nothing(account: Account) -> None:
    assert waiting.of(make_message(account), account, {}, at=timezone.now()) is None


def test_the_page_follows_the_message_until_it_ends(support: Client, account: Account, member: Member) -> None:
    message = make_waiting(account, member)
    page = support.get(reverse("message", args=["harbour", message.pk]))
    live = reverse("message", args=["harbour", message.pk]) + page.context["live_url"]
    assert support.get(live, headers={"HX-Request": "true"}).status_code == 204
    queued(message, attempt=1, due_at=timezone.now() + timedelta(minutes=1))
    changed = support.get(live, headers={"HX-Request": "true"})
    assert (changed.status_code, "Next try at" in text(changed)) == (200, True)
    assert changed.context["alone"]

    support.post(reverse("message_cancel", args=["harbour", message.pk]))
    ended = support.get(live, headers={"HX-Request": "true"})
    assert (ended.status_code, ended.context["live_url"]) == (200, "")


def test_what_is_held_for_hours_is_not_followed(support: Client, account: Account, member: Member) -> None:
    message = make_waiting(account, member, not_before=timezone.now() + timedelta(hours=9))
    Message.objects.filter(pk=message.pk).update(requested_at=timezone.now() - timedelta(hours=1))
    page = support.get(reverse("message", args=["harbour", message.pk]))
    assert page.context["live_url"] == ""
    assert "Held until" in text(page)


# ---- again, and back


def test_a_message_is_sent_again_and_each_names_the_other(support: Client, account: Account, member: Member) -> None:
    make_rules(account)
    first = make_message(account, BLOCKED, member_id=member.pk, phone=member.phone)
    address = reverse("message_resend", args=["harbour", first.pk])
    assert "Send it again?" in text(support.get(address))
    response = support.post(address)

    second = Message.objects.of(account).exclude(pk=first.pk).get()
    assert response["Location"] == reverse("message", args=["harbour", second.pk])
    assert (second.body, second.member_id) == (first.body, member.pk)
    assert "Sent again: this is the first one" in text(support.get(response["Location"]))
    before = text(support.get(reverse("message", args=["harbour", first.pk])))
    assert reverse("message", args=["harbour", second.pk]) in before
    assert "It was sent again" in before


def test_a_message_that_waits_cannot_be_sent_again(support: Client, account: Account, member: Member) -> None:
    message = make_waiting(account, member)
    page = support.post(reverse("message_resend", args=["harbour", message.pk]), follow=True)
    assert "still waiting to be sent" in text(page)
    assert Message.objects.of(account).count() == 1


def test_a_code_is_not_offered_to_be_sent_again(support: Client, account: Account) -> None:
    for source, offered in ((Source.APP_LOGIN, False), (Source.AUTOMATION, True)):
        message = make_message(account, source=source)
        page = support.get(reverse("message", args=["harbour", message.pk]))
        assert page.context["can_resend"] is offered


def test_a_message_is_taken_back_and_its_credit_given_back(support: Client, account: Account, member: Member) -> None:
    credit.top_up(account=account, segments=10, by=None, at=timezone.now())
    message = make_waiting(account, member)
    address = reverse("message_cancel", args=["harbour", message.pk])
    assert "Cancel this message?" in text(support.get(address))
    assert QueuedMessage.objects.exists()
    page = text(support.post(address, follow=True))

    message = Message.objects.of(account).get()
    assert (message.outcome, message.reason) == (Outcome.CANCELED, Reason.CANCELED)
    assert "nothing of it has left" in page
    assert not QueuedMessage.objects.exists()
    assert (credit.balance(account), CreditEntry.objects.count()) == (10, 3)


def test_what_has_left_cannot_be_taken_back(support: Client, account: Account, member: Member) -> None:
    message = make_waiting(account, member)
    queued(message, step=Step.SUBMITTING, provider_account_id=7)
    page = text(support.get(reverse("message", args=["harbour", message.pk])))
    assert "Cancel sending" not in page
    response = support.post(reverse("message_cancel", args=["harbour", message.pk]), follow=True)
    assert "too late" in text(response)
    assert QueuedMessage.objects.exists()


def test_another_accounts_message_is_not_found(support: Client) -> None:
    theirs = make_message(make_account("theirs"))
    for name in ("message_resend", "message_cancel"):
        assert support.post(reverse(name, args=["harbour", theirs.pk])).status_code == 404
