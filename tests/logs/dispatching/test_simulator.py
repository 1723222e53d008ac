"""Whole rounds against the simulator, by its magic numbers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from logs import credentials
from logs.dispatching.reconciling import reconcile
from logs.dispatching.round import dispatch
from logs.models import ProviderAccount
from logs.providers import http
from logs.statuses import Reason, Stage
from smsadmin.accounts.models import Account
from tests.factories.queue import Clock, again, make_queued, make_way, row_of
from tests.factories.simulator import KEY, SECRET, Simulator


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator(Path(tmp_path_factory.mktemp("simulator"))) as running:
        yield running
    http.close_shared_client()


@pytest.fixture
def way(account: Account, simulator: Simulator) -> ProviderAccount:
    sealed = credentials.seal({"key": KEY, "secret": SECRET})
    return make_way(account, "", provider="simulator", options={"base_url": simulator.url}, secrets=sealed)


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        ("050", Reason.INVALID_NUMBER),
        ("051", Reason.CONTENT_FILTERED),
        ("052", Reason.SENDER_REJECTED),
        ("054", Reason.NO_ROUTE),
    ],
)
def test_what_it_refuses_has_failed(fate: str, reason: Reason, account: Account, way: ProviderAccount) -> None:
    [message] = make_queued(account, to=f"+447700900{fate}", at=timezone.now())
    assert dispatch().ended == 1
    assert again(message).state.reason is reason
    assert row_of(message) is None


@pytest.mark.parametrize(
    ("fate", "reason"),
    [
        ("035", Reason.PROVIDER_ERROR),
        ("036", Reason.RATE_LIMITED),
        ("037", Reason.AUTH_ERROR),
        ("038", Reason.INSUFFICIENT_CREDIT),
    ],
)
def test_what_it_cannot_take_now_waits(fate: str, reason: Reason, account: Account, way: ProviderAccount) -> None:
    [message] = make_queued(account, to=f"+447700900{fate}", at=timezone.now())
    assert dispatch().again == 1
    assert again(message).state.reason is reason
    assert row_of(message) is not None


def test_what_it_takes_is_on_its_way(account: Account, way: ProviderAccount) -> None:
    [message] = make_queued(account, to="+447700900002", at=timezone.now())
    assert dispatch().taken == 1
    assert again(message).stage >= Stage.PROVIDER_ACCEPTED
    assert again(message).provider_message_id


@pytest.mark.parametrize(("fate", "taken"), [("031", True), ("032", False), ("033", True), ("034", False)])
def test_an_answer_that_is_lost_is_asked_for(fate: str, taken: bool, account: Account, way: ProviderAccount) -> None:
    clock = Clock(timezone.now())
    make_queued(account, to=f"+447700900{fate}", at=clock.at)
    assert dispatch(now=clock).unsure == 1
    clock.forward(seconds=16)
    done = reconcile(now=clock)
    assert (done.taken, done.again) == ((1, 0) if taken else (0, 1))
