"""Changing the policy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from blocklist import rules
from blocklist.models import BlockEntry
from blocklist.policy import HOUR, Scope
from smsadmin.accounts.models import AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.removal import make_failure

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BUSY, INTERCEPTED = 530, 550


def test_a_change_holds_for_failures_from_then_on(db: None) -> None:
    account = make_account()
    before = make_failure(account, INTERCEPTED, at=NOW)
    longer = replace(rules.in_force()[INTERCEPTED], seconds=4 * HOUR)
    rules.change(wanted=[longer], by=make_user("operator"), at=NOW)
    assert BlockEntry.objects.get(pk=before.pk).expires_at == NOW + timedelta(hours=1)
    assert make_failure(account, INTERCEPTED, "+447700900209", at=NOW).expires_at == NOW + timedelta(hours=4)


def test_a_change_is_told_with_before_and_after(db: None) -> None:
    busy = replace(rules.in_force()[BUSY], seconds=60, scope=Scope.ACCOUNT)
    changes = rules.change(wanted=[*rules.in_force().values(), busy], by=make_user("operator"), at=NOW)
    assert changes == {BUSY: {"seconds": [0, 60], "scope": [None, "account"]}}
    line = AuditEvent.objects.get(verb="failure_rules.changed")
    assert line.facts == {"changes": {"530": {"seconds": [0, 60], "scope": [None, "account"]}}}


def test_no_change_leaves_no_line(db: None) -> None:
    assert rules.change(wanted=rules.in_force().values(), by=make_user("operator"), at=NOW) == {}
    assert not AuditEvent.objects.exists()


def test_only_operators_change_the_policy(db: None) -> None:
    with pytest.raises(rules.NotOperator):
        rules.change(wanted=[], by=make_user("admin", make_account()), at=NOW)
