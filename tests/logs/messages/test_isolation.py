"""Nothing of another account appears in the list or beside it."""

from datetime import timedelta

import pytest
from django.test import Client

from logs.models import Campaign, Label, Template
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.members.models import Member
from tests.factories.accounts import make_account
from tests.factories.messages import (
    make_message,
)
from tests.logs.messages.looking import NOW, ago, ids, named, page

pytestmark = pytest.mark.django_db


def test_nothing_of_another_account_appears(account: Account, client: Client) -> None:
    other = make_account()
    theirs = {
        "template_id": named(Template, other, "Their template"),
        "sms_user_id": named(SmsUser, other, "their-user"),
        "campaign_id": named(Campaign, other, "Their campaign"),
        "labels": (named(Label, other, "their-label"),),
        "member_id": Member.objects.create(account=other, name="Their Member").pk,
    }
    make_message(other, phone="+447700900123", body="their words", **theirs)
    mine = make_message(account, phone="+447700900123", body="my words")
    for query in ("", "from=all", "phone=*0123", "q=words", "status=delivered", "sort=requested", "filters=open"):
        response = page(client, query)
        assert ids(response) == [mine.pk]
        assert response.context["count"].n == 1
        assert "heir" not in response.text
    for query in ("template=Their+template", "sms_user=their-user", "campaign=Their+campaign", "label=their-label"):
        assert page(client, query).context["problems"]


def test_a_reference_into_another_account_shows_nothing_of_it(account: Account, client: Client) -> None:
    """References between the tables are not constrained, so the page itself must look at the account."""
    other = make_account()
    message = make_message(
        account,
        template_id=named(Template, other, "Their template"),
        sms_user_id=named(SmsUser, other, "their-user"),
        campaign_id=named(Campaign, other, "Their campaign"),
        labels=(named(Label, other, "their-label"),),
        member_id=Member.objects.create(account=other, name="Their Member").pk,
    )
    assert "heir" not in page(client).text
    assert "heir" not in client.get(f"/harbour/messages/{message.pk}/").text


def test_a_message_of_another_account_is_not_found(client: Client) -> None:
    theirs = make_message(make_account())
    assert client.get(f"/harbour/messages/{theirs.pk}/").status_code == 404
    assert client.get("/harbour/messages/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_the_neighbours_of_a_message_are_the_accounts_own(account: Account, client: Client) -> None:
    other = make_account()
    messages = []
    for minutes in (5, 4, 3):
        make_message(other, requested_at=ago(minutes=minutes, seconds=30))
        messages.append(make_message(account, requested_at=ago(minutes=minutes)).pk)
    context = client.get(f"/harbour/messages/{messages[1]}/").context
    assert context["newer_url"] == f"/harbour/messages/{messages[2]}/"
    assert context["older_url"] == f"/harbour/messages/{messages[0]}/"


def test_the_neighbours_of_a_message_are_those_of_its_list(account: Account, client: Client) -> None:
    days = [make_message(account, requested_at=NOW - timedelta(days=n), source=1 + n % 2).pk for n in range(6)]
    query = "source=filter-members&from=2026-03-07&to=2026-03-08"  # the days 2 and 3; the source of 0, 2 and 4
    context = client.get(f"/harbour/messages/{days[2]}/?{query}").context
    assert "newer_url" not in context
    assert "older_url" not in context
    context = client.get(f"/harbour/messages/{days[2]}/?source=filter-members").context
    assert context["newer_url"] == f"/harbour/messages/{days[0]}/?source=filter-members"
    assert context["older_url"] == f"/harbour/messages/{days[4]}/?source=filter-members"
