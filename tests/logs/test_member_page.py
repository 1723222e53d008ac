"""The member list and the page of one member."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from logs.models import Template
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import ACCEPTED, BLOCKED, DELIVERED, QUEUED, UNDELIVERED, make_message

pytestmark = pytest.mark.django_db

GONE = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.NUMBER_INACTIVE)


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


@pytest.fixture
def account() -> Account:
    return make_account("harbour", country="GB")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        page(client, path)
    return len(captured)


def test_the_timeline_speaks_the_crm_words(account: Account, support: Client) -> None:
    member = make_member(account)
    make_message(account, QUEUED, ACCEPTED, DELIVERED, member_id=member.pk, phone=member.phone)
    make_message(account, BLOCKED, member_id=member.pk, phone=member.phone)

    text = page(support, f"/harbour/members/{member.pk}/")

    assert "SMS sent to member (from Automation)" in text
    assert "SMS status: delivery success" in text
    assert "SMS failed to be sent to member (from Automation)" in text
    assert text.count("Your table for 4 is booked") == 2  # once a message


def test_a_member_of_another_account_is_not_found(account: Account, support: Client) -> None:
    stranger = make_member(make_account())
    assert support.get(f"/harbour/members/{stranger.pk}/").status_code == 404
    assert support.get("/harbour/members/99999999999999999999/").status_code == 404


def test_messages_of_another_account_do_not_show(account: Account, support: Client) -> None:
    member = make_member(account)
    other = make_account()
    make_message(other, DELIVERED, member_id=member.pk, phone=member.phone, body="A secret of others.")

    text = page(support, f"/harbour/members/{member.pk}/")

    assert "A secret of others." not in text
    assert "No messages yet" in text


def test_a_page_costs_the_same_with_3_and_with_30_messages(account: Account, support: Client) -> None:
    few, many = make_member(account), make_member(account)
    template = Template.objects.create(account=account, name="booking")
    for member, n in ((few, 3), (many, 30)):
        for minute in range(n):
            make_message(
                account,
                ACCEPTED,
                UNDELIVERED,
                member_id=member.pk,
                phone=member.phone,
                template_id=template.pk,
                requested_at=ago(minutes=minute + 5),
            )
    assert queries(support, f"/harbour/members/{few.pk}/") == queries(support, f"/harbour/members/{many.pk}/")


def test_the_list_costs_the_same_with_3_and_with_30_members(account: Account, support: Client) -> None:
    for _n in range(3):
        member = make_member(account)
        make_message(account, member_id=member.pk, phone=member.phone)
    three = queries(support, "/harbour/members/")
    for _n in range(27):
        member = make_member(account)
        make_message(account, member_id=member.pk, phone=member.phone)
    assert queries(support, "/harbour/members/") == three


def test_pages_of_the_timeline_lead_on_and_back(account: Account, support: Client) -> None:
    member = make_member(account)
    for minute in range(30):
        make_message(
            account,
            member_id=member.pk,
            phone=member.phone,
            body=f"text-{minute:02}",
            requested_at=ago(minutes=minute + 5),
        )

    first = page(support, f"/harbour/members/{member.pk}/")
    older = re.search(r'rel="next" href="([^"]+)"', first)
    second = page(support, f"/harbour/members/{member.pk}/{older[1].replace('&amp;', '&')}")

    assert "text-24" in first
    assert "text-25" not in first
    assert "text-25" in second
    assert "text-29" in second
    assert 'rel="prev"' in second


def test_the_chips_say_how_many_and_filter(account: Account, support: Client) -> None:
    member = make_member(account)
    make_message(account, member_id=member.pk, phone=member.phone, body="arrived-text")
    make_message(account, UNDELIVERED, member_id=member.pk, phone=member.phone, body="lost-text")
    make_message(account, QUEUED, member_id=member.pk, phone=member.phone, body="waiting-text")

    text = page(support, f"/harbour/members/{member.pk}/?show=failed")

    assert "lost-text" in text
    assert "arrived-text" not in text
    for label, n in (("Everything", 3), ("Delivered", 1), ("Did not arrive", 1), ("Waiting", 1)):
        assert f"<b>{label}</b><span>{n}</span>" in text


def test_why_it_did_not_arrive_is_answered_beside_the_timeline(account: Account, support: Client) -> None:
    member = make_member(account)
    make_message(account, UNDELIVERED, member_id=member.pk, phone=member.phone)

    card = page(support, f"/harbour/members/{member.pk}/").split("Why didn’t it arrive?")[1].split("</section>")[0]

    assert "The phone was" in card
    assert "Next:" in card


@pytest.mark.parametrize(
    ("validity", "states", "word"),
    [
        (Member.NumberValidity.VALID, [], "Not proved yet"),
        (Member.NumberValidity.VALID, [DELIVERED], "Valid"),
        (Member.NumberValidity.VALID, [DELIVERED, GONE], "In doubt"),
        (Member.NumberValidity.VALID, [GONE, DELIVERED], "Valid"),
        (Member.NumberValidity.SUSPECT, [DELIVERED], "Suspect"),
        (Member.NumberValidity.INVALID, [GONE], "Invalid"),
    ],
)
def test_the_number_is_judged_by_what_is_kept_and_by_later_refusals(
    account: Account, support: Client, validity: int, states: list[State], word: str
) -> None:
    member = make_member(account, number_validity=validity)
    for n, state in enumerate(states):
        make_message(account, ACCEPTED, state, member_id=member.pk, phone=member.phone, requested_at=ago(hours=9 - n))

    cell = page(support, f"/harbour/members/{member.pk}/").split("Can the number be trusted?")[1].split("</dl>")[0]

    assert f"</svg>{word}</span>" in cell


def test_the_last_90_days_lead_to_lists_that_count_the_same(account: Account, support: Client) -> None:
    member = make_member(account)
    for state in (DELIVERED, DELIVERED, UNDELIVERED, BLOCKED):
        make_message(account, ACCEPTED, state, member_id=member.pk, phone=member.phone)
    make_message(account, member_id=None, phone=member.phone)

    card = page(support, f"/harbour/members/{member.pk}/").split("<h2>Last 90 days")[1].split("</section>")[0]
    links = re.findall(r'<a href="([^"]+status=[^"]+)">([\d,]+)</a>', card)

    assert sorted(n for _url, n in links) == ["1", "1", "3"]
    for url, n in links:
        assert f"<b>{n}</b>" in page(support, url.replace("&amp;", "&")).split('class="sa-count"')[1][:80]
    assert "1 message to this number names no member" in card


def test_codes_are_hidden_from_those_who_need_not_read_them(account: Account) -> None:
    member = make_member(account, app_client_id="client-4711")
    template = Template.objects.create(account=account, name="login", type=Template.Type.VERIFICATION)
    make_message(account, member_id=member.pk, phone=member.phone, template_id=template.pk, body="Your code is 875356.")

    marketer = page(signed_in("marketer", account), f"/harbour/members/{member.pk}/")
    support = page(signed_in("support", account), f"/harbour/members/{member.pk}/")

    assert "875356" not in marketer
    assert "client-4711" not in marketer
    assert "875356" in support
    assert "client-4711" in support


def test_the_list_filters_by_name_number_tag_and_validity(account: Account, support: Client) -> None:
    ana = make_member(account, name="Ana Lucero", phone="+34600112233", tags=["Gold"], external_id="H-991")
    make_member(account, name="Theo Marsh", phone="+447700900999", number_validity=3, email="theo@post.example")

    def names(query: str) -> list[str]:
        return sorted(re.findall(r'/members/\d+/">([^<]+)</a>', page(support, f"/harbour/members/?{query}")))

    assert names("") == ["Ana Lucero", "Theo Marsh"]
    assert names("q=luc") == ["Ana Lucero"]
    assert names("q=991") == ["Ana Lucero"]
    assert names("q=theo%40post") == ["Theo Marsh"]
    assert names("phone=07700+900+999") == ["Theo Marsh"]
    assert names("phone=%2B346*") == ["Ana Lucero"]
    assert names("phone=*12233") == ["Ana Lucero"]
    assert names("tag=Gold") == ["Ana Lucero"]
    assert names("number=invalid") == ["Theo Marsh"]
    assert ana.pk


def test_a_member_without_number_or_messages_has_a_page(account: Account, support: Client) -> None:
    member = make_member(account, phone="", name="", external_id="")
    text = page(support, f"/harbour/members/{member.pk}/")
    assert "No number" in text
    assert "No messages yet" in text


@pytest.mark.parametrize(
    "query", ["from=zz", "show=zz", "before=zz", "after=%00", "before=1", "from=2026-03-09&to=2020-01-01"]
)
def test_nonsense_in_the_address_is_no_error(account: Account, support: Client, query: str) -> None:
    member = make_member(account)
    assert support.get(f"/harbour/members/{member.pk}/?{query}").status_code == 200
    assert support.get(f"/harbour/members/?{query}").status_code == 200
