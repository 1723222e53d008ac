"""What is said later: many messages of many accounts at once, and any order, repeat or batching ends the same."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs.appending import Addition, Appended, append
from logs.drafts import Said
from logs.models import EventSource, Message, StatusEvent
from logs.recording import record
from logs.statuses import Outcome, Reason, Stage, State, event_id, fold, fold_parts
from logs.statuses.parts import Told, fold_told
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.messages import (
    ACCEPTED,
    DELIVERED,
    QUEUED,
    SENDING,
    UNDELIVERED,
    make_draft,
    make_message,
    make_said,
)
from tests.logs.looking import counted, events, messages, rolled_up
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
EXPIRED = State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED)
UNKNOWN = State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT)


def said(state: State, n: float, **fields: Any) -> Said:
    identity = event_id(provider="test", provider_event_id=f"{state}-{n}-{fields}")
    return make_said(state, NOON + timedelta(seconds=n), id=identity, **fields)


def waiting(account: Account, **fields: Any) -> Message:
    return make_message(account, QUEUED, requested_at=NOON, at=NOON, **fields)


def to(message: Message, told: Said, **fields: Any) -> Addition:
    return Addition(message.account_id, message.pk, told, **fields)


def add(*additions: Addition) -> Appended:
    with transaction.atomic():
        return append(additions, at=LATER)


# ---- one call, many messages


def test_events_change_their_messages_and_the_counts_of_their_accounts() -> None:
    mine, theirs = make_account(time_zone="Pacific/Auckland"), make_account(time_zone="America/Lima")
    first, second, other = waiting(mine), waiting(mine), waiting(theirs)
    done = add(
        to(other, said(UNDELIVERED, 9)), to(first, said(ACCEPTED, 1)), to(second, said(SENDING, 4)),
        to(first, said(DELIVERED, 7)),
    )  # fmt: skip
    assert {(c.message_id, c.before, c.after) for c in done.changes} == {
        (first.pk, QUEUED, DELIVERED),
        (second.pk, QUEUED, SENDING),
        (other.pk, QUEUED, UNDELIVERED),
    }
    first.refresh_from_db()
    assert (first.state, first.updated_at) == (DELIVERED, LATER)
    assert (first.sent_at, first.receipt_at) == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=7))
    for account in (mine, theirs):
        assert rolled_up(account) == counted(account)


def test_a_repeat_adds_nothing() -> None:
    message = waiting(make_account())
    told = to(message, said(DELIVERED, 3))
    assert len(add(told, told).changes) == 1
    before = messages(message.account), events(message.account)
    assert add(told, told) == Appended()
    assert (messages(message.account), events(message.account)) == before


def test_messages_that_are_not_there_come_back_and_leave_no_trace() -> None:
    mine, theirs = make_account(), make_account()
    message, nobody = waiting(mine), uuid4()
    wrong = Addition(theirs.pk, message.pk, said(DELIVERED, 3))
    done = add(wrong, Addition(mine.pk, nobody, said(DELIVERED, 3)), to(message, said(SENDING, 2)))
    assert done.unknown == {(theirs.pk, message.pk), (mine.pk, nobody)}
    assert len(events(theirs)) == 0
    message.refresh_from_db()
    assert message.state == SENDING


def test_nothing_to_add_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert append([], at=LATER) == Appended()
    assert len(queries) == 0


def test_the_number_of_queries_does_not_grow_with_the_batch() -> None:
    account = make_account()

    def queries(n: int) -> int:
        sent = [waiting(account) for _ in range(n)]
        with CaptureQueriesContext(connection) as captured:
            append([to(m, said(DELIVERED, 3, part=1, parts=1 + k % 2)) for k, m in enumerate(sent)], at=LATER)
        return len(captured)

    queries(2)
    assert queries(2) == queries(40)


def test_the_planner_is_left_as_it_was() -> None:
    add(to(waiting(make_account()), said(DELIVERED, 3)))
    with transaction.atomic(), connection.cursor() as cursor:
        append([to(waiting(make_account()), said(DELIVERED, 3))], at=LATER)
        cursor.execute("SHOW enable_hashjoin")
        assert cursor.fetchone() == ("on",)


# ---- what is set on the message


def test_the_accepting_provider_its_id_and_the_price_stand_in_the_message() -> None:
    message = waiting(make_account())
    add(
        to(message, said(ACCEPTED, 1, source=EventSource.SUBMIT), provider_account_id=7, provider_message_id="SM1"),
        to(message, said(DELIVERED, 5), price=Decimal("0.04"), currency="EUR"),
    )
    message.refresh_from_db()
    assert (message.provider_account_id, message.provider_message_id) == (7, "SM1")
    assert (message.price, message.currency) == (Decimal("0.04000"), "EUR")
    assert rolled_up(message.account) == counted(message.account)


def test_a_later_attempt_that_was_accepted_replaces_the_provider_and_a_receipt_does_not() -> None:
    message = waiting(make_account())
    submit = {"source": EventSource.SUBMIT}
    add(to(message, said(ACCEPTED, 1, **submit), provider_account_id=7, provider_message_id="SM1"))
    add(to(message, said(ACCEPTED, 9, attempt=2, **submit), provider_account_id=8, provider_message_id="V2"))
    add(to(message, said(SENDING, 10), provider_account_id=7, provider_message_id="SM1"))
    message.refresh_from_db()
    assert (message.provider_account_id, message.provider_message_id) == (8, "V2")


def test_a_receipt_fills_up_what_the_lost_answer_would_have_told() -> None:
    message = waiting(make_account())
    add(to(message, said(SENDING, 2), provider_account_id=7, provider_message_id="SM1"))
    message.refresh_from_db()
    assert (message.provider_account_id, message.provider_message_id) == (7, "SM1")


def test_the_first_part_names_the_message_whichever_comes_first() -> None:
    message = waiting(make_account())
    parts = [
        to(
            message,
            said(ACCEPTED, 1, part=part, parts=3, source=EventSource.SUBMIT),
            provider_account_id=7,
            provider_message_id=f"part-{part}",
        )
        for part in (3, 1, 2)
    ]
    add(*parts)
    message.refresh_from_db()
    assert message.provider_message_id == "part-1"


# ---- status queries


@pytest.mark.parametrize(
    ("known", "polled", "kept"),
    [
        (SENDING, SENDING, 0),
        (SENDING, ACCEPTED, 0),
        (DELIVERED, DELIVERED, 0),
        (DELIVERED, SENDING, 0),
        (ACCEPTED, SENDING, 1),
        (SENDING, DELIVERED, 1),
        (DELIVERED, UNDELIVERED, 1),
    ],
)
def test_a_query_that_only_repeats_what_is_known_adds_nothing(known: State, polled: State, kept: int) -> None:
    message = waiting(make_account())
    add(to(message, said(known, 3)))
    done = add(to(message, said(polled, 60, source=EventSource.POLL, occurred_at=None)))
    assert len(done.changes) == kept
    assert StatusEvent.objects.of(message).filter(source=EventSource.POLL).count() == kept


def test_a_query_that_confirms_what_only_our_time_limit_said_is_kept() -> None:
    message = waiting(make_account())
    add(to(message, said(EXPIRED, 3, source=EventSource.TIMEOUT, soft=True)))
    add(to(message, said(EXPIRED, 60, source=EventSource.POLL)))
    message.refresh_from_db()
    assert (message.state, message.soft) == (EXPIRED, False)


# ---- parts


@pytest.mark.parametrize(
    ("of_parts", "whole"),
    [
        ([DELIVERED], Outcome.PENDING),
        ([DELIVERED, DELIVERED], Outcome.PENDING),
        ([DELIVERED, DELIVERED, DELIVERED], Outcome.DELIVERED),
        ([DELIVERED, UNDELIVERED, DELIVERED], Outcome.PARTIAL),
        ([UNDELIVERED, UNDELIVERED, UNDELIVERED], Outcome.UNDELIVERED),
        ([DELIVERED, DELIVERED, SENDING], Outcome.PENDING),
        ([DELIVERED, DELIVERED, UNKNOWN], Outcome.UNKNOWN),
    ],
)
def test_a_message_in_parts_ends_as_its_parts_do(of_parts: list[State], whole: Outcome) -> None:
    message = waiting(make_account())
    for part, state in enumerate(of_parts, 1):
        add(to(message, said(state, part, part=part, parts=3)))
    message.refresh_from_db()
    assert message.state.outcome is whole
    assert rolled_up(message.account) == counted(message.account)


def test_what_is_said_of_the_whole_counts_beside_the_parts() -> None:
    message = waiting(make_account())
    add(to(message, said(DELIVERED, 1, part=1, parts=2)))
    add(to(message, said(UNKNOWN, 90, source=EventSource.TIMEOUT, soft=True)))
    message.refresh_from_db()
    assert (message.state.outcome, message.soft) == (Outcome.UNKNOWN, True)
    add(to(message, said(DELIVERED, 95, part=2, parts=2)))
    message.refresh_from_db()
    assert (message.state.outcome, message.soft) == (Outcome.DELIVERED, False)


def test_the_parts_of_a_second_attempt_are_other_parts() -> None:
    told = [
        Told(said(UNDELIVERED, 1).event, attempt=1, part=1, parts=2),
        Told(said(DELIVERED, 2).event, attempt=2, part=1, parts=2),
    ]
    assert fold_told(told).state.outcome is Outcome.PENDING


def test_two_different_ends_of_one_part_are_a_conflict_of_the_message() -> None:
    told = [
        Told(said(DELIVERED, 1).event, part=1, parts=2),
        Told(said(UNDELIVERED, 2).event, part=1, parts=2),
        Told(said(DELIVERED, 2).event, part=2, parts=2),
    ]
    folded = fold_told(told)
    assert (folded.state.outcome, folded.conflict) == (Outcome.DELIVERED, True)


# ---- any order, any repeats, any batches

STATES = st.sampled_from([QUEUED, ACCEPTED, SENDING, DELIVERED, UNDELIVERED, EXPIRED, UNKNOWN])


@st.composite
def anything_said(draw: st.DrawFn) -> Said:
    parts = draw(st.sampled_from([1, 1, 2, 3]))
    return said(
        draw(STATES),
        draw(st.integers(1, 6)),
        attempt=draw(st.sampled_from([1, 1, 2])),
        part=draw(st.integers(1, parts)),
        parts=parts,
        soft=draw(st.sampled_from([False, False, True])),
    )


def brute(told: Sequence[Said]) -> State:
    """The rule of ADR 7 once more, in the plainest words: the state of all that was said."""
    said_of: dict[int, dict[int, list[Said]]] = {}
    whole = [one.event for one in told if one.parts == 1]
    for one in told:
        if one.parts > 1:
            said_of.setdefault(one.attempt, {}).setdefault(one.part, []).append(one)
    for parts in said_of.values():
        number = max(one.parts for of_part in parts.values() for one in of_part)
        states = [
            fold(one.event for one in parts[part]).state if part in parts else State.of(Stage.QUEUED, Outcome.PENDING)
            for part in range(1, number + 1)
        ]
        ends = {part: fold(one.event for one in of_part) for part, of_part in parts.items()}
        latest = max(ends.values(), key=lambda f: (f.occurred_at, f.received_at, f.event_id))
        joined = fold_parts(states)
        soft = joined.outcome.is_final and any(f.soft for f in ends.values())
        whole.append(
            told[0].event._replace(id=latest.event_id, state=joined, occurred_at=latest.occurred_at,
                    received_at=latest.received_at, soft=soft)
        )  # fmt: skip
    return fold(whole).state


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(anything_said(), min_size=1, max_size=9), seed=st.integers(0, 2**32))
def test_any_order_any_repeat_and_any_batching_end_the_same(told: list[Said], seed: int, db: None) -> None:
    chance = random.Random(seed)
    account = make_account()
    first = make_draft(said=(said(QUEUED, 0),), requested_at=NOON)
    ends = []
    for entropy in (b"a" * 10, b"b" * 10):
        draft = replace(first, id=first.id.__class__(bytes=first.id.bytes[:9] + b"\x00" * 6 + entropy[:1]))
        record(account=account, drafts=[draft], at=NOON)
        shuffled = chance.sample(told, len(told)) + chance.choices(told, k=chance.randint(0, 4))
        while shuffled:
            size = chance.randint(1, len(shuffled))
            batch, shuffled = shuffled[:size], shuffled[size:]
            append([Addition(account.pk, draft.id, one) for one in batch], at=LATER)
        row = Message.objects.of(account).filter(pk=draft.id).defer("id").values().get()
        ends.append({name: value for name, value in row.items() if name not in ("id", "updated_at")})
    assert ends[0] == ends[1]
    stored = State.stored(*(ends[0][name] for name in ("stage", "outcome", "reason", "number_valid", "retry")))
    assert stored == brute([said(QUEUED, 0), *told])
    assert rolled_up(account) == counted(account)


@pytest.mark.django_db(transaction=True)
def test_two_workers_over_the_same_messages_lose_nothing() -> None:
    account = make_account()
    sent = [waiting(account) for _ in range(40)]

    def tell(state: State, order: int) -> None:
        for n in range(4):
            add(*[to(message, said(state, 5 + n)) for message in sent[::order]])

    at_once(lambda: tell(DELIVERED, 1), lambda: tell(SENDING, -1))
    assert {message.state for message in Message.objects.of(account)} == {DELIVERED}
    assert len(events(account)) == 40 * 9
    assert rolled_up(account) == counted(account)
