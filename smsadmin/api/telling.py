"""How messages are told in the API: slugs for programs, sentences for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from logs.accepting import Accepted, Rejected
from logs.advice import explain, reason_label
from logs.models import EventSource, Kind, Message, Source, StatusEvent
from logs.statuses import Reason, State
from smsadmin.api.errors import error


def accepted(answer: Accepted) -> dict[str, Any]:
    return {
        "id": str(answer.id),
        **state(answer.state, answer.sentence),
        "held_until": moment(answer.held_until),
        "repeated": answer.repeated,
    }


def rejected(answer: Rejected) -> dict[str, Any]:
    return error(answer.field, answer.reason)


def state(of: State, sentence: str = "") -> dict[str, Any]:
    has_reason = of.reason is not Reason.NONE
    return {
        "status": of.status.slug,
        "label": str(of.status.label),
        "final": of.outcome.is_final,
        "stage": of.stage.slug,
        "outcome": of.outcome.slug,
        "reason": of.reason.slug if has_reason else None,
        "reason_label": str(reason_label(of.reason)) if has_reason else None,
        "sentence": sentence or str(explain(of).sentence),
    }


def message(of: Message, events: list[StatusEvent]) -> dict[str, Any]:
    winner = next((event for event in events if event.id == of.state_event_id), None)
    ours = winner is not None and winner.source == EventSource.PLATFORM
    return {
        "id": str(of.pk),
        **state(of.state, winner.raw_text if ours and winner else ""),
        "to": of.phone,
        "member": of.member_id,
        "source": Source(of.source).slug if of.source else None,
        "kind": Kind(of.kind).slug,
        "sender": of.sender,
        "reference": of.reference,
        "segments": of.segments,
        "requested_at": moment(of.requested_at),
        "sent_at": moment(of.sent_at),
        "receipt_at": moment(of.receipt_at),
        "updated_at": moment(of.updated_at),
        "conflict": of.conflict,
        "events": [event(each) for each in events],
    }


def event(of: StatusEvent) -> dict[str, Any]:
    ours = of.source == EventSource.PLATFORM
    return {
        **state(of.state, of.raw_text if ours else ""),
        "occurred_at": moment(of.occurred_at),
        "received_at": moment(of.received_at),
        "attempt": of.attempt,
        "part": of.part,
        "parts": of.parts,
        "provider": of.provider or None,
        "provider_status": of.raw_status or None,
        "provider_error": of.raw_error or None,
    }


def moment(of: datetime | None) -> str | None:
    return of.isoformat() if of else None
