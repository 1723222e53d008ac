"""The events that tell of tries and of what our own queue decided. Pure: from data to `Said`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from logs.drafts import Said
from logs.models import EventSource
from logs.providers.base import Part
from logs.providers.events import Heard
from logs.providers.reading import storable
from logs.statuses import Outcome, Stage, State, event_id

TAKEN = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)


def of_provider(
    heard: Heard,
    *,
    message_id: UUID,
    provider_account_id: int,
    attempt: int,
    at: datetime,
    state: State | None = None,
    source: int = EventSource.SUBMIT,
    number: int = 0,
) -> Said:
    """A provider's answer to the try ``attempt``. ``state`` is what it means for the message, where that is not what
    the provider said. Two tries that are answered alike are two events."""
    identity = event_id(
        provider=heard.table, provider_event_id=f"{message_id} {source:d} {attempt} {provider_account_id} {number}"
    )
    return Said(
        identity,
        state or heard.state,
        heard.occurred_at or at,
        at,
        source,
        soft=heard.soft,
        attempt=attempt,
        part=heard.part,
        parts=heard.parts,
        provider=heard.table,
        provider_account_id=provider_account_id,
        provider_message_id=storable(heard.provider_message_id)[:100],
        raw_status=storable(heard.raw_status)[:200],
        raw_error=storable(heard.raw_error)[:200],
        raw_text=storable(heard.raw_text),
        raw=storable(heard.raw),
    )


def acknowledged(parts: tuple[Part, ...]) -> Heard:
    """For a provider that took the message without a word that has a code."""
    return Heard("", TAKEN, provider_message_id=parts[0].provider_message_id if parts else "")


def of_us(
    state: State,
    *,
    message_id: UUID,
    what: str,
    at: datetime,
    text: str = "",
    facts: Mapping[str, Any] | None = None,
    attempt: int = 1,
    provider_account_id: int | None = None,
    source: int = EventSource.PLATFORM,
    soft: bool = False,
    raw: str = "",
) -> Said:
    """What we ourselves say. ``what`` makes it one event however often it is said."""
    return Said(
        event_id(provider="smsadmin", provider_event_id=f"{message_id} {what}"),
        state,
        at,
        at,
        source,
        soft=soft,
        attempt=attempt,
        provider_account_id=provider_account_id,
        raw_text=text,
        raw=raw or (json.dumps(facts, ensure_ascii=False, separators=(",", ":")) if facts else ""),
    )
