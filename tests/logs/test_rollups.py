"""The roll-ups say what counting the messages would say: after any writing, squashing and counting anew."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs import rollups
from logs.drafts import Draft
from logs.models import MessageDaily, Template
from logs.recording import record
from logs.statuses import Outcome, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.messages import (
    ACCEPTED,
    BLOCKED,
    DELIVERED,
    QUEUED,
    SENDING,
    UNDELIVERED,
    make_draft,
    make_message,
    make_said,
)
from tests.logs.looking import counted, rolled_up
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
STATES = (
    QUEUED,
    ACCEPTED,
    SENDING,
    DELIVERED,
    UNDELIVERED,
    BLOCKED,
    State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN),
)


def a_life(account: Account, steps: int, seed: int) -> list[Callable[[], Any]]:
    """Recordings of new and known messages in random states, templates, sources and days."""
    chance = random.Random(seed)
    templates = [None, *(Template.objects.create(account=account, name=f"t{seed}-{n}").pk for n in range(2))]
    drafts = [
        make_draft(
            chance.choice(STATES),
            requested_at=NOON + timedelta(minutes=chance.randrange(0, 4 * 24 * 60)),
            source=chance.choice([None, 1, 2, 6]),
            kind=chance.choice([1, 2]),
            template_id=chance.choice(templates),
            provider_account_id=chance.choice([None, 5]),
        )
        for _ in range(12)
    ]

    def told_more(draft: Draft) -> Draft:
        moment = draft.requested_at + timedelta(seconds=chance.randrange(90))
        return replace(draft, said=(*draft.said, make_said(chance.choice(STATES), moment)))

    def step() -> Callable[[], Any]:
        chosen = [told_more(draft) for draft in chance.choices(drafts, k=5)]
        return lambda: record(account=account, drafts=chosen, at=NOON)

    return [step() for _ in range(steps)]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from(["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]))
def test_after_any_life_they_say_what_counting_says(seed: int, zone: str) -> None:
    account = make_account(time_zone=zone)
    for n, write in enumerate(a_life(account, 6, seed)):
        write()
        if n % 2:
            rollups.squash()
    assert rolled_up(account) == counted(account)
    before = rolled_up(account)
    rollups.rebuild(account)
    assert rolled_up(account) == before


def number_of_rows() -> dict[str, tuple[int, int]]:
    """For each table: rows, and those among them that wait to be squashed."""
    with connection.cursor() as cursor:
        found = {}
        for table in rollups.TABLES:
            cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE NOT squashed) FROM {table}")
            found[table] = cursor.fetchone()
        return found


def test_squashing_keeps_the_sums_and_leaves_one_row_a_key() -> None:
    accounts = [make_account(), make_account()]
    for seed, account in enumerate(accounts):
        for write in a_life(account, 8, seed):
            write()
    before = [rolled_up(account) for account in accounts]
    rows = sum(n for n, _waiting in number_of_rows().values())
    gone = rollups.squash()
    assert [rolled_up(account) for account in accounts] == before
    for table, (n, waiting) in number_of_rows().items():
        assert (n, waiting) == (sum(len(sums[table]) for sums in before), 0)
    assert gone == rows - sum(n for n, _waiting in number_of_rows().values()) > 0
    assert rollups.squash() == 0


def test_what_came_and_went_leaves_no_row() -> None:
    account = make_account()
    draft = make_draft(QUEUED, requested_at=NOON)
    record(account=account, drafts=[draft], at=NOON)
    record(account=account, drafts=[replace(draft, said=(make_said(DELIVERED, NOON),))], at=NOON)
    rollups.squash()
    assert [(row.status, row.n) for row in MessageDaily.objects.filter(account=account)] == [(4, 1)]


def days_of(account: Account) -> dict[date, int]:
    return {key[1]: n for key, n in rolled_up(account)["message_daily"].items()}


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/Paris", "2026-03-10T22:59:59Z", "2026-03-10"),
        ("Europe/Paris", "2026-03-10T23:00:00Z", "2026-03-11"),
        ("Europe/Paris", "2026-03-10T23:30:00Z", "2026-03-11"),
        ("UTC", "2026-03-10T23:30:00Z", "2026-03-10"),
        # The days when clocks change: 23 and 25 hours long.
        ("Europe/Paris", "2026-03-28T23:00:00Z", "2026-03-29"),
        ("Europe/Paris", "2026-03-29T21:59:59Z", "2026-03-29"),
        ("Europe/Paris", "2026-03-29T22:00:00Z", "2026-03-30"),
        ("Europe/Paris", "2026-10-24T22:00:00Z", "2026-10-25"),
        ("Europe/Paris", "2026-10-25T22:59:59Z", "2026-10-25"),
        ("Europe/Paris", "2026-10-25T23:00:00Z", "2026-10-26"),
        ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08"),
        ("Asia/Kathmandu", "2026-03-10T18:15:00Z", "2026-03-11"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),  # there was no 30 December
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
    ],
)
def test_a_day_is_one_of_the_accounts_zone(zone: str, moment: str, day: str) -> None:
    account = make_account(time_zone=zone)
    make_message(account, requested_at=datetime.fromisoformat(moment))
    assert days_of(account) == {date.fromisoformat(day): 1}
    rollups.rebuild(account)
    assert days_of(account) == {date.fromisoformat(day): 1}


def test_after_a_change_of_zone_the_days_are_counted_anew() -> None:
    account, other = make_account(time_zone="UTC"), make_account(time_zone="UTC")
    for owner in (account, other):
        make_message(owner, requested_at=datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
        make_message(owner, requested_at=datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
    account.time_zone = "Europe/Paris"
    account.save()
    rollups.rebuild(account)
    assert days_of(account) == {date(2026, 3, 10): 1, date(2026, 3, 11): 1}
    assert days_of(other) == {date(2026, 3, 10): 2}
    assert rolled_up(account) == counted(account)
    make_message(account, UNDELIVERED, requested_at=datetime(2026, 3, 10, 23, 45, tzinfo=UTC))
    assert rolled_up(account) == counted(account)


@pytest.mark.parametrize("seconds", [0, 0.4, 1, 2.5, 7, 59, 61, 3600, 86_400, 30 * 86_400])
def test_a_time_to_delivery_falls_into_a_bucket_nine_percent_wide(seconds: float) -> None:
    account = make_account()
    said = (make_said(ACCEPTED, NOON), make_said(DELIVERED, NOON + timedelta(seconds=seconds)))
    make_message(account, said=said, requested_at=NOON, provider_account_id=5)
    [(key, n)] = rolled_up(account)["delivery_time"].items()
    assert (key[2], n) == (5, 1)
    assert rollups.seconds_of(key[3]) == pytest.approx(seconds, rel=0.1, abs=0.1)
    rollups.rebuild(account)
    assert rolled_up(account)["delivery_time"] == {key: 1}


def test_a_receipt_before_the_sending_counts_as_none() -> None:
    """The clocks of providers differ."""
    account = make_account()
    make_message(account, requested_at=NOON, sent_at=NOON + timedelta(seconds=3), receipt_at=NOON)
    [key] = rolled_up(account)["delivery_time"]
    assert key[3] == 0
    rollups.rebuild(account)
    assert rolled_up(account) == counted(account)


# ---- beside each other


@pytest.fixture
def two_accounts(transactional_db: None) -> list[Account]:
    return [make_account(time_zone="Asia/Tokyo"), make_account()]


@pytest.mark.django_db(transaction=True)
def test_writers_squashers_and_a_rebuild_at_once_keep_the_sums(two_accounts: list[Account]) -> None:
    lives = [a_life(account, 15, seed) for seed, account in enumerate(two_accounts * 2)]

    def live(life: list[Callable[[], Any]]) -> Callable[[], None]:
        return lambda: [write() for write in life] and None

    def tidy() -> None:
        for _ in range(15):
            rollups.squash()

    def recount() -> None:
        for _ in range(5):
            rollups.rebuild(two_accounts[0])

    at_once(*map(live, lives), tidy, tidy, recount)
    for account in two_accounts:
        assert rolled_up(account) == counted(account)
    rollups.squash()
    for account in two_accounts:
        assert rolled_up(account) == counted(account)


def test_a_writer_that_knew_the_old_zone_counts_into_the_new_days() -> None:
    account = make_account(time_zone="UTC")
    stale = Account.objects.get(pk=account.pk)
    Account.objects.filter(pk=account.pk).update(time_zone="Europe/Paris")
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    record(account=stale, drafts=[make_draft(requested_at=late)], at=late)
    assert MessageDaily.objects.get(account=account).day == date(2026, 7, 2)
