"""What the SMS list costs, and that it stops in time."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from logs.models import Label, Template
from logs.views.messages import MessageList
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.members.models import Member
from tests.factories.messages import (
    make_message,
)
from tests.logs.messages.looking import Sleep, ids, named, page

pytestmark = pytest.mark.django_db


def number_of_queries(client: Client, query: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, query)
    return len(captured)


@pytest.mark.parametrize(
    "query", ["", "phone=%2B44*", "q=table", "template=T&status=delivered", "label=L", "filters=open"]
)
def test_thirty_rows_cost_the_queries_of_three(account: Account, client: Client, query: str) -> None:
    def make(n: int) -> None:
        for k in range(n):
            member = Member.objects.create(account=account, name=f"Member {n} {k}")
            make_message(account, member_id=member.pk, template_id=template, sms_user_id=user, labels=(label,))

    template, user, label = named(Template, account, "T"), named(SmsUser, account, "U"), named(Label, account, "L")
    make(3)
    page(client, query)
    few = number_of_queries(client, query)
    make(27)
    assert number_of_queries(client, query) == few
    assert few <= 20


def test_a_search_that_takes_too_long_is_stopped_and_says_so(
    account: Account, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_message(account)
    settings.LIST_STATEMENT_TIMEOUT_MS = 20
    scope = MessageList.scope

    def slow(self: MessageList) -> QuerySet:
        return scope(self).filter(Sleep(output_field=BooleanField()))

    monkeypatch.setattr(MessageList, "scope", slow)
    response = page(client)
    assert response.context["too_slow"]
    assert "This search took too long and was stopped" in response.text
    assert "Narrow the period" in response.text
    monkeypatch.setattr(MessageList, "scope", scope)
    assert len(ids(page(client))) == 1  # the connection is as good as before
