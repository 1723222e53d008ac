"""The policy in force: what the installation's rows say, and the shipped table for a code without a row; and changing
it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from blocklist.models import FailureRule
from blocklist.policy import SHIPPED, Rule
from smsadmin.accounts import audit
from smsadmin.accounts.models import User

CHANGEABLE = ("seconds", "scope", "user_may_delete", "step_up", "longest")


class NotOperator(PermissionError):
    """The policy holds for the whole installation: only operators change it."""


def in_force() -> dict[int, Rule]:
    """By code."""
    rules = {rule.code: rule for rule in SHIPPED}
    rules.update((row.code, row.as_rule()) for row in FailureRule.objects.all())
    return rules


@transaction.atomic
def change(*, wanted: Iterable[Rule], by: User, at: datetime) -> dict[int, dict[str, list[Any]]]:
    """Make these the rules of their codes; returns and audits what differs, as code → field → [before, after].

    For failures from now on: no entry that is there is touched. Raises NotOperator, and IntegrityError for a rule that
    the table cannot hold.
    """
    if not by.is_superuser:
        raise NotOperator
    list(FailureRule.objects.select_for_update().order_by("code"))  # one at a time, or "before" is wrong
    before = in_force()
    changes = {}
    for rule in wanted:
        if found := differences(before[rule.code], rule):
            changes[rule.code] = found
            write(rule)
    if changes:
        told = {str(code): found for code, found in changes.items()}
        audit.record(account=None, by=by, at=at, verb="failure_rules.changed", object_type="failure_rule", changes=told)
    return changes


def differences(before: Rule, after: Rule) -> dict[str, list[Any]]:
    pairs = {name: [getattr(before, name), getattr(after, name)] for name in CHANGEABLE}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def write(rule: Rule) -> None:
    FailureRule.objects.update_or_create(
        code=rule.code,
        defaults={
            "stop_seconds": rule.seconds,
            "scope": rule.scope or "",
            "user_may_delete": rule.user_may_delete,
            "step_up": rule.step_up,
            "step_up_max_seconds": rule.longest,
        },
    )
