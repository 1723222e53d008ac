"""What perhaps was taken: asked for first, never sent again blindly."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from consent import ledger
from consent.ledger import Event, Purpose
from consent.ledger import Source as ConsentSource
from logs.dispatching import leases
from logs.dispatching.reconciling import Reconciled, reconcile
from logs.dispatching.round import dispatch
from logs.models import Credit, EventSource, Kind, Message, ProviderRef, QueuedMessage, Signed, StatusQuery
from logs.providers.events import Heard
from logs.receipts import Receipt, take
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.peer import HANG_UP, RESET, Peer, PeerAdapter, once, refused
from tests.factories.queue import NOON, Clock, again, make_queued, make_way, row_of, told
from tests.factories.sending import make_rules, night

Step = QueuedMessage.Step
UNSURE = "submitting pending ambiguous_submit"
TAKEN = "provider_accepted pending none"


def lost(peer: Peer, *, taken: bool) -> Any:
    """The first answer to each message never comes back."""

    def first(document: dict[str, Any]) -> Any:
        if taken:
            peer.take(document)
        return HANG_UP if taken else RESET

    return once(first, peer.take)


def due_at(message: Message) -> datetime:
    row = row_of(message)
    assert row is not None
    return row.due_at


def send_into_the_dark(account: Account, peer: Peer, clock: Clock, *, taken: bool, **fields: Any) -> Message:
    make_way(account, peer.url)
    peer.behave = lost(peer, taken=taken)
    [message] = make_queued(account, **fields)
    assert dispatch(now=clock).unsure == 1
    row = row_of(message)
    assert row is not None
    assert row.step == Step.UNSURE
    return message


def test_what_the_provider_has_is_not_sent_again(account: Account, peer: Peer, clock: Clock) -> None:
    message = send_into_the_dark(account, peer, clock, taken=True)
    assert dispatch(now=clock, seconds=0.5).claimed == 0
    clock.forward(seconds=15)
    assert reconcile(now=clock).taken == 1
    assert again(message).provider_message_id == "P-1"
    assert told(message) == ["queued pending none", UNSURE, TAKEN]
    assert StatusQuery.objects.filter(message_id=message.pk).exists()
    assert row_of(message) is None
    assert len(peer.got) == 1


def test_what_it_surely_does_not_have_is_sent_again(account: Account, peer: Peer, clock: Clock) -> None:
    message = send_into_the_dark(account, peer, clock, taken=False)
    clock.forward(seconds=15)
    assert reconcile(now=clock).again == 1
    assert dispatch(now=clock).taken == 1
    assert told(message)[-1] == TAKEN
    assert len(peer.got) == 2
    assert peer.takes[str(message.pk)] == 1


@pytest.mark.parametrize("status", [410, 500])
def test_where_it_cannot_say_it_is_asked_until_the_validity_ends(
    status: int, account: Account, peer: Peer, clock: Clock
) -> None:
    Credit.objects.create(account=account, balance=5)
    message = send_into_the_dark(account, peer, clock, taken=True)
    peer.find = lambda _reference: (status, {})
    ask_to_the_end(message, clock)
    message = again(message)
    assert (message.state.outcome, message.state.reason, message.soft) == (
        Outcome.UNKNOWN, Reason.AMBIGUOUS_SUBMIT, True,
    )  # fmt: skip
    assert 10 < len(peer.asked) < 100
    assert len(peer.got) == 1
    assert Credit.objects.get().balance == 4  # it may have been sent


def test_one_that_cannot_be_asked_is_unknown_at_once_and_a_receipt_corrects_it(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "can_find", False)
    message = send_into_the_dark(account, peer, clock, taken=True)
    clock.forward(seconds=15)
    assert reconcile(now=clock).unknown == 1
    assert row_of(message) is None
    assert again(message).state.reason is Reason.AMBIGUOUS_SUBMIT
    hear_delivered(account, message, clock)
    assert again(message).state.outcome is Outcome.DELIVERED


def hear_delivered(account: Account, message: Message, clock: Clock) -> None:
    way = account.provideraccount_set.get()
    heard = Heard("peer", State.of(Stage.HANDSET, Outcome.DELIVERED), "P-1", str(message.pk), raw_status="delivered",
                  occurred_at=clock.at)  # fmt: skip
    take([Receipt(account.pk, way.pk, heard, EventSource.WEBHOOK, Signed.HELD, clock.at)], at=clock.at)


def test_a_receipt_that_comes_first_answers_the_question(account: Account, peer: Peer, clock: Clock) -> None:
    message = send_into_the_dark(account, peer, clock, taken=True)
    hear_delivered(account, message, clock)
    clock.forward(seconds=15)
    assert reconcile(now=clock).taken == 1
    assert again(message).state.outcome is Outcome.DELIVERED
    assert row_of(message) is None
    assert not peer.asked


def test_where_a_repeat_is_the_same_message_it_is_submitted_again(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    message = send_into_the_dark(account, peer, clock, taken=True)
    clock.forward(seconds=15)
    assert reconcile(now=clock).taken == 1
    assert len(peer.got) == 2
    assert len(peer.taken) == 1
    assert not peer.asked
    assert again(message).stage == Stage.PROVIDER_ACCEPTED


def test_a_duplicate_that_answers_the_repeat_means_that_it_was_taken(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    message = send_into_the_dark(account, peer, clock, taken=True)
    peer.behave = lambda _document: (400, {"reason": "duplicate_message"})
    clock.forward(seconds=15)
    assert reconcile(now=clock).taken == 1
    assert again(message).state.outcome is Outcome.PENDING
    assert again(message).stage == Stage.PROVIDER_ACCEPTED


@pytest.mark.parametrize(
    "reason",
    [
        Reason.AUTH_ERROR, Reason.INSUFFICIENT_CREDIT, Reason.RATE_LIMITED, Reason.SENDER_REJECTED,
        Reason.PROVIDER_ERROR, Reason.INVALID_NUMBER, Reason.UNKNOWN,
    ],
)  # fmt: skip
def test_a_refusal_of_the_repeat_says_nothing_of_the_first_try(
    reason: Reason, account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    Credit.objects.create(account=account, balance=5)
    message = send_into_the_dark(account, peer, clock, taken=True)
    make_way(account, peer.url, "second")
    peer.behave = refused(reason)
    clock.forward(seconds=15)
    assert reconcile(now=clock) == Reconciled(asked=1)
    assert dispatch(now=clock).claimed == 0
    assert again(message).state.reason is Reason.AMBIGUOUS_SUBMIT
    assert Credit.objects.get().balance == 4
    clock.at = due_at(message)
    peer.behave = peer.take
    assert reconcile(now=clock).taken == 1
    assert peer.by_key == {"first": 3}


def test_one_whose_repeat_is_always_refused_is_unknown_in_the_end(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    monkeypatch.setattr(PeerAdapter, "can_find", False)
    message = send_into_the_dark(account, peer, clock, taken=True)
    make_way(account, peer.url, "second")
    peer.behave = refused(Reason.AUTH_ERROR)
    ask_to_the_end(message, clock)
    assert again(message).state.outcome is Outcome.UNKNOWN
    assert again(message).soft
    assert set(peer.by_key) == {"first"}


def ask_to_the_end(message: Message, clock: Clock) -> None:
    """Whenever it is due, as long as it is in doubt; nobody sends it meanwhile."""
    while (row := row_of(message)) is not None:
        clock.at = row.due_at
        reconcile(now=clock)
        assert dispatch(now=clock).claimed == 0


def stop(account: Account, message: Message, clock: Clock) -> None:
    ledger.record(account=account, phone=message.phone, purpose=None, event=Event.OPTED_OUT, source=ConsentSource.REPLY,
                  by=None, at=clock.at)  # fmt: skip


@pytest.mark.parametrize("taken", [True, False])
def test_after_a_stop_it_is_asked_for_and_not_repeated(
    taken: bool, account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    message = send_into_the_dark(account, peer, clock, taken=taken)
    stop(account, message, clock)
    clock.forward(seconds=15)
    assert reconcile(now=clock) == Reconciled(taken=int(taken), again=int(not taken))
    dispatch(now=clock)
    assert len(peer.got) == len(peer.asked) == 1
    assert again(message).state.outcome is (Outcome.PENDING if taken else Outcome.BLOCKED)


def test_after_a_stop_one_that_cannot_be_asked_for_is_unknown_in_the_end(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    monkeypatch.setattr(PeerAdapter, "can_find", False)
    message = send_into_the_dark(account, peer, clock, taken=False)
    stop(account, message, clock)
    clock.forward(seconds=15)
    assert reconcile(now=clock) == Reconciled(asked=1)
    ask_to_the_end(message, clock)
    assert again(message).state.outcome is Outcome.UNKNOWN
    assert len(peer.got) == 1


def test_the_cap_does_not_count_a_message_against_its_own_repeat(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    monkeypatch.setattr(PeerAdapter, "can_find", False)
    make_rules(account, cap_messages=1, cap_hours=24)
    phone = "+447700900142"
    ledger.record(account=account, phone=phone, purpose=Purpose.MARKETING, event=Event.OPTED_IN,
                  source=ConsentSource.IMPORT, by=None, at=NOON)  # fmt: skip
    message = send_into_the_dark(account, peer, clock, taken=False, to=phone, kind=Kind.MARKETING)
    peer.behave = peer.take
    clock.forward(seconds=15)
    assert reconcile(now=clock).taken == 1
    assert again(message).stage == Stage.PROVIDER_ACCEPTED


def test_in_quiet_hours_nothing_is_repeated_and_afterwards_it_is(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "idempotent", True)
    monkeypatch.setattr(PeerAdapter, "can_find", False)
    send_into_the_dark(account, peer, clock, taken=False)
    rules = night(account)
    rules.quiet_from, rules.quiet_until = time(11), time(14)
    rules.save()
    clock.forward(seconds=15)
    assert reconcile(now=clock) == Reconciled(asked=1)
    assert len(peer.got) == 1
    clock.at = NOON + timedelta(hours=2)
    assert reconcile(now=clock).taken == 1
    assert len(peer.got) == 2


def test_what_is_found_but_is_another_messages_is_not_it(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    [first] = make_queued(account)
    assert dispatch(now=clock).taken == 1
    peer.behave = lambda _document: RESET
    [second] = make_queued(account)
    assert dispatch(now=clock).unsure == 1
    peer.find = lambda _reference: (200, {"id": "P-1", "status": "delivered"})  # by its text, which is the same
    clock.forward(seconds=15)
    assert reconcile(now=clock) == Reconciled(asked=1)
    assert told(second) == ["queued pending none", UNSURE]
    assert again(second).provider_message_id == ""
    assert again(first).provider_message_id == "P-1"
    peer.find = lambda _reference: (200, {"id": "P-2", "status": "delivered"})
    clock.at = due_at(second)
    assert reconcile(now=clock).taken == 1
    assert again(second).provider_message_id == "P-2"


def test_what_is_found_for_two_is_neither(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    peer.behave = lambda _document: RESET
    make_queued(account, 2)
    assert dispatch(now=clock).unsure == 2
    peer.find = lambda _reference: (200, {"id": "P-1", "status": "accepted"})
    clock.forward(seconds=15)
    assert reconcile(now=clock) == Reconciled(asked=2)


def test_the_same_id_at_another_provider_account_is_no_hindrance(account: Account, peer: Peer, clock: Clock) -> None:
    message = send_into_the_dark(account, peer, clock, taken=True)
    other = make_way(account, peer.url, "second")
    ProviderRef.objects.create(
        provider_account_id=other.pk, provider_message_id="P-1", account=account, message_id=uuid4(), created_at=NOON
    )
    clock.forward(seconds=15)
    assert reconcile(now=clock).taken == 1
    assert again(message).provider_message_id == "P-1"


def test_a_worker_that_went_away_before_submitting_has_sent_nothing(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url)
    [message] = make_queued(account)
    lease = clock.at + timedelta(minutes=2)
    QueuedMessage.objects.update(step=Step.CLAIMED, provider_account_id=way.pk, lease_until=lease)
    assert leases.end(at=lease) == 0
    assert leases.end(at=lease + timedelta(seconds=1)) == 1
    assert dispatch(now=clock).taken == 1
    assert told(message) == ["queued pending none", TAKEN]


def test_a_worker_that_went_away_while_submitting_leaves_a_question(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url)
    [message] = make_queued(account)
    QueuedMessage.objects.update(
        step=Step.SUBMITTING, attempt=1, provider_account_id=way.pk, lease_until=clock.at + timedelta(minutes=2)
    )
    clock.forward(minutes=3)
    leases.end(at=clock.at)
    assert told(message) == ["queued pending none", UNSURE]
    clock.forward(seconds=1)
    assert reconcile(now=clock).again == 1
    assert told(message)[-1] == "submitting pending transport_error"
    assert dispatch(now=clock).taken == 1
    assert peer.takes[str(message.pk)] == 1
