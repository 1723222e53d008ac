"""Judging a batch over the real facts: blocks, what counts as earlier, and a second look before sending."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blocklist import entries
from consent import ledger
from consent.vocabulary import Event
from consent.vocabulary import Source as Through
from logs import credit
from logs.eligibility import pipeline
from logs.eligibility.verdict import Candidate, Verdict
from logs.models import Kind, QueuedMessage, Source
from smsadmin import uuid7
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.messages import ACCEPTED, BLOCKED, DELIVERED, QUEUED, UNDELIVERED, make_message, make_said
from tests.factories.sending import NOON, PHONE, make_rules, night

HOUR = timedelta(hours=1)
Step = QueuedMessage.Step


@pytest.fixture
def account(db: None) -> Account:
    made = make_account(time_zone="UTC")
    ledger.record(
        account=made,
        phone=PHONE,
        purpose=1,
        event=Event.OPTED_IN,
        source=Through.APP,
        by=None,
        at=NOON - timedelta(days=90),
    )
    return made


def candidate(n: int = 0, **fields: Any) -> Candidate:
    return Candidate(
        **{
            "id": uuid7.make(NOON, n.to_bytes(10, "big")),
            "phone": PHONE,
            "kind": int(Kind.MARKETING),
            "source": int(Source.FILTER_MEMBERS),
            "body": "Spring beans are here.",
            "segments": 1,
            **fields,
        }
    )


def waiting(account: Account, *, due_at: datetime, step: Step = Step.WAITING, **fields: Any) -> None:
    """Marketing in our queue."""
    message = make_message(account, QUEUED, phone=PHONE, kind=Kind.MARKETING, **fields)
    QueuedMessage.objects.create(
        message_id=message.pk,
        account=account,
        step=step,
        due_at=due_at,
        expires_at=due_at + timedelta(days=3),
        provider_account_id=None if step == Step.WAITING else 1,
    )


def judged(account: Account, *candidates: Candidate, **options: Any) -> list[Verdict]:
    found = pipeline.judge(account=account, candidates=candidates, **{"at": NOON, **options})
    return [found[one.id] for one in candidates]


def rule(account: Account, **options: Any) -> str:
    (verdict,) = judged(account, candidate(), **options)
    return verdict.rule


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(("scope", "reason"), [("global", "blocklist_global"), ("account", "blocklist_account")])
def test_a_block_stops_everything_until_it_ends(account: Account, scope: str, reason: str, again: bool) -> None:
    entries.block(
        account=account if scope == "account" else None,
        phone=PHONE,
        scope=scope,
        until=NOON + HOUR,
        note="",
        by=None,
        at=NOON - HOUR,
    )
    for kind in Kind:
        (verdict,) = judged(account, candidate(kind=int(kind)), again=again)
        assert verdict.state is not None
        assert verdict.state.reason.slug == reason
        assert verdict.facts["block"]["until"] == (NOON + HOUR).isoformat()
    assert rule(account, again=again, at=NOON + HOUR) == "allowed"


def test_another_accounts_block_does_not_count(account: Account) -> None:
    entries.block(account=make_account(), phone=PHONE, scope="account", until=None, note="", by=None, at=NOON - HOUR)
    assert rule(account) == "allowed"


def test_consent_is_asked_again_before_sending(account: Account) -> None:
    assert rule(account) == "allowed"
    ledger.record(
        account=account, phone=PHONE, purpose=1, event=Event.OPTED_OUT, source=Through.REPLY, by=None, at=NOON + HOUR
    )
    assert rule(account, again=True, at=NOON + 2 * HOUR) == "no_opt_in"


@pytest.mark.parametrize(
    ("states", "hours_ago", "kind", "counts"),
    [
        ((QUEUED, ACCEPTED, DELIVERED), 23, Kind.MARKETING, True),
        ((QUEUED, ACCEPTED), 1, Kind.MARKETING, True),
        ((QUEUED,), 1, Kind.MARKETING, True),
        ((QUEUED, ACCEPTED, DELIVERED), 25, Kind.MARKETING, False),
        ((QUEUED, ACCEPTED, UNDELIVERED), 1, Kind.MARKETING, False),
        ((BLOCKED,), 1, Kind.MARKETING, False),
        ((QUEUED, ACCEPTED, DELIVERED), 1, Kind.OPERATIONAL, False),
    ],
)
def test_the_cap_counts_marketing_that_arrived_or_still_may(
    account: Account, states: Any, hours_ago: int, kind: Kind, counts: bool
) -> None:
    make_rules(account, cap_messages=1)
    make_message(account, *states, requested_at=NOON - hours_ago * HOUR, phone=PHONE, kind=kind)
    assert rule(account) == ("too_often" if counts else "allowed")


def test_before_sending_only_what_was_sent_counts_also_what_was_asked_later(account: Account) -> None:
    make_rules(account, cap_messages=1)
    make_message(account, QUEUED, requested_at=NOON - HOUR, phone=PHONE, kind=Kind.MARKETING)
    assert rule(account, again=True, at=NOON + 2 * HOUR) == "allowed"
    make_message(account, QUEUED, ACCEPTED, requested_at=NOON + HOUR, phone=PHONE, kind=Kind.MARKETING)
    assert rule(account, again=True, at=NOON + 2 * HOUR) == "too_often"


@pytest.mark.parametrize("days", [6, 10, 180])
@pytest.mark.parametrize("again", [False, True])
def test_the_cap_counts_what_was_planned_long_before_it_was_sent(account: Account, days: int, again: bool) -> None:
    make_rules(account, cap_messages=1)
    asked = NOON - timedelta(days=days)
    for number, ago in ((PHONE, HOUR), ("+447700900199", 30 * HOUR)):
        said = (make_said(QUEUED, asked), make_said(ACCEPTED, NOON - ago))
        make_message(account, said=said, requested_at=asked, phone=number, kind=Kind.MARKETING)
    assert rule(account, again=again) == "too_often"
    assert rule(account, again=again, at=NOON + 23 * HOUR + HOUR) == "allowed"


@pytest.mark.parametrize(
    ("step", "counts"), [(Step.WAITING, False), (Step.CLAIMED, False), (Step.SUBMITTING, True), (Step.UNSURE, True)]
)
def test_before_sending_what_may_have_left_counts_as_what_was_sent(account: Account, step: Step, counts: bool) -> None:
    """Two that were held go in different rounds: the provider has the first, and its answer is not there yet."""
    make_rules(account, cap_messages=1)
    waiting(account, step=step, requested_at=NOON - timedelta(days=9), due_at=NOON - HOUR)
    assert rule(account, again=True) == ("too_often" if counts else "allowed")
    assert rule(account) == "too_often"


@pytest.mark.parametrize(
    ("due_in", "planned_for", "counts"),
    [
        (timedelta(days=7), None, False),
        (timedelta(days=7), timedelta(days=7, hours=1), True),
        (timedelta(days=7), timedelta(days=9), False),
        (timedelta(), timedelta(days=7), False),
        (-HOUR, None, True),
    ],
)
def test_what_is_planned_counts_when_it_will_be_sent(
    account: Account, due_in: timedelta, planned_for: timedelta | None, counts: bool
) -> None:
    make_rules(account, cap_messages=1)
    waiting(account, requested_at=NOON - HOUR, due_at=NOON + due_in)
    (verdict,) = judged(account, candidate(due_at=planned_for and NOON + planned_for))
    assert (verdict.rule == "too_often") is counts


def test_what_quiet_hours_hold_counts_in_the_morning(account: Account) -> None:
    night(account, cap_messages=1)
    waiting(account, requested_at=NOON, due_at=NOON.replace(hour=8) + timedelta(days=1))
    assert rule(account, at=NOON.replace(hour=22)) == "too_often"


def test_another_accounts_messages_do_not_count(account: Account) -> None:
    make_rules(account, cap_messages=1)
    make_message(make_account(), requested_at=NOON - HOUR, phone=PHONE, kind=Kind.MARKETING)
    assert rule(account) == "allowed"


def test_before_sending_neither_the_campaign_nor_the_credit_is_asked_again(account: Account) -> None:
    credit.top_up(account=account, segments=1, by=None, at=NOON)
    first, second = candidate(1, campaign_id=7), candidate(2, campaign_id=7)
    assert [v.rule for v in judged(account, first, second)] == ["allowed", "twice_in_campaign"]
    assert [v.rule for v in judged(account, first, second, again=True)] == ["allowed", "allowed"]


def test_quiet_hours_are_asked_again_before_sending(account: Account) -> None:
    night(account)
    (verdict,) = judged(account, candidate(), again=True, at=NOON.replace(hour=22))
    assert (verdict.rule, verdict.held_until) == ("quiet_hours", NOON.replace(hour=8) + timedelta(days=1))


def test_a_dry_run_spends_nothing(account: Account) -> None:
    credit.top_up(account=account, segments=1, by=None, at=NOON)
    for _turn in range(2):
        assert [v.rule for v in judged(account, candidate(1), candidate(2))] == ["allowed", "insufficient_credit"]
    assert credit.balance(account) == 1


def test_a_thousand_take_as_many_queries_as_two(account: Account) -> None:
    make_rules(account, cap_messages=3)

    def queries(n: int, again: bool) -> int:
        batch = [candidate(i, phone=f"+4477009{i:05d}", kind=1 + i % 2, campaign_id=1) for i in range(n)]
        with CaptureQueriesContext(connection) as captured:
            judged(account, *batch, again=again)
        return len(captured)

    assert queries(1000, False) == queries(2, False)
    assert queries(1000, True) == queries(2, True)
    assert judged(account) == []
