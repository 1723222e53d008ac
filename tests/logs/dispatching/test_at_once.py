"""Several dispatchers at the same time."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from logs.dispatching import turns
from logs.dispatching.round import dispatch
from logs.models import Message, QueuedMessage
from logs.statuses import Stage
from tests.factories.accounts import make_account
from tests.factories.peer import Peer
from tests.factories.queue import make_queued, make_way
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_submit_each_message_once(peer: Peer) -> None:
    accounts = [make_account() for _ in range(3)]
    for account in accounts:
        make_way(account, peer.url, rate=10_000)
        make_queued(account, 100, at=timezone.now())
    done = at_once(lambda: dispatch(seconds=20), lambda: dispatch(seconds=20), lambda: dispatch(seconds=20))
    while QueuedMessage.objects.exists():
        dispatch()
    counted = Counter(document["reference"] for document in peer.got)
    assert len(counted) == 300
    assert set(counted.values()) == {1}
    assert sum(one.claimed for one in done) <= 300
    assert set(Message.objects.values_list("stage", flat=True)) == {Stage.PROVIDER_ACCEPTED}


def test_two_keep_one_provider_accounts_throughput(peer: Peer) -> None:
    account = make_account()
    make_way(account, peer.url, rate=7)
    at = timezone.now()
    make_queued(account, 60, at=at)
    times = [at + timedelta(seconds=n / 5) for n in range(11)]  # two seconds

    def run() -> int:
        return sum(dispatch(now=lambda moment=moment: moment).claimed for moment in times)

    assert sum(at_once(run, run)) <= 7 * 3
    assert len(peer.got) >= 7


def test_a_turn_is_taken_by_as_many_as_there_are_places(tmp_path: Path) -> None:
    def nested(places: int) -> Any:
        with turns.taken("test", places) as first:
            [second] = at_once(lambda: taken(places))
            return first, second

    def taken(places: int) -> bool:
        with turns.taken("test", places) as ours:
            return ours

    assert nested(1) == (True, False)
    assert nested(2) == (True, True)
    assert nested(1) == (True, False)
