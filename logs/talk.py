"""A conversation, as bubbles: what we sent and what they wrote, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from consent.models import DeskItem
from logs import reply_effects, telling
from logs.models import Message, Reply
from logs.tables import shown_text
from smsadmin.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Line:
    """One text: theirs (``is_in``) or ours; ``is_this`` is what the page is about. ``note`` tells what became of it."""

    at: datetime
    text: str
    is_in: bool = True
    is_this: bool = False
    url: str = ""
    note: str = ""


def ours(message: Message, account: Account, access: Any) -> Line:
    """``message`` has its template attached."""
    return Line(
        at=message.sent_at or message.requested_at,
        text=shown_text(message, access),
        is_in=False,
        url=reverse("message", args=[account.slug, message.pk]),
        note=telling.word(message.state, account.vocabulary) or str(message.state.status.label),
    )


def theirs(reply: Reply, account: Account, item: DeskItem | None = None) -> Line:
    """It leads to what it answers."""
    url = reverse("message", args=[account.slug, reply.message_id]) if reply.message_id else ""
    return Line(at=reply.received_at, text=reply.body, url=url, note=reply_effects.words(reply.effect, item))


def conversation(
    messages: Iterable[Message],
    replies: Iterable[Reply],
    items: Mapping[UUID, DeskItem],
    account: Account,
    access: Any,
) -> list[Line]:
    """The newest last. ``items`` are the desk's, by reply."""
    lines = [ours(message, account, access) for message in messages]
    lines += [theirs(reply, account, items.get(reply.pk)) for reply in replies]
    return sorted(lines, key=lambda line: line.at)
