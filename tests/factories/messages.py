"""Messages in the log, recorded through its one door."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from logs import recording
from logs.drafts import Draft, Said
from logs.models import EventSource, Kind, Message, Source
from logs.statuses import Outcome, Reason, Stage, State, event_id
from smsadmin import uuid7
from smsadmin.accounts.models import Account

numbers = count(1)

DELIVERED = State.of(Stage.HANDSET, Outcome.DELIVERED)
SENDING = State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING, Reason.AWAITING_HANDSET)
ACCEPTED = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
QUEUED = State.of(Stage.QUEUED, Outcome.PENDING)
UNDELIVERED = State.of(Stage.CARRIER_ACCEPTED, Outcome.UNDELIVERED, Reason.POWER_OFF)
BLOCKED = State.of(Stage.QUEUED, Outcome.BLOCKED, Reason.OPTED_OUT)


def make_said(state: State, at: datetime, **fields: Any) -> Said:
    identity = event_id(provider="test", provider_event_id=f"{state}-{at.isoformat()}")
    return Said(
        **{
            "id": identity,
            "state": state,
            "occurred_at": at,
            "received_at": at,
            "source": EventSource.WEBHOOK,
            **fields,
        }
    )


def make_draft(*states: State, requested_at: datetime | None = None, **fields: Any) -> Draft:
    """A draft whose events follow each other by two seconds; delivered unless told otherwise."""
    at = requested_at or datetime.now(UTC) - timedelta(minutes=5)
    said = fields.pop("said", None) or tuple(
        make_said(state, at + timedelta(seconds=2 * n))
        for n, state in enumerate(states or (QUEUED, ACCEPTED, DELIVERED))
    )
    number = next(numbers)
    return Draft(
        **{
            "id": uuid7.make(at, number.to_bytes(10, "big")),
            "requested_at": at,
            "phone": f"+4477009{number:05d}"[:13],
            "kind": Kind.OPERATIONAL,
            "source": Source.AUTOMATION,
            "body": "Your table for 4 is booked for 19:30.",
            "said": said,
            **fields,
        }
    )


def make_message(account: Account, *states: State, at: datetime | None = None, **fields: Any) -> Message:
    draft = make_draft(*states, **fields)
    recording.record(account=account, drafts=[draft], at=at or datetime.now(UTC))
    return Message.objects.of(account).get(pk=draft.id)
