"""kill -9 at every line of a dispatcher's turn: nothing is lost, and nothing is taken twice by the provider."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from logs.dispatching.reconciling import reconcile
from logs.dispatching.round import dispatch
from logs.models import Credit, CreditEntry, Message, ProviderAccount, QueuedMessage, StatusQuery
from logs.statuses import Outcome, Reason, Stage
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.peer import HANG_UP, Behaviour, Peer, once, refused
from tests.factories.queue import NOON, Clock, make_queued, make_way
from tests.fixtures.databases import address
from tests.logs.dispatching.dying import ROOT, STEP

pytestmark = pytest.mark.django_db(transaction=True)

A_TURN = 3  # messages
EVERYDAY, THOROUGH = 40, 3  # of the lines one in so many


def by_number(peer: Peer) -> Behaviour:
    """Most are taken; some are taken without an answer, some refused for good, some at first."""
    fates: dict[str, Behaviour] = {
        "6": refused(Reason.INVALID_NUMBER),
        "7": lambda document: (peer.take(document), HANG_UP)[1],
        "8": once(refused(Reason.CONGESTION), peer.take),
    }
    return lambda document: fates.get(document["to"][-1], peer.take)(document)


def worker(what: str, at: datetime, given: Any = None) -> Any:
    """What tests.logs.dispatching.dying prints."""
    env = {**os.environ, "DATABASE_URL": address(connection.settings_dict["NAME"]), "NOW": at.isoformat(),
           "DJANGO_SETTINGS_MODULE": "smsadmin.settings"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.logs.dispatching.dying", what],
        input=json.dumps(given), capture_output=True, text=True, cwd=ROOT, env=env, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def set_up(peer: Peer, n: int) -> Account:
    account = make_account()
    Credit.objects.create(account=account, balance=10_000)
    CreditEntry.objects.create(account=account, what=CreditEntry.What.TOP_UP, segments=10_000, at=NOON)
    make_way(account, peer.url, rate=A_TURN)
    peer.behave = by_number(peer)
    make_queued(account, n)
    return account


def finish(clock: Clock) -> None:
    """What is left is sent by workers that live."""
    ProviderAccount.objects.update(rate=1000)
    for _ in range(100):
        if not QueuedMessage.objects.exists():
            return
        clock.forward(minutes=4)
        reconcile(now=clock)
        dispatch(now=clock)
    raise AssertionError("the queue does not empty")


@pytest.mark.parametrize("every", [EVERYDAY, pytest.param(THOROUGH, marks=pytest.mark.slow)])
def test_a_worker_may_be_killed_at_any_line(peer: Peer, every: int) -> None:
    set_up(peer, 10)
    clock = Clock()
    lines = worker("list", clock.at)
    clock.forward(minutes=10)
    assert len(lines) > 300
    chosen = lines[::every]
    account = set_up(peer, A_TURN * len(chosen))
    ends = worker("kill", clock.at, chosen)
    assert set(ends) <= {0, -9}
    assert ends.count(-9) > len(chosen) / 2
    clock.at += STEP * len(chosen)
    finish(clock)
    check(account, peer)


def check(account: Account, peer: Peer) -> None:
    """Count: at the provider, in the log, and in the credit."""
    sent = refusals = 0
    for message in Message.objects.of(account):
        taken = peer.takes[str(message.pk)]
        if message.phone.endswith("6"):
            refusals += 1
            assert (taken, message.state.outcome, message.state.reason) == (0, Outcome.FAILED, Reason.INVALID_NUMBER)
        else:
            sent += 1
            assert taken == 1, message.phone
            assert (message.stage, message.state.outcome) == (Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
            assert StatusQuery.objects.filter(message_id=message.pk).exists()
    assert sent > refusals > 0
    assert Credit.objects.get(account=account).balance == 10_000 - sent
    entries = CreditEntry.objects.filter(account=account).values_list("segments", flat=True)
    assert sum(entries) == 10_000 - sent


def test_finishing_alone_counts_right_too(peer: Peer) -> None:
    account = set_up(peer, 20)
    finish(Clock(NOON + timedelta(seconds=1)))
    check(account, peer)
