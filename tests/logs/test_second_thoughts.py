"""Sending a message again, and taking one back."""

import json
from datetime import timedelta

import pytest

from logs import credit
from logs.accepting import Accepted, CannotResend, accept, resend
from logs.canceling import TooLate, cancel
from logs.models import Credit, EventSource, Kind, Message, QueuedMessage, Source, StatusEvent
from logs.statuses import Reason, Status
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member
from tests.factories.messages import ACCEPTED, BLOCKED, QUEUED, UNDELIVERED, make_message
from tests.factories.sending import NOON, PHONE, make_ask, make_template
from tests.threads import at_once

LATER = NOON + timedelta(minutes=5)
Step = QueuedMessage.Step


@pytest.fixture
def account(db: None) -> Account:
    return make_account(time_zone="UTC")


def queued(account: Account) -> Message:
    (answer,) = accept(account=account, asks=[make_ask(text="a" * 161)], sms_user=None, by=None, at=NOON)
    assert isinstance(answer, Accepted)
    return Message.objects.of(account).get(pk=answer.id)


# ---- taking back


def test_a_waiting_message_is_canceled_and_its_credit_given_back(account: Account) -> None:
    credit.top_up(account=account, segments=5, by=None, at=NOON)
    message, ann = queued(account), make_user("support", account, email="ann@example.org")
    cancel(message=message, by=ann, at=LATER)
    message.refresh_from_db()
    event = StatusEvent.objects.of(message).get(source=EventSource.OPERATOR)
    assert (message.status_word, message.state.reason) == (Status.CANCELED, Reason.CANCELED)
    assert event.raw_text == "Canceled by ann@example.org."
    assert not QueuedMessage.objects.exists()
    assert Credit.objects.get(account=account).balance == 5
    line = AuditEvent.objects.get(verb="message.canceled")
    assert (line.by_id, line.object_id) == (ann.pk, str(message.pk))


@pytest.mark.parametrize(
    ("step", "lease", "may"),
    [
        (Step.CLAIMED, LATER - timedelta(seconds=1), True),
        (Step.CLAIMED, LATER + timedelta(seconds=1), False),
        (Step.SUBMITTING, LATER - timedelta(hours=1), False),
        (Step.UNSURE, None, False),
    ],
)
def test_what_a_worker_has_or_what_may_have_left_is_not_taken_back(
    account: Account, step: int, lease: object, may: bool
) -> None:
    message = queued(account)
    QueuedMessage.objects.update(step=step, lease_until=lease, provider_account_id=1)
    if may:
        cancel(message=message, by=None, at=LATER)
    else:
        with pytest.raises(TooLate, match="too late"):
            cancel(message=message, by=None, at=LATER)
    assert QueuedMessage.objects.exists() is not may


def test_what_has_ended_is_not_taken_back(account: Account) -> None:
    with pytest.raises(TooLate):
        cancel(message=make_message(account), by=None, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_two_who_cancel_at_once_give_the_credit_back_once() -> None:
    account = make_account()
    credit.top_up(account=account, segments=2, by=None, at=NOON)
    message = queued(account)

    def try_to() -> bool:
        try:
            cancel(message=message, by=None, at=LATER)
        except TooLate:
            return False
        return True

    assert sorted(at_once(try_to, try_to)) == [False, True]
    assert Credit.objects.get(account=account).balance == 2


# ---- sending again


def test_a_message_is_sent_again_as_a_new_one_that_names_the_old(account: Account) -> None:
    member, ann = make_member(account, phone=PHONE), make_user("support", account)
    old = make_message(
        account, QUEUED, ACCEPTED, UNDELIVERED, phone="+447700900999", member_id=member.pk, sender="Harbour"
    )
    answer = resend(message=old, by=ann, at=LATER)
    new = Message.objects.of(account).get(pk=answer.id)
    assert (new.body, new.kind, new.source, new.sender) == (old.body, old.kind, old.source, "Harbour")
    assert (new.phone, new.member_id) == (PHONE, member.pk)
    assert QueuedMessage.objects.filter(pk=new.pk).exists()
    assert json.loads(StatusEvent.objects.of(new).get().raw)["resend_of"] == str(old.pk)
    line = AuditEvent.objects.get(verb="message.resent")
    assert (line.by_id, line.object_id, line.facts) == (ann.pk, str(old.pk), {"new": str(new.pk)})


def test_what_is_sent_again_is_judged_again(account: Account) -> None:
    old = make_message(account, QUEUED, ACCEPTED, UNDELIVERED, kind=Kind.MARKETING)
    assert resend(message=old, by=None, at=LATER).state.reason is Reason.NOT_OPTED_IN


def test_what_still_waits_is_not_sent_again(account: Account) -> None:
    with pytest.raises(CannotResend, match="still waiting"):
        resend(message=queued(account), by=None, at=LATER)


def test_a_code_is_not_sent_again(account: Account) -> None:
    with pytest.raises(CannotResend, match="code"):
        resend(message=make_message(account, source=Source.APP_LOGIN), by=None, at=LATER)


@pytest.mark.parametrize("body", ["Hi {name}!", "Hi {name}! {unsubscribe}"])
def test_a_text_with_a_hole_is_not_sent_again(account: Account, body: str) -> None:
    template = make_template(account, "Points", body)
    (answer,) = accept(
        account=account, asks=[make_ask(template="Points", variables={})], sms_user=None, by=None, at=NOON
    )
    assert isinstance(answer, Accepted)
    refused = Message.objects.of(account).get(pk=answer.id)
    held = make_message(account, BLOCKED, body=body.replace("{name}", "Ann"), template_id=template.pk)
    others = make_message(account, UNDELIVERED, body="Your {choice} is ready.", template_id=template.pk)
    assert refused.reason == Reason.VARIABLE_ERROR
    with pytest.raises(CannotResend, match="without a value"):
        resend(message=refused, by=None, at=LATER)
    if "{unsubscribe}" in body:
        with pytest.raises(CannotResend, match="without a value"):
            resend(message=held, by=None, at=LATER)
    assert not resend(message=others, by=None, at=LATER).state.outcome.is_final


def test_a_message_without_a_recorded_text_is_not_sent_again(account: Account) -> None:
    with pytest.raises(CannotResend, match="not recorded"):
        resend(message=make_message(account, body=""), by=None, at=LATER)
