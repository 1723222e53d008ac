"""The demo's block list: what the month's failures stopped, by the shipped policy; a few numbers that people stopped;
and what support did about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from blocklist import entries, requests
from blocklist.entries import Delivery, Failure, Stop, Word
from blocklist.models import BlockEntry, BlockJob, RemovalRequest
from logs import failing
from logs.models import Message
from logs.statuses import Outcome, Reason, Stage
from smsadmin.accounts.models import Account, User

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEGATIVE = [int(outcome) for outcome in Outcome if outcome.is_negative]
EMPTY = 500  # global, for 30 days
MOST_GLOBAL = 6
STATE = ("stage", "outcome", "reason", "number_valid", "retry")


def load(accounts: Mapping[str, Account], *, first: str, other: str, support: str, at: datetime) -> None:
    """Once, after the months of all accounts. ``first`` and ``other`` are slugs, ``support`` the e-mail of a support
    agent of the first."""
    ours, theirs = accounts[first], accounts[other]
    by = User.objects.get(email=support)
    asked = numbers_stopped(ours, Reason.BLOCKLIST_ACCOUNT)
    word = Word(BlockEntry.Origin.PERSON, "asked by phone", by.pk, by.email)
    entries.block_many(account=ours, stops=[Stop(phone, None, None, word) for phone in asked], at=at - 41 * DAY)
    known = numbers_stopped(ours, Reason.BLOCKLIST_GLOBAL)[:MOST_GLOBAL]
    elsewhere = [Failure(theirs.pk, phone, EMPTY, None, at - (9 + 2 * n) * DAY) for n, phone in enumerate(known)]
    record_ends(accounts.values(), elsewhere, at)
    act(ours, by, at)


def numbers_stopped(account: Account, reason: Reason) -> list[str]:
    """Those that the month's own rules stopped for this reason."""
    stopped = Message.objects.of(account).filter(reason=int(reason), outcome=int(Outcome.BLOCKED))
    return sorted(set(stopped.values_list("phone", flat=True)))


def record_ends(accounts: Iterable[Account], others: Iterable[Failure], at: datetime) -> None:
    """Day by day, as if the receipts had come (logs.failing): the list shows the latest first."""
    failures = list(others)
    for account in accounts:
        ended = Message.objects.of(account).filter(outcome__in=NEGATIVE, stage__gt=int(Stage.QUEUED)).exclude(phone="")
        for message in ended.only("id", "account_id", "phone", "soft", "state_at", *STATE):
            code = failing.code_of(message.state, soft=message.soft)
            if code is not None and message.state_at is not None:
                failures.append(Failure(account.pk, message.phone, code, message.pk, message.state_at))
    failures.sort(key=lambda failure: failure.at)
    for _day, of_day in groupby((one for one in failures if one.at <= at), lambda failure: failure.at.date()):
        found = list(of_day)
        entries.record_failures(found, at=found[-1].at)
    for account in accounts:
        phones = {failure.phone for failure in failures if failure.account_id == account.pk}
        arrived = Message.objects.of(account).filter(outcome=int(Outcome.DELIVERED), phone__in=phones)
        rows = arrived.order_by("state_at").values_list("phone", "state_at")
        last = {phone: moment for phone, moment in rows if moment is not None}
        entries.record_deliveries([Delivery(account.pk, phone, moment) for phone, moment in last.items()])


def act(account: Account, by: User, at: datetime) -> None:
    """One entry lifted, one request that waits."""
    holding = BlockEntry.objects.own(account).stopping().holding(at).filter(origin=BlockEntry.Origin.POLICY)
    if own := holding.order_by("-intercepted_at", "pk").first():
        entries.lift(
            account=account, ids=[own.pk], reason="The customer called us from this number", by=by,
            at=max(at - 2 * HOUR, own.intercepted_at),
        )  # fmt: skip
    if other := BlockEntry.objects.of_others(account).holding(at).order_by("-intercepted_at", "pk").first():
        statement = "She has ordered from this number twice this week, and calls come through."
        requests.file(account=account, entry=other, statement=statement, by=by, at=at - 3 * HOUR)


def reset(accounts: Iterable[int]) -> None:
    """What stands in the list for these accounts, and what was done about it."""
    RemovalRequest.objects.filter(account__in=list(accounts)).delete()
    BlockJob.objects.filter(account__in=list(accounts)).delete()
    BlockEntry.objects.filter(source_account_id__in=list(accounts)).delete()
