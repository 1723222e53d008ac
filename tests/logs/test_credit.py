"""Credit: never overdrawn, never half a message, and the balance is the sum of its entries."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from logs import credit
from logs.models import Credit, CreditEntry
from smsadmin.accounts.models import Account, AuditEvent
from tests.factories.accounts import make_account, make_user
from tests.threads import at_once

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def with_credit(segments: int) -> Account:
    account = make_account()
    credit.top_up(account=account, segments=segments, by=None, at=NOON)
    return account


def entries(account: Account) -> list[tuple[int, int, int]]:
    found = CreditEntry.objects.filter(account=account).order_by("pk")
    return list(found.values_list("what", "segments", "messages"))


@pytest.mark.django_db
def test_a_batch_is_paid_in_order_as_far_as_the_balance_reaches() -> None:
    account = with_credit(5)
    assert credit.reserve(account=account, needs=[2, 4, 1, 3, 2], by=None, at=NOON) == [True, False, True, False, True]
    assert credit.balance(account) == 0
    assert entries(account) == [(1, 5, 0), (2, -5, 3)]


@pytest.mark.django_db
def test_an_account_without_a_row_sends_without_limit() -> None:
    account = make_account()
    assert credit.reserve(account=account, needs=[9] * 3, by=None, at=NOON) == [True] * 3
    assert (credit.balance(account), entries(account)) == (None, [])


@pytest.mark.django_db
def test_what_was_not_sent_is_given_back() -> None:
    account = with_credit(3)
    credit.reserve(account=account, needs=[2], by=None, at=NOON)
    credit.give_back(account=account, segments=2, at=NOON, note="canceled")
    credit.give_back(account=account, segments=0, at=NOON)
    assert credit.balance(account) == 3
    assert entries(account) == [(1, 3, 0), (2, -2, 1), (3, 2, 1)]


@pytest.mark.django_db
def test_a_top_up_says_who_made_it() -> None:
    account, ann = make_account(), make_user("admin")
    assert credit.top_up(account=account, segments=500, by=ann, at=NOON, note="invoice 7") == 500
    assert credit.top_up(account=account, segments=1, by=ann, at=NOON) == 501
    line = AuditEvent.objects.filter(verb="credit.topped_up").earliest("pk")
    assert (line.account_id, line.by_id, line.facts) == (account.pk, ann.pk, {"segments": 500, "note": "invoice 7"})


@pytest.mark.django_db
@pytest.mark.parametrize("segments", [0, -5])
def test_a_top_up_adds(segments: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        credit.top_up(account=make_account(), segments=segments, by=None, at=NOON)


@pytest.mark.django_db
def test_the_database_itself_refuses_to_overdraw_and_to_rewrite_entries() -> None:
    account = with_credit(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        credit.take(account=account, segments=2, messages=1, by=None, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditEntry.objects.filter(account=account).update(segments=100)


@given(st.integers(0, 40), st.lists(st.integers(1, 10), max_size=20))
def test_what_is_paid_fits_and_what_is_not_did_not_fit(left: int, needs: list[int]) -> None:
    paid = credit.covered(left, needs)
    spent = 0
    for segments, is_paid in zip(needs, paid, strict=True):
        assert is_paid == (spent + segments <= left)
        spent += segments if is_paid else 0


@pytest.mark.django_db(transaction=True)
def test_batches_at_once_never_overdraw() -> None:
    account = with_credit(100)
    needs = [1, 3, 2]

    def spend() -> int:
        spent = 0
        for _turn in range(10):
            paid = credit.reserve(account=account, needs=needs, by=None, at=NOON)
            spent += sum(n for n, is_paid in zip(needs, paid, strict=True) if is_paid)
        credit.give_back(account=account, segments=2, at=NOON)
        return spent - 2

    spent = sum(at_once(*[spend] * 4))
    left = Credit.objects.get(account=account).balance
    assert left == 100 - spent
    assert 0 <= left <= 8
    assert CreditEntry.objects.filter(account=account).aggregate(sum=Sum("segments"))["sum"] == left
