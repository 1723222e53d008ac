import pytest

from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account


@pytest.fixture
def account(db: None) -> Account:
    return make_account()
