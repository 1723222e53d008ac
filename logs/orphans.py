"""Receipts whose message is not known (yet): kept as they were heard, tried again with growing pauses for a day, then
listed for a person. A receipt can be faster than the answer to the submission that it speaks of.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from logs.models import Orphan
from logs.providers.events import Heard
from logs.providers.reading import storable
from logs.statuses import State

PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 29320)
)  # a day in all
STATE = ("stage", "outcome", "reason", "number_valid", "retry")
LONGEST_ID = 100


class Receipt(NamedTuple):
    """Something that a provider account's provider said, and how we came to know it: ``source`` is
    EventSource.WEBHOOK or POLL, ``signed`` a Signed value."""

    account_id: int
    provider_account_id: int
    heard: Heard
    source: int
    signed: int
    received_at: datetime


def keep(receipts: Sequence[Receipt], *, at: datetime) -> None:
    """Keep them to be tried again; one that is kept already stays as it is."""
    Orphan.objects.bulk_create([orphan_of(receipt, at) for receipt in receipts], ignore_conflicts=True)


def orphan_of(receipt: Receipt, at: datetime) -> Orphan:
    heard = receipt.heard
    return Orphan(
        account_id=receipt.account_id,
        provider_account_id=receipt.provider_account_id,
        event_id=heard.id,
        provider_message_id=storable(heard.provider_message_id)[:LONGEST_ID],
        reference=storable(heard.reference)[:LONGEST_ID],
        phone=storable(heard.recipient)[:20],
        received_at=receipt.received_at,
        heard=packed(receipt),
        due_at=at + PAUSES[0],
    )


def packed(receipt: Receipt) -> dict[str, Any]:
    """All of it, as JSON."""
    heard = receipt.heard
    told: dict[str, Any] = {"source": int(receipt.source), "signed": int(receipt.signed)}
    for name in Heard._fields:
        value = getattr(heard, name)
        told[name] = storable(value) if isinstance(value, str) else value
    told["state"] = {name: int(getattr(heard.state, name)) for name in STATE}
    told["occurred_at"] = heard.occurred_at and heard.occurred_at.isoformat()
    told["price"] = None if heard.price is None else str(heard.price)
    return told


def unpacked(orphan: Orphan) -> Receipt:
    told = dict(orphan.heard)
    source, signed = told.pop("source"), told.pop("signed")
    state = told.pop("state")
    told["state"] = State.stored(
        state["stage"], state["outcome"], state["reason"], state["number_valid"], bool(state["retry"])
    )
    told["occurred_at"] = told["occurred_at"] and datetime.fromisoformat(told["occurred_at"])
    told["price"] = None if told["price"] is None else Decimal(told["price"])
    return Receipt(orphan.account_id, orphan.provider_account_id, Heard(**told), source, signed, orphan.received_at)


def due(at: datetime, limit: int) -> list[Orphan]:
    """The next ones, locked; another worker takes others."""
    waiting = Orphan.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    return list(waiting.select_for_update(skip_locked=True)[:limit])


def put_off(orphans: Collection[Orphan], at: datetime) -> None:
    """Try them again after a longer pause; after the longest they wait for a person."""
    for orphan in orphans:
        orphan.tries += 1
        orphan.due_at = at + PAUSES[orphan.tries] if orphan.tries < len(PAUSES) else None
    Orphan.objects.bulk_update(orphans, ["tries", "due_at"])


def forget(orphans: Collection[Orphan]) -> None:
    """Their messages know of them now."""
    Orphan.objects.filter(pk__in=[orphan.pk for orphan in orphans]).delete()
