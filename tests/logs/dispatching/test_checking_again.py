"""What changed between accepting and sending."""

import json
from datetime import time, timedelta

from consent import ledger
from consent.ledger import Event, Source
from logs import appending, waiting
from logs.appending import Addition
from logs.dispatching.round import dispatch
from logs.models import Credit, Kind, Message, ProviderHealth, QueuedMessage, StatusEvent
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.messages import DELIVERED, SENDING, make_said
from tests.factories.peer import Peer, refused
from tests.factories.queue import NOON, Clock, again, make_queued, make_way, row_of, told
from tests.factories.sending import night


def test_a_stop_between_accepting_and_sending_is_honoured(account: Account, peer: Peer, clock: Clock) -> None:
    Credit.objects.create(account=account, balance=10)
    make_way(account, peer.url)
    kept, stopped = make_queued(account, 2)
    ledger.record(
        account=account, phone=stopped.phone, purpose=None, event=Event.OPTED_OUT, source=Source.REPLY, by=None, at=NOON
    )
    done = dispatch(now=clock)
    assert (done.taken, done.refused) == (1, 1)
    assert [document["reference"] for document in peer.got] == [str(kept.pk)]
    state = again(stopped).state
    assert (state.outcome, state.reason, state.stage) == (Outcome.BLOCKED, Reason.OPTED_OUT, Stage.QUEUED)
    assert row_of(stopped) is None
    assert Credit.objects.get().balance == 9
    evidence = json.loads(StatusEvent.objects.get(message_id=stopped.pk, reason=Reason.OPTED_OUT).raw)
    assert evidence["operational_consent"]["status"] == "opted_out"


def test_what_meets_quiet_hours_in_the_queue_waits_them_out(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    [message] = make_queued(account, kind=Kind.OPERATIONAL, validity=timedelta(hours=10))
    night(account)
    clock.forward(hours=9, minutes=30)
    held = dispatch(now=clock).held
    row = row_of(message)
    assert held == 1
    assert row is not None
    assert row.due_at > clock.at
    assert row.expires_at > row.due_at  # the night is no part of the validity
    assert told(message)[-1] == "queued pending scheduled"
    clock.at = row.due_at
    assert dispatch(now=clock).taken == 1


def latest(message: Message) -> StatusEvent:
    """The event that the message's state stands on."""
    return StatusEvent.objects.get(message_id=message.pk, id=again(message).state_event_id)


def test_one_that_failed_a_try_and_is_held_says_so(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    peer.behave = refused(Reason.CONGESTION)
    clock.at = NOON + timedelta(hours=8, minutes=59, seconds=55)
    [message] = make_queued(account, at=clock.at, validity=timedelta(hours=10))
    night(account)
    assert dispatch(now=clock).again == 1
    clock.forward(seconds=30)
    assert dispatch(now=clock).held == 1
    assert again(message).state == State.of(Stage.SUBMITTING, Outcome.PENDING, Reason.SCHEDULED)
    assert latest(message).raw_text.startswith("Held until 08:00")
    waits = waiting.of(again(message), account, {}, at=clock.at)
    assert waits is not None
    assert waits.sentence.startswith("Held until")
    clock.at = NOON + timedelta(hours=20)
    assert dispatch(now=clock).again == 1
    assert again(message).state.reason is Reason.CONGESTION


def test_one_that_is_held_again_says_until_when(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    rules = night(account)
    clock.at = NOON + timedelta(hours=10)
    [message] = make_queued(account, at=clock.at, validity=timedelta(hours=10))
    assert latest(message).raw_text.startswith("Held until 08:00")
    rules.quiet_until = time(9)
    rules.save()
    clock.at = NOON + timedelta(hours=20)
    assert dispatch(now=clock).held == 1
    assert latest(message).raw_text.startswith("Held until 09:00")
    clock.forward(hours=1)
    assert dispatch(now=clock).taken == 1


def test_the_end_of_one_that_was_held_after_a_try_is_no_schedule(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url)
    peer.behave = refused(Reason.CONGESTION)
    clock.at = NOON + timedelta(hours=8, minutes=59, seconds=55)
    [message] = make_queued(account, at=clock.at, validity=timedelta(hours=1))
    night(account)
    dispatch(now=clock)
    clock.forward(seconds=30)
    assert dispatch(now=clock).held == 1
    ProviderHealth.objects.filter(pk=way.pk).update(
        faults=5, open_since=clock.at, open_until=clock.at + timedelta(days=2)
    )
    clock.forward(days=1)
    assert dispatch(now=clock).expired == 1
    assert again(message).state == State.of(Stage.SUBMITTING, Outcome.EXPIRED, Reason.EXPIRED)


def test_a_message_that_was_ended_while_it_waited_is_dropped(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    [message] = make_queued(account)
    appending.append([Addition(account.pk, message.pk, make_said(DELIVERED, NOON))], at=NOON)
    dispatch(now=clock)
    assert not peer.got
    assert not QueuedMessage.objects.exists()


def test_a_message_that_a_receipt_spoke_of_is_not_sent_again(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    [message] = make_queued(account)
    QueuedMessage.objects.update(attempt=1)  # the provider said that it did not know the message, and was wrong
    appending.append([Addition(account.pk, message.pk, make_said(SENDING, NOON))], at=NOON)
    dispatch(now=clock)
    assert not peer.got
