"""Opt-outs that providers and carriers know of: a message that was refused for one writes it into the ledger.

Twilio 21610, EngageLab 40300, Plivo 200, MessageBird 103, Infobip 603, Vonage 1240 and their kin are all one reason
here (logs.providers.codes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from consent import ledger
from consent.vocabulary import Event, Purpose, Source, Status
from logs.appending import Change
from logs.models import Message
from logs.statuses import Reason
from smsadmin import phones
from smsadmin.accounts.models import Account


def record(changes: Iterable[Change], *, at: datetime) -> int:
    """Write what providers now say of these messages, whose ends are new, in the caller's transaction; once in a
    transaction. Returns how many numbers that opted out.

    It is dated to when the message left us: that far the provider's word goes. Who opted in since stays opted in, until
    a later message is refused too.
    """
    told: defaultdict[int, dict[str, Change]] = defaultdict(dict)
    for change in changes:
        if says_opted_out(change):
            told[change.account_id].setdefault(change.phone, change)
    return sum(of_account(account_id, list(told[account_id].values()), at) for account_id in sorted(told))


def says_opted_out(change: Change) -> bool:
    said = change.after.outcome.is_negative and change.after.reason is Reason.OPTED_OUT
    return said and not change.soft and bool(phones.E164.fullmatch(change.phone))


def of_account(account_id: int, changes: Sequence[Change], at: datetime) -> int:
    account = Account.objects.get(pk=account_id)
    numbers = [change.phone for change in changes]
    out = [opted_out(account, numbers, purpose) for purpose in Purpose]
    known = set.intersection(*out)
    news = [change for change in changes if change.phone not in known]
    left = left_at(account, [change.message_id for change in news])
    happened = [
        ledger.Happening(
            change.phone,
            None,
            Event.REVOKED,
            Source.CARRIER,
            min(change.since, left.get(change.message_id) or change.since, at),
            evidence=change.message_id,
        )
        for change in news
    ]
    return len(ledger.record_many(account=account, items=happened, by=None, recorded_at=at))


def opted_out(account: Account, numbers: Sequence[str], purpose: Purpose) -> set[str]:
    found = ledger.standings(account=account, phones=numbers, purpose=purpose)
    return {phone for phone, standing in found.items() if standing.status is Status.OPTED_OUT}


def left_at(account: Account, messages: Sequence[UUID]) -> dict[UUID, datetime | None]:
    """When these messages were handed to the provider, where that is known."""
    if not messages:
        return {}
    return dict(Message.objects.of(account).filter(pk__in=messages).values_list("pk", "sent_at"))
