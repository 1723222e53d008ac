"""The opt-out desk: what smells of an opt-out waits here for a person, with a clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from consent import business_days, ledger
from consent.models import ConsentEvent, ConsentRules, ConsentStatus, DeskItem
from consent.vocabulary import Event, Purpose, Source, Status
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User

Decision = DeskItem.Decision
INSTANT = timedelta(microseconds=1)
TAKEN_BACK = "The desk had taken a reply for an opt-out by mistake."


class Doubt(NamedTuple):
    """A reply that a person has to read."""

    phone: str  # E.164
    reply_id: UUID
    text: str
    received_at: datetime


def rules_of(account: Account) -> ConsentRules:
    return ConsentRules.objects.filter(account=account).first() or ConsentRules(account=account)


def calendar(account: Account, rules: ConsentRules) -> str:
    return rules.holidays or account.country


def put(*, account: Account, doubts: Sequence[Doubt], rules: ConsentRules) -> None:
    """Put replies on the desk, each once."""
    DeskItem.objects.bulk_create(
        [
            DeskItem(
                account=account,
                phone=doubt.phone,
                reply_id=doubt.reply_id,
                text=ledger.storable(doubt.text),
                received_at=doubt.received_at,
                due_at=business_days.due(doubt.received_at, rules.desk_days, calendar(account, rules), account.zone),
            )
            for doubt in doubts
        ],
        ignore_conflicts=True,
    )


def waiting(account: Account) -> int:
    """How many items wait, counted to 100."""
    return DeskItem.objects.filter(account=account, decided_at=None)[:100].count()


@transaction.atomic
def decide(*, item: DeskItem, decision: Decision, by: User | None, at: datetime, note: str = "") -> DeskItem:
    """Decide an item, or decide it otherwise than before. Each change is in the ledger and in the audit log; to decide
    the same again changes nothing.

    An opt-out holds from when the person wrote it. To take that back opts the number in again, for what it was not
    opted out of before; nothing that the person said since is touched.
    """
    item = DeskItem.objects.select_for_update().select_related("account").get(pk=item.pk, account=item.account_id)
    before = item.decision
    if before == decision:
        return item
    if decision == Decision.OPT_OUT:
        opt_out(item, by, at, note)
    elif before == Decision.OPT_OUT:
        take_back(item, by, at, note)
    item.decision, item.decided_at, item.note = decision, at, note
    item.decided_by_id, item.decided_by_name = (by.pk, by.email) if by else (None, "")
    item.save(update_fields=["decision", "decided_at", "note", "decided_by_id", "decided_by_name"])
    audit.record(
        account=item.account,
        by=by,
        at=at,
        verb="desk.decided",
        object_type="desk_item",
        object_id=item.pk,
        decision=Decision(decision).name.lower(),
        before=Decision(before).name.lower() if before is not None else "",
    )
    return item


def opt_out(item: DeskItem, by: User | None, at: datetime, note: str) -> None:
    purpose = None if rules_of(item.account).stop_is_for_all else Purpose.MARKETING
    ledger.record(
        account=item.account,
        phone=item.phone,
        purpose=purpose,
        event=Event.OPTED_OUT,
        source=Source.REPLY,
        by=by,
        at=item.received_at if item.decision is None else at,
        text=item.text,
        evidence=item.reply_id,
        note=note,
        recorded_at=at,
    )


def take_back(item: DeskItem, by: User | None, at: datetime, note: str) -> None:
    """Marketing only where there was an opt-in; the rest needs none, so there only the opt-out is lifted."""
    again = [purpose for purpose in Purpose if stands_on(item, purpose) and was_free(item, purpose)]
    items = [
        ledger.Happening(
            item.phone, purpose, Event.OPTED_IN, Source.SUPPORT, at, evidence=item.reply_id, note=note or TAKEN_BACK
        )
        for purpose in again
    ]
    ledger.record_many(account=item.account, items=items, by=by, recorded_at=at)


def stands_on(item: DeskItem, purpose: Purpose) -> bool:
    """Whether the number is opted out by this very item."""
    status = ConsentStatus.objects.filter(account=item.account, phone=item.phone, purpose=purpose).first()
    if status is None or status.status != Status.OPTED_OUT:
        return False
    return ConsentEvent.objects.filter(
        pk=status.event_id, account=item.account, phone=item.phone, evidence=item.reply_id
    ).exists()


def was_free(item: DeskItem, purpose: Purpose) -> bool:
    before = ledger.as_of(account=item.account, phone=item.phone, purpose=purpose, at=item.received_at - INSTANT)
    if before is None:
        return purpose == Purpose.OPERATIONAL
    return before.status == Status.OPTED_IN
