"""From an understood row to what logs.recording takes. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from logs.drafts import Draft, Said
from logs.imports.rows import Item, kind_of, segments_of
from logs.models import EventSource
from logs.statuses import Outcome, Stage, State, event_id

HANDED_OVER = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)


def said(item: Item, at: datetime) -> tuple[Said, ...]:
    """What the row proves: that it was handed over, where it says when; and its status."""
    sent_at = item.values.get("sent_at")
    status = answer(item, at)
    return (handed_over(item, sent_at, at), status) if sent_at else (status,)


def handed_over(item: Item, sent_at: datetime, at: datetime) -> Said:
    number = item.values.get("provider_message_id", "")
    return Said(
        id=key(item, "sent_at", "", sent_at),
        state=HANDED_OVER,
        occurred_at=sent_at,
        received_at=at,
        source=EventSource.IMPORT,
        provider=item.values.get("provider", ""),
        provider_message_id=number,
    )


def answer(item: Item, at: datetime) -> Said:
    values = item.values
    status, error = values.get("status", ""), values.get("error", "")
    occurred_at = answered_at(item)
    return Said(
        id=key(item, status, error, occurred_at),
        state=item.told.state,
        occurred_at=occurred_at,
        received_at=at,
        source=EventSource.IMPORT,
        soft=item.told.soft,
        provider=values.get("provider", ""),
        provider_message_id=values.get("provider_message_id", ""),
        raw_status=status,
        raw_error=error,
        raw=item.raw,
    )


def answered_at(item: Item) -> datetime | None:
    """When the status was told. A final answer whose time the file does not state has none: the time of sending
    would make it a delivery within no time."""
    values = item.values
    found = values.get("receipt_at") or values.get("updated_at")
    if found is None and (
        not item.told.state.outcome.is_final or item.told.soft or item.told.state.stage < Stage.PROVIDER_ACCEPTED
    ):
        found = values.get("sent_at") or values["requested_at"]
    return found


def key(item: Item, status: str, error: str, occurred_at: datetime | None) -> UUID:
    """The dedupe key. Our own export states the state itself, so that two of its rows with one word may say
    different things."""
    if "outcome" in item.values:
        s = item.told.state
        status = f"{s.stage.slug}/{s.outcome.slug}/{s.reason.slug}" if status != "sent_at" else status
    return event_id(
        provider=item.values.get("provider", "").casefold() or "import",
        provider_message_id=item.values.get("provider_message_id", ""),
        recipient=item.values["phone"],
        raw_status=status,
        raw_error=error,
        occurred_at=occurred_at,
    )


def draft(pk: UUID, item: Item, told: tuple[Said, ...], refs: dict[str, Any]) -> Draft:
    """`refs`: the fields of Draft that are primary keys."""
    values = item.values
    return Draft(
        id=pk,
        requested_at=values["requested_at"],
        phone=values["phone"],
        kind=kind_of(values),
        said=told,
        source=values.get("source"),
        body=values.get("text", ""),
        segments=segments_of(values),
        sender=values.get("sender", ""),
        reference=values.get("reference", ""),
        provider_message_id=values.get("provider_message_id", ""),
        sent_at=values.get("sent_at"),
        receipt_at=values.get("receipt_at"),
        price=values.get("price"),
        currency=values.get("currency", "") if "price" in values else "",
        **refs,
    )


def distinct(told: Iterable[Said]) -> tuple[Said, ...]:
    """Each event once: a file may repeat a row."""
    return tuple({one.id: one for one in told}.values())
