"""The account and the person of these tests."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from logs.views.messages import MessageList
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, signed_in
from tests.logs.messages.looking import NOW


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account() -> Account:
    return make_account("harbour", time_zone="Europe/Paris", country="GB")


@pytest.fixture
def client(account: Account) -> Client:
    return signed_in("marketer", account)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(MessageList, "page_size", 5)
    return 5
