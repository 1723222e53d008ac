"""Opt-outs that providers name are written into the ledger: once, dated to the message, never over a newer opt-in."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from blocklist.models import BlockEntry
from consent import ledger
from consent.models import ConsentEvent
from consent.vocabulary import Event, Purpose, Source, Status
from logs.answering import answer_all
from logs.models import EventSource, Message, ProviderAccount, Reply
from logs.providers.events import Heard
from logs.receipts import Receipt, take
from logs.statuses import Outcome, Reason, Stage, State
from tests.factories.accounts import make_account
from tests.factories.callbacks import LATER, NOON, make_provider_account, make_sent

pytestmark = pytest.mark.django_db

OPTED_OUT = State.of(Stage.PROVIDER_ACCEPTED, Outcome.BLOCKED, Reason.OPTED_OUT)


@pytest.fixture
def by() -> ProviderAccount:
    return make_provider_account(make_account())


def hear(by: ProviderAccount, name: str, state: State = OPTED_OUT, at: datetime = LATER, **fields: Any) -> None:
    heard = Heard("plain", state, provider_message_id=name, raw_status=f"21610 {at}", **fields)
    take([Receipt(by.account_id, by.pk, heard, EventSource.WEBHOOK, 1, at)], at=at)


def statuses(message: Message) -> list[Status | None]:
    found = [
        ledger.standings(account=message.account, phones=[message.phone], purpose=purpose).get(message.phone)
        for purpose in Purpose
    ]
    return [standing.status if standing else None for standing in found]


def opted_in(message: Message, at: datetime) -> None:
    ledger.record(
        account=message.account, phone=message.phone, purpose=None, event=Event.OPTED_IN, source=Source.APP, by=None,
        at=at, recorded_at=at,
    )  # fmt: skip


def test_a_refusal_for_an_opt_out_opts_out_with_the_message_as_evidence(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    opted_in(message, NOON - timedelta(days=9))
    hear(by, "SM1")
    assert statuses(message) == [Status.OPTED_OUT, Status.OPTED_OUT]
    event = ConsentEvent.objects.get(event=Event.REVOKED)
    assert (event.source, event.evidence, event.purpose) == (Source.CARRIER, message.pk, None)


def test_said_again_it_is_one_event(by: ProviderAccount) -> None:
    make_sent(by, "SM1", phone="+447700900111")
    make_sent(by, "SM2", phone="+447700900111")
    hear(by, "SM1")
    hear(by, "SM1", at=LATER + timedelta(minutes=1))
    hear(by, "SM2", at=LATER + timedelta(minutes=2))
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize("occurred_at", [None, LATER])
def test_an_older_messages_receipt_does_not_undo_a_newer_opt_in(
    by: ProviderAccount, occurred_at: datetime | None
) -> None:
    message = make_sent(by, "SM1")
    opted_in(message, NOON + timedelta(minutes=30))
    hear(by, "SM1", occurred_at=occurred_at)
    assert statuses(message) == [Status.OPTED_IN, Status.OPTED_IN]
    assert ConsentEvent.objects.filter(event=Event.REVOKED).count() == 1


def test_a_message_that_left_after_the_opt_in_and_was_refused_does(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    opted_in(message, NOON - timedelta(minutes=30))
    hear(by, "SM1")
    assert statuses(message)[0] is Status.OPTED_OUT


@pytest.mark.parametrize(
    "state",
    [
        State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.INVALID_NUMBER),
        State.of(Stage.HANDSET, Outcome.DELIVERED),
    ],
)
def test_other_ends_say_nothing_of_consent(by: ProviderAccount, state: State) -> None:
    make_sent(by, "SM1")
    hear(by, "SM1", state)
    assert not ConsentEvent.objects.exists()


# ---- START lifts what the refusal stopped


def wrote(by: ProviderAccount, message: Message, text: str = "START", minutes: int = 5) -> Reply:
    at = LATER + timedelta(minutes=minutes)
    reply = Reply.objects.create(
        id=uuid4(), account=by.account, provider_account_id=by.pk, phone=message.phone, body=text, received_at=at
    )
    answer_all(now=lambda: at + timedelta(seconds=1))
    return reply


def entry_of(message: Message) -> BlockEntry:
    return BlockEntry.objects.get(phone=message.phone, code=520)


def test_start_at_the_provider_lifts_the_entry_with_who_and_why(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    hear(by, "SM1")
    assert entry_of(message).ended_at is None
    wrote(by, message)
    entry = entry_of(message)
    assert entry.lifted_at == LATER + timedelta(minutes=5, seconds=1)
    assert (entry.lifted_by_id, entry.lifted_by_name) == (None, "")
    assert entry.lift_reason == f"The person wrote START to {by.name}, which had refused a message for an opt-out."
    assert statuses(message) == [Status.OPTED_IN, Status.OPTED_IN]


def test_a_refusal_of_the_submission_counts_like_one_in_a_receipt(by: ProviderAccount) -> None:
    """Twilio answers 21610 at once: the message never gets a provider account."""
    message = make_sent(by, "SM1", provider_account_id=None)
    hear(by, "SM1", State.of(Stage.SUBMITTING, Outcome.BLOCKED, Reason.OPTED_OUT))
    wrote(by, message)
    assert entry_of(message).lifted_at is not None


def test_start_to_another_provider_account_lifts_nothing(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    hear(by, "SM1")
    wrote(make_provider_account(by.account), message)
    assert entry_of(message).ended_at is None


@pytest.mark.parametrize("minutes", [-1, 0])
def test_a_refusal_after_the_start_stays(by: ProviderAccount, minutes: int) -> None:
    message = make_sent(by, "SM1")
    hear(by, "SM1")
    wrote(by, message, minutes=minutes)
    assert (entry_of(message).lifted_at is None) is (minutes < 0)


def test_who_stopped_again_since_stays_stopped(by: ProviderAccount) -> None:
    """Both wait to be read: the STOP was written last."""
    message = make_sent(by, "SM1")
    hear(by, "SM1")
    later = LATER + timedelta(minutes=6)
    Reply.objects.create(
        id=uuid4(), account=by.account, provider_account_id=by.pk, phone=message.phone, body="STOP", received_at=later
    )
    wrote(by, message)
    assert entry_of(message).ended_at is None
    assert statuses(message) == [Status.OPTED_OUT, Status.OPTED_OUT]


def test_what_else_stops_the_number_stays(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    hear(by, "SM1", State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.BLOCKLIST_CARRIER))
    wrote(by, message)
    assert entry_of(message).ended_at is None


def test_help_lifts_nothing(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    hear(by, "SM1")
    wrote(by, message, "HELP")
    assert entry_of(message).ended_at is None
