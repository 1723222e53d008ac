"""When a try that failed is repeated: after growing pauses, with jitter so that a thousand messages that failed
together do not come back together. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

PAUSES = tuple(timedelta(seconds=s) for s in (10, 30, 60, 120, 300, 600, 1200, 1800))
JITTER = 0.2  # of the pause, either way

BEFORE_THE_END = timedelta(seconds=10)  # enough for a try
SOONEST, LATEST = timedelta(seconds=15), timedelta(minutes=30)


def pause(attempt: int, roll: float, after: timedelta | None = None) -> timedelta:
    """How long to wait after the try number ``attempt`` (from 1); ``roll`` is a random number in [0, 1). Never less
    than the provider asked for (``after``)."""
    drawn = PAUSES[min(attempt, len(PAUSES)) - 1] * (1 - JITTER + 2 * JITTER * roll)
    return max(drawn, after) if after else drawn


def next_try(attempt: int, roll: float, at: datetime, end: datetime, after: timedelta | None = None) -> datetime | None:
    """When to repeat the try number ``attempt``: after its pause, for the last time just before ``end``. None where
    there is no time left for another."""
    due = at + pause(attempt, roll, after)
    if due < end:
        return due
    last = end - BEFORE_THE_END
    return last if last >= at + max(PAUSES[0], after or PAUSES[0]) else None


def next_question(since: datetime, at: datetime, end: datetime) -> datetime:
    """When to ask again for a message of which nobody knows whether it was taken: the longer it has been unknown, the
    rarer, and for the last time at ``end``."""
    wait = min(max((at - since) / 2, SOONEST), LATEST)
    return max(min(at + wait, end), at)
