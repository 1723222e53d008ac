"""{unsubscribe} in a template: each message gets an address of its own, and is counted with it."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent import links
from consent.models import UnsubscribeLink
from logs import segments
from logs.accepting import Accepted, Ask, accept, resend
from logs.models import Message, QueuedMessage
from logs.rendering import asked_for
from logs.statuses import Reason
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.members import make_member
from tests.factories.sending import NOON, PHONE, make_ask, make_rules, make_sms_user, make_template

BODY = "Coffee for {name}. Stop: {unsubscribe}"


@pytest.fixture
def account(db: None) -> Account:
    made = make_account(time_zone="UTC")
    make_rules(made, without_opt_in=[1, 2])
    make_template(made, "Coffee", BODY)
    return made


def ask_for(account: Account, *asks: Ask, **fields: Any) -> list[Accepted]:
    answers = accept(account=account, asks=asks, sms_user=None, by=None, at=NOON, **fields)
    assert all(isinstance(answer, Accepted) for answer in answers), answers
    return answers  # type: ignore[return-value]


def coffee(**fields: Any) -> Ask:
    return make_ask(**{"template": "Coffee", "variables": {"name": "Ada"}, **fields})


def test_a_message_holds_its_own_link_and_is_counted_with_it(account: Account, settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://" + "long." * 30 + "example"
    (answer,) = ask_for(account, coffee())
    message = Message.objects.get(pk=answer.id)
    link = UnsubscribeLink.objects.get(message_id=answer.id)
    assert (link.account, link.phone) == (account, PHONE)
    assert message.body == f"Coffee for Ada. Stop: {links.address(link.pk)}"
    assert message.segments == segments.measure(message.body).segments == 2
    assert not answer.state.outcome.is_final


def test_a_thousand_cost_one_query_more_than_without(account: Account) -> None:
    make_template(account, "Plain", "Coffee for {name}.")

    def cost(template: str, n: int) -> int:
        asks = [coffee(template=template, to=f"+4477009{i:05d}") for i in range(n)]
        with CaptureQueriesContext(connection) as queries:
            ask_for(account, *asks)
        return len(queries)

    cost("Plain", 2)
    assert cost("Coffee", 1000) == cost("Coffee", 2) == cost("Plain", 2) + 1
    bodies = set(Message.objects.filter(body__contains="/u/").values_list("body", flat=True))
    assert len(bodies) == 1002


def test_nobody_else_gives_the_link(account: Account) -> None:
    given = {"name": "{unsubscribe}", "unsubscribe": "https://elsewhere.example"}
    (answer,) = ask_for(account, coffee(variables=given))
    body = Message.objects.get(pk=answer.id).body
    assert "elsewhere" not in body
    assert body.startswith("Coffee for {unsubscribe}. Stop: http")
    assert asked_for(BODY) == ("name",)


def test_another_variable_that_is_missing_is_told_still(account: Account) -> None:
    (answer,) = ask_for(account, coffee(variables={}))
    assert answer.sentence == "No value for {name}."


def test_a_member_without_a_number_is_refused_for_that_and_gets_no_link(account: Account) -> None:
    member = make_member(account, phone="")
    (answer,) = ask_for(account, coffee(to="", member=member.pk))
    assert answer.state.reason is Reason.NO_NUMBER
    assert not UnsubscribeLink.objects.exists()


def test_a_repeated_request_makes_no_second_link(account: Account) -> None:
    user = make_sms_user(account)
    ask = coffee(idempotency_key="once")
    for _ in range(2):
        accept(account=account, asks=[ask], sms_user=user, by=None, at=NOON)
    assert UnsubscribeLink.objects.count() == 1


def test_sent_again_to_a_corrected_number_it_is_that_numbers_link(account: Account) -> None:
    member = make_member(account, phone="+447700900100")
    (first,) = ask_for(account, coffee(to="", member=member.pk))
    QueuedMessage.objects.all().delete()
    member.phone = "+447700900209"
    member.save()
    again = resend(message=Message.objects.get(pk=first.id), by=None, at=NOON)
    link = UnsubscribeLink.objects.get(message_id=again.id)
    assert link.phone == "+447700900209"
    assert Message.objects.get(pk=again.id).body == f"Coffee for Ada. Stop: {links.address(link.pk)}"


def test_sent_again_a_text_without_a_link_stays_as_it_is(account: Account) -> None:
    (first,) = ask_for(account, make_ask(text="Hello"))
    QueuedMessage.objects.all().delete()
    message = Message.objects.get(pk=first.id)
    links.address_of(account, PHONE, uuid4(), NOON)
    assert Message.objects.get(pk=resend(message=message, by=None, at=NOON).id).body == "Hello"
