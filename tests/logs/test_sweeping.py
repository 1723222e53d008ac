"""What a sweep finds."""

from datetime import timedelta
from uuid import uuid4

import pytest

from logs import sweeping
from logs.dispatching import claiming
from logs.dispatching.round import dispatch
from logs.models import IdempotencyKey, ProviderRef, QueuedMessage
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account
from tests.factories.peer import Peer
from tests.factories.queue import NOON, Clock, make_queued, make_way

DAY = timedelta(days=1)


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


def make_ref(account: Account, age: timedelta) -> None:
    ProviderRef.objects.create(
        provider_account_id=1, provider_message_id=str(uuid4()), account=account, message_id=uuid4(),
        created_at=NOON - age,
    )  # fmt: skip


def make_key(account: Account, age: timedelta) -> None:
    IdempotencyKey.objects.create(
        account_id=account.pk, sms_user_id=1, key=str(uuid4()), message_id=uuid4(), digest="", created_at=NOON - age
    )


@pytest.mark.parametrize(("table", "make", "days"), [("provider_ref", make_ref, 14), ("idempotency_key", make_key, 7)])
def test_what_is_old_goes_in_batches(table: str, make: object, days: int, account: Account) -> None:
    for age in (0, days - 1, days + 1, days + 2, days + 3):
        make(account, DAY * age)  # type: ignore[operator]
    assert [sweeping.drop_old(table, at=NOON, limit=2) for _ in range(3)] == [2, 1, 0]
    assert ProviderRef.objects.count() + IdempotencyKey.objects.count() == 2


def test_a_sweep_takes_back_what_lost_its_worker(account: Account, peer: Peer, clock: Clock) -> None:
    way = make_way(account, peer.url)
    make_queued(account)
    QueuedMessage.objects.update(step=2, provider_account_id=way.pk, lease_until=NOON - timedelta(seconds=1))
    sweeping.sweep(now=clock)
    assert dispatch(now=clock).taken == 1


def test_what_all_refused_before_another_was_switched_off_is_asked_of_all_again(
    account: Account, peer: Peer, clock: Clock
) -> None:
    way = make_way(account, peer.url)
    make_queued(account)
    QueuedMessage.objects.update(refused_by=[way.pk, 999])
    assert dispatch(now=clock).claimed == 0
    assert claiming.unstick({"another"}) == 0
    assert claiming.unstick({"peer"}) == 1
    assert dispatch(now=clock).taken == 1
