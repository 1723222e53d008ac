"""Circuits of provider accounts, through whole rounds."""

from datetime import timedelta

from logs.dispatching.round import dispatch
from logs.models import ProviderHealth
from logs.statuses import Reason
from smsadmin.accounts.models import Account
from tests.factories.peer import Peer, refused
from tests.factories.queue import Clock, make_queued, make_way, row_of


def health_of(account: Account, name: str = "first") -> ProviderHealth:
    return ProviderHealth.objects.get(provider_account__name=name, account=account)


def test_it_opens_after_five_faults_and_one_message_closes_it(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, "http://127.0.0.1:9")
    make_queued(account, 6)
    dispatch(now=clock)
    health = health_of(account)
    assert health.open_until == clock.at + timedelta(seconds=30)
    assert "refused the connection" in health.last_error
    assert dispatch(now=clock).claimed == 0
    way.options = {"url": peer.url}
    way.save()
    clock.forward(seconds=31)
    assert dispatch(now=clock).claimed == 1
    assert health_of(account).open_until is None
    assert dispatch(now=clock).taken == 5


def test_while_it_is_open_the_others_carry_everything(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url, "first")
    make_way(account, peer.url, "second")
    peer.behave = lambda document: (
        refused(Reason.AUTH_ERROR)(document) if document["key"] == "first" else peer.take(document)
    )
    make_queued(account, 1)
    dispatch(now=clock, seconds=2)
    make_queued(account, 10)
    assert dispatch(now=clock).taken == 10
    assert peer.by_key == {"first": 1, "second": 11}
    assert health_of(account).faults == 5


def test_the_message_that_tries_an_open_circuit_is_not_lost(account: Account, peer: Peer, clock: Clock) -> None:
    make_way(account, peer.url)
    peer.behave = refused(Reason.AUTH_ERROR)
    [message] = make_queued(account)
    dispatch(now=clock)
    for _ in range(3):
        until = health_of(account).open_until
        row = row_of(message)
        assert until is not None
        assert row is not None
        clock.at = max(until, row.due_at)
        assert dispatch(now=clock).again == 1
    assert len(peer.got) == 4
    peer.behave = peer.take
    clock.forward(minutes=11)
    assert dispatch(now=clock).taken == 1
