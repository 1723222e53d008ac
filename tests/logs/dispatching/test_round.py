"""A dispatch round against a real server."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from logs import credit
from logs.dispatching import claiming, concluding
from logs.dispatching.round import Dispatched, dispatch
from logs.models import (
    Credit,
    CreditEntry,
    ProviderAccount,
    ProviderHealth,
    ProviderRef,
    QueuedMessage,
    StatusEvent,
    StatusQuery,
)
from logs.providers import registry
from logs.statuses import Outcome, Reason, Stage, State
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.peer import Peer, PeerAdapter, once, refused
from tests.factories.queue import NOON, Clock, again, make_queued, make_way, row_of, told

QUEUED, TAKEN = "queued pending none", "provider_accepted pending none"


def test_what_is_due_is_handed_over_and_written_down(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url, sender="Harbour")
    messages = make_queued(account, 3)
    assert dispatch(now=clock) == Dispatched(claimed=3, taken=3)
    assert sorted(document["reference"] for document in peer.got) == sorted(str(one.pk) for one in messages)
    assert {document["sender"] for document in peer.got} == {"Harbour"}
    message = again(messages[0])
    assert (message.stage, message.sent_at, message.provider_account_id) == (Stage.PROVIDER_ACCEPTED, NOON, way.pk)
    assert message.provider_message_id == peer.taken[str(message.pk)]
    assert told(message) == [QUEUED, TAKEN]
    assert not QueuedMessage.objects.exists()


def test_a_message_that_was_taken_is_followed(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url)
    [message] = make_queued(account)
    dispatch(now=clock)
    ref, query = ProviderRef.objects.get(), StatusQuery.objects.get()
    assert (ref.provider_account_id, ref.provider_message_id, ref.message_id) == (way.pk, "P-1", message.pk)
    assert (query.provider_message_id, query.asked, query.due_at - NOON) == ("P-1", 0, timedelta(minutes=2))
    assert query.ends_at == NOON + timedelta(hours=24)


def test_nothing_is_sent_before_it_is_due(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    make_queued(account, not_before=NOON + timedelta(hours=1))
    assert dispatch(now=clock).claimed == 0
    clock.forward(hours=1)
    assert dispatch(now=clock).taken == 1


def test_the_most_urgent_go_first(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url, rate=2)
    make_queued(account, 5)
    codes = make_queued(account, 2, source=3)
    dispatch(now=clock)
    assert {document["reference"] for document in peer.got} == {str(code.pk) for code in codes}


def test_a_final_refusal_ends_it_with_its_evidence(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    make_way(account, peer.url, "second")
    peer.behave = refused(Reason.INVALID_NUMBER)
    [message] = make_queued(account)
    assert dispatch(now=clock).ended == 1
    assert again(message).state == State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.INVALID_NUMBER)
    assert len(peer.got) == 1
    assert row_of(message) is None


@pytest.mark.parametrize("reason", [Reason.SENDER_REJECTED, Reason.NO_ROUTE, Reason.AUTH_ERROR, Reason.PROVIDER_ERROR])
def test_the_second_provider_account_takes_what_the_first_refuses(
    reason: Reason, account: Account, peer: Peer, clock: Clock
) -> None:
    make_way(account, peer.url, "first")
    second = make_way(account, peer.url, "second")
    peer.behave = lambda document: refused(reason)(document) if document["key"] == "first" else peer.take(document)
    [message] = make_queued(account)
    assert dispatch(now=clock).again == 1
    assert dispatch(now=clock).taken == 1
    assert again(message).provider_account_id == second.pk
    assert told(message) == [QUEUED, f"submitting pending {reason.slug}", TAKEN]


def test_the_second_takes_over_when_the_first_is_down(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, "http://127.0.0.1:9", "first")
    make_way(account, peer.url, "second")
    messages = make_queued(account, 3)
    dispatch(now=clock, seconds=5)
    assert peer.by_key == {"second": 3}
    assert told(messages[0]) == [QUEUED, "submitting pending transport_error", TAKEN]


def test_what_all_refuse_for_good_has_failed(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url, "first")
    make_way(account, peer.url, "second")
    peer.behave = refused(Reason.SENDER_REJECTED)
    [message] = make_queued(account)
    dispatch(now=clock, seconds=5)
    assert again(message).state.reason is Reason.SENDER_REJECTED
    assert again(message).state.outcome is Outcome.FAILED
    assert peer.by_key == {"first": 1, "second": 1}


class Short(PeerAdapter):
    """Takes two segments."""

    name = "short"
    label = "Short"
    longest = 2


@pytest.fixture
def short(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(registry.adapters(), "short", Short())
    return "short"


def test_a_text_longer_than_the_provider_takes_is_never_handed_over(
    account: Account, peer: Peer, clock: Clock, short: str
) -> None:
    way = make_way(account, peer.url, provider=short)
    credit.top_up(account=account, segments=10, by=None, at=NOON)
    fits, [message] = make_queued(account, text="x" * 306), make_queued(account, text="x" * 307)
    done = dispatch(now=clock)
    assert (done.taken, done.ended, len(peer.got)) == (1, 1, 1)
    assert again(fits[0]).stage == Stage.PROVIDER_ACCEPTED
    assert again(message).state == State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.MESSAGE_TOO_LONG)
    said = StatusEvent.objects.get(id=again(message).state_event_id, message_id=message.pk)
    assert said.raw_text == "The text takes 3 segments, and Short takes at most 2 in one message."
    assert (row_of(message), credit.balance(account)) == (None, 8)
    assert ProviderHealth.objects.get(pk=way.pk).last_error == ""


def test_another_provider_account_may_take_a_longer_text(
    account: Account, peer: Peer, clock: Clock, short: str
) -> None:
    make_way(account, peer.url, "first", provider=short)
    make_way(account, peer.url, "second")
    [message] = make_queued(account, text="x" * 307)
    dispatch(now=clock, seconds=5)
    assert peer.by_key == {"second": 1}
    assert told(message) == [QUEUED, "submitting pending message_too_long", TAKEN]


def test_what_we_refuse_ourselves_says_nothing_of_the_provider(
    account: Account, peer: Peer, clock: Clock, short: str
) -> None:
    way = make_way(account, peer.url, provider=short)
    faults = ProviderHealth.objects.create(
        provider_account=way, account=account, free_at=NOON - timedelta(hours=1), faults=3
    )
    make_queued(account, text="x" * 307)
    assert dispatch(now=clock).ended == 1
    faults.refresh_from_db()
    assert faults.faults == 3


def test_one_that_was_only_down_is_waited_for(account: Account, peer: Peer, clock: Clock) -> None:
    first = make_way(account, "http://127.0.0.1:9", "first")
    make_way(account, peer.url, "second")
    peer.behave = lambda document: (
        refused(Reason.SENDER_REJECTED)(document) if document["key"] == "second" else peer.take(document)
    )
    [message] = make_queued(account)
    dispatch(now=clock, seconds=5)
    assert again(message).state.outcome is Outcome.PENDING
    first.options = {"url": peer.url}
    first.save()
    clock.forward(minutes=2)
    assert dispatch(now=clock).taken == 1
    assert peer.by_key == {"second": 1, "first": 1}


def down(account: Account, way: ProviderAccount, clock: Clock, **span: float) -> None:
    ProviderHealth.objects.update_or_create(
        provider_account=way,
        account=account,
        defaults={
            "free_at": clock.at - timedelta(hours=1),
            "faults": 5,
            "open_since": clock.at,
            "open_until": clock.at + timedelta(**span),
        },
    )


@pytest.mark.parametrize("reason", [Reason.SENDER_REJECTED, Reason.NO_ROUTE])
def test_what_one_refuses_waits_for_another_that_is_only_down(
    reason: Reason, account: Account, peer: Peer, clock: Clock
) -> None:
    make_way(account, peer.url, "first")
    second = make_way(account, peer.url, "second")
    down(account, second, clock, seconds=30)
    peer.behave = lambda document: refused(reason)(document) if document["key"] == "first" else peer.take(document)
    [message] = make_queued(account)
    assert dispatch(now=clock).again == 1
    clock.forward(seconds=29)
    assert dispatch(now=clock).claimed == 0
    clock.forward(seconds=2)
    assert dispatch(now=clock).taken == 1
    assert peer.by_key == {"first": 1, "second": 1}
    assert told(message)[-1] == TAKEN


def test_a_test_does_not_wait_for_another_that_is_down(account: Account, peer: Peer, clock: Clock) -> None:
    first = make_way(account, peer.url, "first")
    down(account, make_way(account, peer.url, "second"), clock, seconds=30)
    peer.behave = refused(Reason.SENDER_REJECTED)
    make_queued(account, provider_account_id=first.pk)
    assert dispatch(now=clock).ended == 1


def test_what_goes_round_one_that_was_down_to_one_that_is_comes_back(
    account: Account, peer: Peer, clock: Clock
) -> None:
    first = make_way(account, "http://127.0.0.1:9", "first")
    second = make_way(account, peer.url, "second")
    [message] = make_queued(account)
    assert dispatch(now=clock).again == 1
    first.options = {"url": peer.url}
    first.save()
    assert claiming.unstick({"peer"}) == 0  # the second may take it
    down(account, second, clock, hours=1)
    assert dispatch(now=clock).claimed == 0
    assert claiming.unstick({"peer"}) == 1
    assert dispatch(now=clock).taken == 1
    assert peer.by_key == {"first": 1}
    assert told(message)[-1] == TAKEN


def test_one_that_refused_is_not_asked_again_though_the_others_are_down(
    account: Account, peer: Peer, clock: Clock
) -> None:
    first, second, third = (make_way(account, peer.url, name) for name in ("first", "second", "third"))
    down(account, third, clock, hours=1)
    [message] = make_queued(account)
    QueuedMessage.objects.update(refused_by=[first.pk, second.pk, -second.pk])
    assert claiming.unstick({"peer"}) == 1
    row = row_of(message)
    assert row is not None
    assert row.refused_by == [first.pk]
    assert claiming.unstick({"peer"}) == 0


def test_a_failed_try_is_repeated_with_growing_pauses_and_each_is_logged(
    account: Account, peer: Peer, clock: Clock
) -> None:
    make_way(account, peer.url)
    peer.behave = refused(Reason.CONGESTION)
    [message] = make_queued(account)
    pauses = []
    for _ in range(4):
        assert dispatch(now=clock).again == 1
        row = row_of(message)
        assert row is not None
        pauses.append((row.due_at - clock.at).total_seconds())
        assert dispatch(now=clock).claimed == 0
        clock.at = row.due_at
    assert pauses == sorted(pauses)
    assert pauses[0] >= 8
    peer.behave = peer.take
    assert dispatch(now=clock).taken == 1
    assert told(message) == [QUEUED, *["submitting pending congestion"] * 4, TAKEN]


def test_a_limit_is_waited_for_as_long_as_the_provider_says(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    peer.behave = once(refused(Reason.RATE_LIMITED, after=90), peer.take)
    [message] = make_queued(account)
    dispatch(now=clock, seconds=1)
    row = row_of(message)
    assert row is not None
    assert row.due_at >= NOON + timedelta(seconds=90)
    clock.forward(seconds=60)
    make_queued(account, at=clock.at)
    assert dispatch(now=clock).claimed == 0  # nothing else goes that way meanwhile either
    clock.forward(seconds=60)
    assert dispatch(now=clock).claimed == 2


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.QUOTA_EXCEEDED])
def test_while_one_is_to_be_left_alone_another_takes_its_messages(
    account: Account, peer: Peer, clock: Clock, reason: Reason
) -> None:
    make_way(account, peer.url, "first")
    make_way(account, peer.url, "second")
    limited = refused(reason, after=90)
    peer.behave = lambda document: limited(document) if document["key"] == "first" else peer.take(document)
    make_queued(account)
    dispatch(now=clock, seconds=1)
    assert peer.by_key == {"first": 1, "second": 1}
    make_queued(account, 2, at=clock.at)
    dispatch(now=clock)
    assert peer.by_key == {"first": 1, "second": 3}
    clock.forward(seconds=100)
    peer.behave = peer.take
    make_queued(account, at=clock.at)
    dispatch(now=clock)
    assert peer.by_key == {"first": 2, "second": 3}


def test_the_last_try_of_the_validity_has_expired_and_gives_credit_back(
    account: Account, peer: Peer, clock: Clock
) -> None:
    Credit.objects.create(account=account, balance=10)
    make_way(account, peer.url)
    peer.behave = refused(Reason.CONGESTION)
    [message] = make_queued(account, validity=timedelta(minutes=1))
    assert Credit.objects.get().balance == 9
    while (row := row_of(message)) is not None:
        clock.at = max(clock.at, row.due_at)
        dispatch(now=clock)
    assert again(message).state == State.of(Stage.SUBMITTING, Outcome.EXPIRED, Reason.CONGESTION)
    assert Credit.objects.get().balance == 10
    assert CreditEntry.objects.filter(what=CreditEntry.What.GIVEN_BACK, segments=1).count() == 1


def test_without_a_provider_account_it_waits_and_fails_at_the_end(account: Account, peer: Peer, clock: Clock) -> None:
    Credit.objects.create(account=account, balance=10)
    [message] = make_queued(account, validity=timedelta(minutes=30))
    assert dispatch(now=clock) == Dispatched()
    assert row_of(message) is not None
    clock.forward(minutes=30)
    assert dispatch(now=clock).expired == 1
    state = again(message).state
    assert (state.outcome, state.reason, state.stage) == (Outcome.FAILED, Reason.CONFIG_ERROR, Stage.QUEUED)
    assert Credit.objects.get().balance == 10


def test_what_waited_for_an_open_circuit_to_the_end_has_expired(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url)
    ProviderHealth.objects.create(
        provider_account=way, account=account, free_at=NOON, faults=9, open_since=NOON,
        open_until=NOON + timedelta(days=1),
    )  # fmt: skip
    [message] = make_queued(account, validity=timedelta(minutes=30))
    assert dispatch(now=clock).claimed == 0
    clock.forward(minutes=30)
    assert dispatch(now=clock).expired == 1
    assert again(message).state.outcome is Outcome.EXPIRED
    assert not peer.got


def test_a_test_goes_by_its_own_provider_account_though_it_is_switched_off(
    account: Account, peer: Peer, clock: Clock
) -> None:
    make_way(account, peer.url, "first")
    off = make_way(account, peer.url, "off", enabled=False)
    [message] = make_queued(account, provider_account_id=off.pk)
    assert dispatch(now=clock).taken == 1
    assert peer.by_key == {"off": 1}
    peer.behave = refused(Reason.AUTH_ERROR)
    [message] = make_queued(account, provider_account_id=off.pk)
    assert dispatch(now=clock).ended == 1
    assert again(message).state.reason is Reason.AUTH_ERROR


def test_the_throughput_is_kept(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url, rate=5)
    make_queued(account, 30)
    sent = []
    for _ in range(5):
        sent.append(dispatch(now=clock).taken)
        sent.append(dispatch(now=clock).taken)
        clock.forward(seconds=0.4)
    assert sent == [5, 0, 2, 0, 2, 0, 2, 0, 2, 0]


def test_an_account_with_very_many_does_not_stand_before_one_with_few(peer: Peer, clock: Clock, db: None) -> None:
    big, small = make_account(), make_account()
    make_way(big, peer.url, "big")
    make_way(small, peer.url, "small")
    make_queued(big, 200)
    make_queued(small, 3)
    assert dispatch(now=clock).claimed <= 64
    assert peer.by_key["small"] == 3
    assert peer.by_key["big"] >= 20


def test_a_provider_account_whose_secrets_cannot_be_read_opens_its_circuit(
    account: Account, peer: Peer, clock: Clock
) -> None:
    way = make_way(account, peer.url, secrets="gAAAA-nonsense")
    [message] = make_queued(account)
    assert dispatch(now=clock).again == 1
    health = ProviderHealth.objects.get(pk=way.pk)
    assert health.open_until is not None
    assert "enter them again" in health.last_error
    assert told(message) == [QUEUED, "submitting pending config_error"]


@pytest.mark.django_db(transaction=True)
def test_answers_outlive_a_connection_that_breaks(
    account: Account, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_way(account, peer.url)
    messages = make_queued(account, 3)
    broken: list[int] = []

    def conclude(*args: Any, **named: Any) -> Any:
        if not broken:
            broken.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return concluding.conclude(*args, **named)

    monkeypatch.setattr("logs.dispatching.round.conclude", conclude)
    assert dispatch(now=clock) == Dispatched(claimed=3, taken=3)
    assert (broken, len(peer.got)) == ([1], 3)
    assert {again(message).stage for message in messages} == {Stage.PROVIDER_ACCEPTED}
