"""The list of replies (E6): what stands in it, what it can be filtered by, what it costs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.models import DeskItem
from logs.models import Label, Reply, ReplyEffect, Template
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.callbacks import make_provider_account
from tests.factories.consent import make_desk_item
from tests.factories.members import make_member
from tests.factories.messages import DELIVERED, QUEUED, make_message

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture
def account() -> Account:
    return make_account("harbour", time_zone="UTC")


@pytest.fixture
def client(account: Account) -> Client:
    return signed_in("marketer", account)


def make_reply(account: Account, body: str = "hello", *, minutes: float = 0, **fields: Any) -> Reply:
    at = NOW - timedelta(minutes=minutes)
    values = {"id": uuid4(), "account": account, "phone": "+447700900142", "body": body, "received_at": at, **fields}
    return Reply.objects.create(**values)


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/harbour/replies/{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_reply_shows_who_what_when_to_which_template_and_what_it_did(account: Account, client: Client) -> None:
    member = make_member(account, name="Ruth Adler", phone="+447700900142")
    by = make_provider_account(account, "kannel", name="Main road")
    template = Template.objects.create(account=account, name="Friday treat", body="x")
    message = make_message(account, QUEUED, DELIVERED, phone=member.phone, template_id=template.pk)
    make_reply(
        account,
        "STOP <b>now</b>",
        member_id=member.pk,
        provider_account_id=by.pk,
        template_id=template.pk,
        message_id=message.pk,
        recipient="60006",
        effect=ReplyEffect.UNSUBSCRIBED,
    )
    shown = page(client)
    for text in ("Ruth Adler", "+44 7700 900142", "STOP &lt;b&gt;now&lt;/b&gt;", "Friday treat", "Main road", "60006"):
        assert text in shown
    assert "Unsubscribed" in shown
    assert f"/harbour/messages/{message.pk}/" in shown


@pytest.mark.parametrize("effect", list(ReplyEffect))
def test_every_effect_has_its_word(account: Account, client: Client, effect: ReplyEffect) -> None:
    make_reply(account, effect=effect)
    assert "+44 7700 900142" in page(client, f"?effect={effect.name.lower().replace('_', '-')}")


def test_what_the_desk_decided_stands_beside(account: Account, client: Client) -> None:
    reply = make_reply(account, "leave me alone", effect=ReplyEffect.DESK)
    assert "To the desk" in page(client)
    make_desk_item(account, reply_id=reply.pk, decided_at=NOW, decision=DeskItem.Decision.OPT_OUT)
    assert "by the desk" in page(client)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"one", "two", "three"}),
        ("?phone=07700+900142", {"one", "three"}),
        ("?phone=%2B4477009001*", {"one", "two", "three"}),
        ("?phone=*0143", {"two"}),
        ("?effect=desk", {"two"}),
        ("?effect=desk&effect=waiting", {"one", "two", "three"}),
        ("?template=Points", {"one"}),
        ("?label=spring", {"one"}),
        ("?label=autumn", set()),
        ("?from=2020-01-01&to=2020-01-02", set()),
    ],
)
def test_filters(account: Account, client: Client, query: str, found: set[str]) -> None:
    template = Template.objects.create(account=account, name="Points", body="x")
    spring, _autumn = (Label.objects.create(account=account, name=name) for name in ("spring", "autumn"))
    message = make_message(account, QUEUED, DELIVERED, phone="+447700900142", labels=(spring.pk,))
    make_reply(account, "text-one", template_id=template.pk, message_id=message.pk)
    make_reply(account, "text-two", phone="+447700900143", effect=ReplyEffect.DESK)
    make_reply(account, "text-three", minutes=3)
    make_reply(make_account(), "text-theirs")
    shown = page(client, query)
    assert {name for name in ("one", "two", "three", "theirs") if f"text-{name}" in shown} == found


def test_pages_follow_one_another_though_many_came_at_one_moment(account: Account, client: Client) -> None:
    for n in range(120):
        make_reply(account, f"text-{n:03d}.", minutes=n // 60)
    seen, url = [], ""
    for _page in range(3):
        response = client.get(f"/harbour/replies/{url}")
        seen += [f"text-{n:03d}." for n in range(120) if f"text-{n:03d}." in response.content.decode()]
        url = response.context["older_url"]
    assert not url
    assert sorted(seen) == [f"text-{n:03d}." for n in range(120)]
    back = client.get(f"/harbour/replies/{response.context['newer_url']}")
    assert len(back.context["page"].rows) == 50
    assert client.get("/harbour/replies/?before=nonsense").context["page"].newest


def test_thirty_rows_cost_what_three_do(account: Account, client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(client)
        return len(asked)

    def more(n: int) -> None:
        by = make_provider_account(account)
        for _ in range(n):
            member = make_member(account)
            message = make_message(account, QUEUED, DELIVERED, phone=member.phone)
            reply = make_reply(
                account,
                phone=member.phone,
                member_id=member.pk,
                message_id=message.pk,
                provider_account_id=by.pk,
                effect=ReplyEffect.DESK,
            )
            make_desk_item(account, phone=member.phone, reply_id=reply.pk)

    more(3)
    page(client)
    three = queries()
    more(27)
    assert queries() == three
