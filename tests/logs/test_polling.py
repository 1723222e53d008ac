"""Asking what became of messages that providers took."""

from datetime import timedelta
from typing import Any

import pytest

from logs import polling
from logs.dispatching.round import dispatch
from logs.models import EventSource, Message, Signed, StatusEvent, StatusQuery
from logs.polling import LEASE, poll
from logs.providers.events import Heard
from logs.receipts import Receipt, take
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.peer import Peer, PeerAdapter
from tests.factories.queue import NOON, Clock, again, make_queued, make_way


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


@pytest.fixture
def sent(account: Account, peer: Peer, clock: Clock) -> Message:
    make_way(account, peer.url)
    [message] = make_queued(account, validity=timedelta(hours=12))
    assert dispatch(now=clock).taken == 1
    return message


def say(peer: Peer, status: str) -> None:
    peer.find = lambda reference: (200, {"id": peer.taken[reference], "status": status})


def run_a_day(clock: Clock) -> list[float]:
    """Polls whenever something is due; the seconds after noon."""
    moments = []
    while (query := StatusQuery.objects.order_by("due_at").first()) is not None:
        clock.at = query.due_at
        moments.append((clock.at - NOON).total_seconds())
        poll(now=clock)
    return moments


def test_a_final_answer_stops_the_questions(sent: Message, peer: Peer, clock: Clock) -> None:
    clock.forward(minutes=1)
    assert poll(now=clock).due == 0
    clock.forward(minutes=1)
    assert poll(now=clock).due == 1
    say(peer, "delivered")
    clock.forward(minutes=3)
    assert poll(now=clock).told == 1
    assert again(sent).state.outcome is Outcome.DELIVERED
    assert StatusEvent.objects.get(message_id=sent.pk, outcome=Outcome.DELIVERED).source == EventSource.POLL
    assert not StatusQuery.objects.exists()
    assert len(peer.asked) == 2


def test_a_receipt_stops_the_questions(sent: Message, account: Account, peer: Peer, clock: Clock) -> None:
    hear_delivered(account, sent, clock)
    clock.forward(minutes=2)
    assert poll(now=clock).over == 1
    assert not peer.asked
    assert not StatusQuery.objects.exists()


def hear_delivered(account: Account, message: Message, clock: Clock) -> None:
    delivered = State.of(Stage.HANDSET, Outcome.DELIVERED)
    heard = Heard("peer", delivered, "P-1", str(message.pk), raw_status="delivered", occurred_at=clock.at)
    way = account.provideraccount_set.get()
    take([Receipt(account.pk, way.pk, heard, EventSource.WEBHOOK, Signed.HELD, clock.at)], at=clock.at)


def test_without_an_answer_it_ends_unknown_after_a_day_and_a_receipt_still_corrects_it(
    sent: Message, account: Account, peer: Peer, clock: Clock
) -> None:
    hours = [3600 * n for n in (1, 2, 4, 8, 16, 24)]
    assert run_a_day(clock) == [120, 300, 900, 1800, *hours]
    assert len(peer.asked) == 10
    message = again(sent)
    assert (message.state.outcome, message.state.reason, message.soft) == (Outcome.UNKNOWN, Reason.NO_REPORT, True)
    event = StatusEvent.objects.get(message_id=sent.pk, reason=Reason.NO_REPORT)
    assert (event.source, event.soft) == (EventSource.TIMEOUT, True)
    hear_delivered(account, message, clock)
    assert again(sent).state.outcome is Outcome.DELIVERED


@pytest.mark.parametrize("answer", [(500, {}), (404, {}), (200, {"nonsense": 1})])
def test_answers_that_say_nothing_do_not_stop_the_questions(
    answer: tuple[int, dict[str, Any]], sent: Message, peer: Peer, clock: Clock
) -> None:
    peer.find = lambda _reference: answer
    for minutes in (2, 3, 10):
        clock.forward(minutes=minutes)
        assert poll(now=clock).due == 1
    assert again(sent).state.outcome is Outcome.PENDING
    assert len(peer.asked) == 3


def test_one_that_cannot_be_asked_ends_an_hour_after_its_validity(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeerAdapter, "can_query", False)
    make_way(account, peer.url)
    [message] = make_queued(account, validity=timedelta(hours=12))
    dispatch(now=clock)
    assert run_a_day(clock) == [13 * 3600]
    assert not peer.asked
    assert again(message).state.reason is Reason.NO_REPORT


def test_after_a_standstill_nothing_is_asked_twice_in_a_row(sent: Message, peer: Peer, clock: Clock) -> None:
    clock.forward(hours=5)
    assert poll(now=clock).due == 1
    assert poll(now=clock).due == 0
    query = StatusQuery.objects.get()
    assert query.due_at == NOON + timedelta(hours=8)


def test_a_worker_that_dies_while_asking_leaves_the_question_to_the_next(
    sent: Message, peer: Peer, clock: Clock
) -> None:
    clock.forward(minutes=2)
    assert len(polling._claim(clock.at, 10)) == 1
    assert poll(now=clock).due == 0
    clock.at += LEASE
    assert poll(now=clock).due == 1
    assert len(peer.asked) == 1
