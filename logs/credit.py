"""An account's credit, in segments: reserved with the decision to send, given back when nothing was sent.

An account without a row sends without limit. The balance is the sum of its entries, and the row's lock is what makes
two batches spend one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from logs.models import Credit, CreditEntry
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

What = CreditEntry.What


def balance(account: Account) -> int | None:
    """Segments left, or None for no limit; after `lock` in the same transaction nobody else can change it."""
    return Credit.objects.filter(account=account).values_list("balance", flat=True).first()


def lock(account: Account) -> int | None:
    """The same, and held until the transaction ends."""
    return Credit.objects.select_for_update().filter(account=account).values_list("balance", flat=True).first()


def covered(left: int, needs: Iterable[int]) -> list[bool]:
    """Which of these messages (segments each) the balance pays for, in order, each whole or not at all; one that is
    too long for what is left does not stop a shorter one after it. Pure."""
    paid = []
    for segments in needs:
        paid.append(segments <= left)
        left -= segments if paid[-1] else 0
    return paid


@transaction.atomic
def reserve(*, account: Account, needs: Sequence[int], by: User | None, at: datetime) -> list[bool]:
    """Reserve for a batch what the balance pays for; tells for each message whether it is paid."""
    left = lock(account)
    paid = [True] * len(needs) if left is None else covered(left, needs)
    if left is not None:
        taken = [segments for segments, is_paid in zip(needs, paid, strict=True) if is_paid]
        take(account=account, segments=sum(taken), messages=len(taken), by=by, at=at)
    return paid


def take(*, account: Account, segments: int, messages: int, by: User | None, at: datetime) -> None:
    """Book what was decided under `lock`, in the caller's transaction."""
    if segments:
        _book(account, What.RESERVED, -segments, messages, by, at)


@transaction.atomic
def give_back(
    *, account: Account, segments: int, messages: int = 1, by: User | None = None, at: datetime, note: str = ""
) -> None:
    """Give back what was held for messages of which nothing was sent. Nothing to do where nothing was held."""
    if segments:
        lock(account)
        _book(account, What.GIVEN_BACK, segments, messages, by, at, note)


@transaction.atomic
def top_up(*, account: Account, segments: int, by: User | None, at: datetime, note: str = "") -> int:
    """Add credit (the first makes the account one with a limit); returns the new balance. ValueError below one."""
    if segments < 1:
        raise ValueError("a top-up adds at least one segment")
    Credit.objects.get_or_create(account=account)
    lock(account)
    _book(account, What.TOP_UP, segments, 0, by, at, note)
    audit.record(
        account=account,
        by=by,
        at=at,
        verb="credit.topped_up",
        object_type="credit",
        object_id=account.pk,
        segments=segments,
        note=note,
    )
    return balance(account) or 0


def _book(
    account: Account, what: What, segments: int, messages: int, by: User | None, at: datetime, note: str = ""
) -> None:
    Credit.objects.filter(account=account).update(balance=F("balance") + segments)
    CreditEntry.objects.create(
        account=account,
        at=at,
        what=what,
        segments=segments,
        messages=messages,
        by_id=by.pk if by else None,
        note=note,
    )
