"""Unsubscribe links: one a message, and nothing opens them but their own letters."""

import string
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from consent import links
from consent.models import UnsubscribeLink
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.sending import NOON, PHONE

LETTERS = string.ascii_lowercase + string.digits


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


def token_in(address: str) -> str:
    return address.split("/u/")[1].rstrip("/")


def test_an_address_is_short_and_leads_to_its_row(account: Account, settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://sms.example"
    message = uuid4()
    address = links.address_of(account, PHONE, message, NOON)
    assert address.startswith("https://sms.example/u/")
    assert len(address) == len("https://sms.example/u/") + 16 + 1
    link = links.link_of(token_in(address))
    assert link is not None
    assert (link.account, link.phone, link.message_id, link.made_at) == (account, PHONE, message, NOON)
    assert links.address_of(account, PHONE, message, NOON) == address
    assert UnsubscribeLink.objects.count() == 1


def test_a_thousand_cost_one_query(account: Account) -> None:
    wanted = [(PHONE, uuid4()) for _ in range(1000)]
    with CaptureQueriesContext(connection) as queries:
        found = links.addresses_of(account, wanted, NOON)
    assert len(queries) == 1
    assert found.keys() == {pk for _phone, pk in wanted}
    assert len(set(found.values())) == 1000
    assert links.addresses_of(account, [], NOON) == {}


def test_the_same_message_id_in_two_accounts_is_two_links(account: Account) -> None:
    message = UUID(int=7)
    theirs = links.address_of(make_account("theirs"), PHONE, message, NOON)
    assert links.address_of(account, PHONE, message, NOON) != theirs


@pytest.mark.parametrize("pk", [1, 41, (1 << 32) - 1, 1 << 32, (1 << 63) - 1])
def test_any_row_has_a_token_in_which_no_letter_can_be_changed(account: Account, pk: int) -> None:
    UnsubscribeLink.objects.create(pk=pk, account=account, phone=PHONE, made_at=NOON)
    token = links.token_of(pk)
    found = links.link_of(token)
    assert found is not None
    assert found.pk == pk
    assert links.link_of(token.upper()) == found
    changed = [
        token[:place] + letter + token[place + 1 :]
        for place in range(len(token))
        for letter in LETTERS + "=-_é"
        if letter != token[place]
    ]
    assert [one for one in changed if links.link_of(one)] == []


def test_a_token_of_another_secret_opens_nothing(account: Account, settings: LazySettings) -> None:
    address = links.address_of(account, PHONE, uuid4(), NOON)
    settings.SECRET_KEY = "another" * 10
    assert links.link_of(token_in(address)) is None


def test_a_sound_token_of_a_row_that_is_gone_opens_nothing(db: None) -> None:
    assert links.link_of(links.token_of(99)) is None


@given(st.text(max_size=40))
def test_no_text_is_too_odd_to_be_refused(token: str) -> None:
    assert links.link_of(token) is None
