"""When a provider is asked what became of a message that it took, and when nobody waits any longer (R4). Pure.

Asked after 2, 5, 15 and 30 minutes, 1, 2, 4, 8 and 16 hours, for the last time 24 hours after sending. A message that
the provider may still try to deliver then (its validity is longer) is asked for once more, an hour after its validity.
A provider that cannot be asked is waited for until an hour after the validity. What ends so is "unknown, no report",
and a receipt still corrects it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TIMES = (
    *(MINUTE * n for n in (2, 5, 15, 30)),
    *(HOUR * n for n in (1, 2, 4, 8, 16, 24)),
)
LATE = HOUR  # how long after the validity a receipt may still come


def end(*, sent_at: datetime, expires_at: datetime, can_query: bool) -> datetime:
    """When it is given up. ``expires_at`` is the end of the validity that the provider was told."""
    if not can_query:
        return max(expires_at, sent_at) + LATE
    last = sent_at + TIMES[-1]
    return last if expires_at <= last else expires_at + LATE


def due(*, sent_at: datetime, asked: int, end: datetime) -> datetime:
    """The moment of the question after ``asked`` questions, of a provider that can be asked; the last is at the end."""
    return min(sent_at + TIMES[asked], end) if asked < len(TIMES) else end
