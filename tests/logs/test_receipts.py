"""What providers say finds its message, and no other account's; what finds none is kept until it does."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklist import entries
from logs import failing, failure_history, orphans, receipts
from logs.models import EventSource, Kind, Orphan, ProviderAccount, ProviderRef, QueuedMessage, StatusEvent, StatusQuery
from logs.orphans import PAUSES, packed, unpacked
from logs.providers.events import Heard
from logs.receipts import Receipt, dismiss_orphan, match_orphans, retry_orphan, take
from logs.statuses import Outcome, Reason, Stage, State, Validity
from smsadmin.accounts.models import AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.factories.callbacks import INVALID, LATER, NOON, make_provider_account, make_sent
from tests.factories.messages import ACCEPTED, DELIVERED, QUEUED, SENDING, UNDELIVERED, make_message
from tests.logs.looking import counted, events, rolled_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> ProviderAccount:
    return make_provider_account(make_account())


def heard(state: State, name: str = "", **fields: Any) -> Heard:
    return Heard("plain", state, provider_message_id=name, **{"raw_status": str(state.outcome), **fields})


def receipt(by: ProviderAccount, said: Heard, source: int = EventSource.WEBHOOK) -> Receipt:
    return Receipt(by.account_id, by.pk, said, source, 1, LATER)


# ---- finding the message


def test_the_providers_id_finds_the_message(by: ProviderAccount) -> None:
    message, other = make_sent(by, "SM1"), make_sent(by, "SM2")
    taken = take([receipt(by, heard(DELIVERED, "SM1", occurred_at=NOON + timedelta(seconds=9)))], at=LATER)
    assert [change.message_id for change in taken.changes] == [message.pk]
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, other.state) == (DELIVERED, ACCEPTED)
    event = StatusEvent.objects.of(message).get(provider="plain")
    assert (event.provider, event.provider_account_id, event.provider_message_id) == ("plain", by.pk, "SM1")
    assert (event.signed, event.received_at) == (1, LATER)
    assert rolled_up(by.account) == counted(by.account)


def test_our_own_reference_finds_it_without_any_id(by: ProviderAccount) -> None:
    message = make_message(by.account, QUEUED, requested_at=NOON, at=NOON)
    take([receipt(by, heard(SENDING, "late-id", reference=str(message.pk)))], at=LATER)
    message.refresh_from_db()
    assert (message.state, message.provider_account_id, message.provider_message_id) == (SENDING, by.pk, "late-id")


@pytest.mark.parametrize("reference", ["not a uuid", "5f0c7a2e-94d1-4b7e-8f0e-3f1d9b6a2c11", "0", "a" * 500])
def test_where_the_reference_is_of_nothing_the_id_decides(by: ProviderAccount, reference: str) -> None:
    message = make_sent(by, "SM1")
    take([receipt(by, heard(DELIVERED, "SM1", reference=reference))], at=LATER)
    message.refresh_from_db()
    assert message.state == DELIVERED


def test_a_provider_account_never_touches_another_accounts_message(by: ProviderAccount) -> None:
    stranger = make_provider_account(make_account())
    message = make_sent(by, "SM1")
    taken = take(
        [
            receipt(stranger, heard(DELIVERED, "SM1")),
            receipt(stranger, heard(DELIVERED, "SM1", reference=str(message.pk))),
        ],
        at=LATER,
    )
    message.refresh_from_db()
    assert (message.state, taken.changes, len(taken.orphans)) == (ACCEPTED, [], 2)
    assert set(Orphan.objects.values_list("account_id", flat=True)) == {stranger.account_id}


def test_the_id_tells_attempt_and_part(by: ProviderAccount) -> None:
    message = make_sent(by, "P1", "P2", "P3")
    ProviderRef.objects.filter(provider_account_id=by.pk).update(attempt=2)
    take([receipt(by, heard(DELIVERED, name)) for name in ("P2", "P3")], at=LATER)
    message.refresh_from_db()
    assert message.state.outcome is Outcome.PENDING
    take([receipt(by, heard(DELIVERED, "P1"))], at=LATER)
    message.refresh_from_db()
    assert message.state.outcome is Outcome.DELIVERED
    told = StatusEvent.objects.of(message).filter(provider="plain").order_by("part")
    assert list(told.values_list("attempt", "part", "parts")) == [(2, 1, 3), (2, 2, 3), (2, 3, 3)]


def test_where_the_provider_gives_no_id_what_is_followed_tells_the_attempt(by: ProviderAccount) -> None:
    """Kannel: its receipts bring our own reference only. An earlier try went by another provider account."""
    message = make_message(by.account, ACCEPTED, requested_at=NOON, at=NOON)
    other = make_provider_account(by.account, name="other")
    StatusQuery.objects.create(
        message_id=message.pk, account=by.account, provider_account_id=by.pk, attempt=2, sent_at=NOON, ends_at=LATER,
        due_at=LATER,
    )  # fmt: skip
    take([receipt(by, heard(SENDING, reference=str(message.pk)))], at=LATER)
    take([receipt(other, heard(DELIVERED, reference=str(message.pk)))], at=LATER)
    found = StatusEvent.objects.of(message).filter(provider="plain")
    assert set(found.values_list("provider_account_id", "attempt")) == {(by.pk, 2), (other.pk, 1)}


def test_an_id_that_may_be_only_of_a_part_waits_for_the_answer_to_the_submission(by: ProviderAccount) -> None:
    message = make_message(by.account, QUEUED, requested_at=NOON, at=NOON, segments=3)
    queued = QueuedMessage.objects.create(
        message_id=message.pk,
        account=by.account,
        step=QueuedMessage.Step.SUBMITTING,
        due_at=NOON,
        expires_at=LATER,
        provider_account_id=by.pk,
        attempt=1,
    )
    take([receipt(by, heard(DELIVERED, "P2", reference=str(message.pk)))], at=LATER)
    message.refresh_from_db()
    assert message.state == QUEUED
    queued.delete()
    ProviderRef.objects.create(
        provider_account_id=by.pk, provider_message_id="P2", account=by.account, message_id=message.pk,
        part=2, parts=3, created_at=NOON,
    )  # fmt: skip
    assert match_orphans(at=LATER + PAUSES[0]) == 1
    message.refresh_from_db()
    assert (message.state.outcome, message.state.stage) == (Outcome.PENDING, DELIVERED.stage)


def test_nonsense_about_parts_does_no_harm(by: ProviderAccount) -> None:
    make_sent(by, "SM1")
    for part, parts in ((0, 0), (9, 2), (-1, 3), (40_000, 90_000)):
        take([receipt(by, heard(SENDING, "SM1", part=part, parts=parts))], at=LATER)
    assert len(events(by.account)) == 2 + 4


def test_a_price_of_a_part_is_multiplied(by: ProviderAccount) -> None:
    message = make_sent(by, "P1", "P2")
    take([receipt(by, heard(DELIVERED, "P1", price=Decimal("0.04"), currency="EUR"))], at=LATER)
    message.refresh_from_db()
    assert (message.price, message.currency) == (Decimal("0.08"), "EUR")


def test_nothing_heard_is_nothing_done() -> None:
    assert take([], at=LATER) == receipts.Taken()


# ---- the block list


@pytest.mark.parametrize(
    ("state", "soft", "code"),
    [
        (INVALID, False, 500),
        (INVALID, True, None),
        (UNDELIVERED, False, 580),
        (DELIVERED, False, None),
        (SENDING, False, None),
        (State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.INVALID_NUMBER), False, 500),
        (State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.AUTH_ERROR), False, None),
        (State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.INSUFFICIENT_CREDIT), False, None),
        (State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.SENDER_REJECTED), False, None),
        (State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.CONTENT_INVALID), False, None),
        (State.of(Stage.PROVIDER_ACCEPTED, Outcome.FAILED, Reason.CONTENT_FILTERED), False, None),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.BLOCKED, Reason.CONTENT_FILTERED), False, None),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.BLOCKED, Reason.BLOCKLIST_CARRIER), False, 520),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.SUBSCRIBER_SUSPENDED), False, 510),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.BUSY), False, 530),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.NO_ANSWER), False, 540),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.DEVICE_ERROR), False, 560),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.OUT_OF_COVERAGE), False, 570),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.EXPIRED, Reason.EXPIRED), False, 590),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.FAILED, Reason.PROVIDER_ERROR), False, None),
        (State.of(Stage.CARRIER_ACCEPTED, Outcome.UNKNOWN, Reason.NO_REPORT), False, None),
        (State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.BLOCKLIST_GLOBAL), False, None),
        (State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.NO_NUMBER), False, None),
    ],
)
def test_only_what_speaks_of_the_number_has_a_code(state: State, soft: bool, code: int | None) -> None:
    assert failing.code_of(state, soft=soft) == code


def test_a_hard_failure_stops_the_number_and_a_repeat_does_so_no_longer(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    failed = receipt(by, heard(INVALID, "SM1", occurred_at=LATER))

    def stopped() -> dict[str, entries.Block]:
        return entries.active_for(
            account=by.account, phones=[message.phone], kind=Kind.MARKETING, at=LATER + timedelta(minutes=1)
        )

    take([failed], at=LATER)
    first = stopped()
    assert first[message.phone].code == 500
    take([failed, failed._replace(received_at=LATER + timedelta(days=2))], at=LATER + timedelta(days=2))
    assert stopped() == first


FILTERED = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.CONTENT_FILTERED)


@pytest.mark.parametrize(
    ("table", "raw_error", "code"),
    [("twilio", "30007", None), ("simulator", "550", 550), ("engagelab_event", "550", 550), ("twilio", "550", None)],
)
def test_a_filtered_text_stops_no_number_but_where_the_provider_says_550(
    by: ProviderAccount, table: str, raw_error: str, code: int | None
) -> None:
    message = make_sent(by, "SM1")
    said = heard(FILTERED, "SM1", occurred_at=LATER)._replace(table=table, raw_error=raw_error)
    take([receipt(by, said)], at=LATER)
    found = entries.active_for(
        account=by.account, phones=[message.phone], kind=Kind.MARKETING, at=LATER + timedelta(minutes=1)
    )
    assert [block.code for block in found.values()] == ([code] if code else [])
    history = failure_history.load([by.account_id], now=LATER + timedelta(minutes=1), days=365)
    assert [sent.code for sent in history.sends] == ([code] if code else [])


def test_the_providers_own_fault_stops_nobody(by: ProviderAccount) -> None:
    message = make_sent(by, "SM1")
    fault = State.of(Stage.CARRIER_ACCEPTED, Outcome.FAILED, Reason.PROVIDER_ERROR)
    take([receipt(by, heard(fault, "SM1"))], at=LATER)
    assert entries.active_for(account=by.account, phones=[message.phone], kind=Kind.MARKETING, at=LATER) == {}


# ---- orphans


def test_what_came_too_early_is_matched_later_and_forgotten(by: ProviderAccount) -> None:
    taken = take([receipt(by, heard(DELIVERED, "SM1"))], at=LATER)
    assert len(taken.orphans) == 1
    assert match_orphans(at=LATER) == 0, "not due yet"
    message = make_sent(by, "SM1")
    assert match_orphans(at=LATER + PAUSES[0]) == 1
    message.refresh_from_db()
    assert (message.state, Orphan.objects.count()) == (DELIVERED, 0)


def test_an_orphan_said_again_is_one_orphan(by: ProviderAccount) -> None:
    for _ in range(2):
        take([receipt(by, heard(DELIVERED, "SM1"))] * 2, at=LATER)
    assert Orphan.objects.count() == 1


def test_the_pauses_grow_for_a_day_and_then_it_waits_for_a_person(by: ProviderAccount) -> None:
    take([receipt(by, heard(DELIVERED, "SM1"))], at=LATER)
    at, tried = LATER, []
    while (due := Orphan.objects.get().due_at) is not None:
        tried.append(due - at)
        at = due
        assert match_orphans(at=at) == 0
    assert tried == sorted(tried)
    assert at - LATER == timedelta(days=1)
    assert match_orphans(at=at + timedelta(days=30)) == 0
    assert Orphan.objects.get().tries == len(tried)


@given(
    text=st.text(max_size=20),
    price=st.none() | st.decimals("0", "100", places=4),
    at=st.none() | st.datetimes(min_value=datetime(2000, 1, 1)).map(lambda moment: moment.replace(tzinfo=NOON.tzinfo)),
    part=st.integers(1, 5),
)
def test_nothing_of_an_orphan_is_lost(text: str, price: Decimal | None, at: datetime | None, part: int) -> None:
    said = Heard(
        "plain", State(Stage.HANDSET, Outcome.FAILED, Reason.OTHER, Validity.NO, True), provider_message_id="x",
        part=part, parts=5, raw_text=text.replace("\0", ""), occurred_at=at, price=price, soft=True,
    )  # fmt: skip
    told = Receipt(1, 2, said, EventSource.POLL, 1, LATER)
    kept = orphans.orphan_of(told, LATER)
    assert kept.heard == packed(told)
    assert unpacked(kept)._replace(heard=said._replace(raw_text="")) == told._replace(heard=said._replace(raw_text=""))


def test_a_person_has_an_orphan_looked_for_again(by: ProviderAccount) -> None:
    take([receipt(by, heard(DELIVERED, "SM1"))], at=LATER)
    Orphan.objects.update(due_at=None)
    who = make_user("support", by.account)
    assert retry_orphan(orphan=Orphan.objects.get(), by=who, at=LATER) is False
    assert Orphan.objects.get().due_at == LATER + PAUSES[0]
    message = make_sent(by, "SM1")
    assert retry_orphan(orphan=Orphan.objects.get(), by=who, at=LATER) is True
    message.refresh_from_db()
    assert (message.state, Orphan.objects.count()) == (DELIVERED, 0)
    assert AuditEvent.objects.filter(verb="orphan.retried", by_id=who.pk).count() == 2


@pytest.mark.parametrize("recipient", ["+447700900123", "447700900123", "+44 7700 900123"])
def test_an_orphan_finds_a_message_that_an_import_brought(by: ProviderAccount, recipient: str) -> None:
    other = make_account()
    take([receipt(by, heard(SENDING, "SM-1", recipient=recipient))], at=LATER)
    for account in (other, by.account):
        make_message(account, phone="+447700900123", provider_message_id="SM-1", requested_at=NOON)
    assert match_orphans(at=LATER + PAUSES[0]) == 1
    ref = ProviderRef.objects.get()
    assert (ref.account_id, ref.provider_message_id) == (by.account_id, "SM-1")
    assert take([receipt(by, heard(DELIVERED, "SM-1"))], at=LATER).orphans == []
    assert not Orphan.objects.exists()


def test_an_orphan_takes_no_message_of_another_number_or_id(by: ProviderAccount) -> None:
    take([receipt(by, heard(SENDING, "SM-1", recipient="+447700900123"))], at=LATER)
    make_message(by.account, phone="+447700900124", provider_message_id="SM-1", requested_at=NOON)
    make_message(by.account, phone="+447700900123", provider_message_id="SM-2", requested_at=NOON)
    assert match_orphans(at=LATER + PAUSES[0]) == 0


def test_a_person_dismisses_an_orphan_once(by: ProviderAccount) -> None:
    take([receipt(by, heard(DELIVERED, "SM1"))], at=LATER)
    who = make_user("support", by.account)
    for _ in range(2):
        dismiss_orphan(orphan=Orphan.objects.get(), by=who, at=LATER)
    orphan = Orphan.objects.get()
    assert (orphan.dismissed_at, orphan.due_at) == (LATER, None)
    assert AuditEvent.objects.filter(verb="orphan.dismissed", by_id=who.pk).count() == 1
    make_sent(by, "SM1")
    assert match_orphans(at=LATER + timedelta(days=2)) == 0
