"""Opt-outs that providers and carriers know of: a message that was refused for one writes it into the ledger, and a
START at that provider lifts the block entry that the refusal made.

Twilio 21610, EngageLab 40300, Plivo 200, MessageBird 103, Infobip 603, Vonage 1240 and their kin are all one reason
here (logs.providers.codes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from blocklist import entries
from blocklist.models import BlockEntry
from consent import ledger
from consent.vocabulary import Event, Purpose, Source, Status
from logs.appending import Change
from logs.models import Message, ProviderAccount, Reply, StatusEvent
from logs.statuses import Reason
from smsadmin import phones
from smsadmin.accounts.models import Account

BLACKLISTED = 520  # E4's code of an opt-out that a provider keeps (logs.failing)


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


# ---- and back


def lift(account: Account, starts: Sequence[Reply], *, at: datetime) -> int:
    """Let numbers be texted again that wrote START to the provider account which had refused a message for an opt-out:
    it has heard the START too. Only where the ledger, to which the START was added, now lets them. Returns how many
    entries were lifted.

    What else stops a number stays, and so does a refusal that is younger than the START.
    """
    if not starts:
        return 0
    allowed = still_opted_in(account, {reply.phone for reply in starts})
    latest = {(reply.phone, reply.provider_account_id): reply for reply in starts if reply.phone in allowed}
    made = opt_out_entries(account, {phone for phone, _way in latest})
    names = ProviderAccount.objects.filter(account=account, pk__in={way for _phone, way in latest})
    labels = dict(names.values_list("pk", "name"))
    lifted = 0
    for (phone, way), reply in sorted(latest.items(), key=lambda one: one[0][0]):
        ids = [entry.pk for entry, by in made.get(phone, []) if by == way and entry.seen_at <= reply.received_at]
        if ids and way is not None:
            why = _("The person wrote START to %(provider)s, which had refused a message for an opt-out.")
            reason = why % {"provider": labels.get(way, way)}
            lifted += entries.lift(account=None, ids=ids, reason=reason, by=None, at=at)
    return lifted


def still_opted_in(account: Account, numbers: set[str]) -> set[str]:
    """Those that no purpose is refused for: a STOP that was written later counts, whenever it is read."""
    standings = [ledger.standings(account=account, phones=sorted(numbers), purpose=purpose) for purpose in Purpose]
    return {
        phone
        for phone in numbers
        if all(phone in found and found[phone].status is Status.OPTED_IN for found in standings)
    }


def opt_out_entries(account: Account, numbers: set[str]) -> dict[str, list[tuple[BlockEntry, int | None]]]:
    """The open entries that this account's messages caused by being refused for an opt-out, each with the provider
    account that refused."""
    caused = BlockEntry.objects.filter(
        phone__in=sorted(numbers), source_account_id=account.pk, ended_at=None, code=BLACKLISTED,
        origin=BlockEntry.Origin.POLICY, evidence__isnull=False,
    )  # fmt: skip
    found = list(caused) if numbers else []
    said = StatusEvent.objects.filter(
        account=account, message_id__in=[entry.evidence for entry in found], reason=int(Reason.OPTED_OUT)
    )
    ways = dict(said.values_list("message_id", "provider_account_id")) if found else {}
    made: defaultdict[str, list[tuple[BlockEntry, int | None]]] = defaultdict(list)
    for entry in found:
        if entry.evidence in ways:
            made[entry.phone].append((entry, ways[entry.evidence]))
    return made
