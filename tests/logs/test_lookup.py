"""The look-up box: from what somebody writes to the page that answers."""

import pytest
from django.test import Client

from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member
from tests.factories.messages import make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return make_account("harbour", country="GB")


@pytest.fixture
def support(account: Account) -> Client:
    return signed_in("support", account)


@pytest.mark.parametrize(
    "text", ["+447700900209", "07700 900209", "0044 7700-900-209", " (07700) 900209 ", "*0209", "brandt", "H-20418"]
)
def test_one_member_opens_at_once(account: Account, support: Client, text: str) -> None:
    member = make_member(account, name="Daniel Brandt", phone="+447700900209", external_id="H-20418")
    make_member(account, name="Ana Lucero", phone="+34600112233")

    response = support.get("/harbour/look-up/", {"number": text})

    assert response.status_code == 302
    assert response["Location"] == f"/harbour/members/{member.pk}/"


def test_several_members_open_the_list_filtered(account: Account, support: Client) -> None:
    make_member(account, name="Maya One", phone="+447700900209")
    make_member(account, name="Maya Two", phone="+447700900209")

    by_number = support.get("/harbour/look-up/", {"number": "+447700900209"})
    by_name = support.get("/harbour/look-up/", {"number": "maya"})

    assert by_number["Location"] == "/harbour/members/?phone=%2B447700900209"
    assert by_name["Location"] == "/harbour/members/?q=maya"
    assert support.get(by_number["Location"]).content.decode().count("Maya ") >= 2


def test_a_number_without_a_member_opens_its_messages_of_all_time(account: Account, support: Client) -> None:
    make_message(account, phone="+447700900555")

    response = support.get("/harbour/look-up/", {"number": "07700 900555"})

    assert response["Location"] == "/harbour/messages/?phone=07700+900555&from=all"
    assert "<b>1</b>" in support.get(response["Location"]).content.decode()


def test_nothing_found_says_what_was_understood_and_where_to_go(account: Account, support: Client) -> None:
    text = support.get("/harbour/look-up/", {"number": "07700 900555"}).content.decode()

    assert "+44 7700 900555" in text
    assert "No member has it" in text
    assert "number=%2A900555" in text


def test_members_and_messages_of_another_account_are_not_found(account: Account, support: Client) -> None:
    other = make_account()
    make_member(other, name="Daniel Brandt", phone="+447700900209")
    make_message(other, phone="+447700900555")

    for text in ("+447700900209", "brandt", "+447700900555"):
        assert support.get("/harbour/look-up/", {"number": text}).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "*",
        "+",
        "**",
        "*1",
        "\x00",
        "'",
        "\\",
        "%",
        "a" * 99,
        "a" * 999,
        "9" * 60,
        "☎",
        "٠٧٧٠٠",
        "<script>",
        "+44*'",
        "' OR 1=1",
        "-",
        "a & b | !c:*",
    ],
)
def test_nonsense_is_answered_with_a_page(account: Account, support: Client, text: str) -> None:
    assert support.get("/harbour/look-up/", {"number": text}).status_code == 200
