"""Which failures stop a number: the whole table, and what a rule may add to it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from blocklist import policy, rules
from blocklist.models import FailureRule
from blocklist.policy import SHIPPED, Rule, Scope, Stop, decide, seconds_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

E4: list[tuple[int, str, timedelta | None, Scope | None, bool]] = [
    (500, "Empty number", 30 * DAY, Scope.GLOBAL, True),
    (510, "Out of service", HOUR, Scope.GLOBAL, True),
    (520, "On carrier’s blacklist", HOUR, Scope.ACCOUNT, True),
    (530, "Busy", None, None, True),
    (540, "No answer", None, None, True),
    (550, "Intercepted", HOUR, Scope.ACCOUNT, True),
    (560, "Device broken", HOUR, Scope.GLOBAL, True),
    (570, "Not in service area", HOUR, Scope.GLOBAL, True),
    (580, "Power off", None, None, True),
    (590, "Other", None, None, True),
]


@pytest.mark.parametrize(("code", "reason", "rests", "scope", "may_delete"), E4)
@pytest.mark.parametrize("earlier", [0, 1, 5])
def test_each_code_stops_as_the_table_says_however_often(
    code: int, reason: str, rests: timedelta | None, scope: Scope | None, may_delete: bool, earlier: int
) -> None:
    rule = {rule.code: rule for rule in SHIPPED}[code]
    assert (str(rule.reason), rule.user_may_delete) == (reason, may_delete)
    assert decide(rule, at=NOON, earlier=earlier) == (Stop(NOON + rests, scope) if rests and scope else None)


def test_the_table_is_whole() -> None:
    assert [rule.code for rule in SHIPPED] == [row[0] for row in E4]


def test_what_has_no_code_stops_nobody() -> None:
    assert decide(None, at=NOON) is None


@pytest.mark.parametrize(
    ("longest", "hours"), [(None, [1, 2, 4, 8, 16]), (5 * 3600, [1, 2, 4, 5, 5]), (60, [1, 1, 1, 1, 1])]
)
def test_stepping_up_doubles_until_the_maximum(longest: int | None, hours: list[int]) -> None:
    rule = Rule(550, "", 3600, Scope.ACCOUNT, step_up=True, longest=longest)
    assert [decide(rule, at=NOON, earlier=n).until for n in range(5)] == [NOON + n * HOUR for n in hours]


@given(st.integers(1, policy.LONGEST), st.integers(0, 32_767), st.none() | st.integers(0, policy.LONGEST))
def test_no_rest_is_shorter_than_its_rule_or_longer_than_the_longest(
    seconds: int, earlier: int, longest: int | None
) -> None:
    rule = Rule(550, "", seconds, Scope.ACCOUNT, step_up=True, longest=longest)
    assert seconds <= seconds_of(rule, earlier) <= max(seconds, longest if longest is not None else policy.LONGEST)
    assert seconds_of(rule, earlier) <= seconds_of(rule, earlier + 1)


def test_an_installation_begins_with_the_table(db: None) -> None:
    assert FailureRule.objects.count() == len(SHIPPED)
    assert rules.in_force() == {rule.code: rule for rule in SHIPPED}


def test_a_code_without_a_row_follows_the_shipped_table(db: None) -> None:
    FailureRule.objects.exclude(code=500).delete()
    FailureRule.objects.filter(code=500).update(stop_seconds=60, user_may_delete=False)
    assert rules.in_force()[500] == Rule(500, policy.REASONS[500], 60, Scope.GLOBAL, user_may_delete=False)
    assert rules.in_force()[510] == SHIPPED[1]


@pytest.mark.parametrize(
    "fields",
    [
        {"code": 499},
        {"scope": "partial"},
        {"scope": ""},
        {"stop_seconds": policy.LONGEST + 1},
        {"step_up_max_seconds": 59},
        {"step_up_max_seconds": policy.LONGEST + 1},
    ],
)
def test_the_database_refuses_a_rule_that_cannot_be(db: None, fields: Any) -> None:
    FailureRule.objects.all().delete()
    good = {"code": 550, "stop_seconds": 60, "scope": "account", "step_up": True, "step_up_max_seconds": 60}
    with pytest.raises(IntegrityError), transaction.atomic():
        FailureRule.objects.create(**{**good, **fields})
    FailureRule.objects.create(**good)
