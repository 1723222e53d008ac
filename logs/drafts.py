"""What a writer hands to logs.recording: messages as they were asked for, and what was said of them. No queries."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from logs.models import EventSource
from logs.statuses import Event, Stage, State


class Said(NamedTuple):
    """One event with its evidence, verbatim. ``source`` is a logs.models.EventSource value; times are aware."""

    id: UUID
    state: State
    occurred_at: datetime | None
    received_at: datetime
    source: int
    soft: bool = False
    attempt: int = 1
    part: int = 1
    parts: int = 1
    signed: int = 0
    provider: str = ""
    provider_account_id: int | None = None
    provider_message_id: str = ""
    raw_status: str = ""
    raw_error: str = ""
    raw_text: str = ""
    raw: str = ""

    @property
    def event(self) -> Event:
        return Event(self.id, self.state, self.occurred_at, self.received_at, self.soft)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to record. ``id`` is a UUIDv7 of ``requested_at``; the same id recorded again only adds what is new.

    ``kind`` and ``source`` are values of logs.models.Kind and Source (None: not known). ``sent_at`` and
    ``receipt_at`` follow from the
    events where they are not given. References are primary keys of the same account.
    """

    id: UUID
    requested_at: datetime
    phone: str
    kind: int
    said: tuple[Said, ...]
    source: int | None = None
    body: str = ""
    segments: int = 1
    sender: str = ""
    reference: str = ""
    provider_message_id: str = ""
    member_id: int | None = None
    template_id: int | None = None
    sms_user_id: int | None = None
    campaign_id: int | None = None
    provider_account_id: int | None = None
    sent_at: datetime | None = None
    receipt_at: datetime | None = None
    price: Decimal | None = None
    currency: str = ""
    labels: tuple[int, ...] = field(default=())


def sent_moment(said: tuple[Said, ...]) -> datetime | None:
    """When the provider took it, as far as the events tell."""
    moments = [
        s.occurred_at
        for s in said
        if s.occurred_at and not s.state.outcome.is_final and s.state.stage >= Stage.PROVIDER_ACCEPTED
    ]
    return min(moments, default=None)


def receipt_moment(said: tuple[Said, ...]) -> datetime | None:
    """When the latest final answer from beyond the platform was given. A receipt that tells no time was given when it
    came; an answer that we had to ask for may be much older than the question, and a file's tells only its import."""
    moments = [
        moment
        for s in said
        if s.state.outcome.is_final and s.state.stage >= Stage.PROVIDER_ACCEPTED and not s.soft
        if (moment := s.occurred_at or (s.received_at if s.source == EventSource.WEBHOOK else None))
    ]
    return max(moments, default=None)
