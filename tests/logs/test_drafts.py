"""What times follow from events."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from logs.drafts import Said, receipt_moment
from logs.models import EventSource
from logs.statuses import Outcome, Stage, State

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DELIVERED = State.of(Stage.HANDSET, Outcome.DELIVERED)
SENT = State.of(Stage.CARRIER_ACCEPTED, Outcome.PENDING)


def said(state: State, second: int | None, source: EventSource = EventSource.WEBHOOK, *, soft: bool = False) -> Said:
    """Said at that second, where it tells one; it came in the ninth."""
    at = None if second is None else NOON + timedelta(seconds=second)
    return Said(uuid4(), state, at, NOON + timedelta(seconds=9), source, soft=soft)


@pytest.mark.parametrize(
    ("events", "second"),
    [
        ([said(DELIVERED, 5)], 5),
        ([said(DELIVERED, 5), said(DELIVERED, 7)], 7),
        ([said(DELIVERED, None)], 9),
        ([said(DELIVERED, None), said(DELIVERED, 5)], 9),
        ([said(DELIVERED, None, EventSource.POLL)], None),
        ([said(DELIVERED, None, EventSource.IMPORT)], None),
        ([said(SENT, None)], None),
        ([said(DELIVERED, 5, soft=True)], None),
        ([], None),
    ],
    ids=["told", "the later", "no time", "one without", "asked for", "imported", "not final", "soft", "none"],
)  # fmt: skip
def test_the_receipt_time_is_when_the_final_answer_was_given_or_came(events: list[Said], second: int | None) -> None:
    assert receipt_moment(tuple(events)) == (None if second is None else NOON + timedelta(seconds=second))
