"""A message page that follows its message: every two seconds it asks what has changed, while something soon may."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import QueryDict

from logs.models import Message
from logs.waiting import Waiting

LIVE, ALONE = "live", "alone"
SOON = timedelta(minutes=15)


def is_soon(message: Message, waiting: Waiting | None, at: datetime) -> bool:
    """Whether an answer may come while somebody looks: not for what is held for hours, nor for what ended."""
    if message.state.outcome.is_final:
        return False
    if waiting is not None and waiting.due_at - at < SOON:
        return True
    return at - (message.sent_at or message.requested_at) < SOON


def mark(message: Message, waiting: Waiting | None) -> str:
    """Tells one look at the message from the next: equal marks show the same."""
    moment = message.updated_at.timestamp()
    return f"{moment:.6f}" + (f"-{waiting.mark}" if waiting else "")


def url(query: QueryDict, marked: str, alone: bool) -> str:
    changed = query.copy()
    changed[LIVE] = marked
    if alone:
        changed[ALONE] = "1"
    return f"?{changed.urlencode()}"


def without(query: QueryDict) -> str:
    """The query of the list that the message was opened from."""
    changed = query.copy()
    for name in (LIVE, ALONE):
        changed.pop(name, None)
    return changed.urlencode()
