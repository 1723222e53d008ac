"""The failure rules stand in the database from the first migration on; tests with own transactions empty it."""

import pytest

from blocklist.models import FailureRule
from blocklist.policy import SHIPPED
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account


@pytest.fixture(autouse=True)
def shipped_rules(request: pytest.FixtureRequest) -> None:
    """The rules as an installation begins with them, whatever ran before."""
    if request.node.get_closest_marker("django_db") is None and "db" not in request.fixturenames:
        return
    request.getfixturevalue("db")
    for rule in SHIPPED:
        FailureRule.objects.get_or_create(
            code=rule.code, defaults={"stop_seconds": rule.seconds, "scope": rule.scope or ""}
        )


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


@pytest.fixture
def rival(db: None) -> Account:
    """Another account of the installation."""
    return make_account("rival")
