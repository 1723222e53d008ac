"""Sending by hand: one SMS to a member, a message again, one taken back; and the page that follows a message."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent.models import UnsubscribeLink
from logs import credit, waiting
from logs.accepting import Accepted, Ask, accept, resend, try_out
from logs.dispatching.expiring import expire
from logs.models import (
    Credit,
    CreditEntry,
    Kind,
    Message,
    ProviderAccount,
    QueuedMessage,
    Source,
    StatusEvent,
    StatusQuery,
    Template,
)
from logs.statuses import Outcome, Reason
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import BLOCKED, SENDING, make_message
from tests.factories.sending import make_ask, make_rules, make_template
from tests.threads import at_once

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


def test_a_marketing_template_is_marketing(support: Client, account: Account, member: Member) -> None:
    template = make_template(account, "Sale", "Sale!", type=Template.Type.MARKETING)
    page = support.get(url(member), {"template": template.pk})
    assert page.context["form"]["kind"].value() == Kind.MARKETING
    page = support.post(f"{url(member)}?template={template.pk}", values())
    assert "This template is for marketing." in text(page)
    assert nothing_was_written()


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


# ---- Check: what would become of it


def checked(client: Client, member: Member, htmx: bool = False, query: str = "", **changes: Any) -> str:
    headers = {"HX-Request": "true"} if htmx else {}
    return text(client.post(f"{url(member)}{query}", values(check="1", **changes), headers=headers))


def make_provider(account: Account) -> ProviderAccount:
    return ProviderAccount.objects.create(account=account, provider="simulator", name="Simulator", enabled=True)


def nothing_was_written() -> bool:
    written = (Message, QueuedMessage, StatusEvent, CreditEntry, AuditEvent, UnsubscribeLink)
    return not any(model.objects.exists() for model in written)


@pytest.mark.parametrize("htmx", [False, True])
def test_check_says_that_it_would_go_and_what_it_costs(
    support: Client, account: Account, member: Member, htmx: bool
) -> None:
    make_provider(account)
    Credit.objects.create(account=account, balance=1200)
    page = checked(support, member, htmx, text="x" * 161)
    assert "It would go now." in page
    assert "<b>2</b> segments" in page
    assert "Credit: 1,200 left, 1,198 after it" in page
    assert "What it was decided on" in page
    assert ("<html" in page) is not htmx
    assert Credit.objects.get().balance == 1200
    assert nothing_was_written()


def test_check_keeps_what_was_entered_and_send_sends_it(support: Client, account: Account, member: Member) -> None:
    page = checked(support, member, text="Only once", sender="HARBOUR")
    assert "Only once" in page
    assert 'value="HARBOUR"' in page
    support.post(url(member), values(text="Only once"))
    assert Message.objects.get(account=account).body == "Only once"


@pytest.mark.parametrize("htmx", [False, True])
def test_check_says_why_it_would_not_be_sent(support: Client, account: Account, member: Member, htmx: bool) -> None:
    Credit.objects.create(account=account, balance=7)
    page = checked(support, member, htmx, kind=str(Kind.MARKETING.value))
    assert "It would not be sent." in page
    assert "Never opted in." in page
    assert "Credit: 7 left" in page
    assert nothing_was_written()


def test_check_says_the_same_as_sending_does(support: Client, account: Account, member: Member) -> None:
    Credit.objects.create(account=account, balance=1)
    assert "It needs 2 credits (one a segment), and 1 were left." in checked(support, member, text="x" * 161)
    page = text(support.post(url(member), values(text="x" * 161), follow=True))
    assert "It needs 2 credits (one a segment), and 1 were left." in page


def test_check_says_until_when_it_would_be_held(support: Client, account: Account, member: Member) -> None:
    make_provider(account)
    page = checked(support, member, not_before=f"{timezone.now() + timedelta(days=3):%Y-%m-%dT%H:%M}")
    assert "It would go later." in page
    assert "Planned for" in page


def test_check_counts_an_unsubscribe_link_and_makes_none(support: Client, account: Account, member: Member) -> None:
    template = make_template(account, "Sale", "Sale! {unsubscribe}")
    page = checked(support, member, query=f"?template={template.pk}")
    assert "/u/xxxxxxxxxxxxxxxx/" in page
    assert nothing_was_written()


def test_check_of_a_form_that_is_not_complete_says_what_is_missing(support: Client, member: Member) -> None:
    assert "Text: This field is required." in checked(support, member, htmx=True, text="")
    assert "This field is required." in checked(support, member, text="")
    page = checked(support, member, htmx=True, not_before="2099-01-01T10:00")
    assert "Not before: At most 180 days ahead." in page


def test_labels_and_campaigns_cannot_be_tried_out(account: Account) -> None:
    with pytest.raises(ValueError, match="made by asking"):
        try_out(account=account, ask=make_ask(labels=("new",)), at=timezone.now())


# ---- nothing to send through


def test_without_a_provider_account_the_form_says_what_to_do(account: Account, member: Member) -> None:
    admin, marketer = signed_in("admin", account), signed_in("marketer", account)
    page = text(admin.get(url(member)))
    assert "No provider account is switched on." in page
    assert f'<a href="{reverse("providers", args=["harbour"])}">Switch one on</a>' in page
    page = text(marketer.get(url(member)))
    assert "Ask an admin to switch one on under Settings, Provider accounts." in page
    assert "It would wait." in checked(marketer, member)
    make_provider(account)
    assert "No provider account is switched on." not in text(admin.get(url(member)))


def test_without_a_provider_account_a_waiting_message_says_so(
    support: Client, account: Account, member: Member
) -> None:
    message = make_waiting(account, member)
    page = text(support.get(reverse("message", args=["harbour", message.pk])))
    assert "No provider account is switched on to send through." in page
    make_provider(account)
    page = text(support.get(reverse("message", args=["harbour", message.pk])))
    assert "In the queue: it goes as soon as a provider account is free for it" in page


def test_one_that_nobody_could_send_says_why_and_what_to_do(support: Client, account: Account, member: Member) -> None:
    message = make_waiting(account, member)
    QueuedMessage.objects.update(expires_at=timezone.now())
    expire(at=timezone.now())
    page = text(support.get(reverse("message", args=["harbour", message.pk])))
    assert "It was not sent. No provider account was switched on to send through." in page
    assert "Ask an admin to switch one on under Settings, Provider accounts, then send again." in page


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
    make_provider(account)
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


# ---- a second click


def mark_of(page: Any) -> str:
    (found,) = set(re.findall(r'name="once" value="([0-9a-f-]{36})"', text(page)))
    return str(found)


def test_a_second_click_on_send_makes_no_second_message(support: Client, account: Account, member: Member) -> None:
    sent = values(once=mark_of(support.get(url(member))))
    first, second = support.post(url(member), sent), support.post(url(member), sent, follow=True)
    (message,) = Message.objects.of(account)
    address = reverse("message", args=["harbour", message.pk])
    assert (first["Location"], second.redirect_chain) == (address, [(address, 302)])
    assert "not sent twice" in text(second)


def test_who_goes_back_can_send_something_else_and_a_new_form_sends_the_same_again(
    support: Client, account: Account, member: Member
) -> None:
    mark = mark_of(support.get(url(member)))
    support.post(url(member), values(once=mark))
    support.post(url(member), values(once=mark, text="Another text."))
    support.post(url(member), values(once=mark_of(support.get(url(member)))))
    assert Message.objects.of(account).count() == 3


def test_what_was_wrong_or_only_checked_keeps_its_mark(support: Client, account: Account, member: Member) -> None:
    mark = mark_of(support.get(url(member)))
    assert mark_of(support.post(url(member), values(once=mark, text=""))) == mark
    assert mark_of(support.post(url(member), values(once=mark, check="1"))) == mark
    assert Message.objects.of(account).count() == 0


@pytest.mark.parametrize("name", ["message", "message_resend"])
def test_a_second_click_on_send_again_makes_no_second_message(
    support: Client, account: Account, member: Member, name: str
) -> None:
    message = make_message(account, BLOCKED, member_id=member.pk, phone=member.phone)
    address = reverse("message_resend", args=["harbour", message.pk])
    mark = mark_of(support.get(reverse(name, args=["harbour", message.pk])))
    first = support.post(address, {"once": mark})
    second = support.post(address, {"once": mark}, follow=True)
    assert second.redirect_chain == [(first["Location"], 302)]
    assert "not sent twice" in text(second)
    assert Message.objects.of(account).count() == 2
    support.post(address, {"once": mark_of(support.get(address))})
    assert Message.objects.of(account).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_send_again_once() -> None:
    account = make_account("harbour", time_zone="UTC")
    message, once = make_message(account, BLOCKED, phone="+447700900142"), uuid4()
    sent = at_once(*[lambda: resend(message=message, by=None, at=timezone.now(), once=once)] * 4)
    assert len({answer.id for answer in sent}) == 1
    assert sorted(answer.repeated for answer in sent) == [False, True, True, True]


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


def test_a_text_with_a_hole_is_not_offered_to_be_sent_again(support: Client, account: Account, member: Member) -> None:
    make_template(account, "Points", "Hi {name}!")
    ask = make_ask(member=member.pk, template="Points")
    (answer,) = accept(account=account, asks=[ask], sms_user=None, by=None, at=timezone.now())
    assert isinstance(answer, Accepted)
    page = support.get(reverse("message", args=["harbour", answer.id]))
    assert not page.context["can_resend"]
    said = support.post(reverse("message_resend", args=["harbour", answer.id]), follow=True)
    assert "variables without a value" in text(said)
    assert Message.objects.of(account).count() == 1


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
