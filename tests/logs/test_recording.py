"""The one door into the log: whatever comes, how often, in which order and beside whom, the log says the same."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs import recording
from logs.drafts import Draft, Said
from logs.models import EventSource, Kind, Message, StatusEvent
from logs.recording import Recorded, record
from logs.statuses import Outcome, Reason, Stage, State, Status, fold
from smsadmin import partitions, uuid7
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
from tests.logs.looking import counted, events, everything, messages, rolled_up
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def second(n: float) -> datetime:
    return NOON + timedelta(seconds=n)


def said(state: State, n: float, **fields: Any) -> Said:
    return make_said(state, second(n), **fields)


def with_only(draft: Draft, *told: Said) -> Draft:
    return replace(draft, said=told)


# ---- new, changed, unchanged


def test_a_new_message_stands_in_the_log_with_all_that_was_said() -> None:
    account = make_account()
    draft = make_draft(
        requested_at=NOON,
        phone="+447700900123",
        sender="HARBOUR",
        reference="order 7",
        provider_message_id="SM1",
        segments=2,
        price=Decimal("0.04250"),
        currency="EUR",
        labels=(3, 1),
    )
    assert record(account=account, drafts=[draft], at=LATER) == Recorded(new=1)
    message = Message.objects.of(account).get()
    assert (message.pk, message.requested_at, message.updated_at) == (draft.id, NOON, second(4))
    assert (message.phone, message.sender, message.reference) == ("+447700900123", "HARBOUR", "order 7")
    assert (message.provider_message_id, message.segments, message.labels) == ("SM1", 2, [3, 1])
    assert (message.price, message.currency, message.body) == (Decimal("0.04250"), "EUR", draft.body)
    assert (message.state, message.status_word, message.conflict) == (DELIVERED, Status.DELIVERED, False)
    assert {event.id for event in StatusEvent.objects.of(message)} == {one.id for one in draft.said}


def test_an_event_is_kept_as_it_came() -> None:
    account = make_account()
    verbatim = {"raw_status": "undelivered", "raw_error": "30003", "raw_text": "Unreachable", "raw": '{"a": 1}'}
    told = said(
        UNDELIVERED, 5, received_at=second(9), source=EventSource.POLL, attempt=2, part=1, parts=3, signed=1,
        provider="twilio", provider_message_id="SM1", **verbatim,
    )  # fmt: skip
    message = make_message(account, said=(told,), requested_at=NOON)
    event = StatusEvent.objects.of(message).get()
    assert (event.state, event.occurred_at, event.received_at) == (UNDELIVERED, second(5), second(9))
    assert (event.source, event.attempt, event.part, event.parts, event.signed) == (EventSource.POLL, 2, 1, 3, 1)
    assert (event.provider, event.provider_message_id, event.raw_status) == ("twilio", "SM1", "undelivered")
    assert (event.raw_error, event.raw_text, event.raw) == ("30003", "Unreachable", '{"a": 1}')


def test_nothing_to_record_is_nothing_done() -> None:
    assert record(account=make_account(), drafts=[], at=LATER) == Recorded()


def test_a_message_without_events_is_refused() -> None:
    with pytest.raises(ValueError, match="without events"):
        record(account=make_account(), drafts=[replace(make_draft(), said=())], at=LATER)


def test_a_new_event_changes_a_message_and_nothing_else() -> None:
    account = make_account()
    changing, staying = make_draft(QUEUED, requested_at=NOON), make_draft(QUEUED, requested_at=NOON)
    record(account=account, drafts=[changing, staying], at=NOON)
    before = {row["id"]: row for row in messages(account)}
    done = record(account=account, drafts=[with_only(changing, said(DELIVERED, 3)), staying], at=LATER)
    after = {row["id"]: row for row in messages(account)}
    assert done == Recorded(changed=1, unchanged=1)
    assert after[staying.id] == before[staying.id]
    assert (after[changing.id]["status"], after[changing.id]["updated_at"]) == (Status.DELIVERED, LATER)
    assert len(events(account)) == 3


def test_an_event_that_does_not_win_is_kept_and_changes_no_status() -> None:
    account = make_account()
    draft = make_draft(DELIVERED, requested_at=NOON)
    record(account=account, drafts=[draft], at=NOON)
    assert record(account=account, drafts=[with_only(draft, said(ACCEPTED, 1))], at=LATER) == Recorded(changed=1)
    message = Message.objects.of(account).get()
    assert (message.status, message.updated_at) == (Status.DELIVERED, LATER)
    assert StatusEvent.objects.of(message).count() == 2


def test_counts_add_up() -> None:
    assert Recorded(1, 2, 3) + Recorded(10, 20, 30) == Recorded(11, 22, 33)


# ---- the same again


def some_drafts(n: int = 30) -> list[Draft]:
    chains = [(QUEUED,), (QUEUED, ACCEPTED), (QUEUED, ACCEPTED, SENDING), (), (BLOCKED,), (ACCEPTED, UNDELIVERED)]
    return [make_draft(*chains[k % len(chains)], requested_at=NOON + timedelta(hours=11 * k)) for k in range(n)]


def test_the_same_batch_twice_changes_nothing() -> None:
    account, drafts = make_account(), some_drafts()
    record(account=account, drafts=drafts, at=NOON)
    before = everything(account)
    assert record(account=account, drafts=drafts, at=LATER) == Recorded(unchanged=len(drafts))
    assert record(account=account, drafts=reversed(drafts), at=LATER) == Recorded(unchanged=len(drafts))
    assert everything(account) == before


def test_a_draft_twice_in_one_batch_is_one_message() -> None:
    account, drafts = make_account(), some_drafts()
    assert record(account=account, drafts=drafts + drafts, at=NOON) == Recorded(new=len(drafts))
    assert len(events(account)) == sum(len(draft.said) for draft in drafts)
    assert rolled_up(account) == counted(account)


def test_an_event_twice_in_one_draft_is_one_event() -> None:
    account = make_account()
    draft = make_draft(QUEUED, DELIVERED, requested_at=NOON)
    twice = replace(draft, said=draft.said + draft.said)
    assert record(account=account, drafts=[twice], at=NOON) == Recorded(new=1)
    assert record(account=account, drafts=[twice], at=LATER) == Recorded(unchanged=1)
    assert len(events(account)) == 2


def test_rows_that_speak_of_one_message_say_the_same_in_one_batch_as_in_two() -> None:
    """A file with a row for each status: whether its rows fall into one batch is chance."""
    together, apart = make_account(), make_account()
    first = make_draft(said=(said(ACCEPTED, 2),), requested_at=NOON, sent_at=second(2))
    repeat = replace(first, said=(said(DELIVERED, 9),), sent_at=second(1), receipt_at=second(8))
    record(account=together, drafts=[first, repeat], at=NOON)
    record(account=apart, drafts=[first], at=NOON)
    record(account=apart, drafts=[repeat], at=NOON)
    assert [{**row, "account_id": 0} for row in messages(together)] == [
        {**row, "account_id": 0} for row in messages(apart)
    ]
    assert messages(together)[0]["receipt_at"] == second(8)
    assert messages(together)[0]["sent_at"] == second(1)


# ---- any order, any split

STATES = (
    QUEUED,
    State.of(Stage.QUEUED, Outcome.PENDING, Reason.SCHEDULED),
    ACCEPTED,
    SENDING,
    DELIVERED,
    State.of(Stage.READ, Outcome.DELIVERED),
    UNDELIVERED,
    State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.UNKNOWN),
    State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.NO_ROUTE, retry=True),
    BLOCKED,
    State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED),
    State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT),
    State.of(Stage.CARRIER_ACCEPTED, Outcome.SENT_UNCONFIRMED),
    State.of(Stage.CARRIER_ACCEPTED, Outcome.PARTIAL),
)


@st.composite
def stories(draw: Any) -> tuple[list[Said], list[list[Said]]]:
    """The events of a message, and the same in batches: in any order, some of them again."""
    chosen = draw(st.lists(st.sampled_from(STATES), min_size=1, max_size=6))
    told = [
        said(
            state,
            draw(st.integers(0, 4)),
            id=UUID(int=number + 1),
            occurred_at=draw(st.sampled_from([None, second(number), second(9 - number)])),
            soft=draw(st.booleans()) if state.outcome is Outcome.UNKNOWN else False,
        )
        for number, state in enumerate(chosen)
    ]
    again = draw(st.permutations(told + draw(st.lists(st.sampled_from(told), max_size=3))))
    cuts = sorted(draw(st.sets(st.integers(1, len(again)), max_size=3)))
    batches = [again[a:b] for a, b in zip([0, *cuts], [*cuts, len(again)], strict=True) if a < b]
    return told, batches


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_events_in_any_order_and_any_batches_say_the_same(story: tuple[list[Said], list[list[Said]]]) -> None:
    told, batches = story
    at_once_account, piecemeal = make_account(), make_account()
    draft = make_draft(said=tuple(told), requested_at=NOON)
    record(account=at_once_account, drafts=[draft], at=NOON)
    for batch in batches:
        record(account=piecemeal, drafts=[with_only(draft, *batch)], at=NOON)
    one, other = Message.objects.of(at_once_account).get(), Message.objects.of(piecemeal).get()
    expected = fold(event.event for event in told)
    assert recording.folded_of(one) == recording.folded_of(other) == expected
    assert (one.sent_at, one.receipt_at, one.status) == (other.sent_at, other.receipt_at, other.status)
    assert one.status_word is expected.state.status
    assert {e.id for e in StatusEvent.objects.of(one)} == {e.id for e in StatusEvent.objects.of(other)}
    for account in (at_once_account, piecemeal):
        assert rolled_up(account) == counted(account)


# ---- the moments that follow from the events


@pytest.mark.parametrize(
    ("told", "sent", "receipt"),
    [
        ([(QUEUED, 0)], None, None),
        ([(BLOCKED, 1)], None, None),
        ([(ACCEPTED, 2)], 2, None),
        ([(SENDING, 5), (ACCEPTED, 2)], 2, None),
        ([(ACCEPTED, 2), (DELIVERED, 7)], 2, 7),
        ([(DELIVERED, 7)], None, 7),
        ([(ACCEPTED, 2), (UNDELIVERED, 7), (DELIVERED, 9)], 2, 9),
        ([(ACCEPTED, 2), (DELIVERED, 9), (UNDELIVERED, 7)], 2, 9),
    ],
)
def test_when_it_was_sent_and_answered_follows_from_the_events(
    told: list[tuple[State, int]], sent: int | None, receipt: int | None
) -> None:
    message = make_message(make_account(), said=tuple(said(state, n) for state, n in told), requested_at=NOON)
    assert message.sent_at == (None if sent is None else second(sent))
    assert message.receipt_at == (None if receipt is None else second(receipt))


def test_our_own_time_limit_is_no_receipt() -> None:
    silence = State.of(Stage.PROVIDER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT)
    message = make_message(make_account(), said=(said(ACCEPTED, 2), said(silence, 90, soft=True)), requested_at=NOON)
    assert (message.status, message.soft, message.receipt_at) == (Status.UNKNOWN, True, None)


def test_what_the_writer_knows_better_wins() -> None:
    message = make_message(make_account(), requested_at=NOON, sent_at=second(1), receipt_at=second(100))
    assert (message.sent_at, message.receipt_at) == (second(1), second(100))


def test_two_final_answers_are_a_conflict_and_the_better_one_counts() -> None:
    account = make_account()
    draft = make_draft(ACCEPTED, UNDELIVERED, requested_at=NOON)
    record(account=account, drafts=[draft], at=NOON)
    record(account=account, drafts=[with_only(draft, said(DELIVERED, 60))], at=LATER)
    message = Message.objects.of(account).get()
    assert (message.status, message.conflict, message.receipt_at) == (Status.DELIVERED, True, second(60))


# ---- months


def test_a_month_that_does_not_exist_yet_is_made() -> None:
    account, long_ago = make_account(), datetime(2009, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
    assert partitions.Month(2009, 2) not in partitions.months_of("message")
    drafts = [make_draft(requested_at=long_ago), make_draft(requested_at=long_ago + timedelta(microseconds=1))]
    assert record(account=account, drafts=drafts, at=NOON) == Recorded(new=2)
    for table in ("message", "status_event"):
        assert {partitions.Month(2009, 2), partitions.Month(2009, 3)} <= set(partitions.months_of(table))
    assert record(account=account, drafts=drafts, at=NOON) == Recorded(unchanged=2)


# ---- whose it is


def test_an_id_of_another_account_is_a_message_of_ones_own() -> None:
    """Two accounts may import the same file, and nobody may touch or see what is not theirs."""
    theirs, mine = make_account(), make_account()
    draft = make_draft(QUEUED, requested_at=NOON)
    record(account=theirs, drafts=[draft], at=NOON)
    before = everything(theirs)
    other = replace(draft, body="mine", said=(*draft.said, said(DELIVERED, 5)))
    assert record(account=mine, drafts=[other], at=LATER) == Recorded(new=1)
    assert record(account=mine, drafts=[other], at=LATER) == Recorded(unchanged=1)
    assert record(account=mine, drafts=[with_only(draft, said(UNDELIVERED, 3))], at=LATER) == Recorded(changed=1)
    assert everything(theirs) == before
    assert (messages(mine)[0]["body"], messages(mine)[0]["status"]) == ("mine", Status.DELIVERED)
    assert rolled_up(mine) == counted(mine)


# ---- a failure leaves nothing


@pytest.mark.parametrize("wrong", [{"phone": "07700 900123"}, {"kind": 9}, {"source": 77}, {"price": Decimal(1)}])
def test_a_batch_with_one_bad_message_leaves_nothing_behind(wrong: dict[str, Any]) -> None:
    account, drafts = make_account(), some_drafts()
    record(account=account, drafts=drafts[:3], at=NOON)
    assert partitions.Month(2010, 1) not in partitions.months_of("message")
    before = everything(account), partitions.months_of("message")
    more = [with_only(drafts[0], said(DELIVERED, 99)), make_draft(requested_at=datetime(2010, 1, 1, tzinfo=UTC))]
    with pytest.raises(IntegrityError):
        record(account=account, drafts=[*more, *drafts[3:], replace(make_draft(), **wrong)], at=LATER)
    assert (everything(account), partitions.months_of("message")) == before


# ---- texts

TEXTS = (
    "back\\slash \\n \\t \\N \\. \\x41",
    "tab\tnewline\nreturn\r\nvertical\vform\f",
    "\\.",
    "\\N",
    "",
    " ",
    "'quotes' \"double\" $1 %s {x}",
    "Żółć 測試 👩‍👩‍👧 ﷽ e\u0301 \u202e right to left",
    "\x01\x08\x1b\x7f\x85\u2028\ufeff\uffff",
    "a" * 40_000,
)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    account = make_account()
    fields = {"sender": text, "reference": text, "provider_message_id": text}
    raws = dict.fromkeys(("provider", "provider_message_id", "raw_status", "raw_error", "raw_text", "raw"), text)
    draft = make_draft(said=(said(QUEUED, 0, **raws),), requested_at=NOON, body=text, **fields)
    record(account=account, drafts=[draft], at=NOON)
    record(account=account, drafts=[with_only(draft, said(DELIVERED, 4, **raws))], at=NOON)
    assert messages(account)[0].items() >= {"body": text, **fields}.items()
    assert [event.items() >= raws.items() for event in events(account)] == [True, True]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nul\x00here", "nul\ufffdhere"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("both \ud83d\ude00 halves", "both 😀 halves"),
        ("é\x00\udc80", "é\ufffd\ufffd"),
    ],
)
def test_what_a_database_cannot_hold_is_replaced_visibly(text: str, kept: str) -> None:
    account = make_account()
    draft = make_draft(said=(said(QUEUED, 0, raw=text),), requested_at=NOON, body=text, sender=text)
    record(account=account, drafts=[draft], at=NOON)
    record(account=account, drafts=[with_only(draft, said(DELIVERED, 4, raw_text=text))], at=NOON)
    assert (messages(account)[0]["body"], messages(account)[0]["sender"]) == (kept, kept)
    assert {event["raw"] or event["raw_text"] for event in events(account)} == {kept}


@pytest.mark.parametrize("piece", ["word ", "x", "測", "1,", "a.b/c-d@e "])
def test_a_text_longer_than_any_sms_is_cut_and_its_evidence_is_not(piece: str) -> None:
    account, text = make_account(), "".join(f"{n}{piece}" for n in range(300_000))[:2_000_000]
    draft = make_draft(said=(said(QUEUED, 0, raw=text),), requested_at=NOON, body=text)
    assert record(account=account, drafts=[draft], at=NOON) == Recorded(new=1)
    assert messages(account)[0]["body"] == text[: recording.LONGEST_BODY]
    assert events(account)[0]["raw"] == text


# ---- the database's own rules


# Columns that are wrong together meet whichever rule the database looks at first.
OF_STATUS = '"message_(status_is_known|status_repeats_the_state|outcome_is_known)"'


def change(message: Message, **columns: Any) -> None:
    assignments = ", ".join(f"{name} = %s" for name in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE message SET {assignments} WHERE id = %s", [*columns.values(), message.pk])


@pytest.mark.parametrize(
    ("constraint", "taken", "refused"),
    [
        (
            "message_status_is_known",
            [{"status": 11, "outcome": 10}],
            [{"status": 0, "outcome": 2}, {"status": 12, "outcome": 10}],
        ),
        (
            "message_status_repeats_the_state",
            [
                {"status": 1, "outcome": 1, "stage": 20},
                {"status": 2, "outcome": 1, "stage": 30},
                {"status": 3, "outcome": 3},
                {"status": 5, "outcome": 4},
            ],
            [
                {"status": 1, "outcome": 1, "stage": 30},
                {"status": 2, "outcome": 1, "stage": 20},
                {"status": 4, "outcome": 4},
                {"status": 10, "outcome": 10},
            ],
        ),
        ("message_stage_is_known", [{"stage": 70}], [{"stage": 65}, {"stage": 0}]),
        ("message_outcome_is_known", [{"status": 10, "outcome": 9}], [{"status": 1, "outcome": 0}]),
        ("message_source_is_known", [{"source": None}, {"source": 10}], [{"source": 0}, {"source": 11}]),
        ("message_kind_is_known", [{"kind": 1}, {"kind": 2}], [{"kind": 0}, {"kind": 3}]),
        ("message_validity_is_known", [{"number_valid": 3}], [{"number_valid": 0}, {"number_valid": 4}]),
        ("message_segments_are_positive", [{"segments": 0}, {"segments": 255}], [{"segments": -1}]),
        (
            "message_phone_is_e164",
            [{"phone": ""}, {"phone": "+1234567"}, {"phone": "+123456789012345"}],
            [{"phone": "+123456"}, {"phone": "+1234567890123456"}, {"phone": "447700900123"}, {"phone": "+044770090"},
             {"phone": "+44 7700 900"}, {"phone": "+447700900123\n"}],
        ),
        (
            "message_price_has_currency",
            [{"price": None, "currency": ""}, {"price": 1, "currency": "EUR"}, {"price": None, "currency": "EUR"}],
            [{"price": 1, "currency": ""}],
        ),
    ],
)  # fmt: skip
def test_what_the_database_takes_and_refuses(
    constraint: str, taken: list[dict[str, Any]], refused: list[dict[str, Any]]
) -> None:
    message = make_message(make_account())
    for columns in taken:
        change(message, **columns)
    message.refresh_from_db()
    make_it_delivered = {"status": 4, "stage": 60, "outcome": 2}
    change(message, **make_it_delivered)
    for columns in refused:
        with pytest.raises(IntegrityError, match=OF_STATUS if "status" in columns else f'"{constraint}"'):
            change(message, **columns)


def test_every_status_of_the_code_is_one_of_the_database() -> None:
    """The same rule stands in the constraint and in the code."""
    account = make_account()
    drafts = [make_draft(State.of(stage, outcome), requested_at=NOON) for stage in Stage for outcome in Outcome]
    assert record(account=account, drafts=drafts, at=NOON) == Recorded(new=len(drafts))


@pytest.mark.parametrize("sql", ["UPDATE status_event SET raw = ''", "DELETE FROM status_event"])
def test_what_was_said_stays_said(sql: str) -> None:
    account = make_account()
    make_message(account)
    before = events(account)
    with pytest.raises(IntegrityError, match="is append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert events(account) == before


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("status_event_source_is_known", {"source": 0}),
        ("status_event_source_is_known", {"source": 8}),
        ("status_event_part_of_parts", {"part": 3, "parts": 2}),
        ("status_event_part_of_parts", {"part": 0}),
    ],
)
def test_an_event_that_cannot_be_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        make_message(make_account(), said=(said(QUEUED, 0, **fields),))


def test_an_event_of_many_parts_is_taken() -> None:
    for source in EventSource:
        make_message(make_account(), said=(said(QUEUED, 0, part=3, parts=3, source=source),))


@pytest.mark.parametrize("column", ["stage", "outcome", "number_valid"])
def test_an_event_of_a_state_that_nobody_knows_is_refused(column: str) -> None:
    message = make_message(make_account(), QUEUED)
    others = ", ".join(name for name in recording.EVENT_COLUMNS if name not in (column, "id"))
    with (
        pytest.raises(IntegrityError, match="is_known"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"INSERT INTO status_event ({others}, {column}, id) SELECT {others}, 77, gen_random_uuid() "
            "FROM status_event WHERE message_id = %s",
            [message.pk],
        )


# ---- beside each other


@pytest.fixture
def shared_account(transactional_db: None) -> Account:
    return make_account()


@pytest.mark.django_db(transaction=True)
def test_writers_of_the_same_new_messages_at_once_lose_nothing(shared_account: Account) -> None:
    """Each in an order of its own, each with something that the others do not know."""
    number_of_writers, drafts = 4, some_drafts(60)
    partitions.ensure(recording.TABLES, {partitions.Month.of(draft.requested_at) for draft in drafts})  # no queue there

    def writer(n: int) -> Any:
        own = [with_only(draft, *draft.said, said(STATES[(n + k) % 5], 100 + n)) for k, draft in enumerate(drafts)]
        random.Random(n).shuffle(own)

        def write() -> Recorded:
            done = Recorded()
            for _round in range(3):
                done += record(account=shared_account, drafts=own, at=LATER)
            return done

        return write

    done = sum(at_once(*map(writer, range(number_of_writers))), Recorded())
    assert (done.new, done.changed) == (len(drafts), len(drafts) * (number_of_writers - 1))
    for message in Message.objects.of(shared_account):
        heard = [event.event for event in StatusEvent.objects.of(message)]
        assert len(heard) == len({e.id for e in heard})
        assert recording.folded_of(message) == fold(heard)
    assert rolled_up(shared_account) == counted(shared_account)


@pytest.mark.django_db(transaction=True)
def test_writers_of_overlapping_batches_and_new_months_do_not_block_each_other(shared_account: Account) -> None:
    known = some_drafts(20)
    record(account=shared_account, drafts=known, at=NOON)
    months = [datetime(2088, month, 15, tzinfo=UTC) for month in range(1, 7)]
    fresh = [make_draft(requested_at=months[k % len(months)]) for k in range(40)]

    def writer(n: int) -> Any:
        own = [with_only(draft, said(DELIVERED, 50 + n)) for draft in known] + fresh
        random.Random(n).shuffle(own)
        return lambda: record(account=shared_account, drafts=own, at=LATER)

    done = sum(at_once(*map(writer, range(3))), Recorded())
    assert done == Recorded(new=len(fresh), changed=3 * len(known), unchanged=2 * len(fresh))
    assert rolled_up(shared_account) == counted(shared_account)
    with connection.cursor() as cursor:
        for month in months:
            for table in ("message", "status_event"):
                cursor.execute(f"DROP TABLE {table}_{partitions.Month.of(month).suffix}")


def test_the_ids_of_drafts_are_made_from_their_moment() -> None:
    """What all of the above relies on."""
    draft = make_draft(requested_at=NOON, kind=Kind.MARKETING)
    assert uuid7.moment(draft.id) == NOON
