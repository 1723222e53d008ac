"""The simulator against the block list itself, and recovery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklist import entries, rules
from blocklist.entries import Delivery, Failure
from blocklist.models import BlockEntry
from blocklist.policy import DAY, HOUR, SHIPPED, Scope, seconds_of
from logs.simulating import Effect, Sent, Share, recovery, simulate
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=40)
PHONE = "+447700900142"
POLICY = {rule.code: rule for rule in SHIPPED}
MINUTE = timedelta(minutes=1)


def sent(n: int, minutes: int, code: int | None = None, *, account: int = 1, **fields: object) -> Sent:
    at = NOON + minutes * MINUTE
    given = {"ended_at": at + MINUTE, "delivered": code is None, "phone": PHONE, **fields}
    return Sent(UUID(int=n), account, at=at, code=code, **given)  # type: ignore[arg-type]


def told(effect: Effect) -> tuple[int, int, int]:
    return effect.numbers, effect.stopped, effect.delivered


@pytest.mark.parametrize(
    ("sends", "expected"),
    [
        ([sent(1, 0, 550), sent(2, 30)], (1, 1, 1)),  # while it rests
        ([sent(1, 0, 550), sent(2, 60)], (1, 1, 1)),  # its last minute: it failed a minute later
        ([sent(1, 0, 550), sent(2, 61)], (1, 0, 0)),  # at the expiry
        ([sent(1, 0, 550), sent(2, 1)], (1, 1, 1)),  # at the interception
        ([sent(1, 0, 550), sent(2, 0)], (1, 0, 0)),  # just before
        ([sent(1, 0, 550), sent(2, 30, account=2)], (1, 0, 0)),  # another account
        ([sent(1, 0, 500), sent(2, 30, account=2)], (1, 1, 1)),  # global
        ([sent(1, 0, 530), sent(2, 30)], (0, 0, 0)),  # only counted
        ([sent(1, 0, 550), sent(2, 30, 550), sent(3, 70)], (1, 1, 0)),  # what is stopped does not fail
    ],
)
def test_a_policy_stops_what_it_would_have_stopped(sends: list[Sent], expected: tuple[int, int, int]) -> None:
    assert told(simulate(sends, POLICY, now=NOW)) == expected


def test_a_longer_stop_tells_how_long() -> None:
    policy = {**POLICY, 550: replace(POLICY[550], seconds=4 * HOUR)}
    effect = simulate([sent(1, 0, 550), sent(2, 120), sent(3, 241)], policy, now=NOW)
    assert (told(effect), effect.median_rest) == ((1, 1, 1), timedelta(hours=4))


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.sampled_from([None, 500, 530, 550, 560])),
        max_size=12,
        unique_by=lambda s: s[0],
    ),
    st.booleans(),
)
def test_failures_of_one_account_stop_what_the_policy_says(
    given_sends: list[tuple[int, int | None]], step_up: bool
) -> None:
    """A naive walk by the policy's own lengths, for sends that end before the next begins."""
    policy = {code: replace(rule, step_up=step_up) for code, rule in POLICY.items()}
    sends = [sent(n, 2 * minute, code) for n, (minute, code) in enumerate(sorted(given_sends))]
    until: dict[bool, datetime] = {}
    steps: dict[bool, int] = {}
    stopped = 0
    for one in sends:
        if any(end > one.at for end in until.values()):
            stopped += 1
        elif one.delivered:
            steps.clear()
        else:
            rule = policy[one.code or 0]
            if rule.seconds:
                everybody = rule.scope is Scope.GLOBAL
                until[everybody] = one.ended_at + timedelta(seconds=seconds_of(rule, steps.get(everybody, 0)))
                steps[everybody] = steps.get(everybody, 0) + 1
    assert simulate(sends, policy, now=NOW).stopped == stopped


@pytest.mark.parametrize("seed", range(12))
def test_the_replay_does_what_the_block_list_does(db: None, seed: int) -> None:
    chance = Random(seed)
    accounts = [make_account().pk, make_account().pk]
    policy = {
        rule.code: replace(rule, step_up=chance.random() < 0.5, longest=chance.choice([None, 6 * HOUR, 40 * DAY]))
        for rule in SHIPPED
    }
    policy = {code: replace(rule, longest=max(rule.longest or 0, rule.seconds)) for code, rule in policy.items()}
    rules.change(wanted=policy.values(), by=make_user("operator"), at=NOON)
    minutes = sorted(chance.sample(range(20_000), 25))
    sends = [
        sent(n, minute, chance.choice([None, *policy]), account=chance.choice(accounts))
        for n, minute in enumerate(minutes, 1)
    ]
    sends = [replace(one, ended_at=one.at + chance.choice([1, 45, 300]) * MINUTE) for one in sends]
    effect = simulate(chance.sample(sends, len(sends)), policy, now=NOW)
    assert (effect.stopped, effect.delivered, sorted(effect.rests)) == in_fact(sends)


def in_fact(sends: list[Sent]) -> tuple[int, int, list[float]]:
    """By the block list's own doors, in the order of the clock."""
    accounts = Account.objects.in_bulk()
    events = sorted(
        [(one.at, True, one.id.int) for one in sends] + [(one.ended_at, False, one.id.int) for one in sends]
    )
    by_id = {one.id.int: one for one in sends}
    stopped: set[int] = set()
    for at, is_send, pk in events:
        one = by_id[pk]
        if is_send:
            found = entries.active_for(account=accounts[one.account_id], phones=[PHONE], kind=1, at=at)
            stopped |= {pk} if found else set()
        elif pk not in stopped and one.delivered:
            entries.record_deliveries([Delivery(one.account_id, PHONE, at)])
        elif pk not in stopped:
            entries.record_failures([Failure(one.account_id, PHONE, one.code or 0, one.id, at)], at=at)
    spans = BlockEntry.objects.values_list("intercepted_at", "expires_at")
    lengths = [(end - begin).total_seconds() for begin, end in spans if end and end > begin]
    return len(stopped), sum(by_id[pk].delivered for pk in stopped), sorted(lengths)


def test_recovery_is_the_share_that_was_delivered_to_again() -> None:
    other = "+447700900209"
    sends = [
        sent(1, 0, 500), sent(2, 30),  # back within the hour
        sent(3, 0, 500, phone=other), sent(4, 60 * 24 * 3, phone=other),  # within seven days
    ]  # fmt: skip
    assert recovery(sends, now=NOW)[500] == [Share(1, 2), Share(1, 2), Share(2, 2), Share(2, 2)]


def test_recovery_waits_until_the_window_is_over() -> None:
    shares = recovery([sent(1, 0, 500)], now=NOON + timedelta(hours=2))
    assert shares == {500: [Share(0, 1), Share(0, 0), Share(0, 0), Share(0, 0)]}
    assert shares[500][1].per_cent is None
