"""How failures follow on each other: the pure rule, over whatever order they are told in."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from blocklist import resting
from blocklist.policy import SHIPPED, Rule, Scope
from blocklist.resting import Failure, Rest

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = {rule.code: rule for rule in SHIPPED if rule.scope is not Scope.GLOBAL}
RULES[550] = Rule(550, "", 3600, Scope.ACCOUNT, step_up=True, longest=4 * 3600)

failures = st.lists(
    st.builds(
        lambda code, minutes: Failure(1, "+447700900142", code, uuid4(), NOON + minutes * MINUTE),
        st.sampled_from(sorted(RULES)),
        st.integers(0, 600),
    ),
    min_size=1,
    max_size=12,
)


def rests(told: list[Failure]) -> list[Rest]:
    chain = [resting.first(told[0], RULES[told[0].code])]
    for failure in told[1:]:
        rest, is_next = resting.after(chain[-1], failure, RULES[failure.code])
        chain = [*chain, rest] if is_next else [*chain[:-1], rest]
    return chain


@given(failures)
def test_told_in_order_rests_never_overlap_and_none_is_lost(told: list[Failure]) -> None:
    told.sort(key=lambda failure: failure.at)
    chain = rests(told)
    assert chain[-1].times == len(told)
    assert all(earlier.until <= later.since for earlier, later in pairwise(chain))
    for failure in told:
        if RULES[failure.code].seconds:
            assert any(rest.since <= failure.at < rest.until for rest in chain)


@given(failures)
def test_whatever_the_order_the_end_is_no_earlier_than_the_last_failures_own(told: list[Failure]) -> None:
    last = rests(told)[-1]
    ends = [failure.at + timedelta(seconds=RULES[failure.code].seconds) for failure in told]
    assert last.times == len(told)
    assert last.until >= max(ends) or last.only_counts


@given(failures)
def test_a_rest_only_ever_grows(told: list[Failure]) -> None:
    rest = resting.first(told[0], RULES[told[0].code])
    for failure in told[1:]:
        after, is_next = resting.after(rest, failure, RULES[failure.code])
        assert after.until >= rest.until
        assert after.times == rest.times + 1
        assert is_next is (rest.is_over(failure.at) and not (rest.only_counts and after.only_counts))
        rest = after
