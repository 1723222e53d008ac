"""Which message another one repeats: `logs.accepting.resend` keeps it with the facts of the new one's first event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from logs.accepting.entering import FIRST_EVENT
from logs.decision_facts import decision
from logs.models import Message, StatusEvent
from smsadmin.accounts.models import Account

LOOKED_AT = 50  # messages after it, to the same number or member


@dataclass(frozen=True, slots=True)
class Again:
    """``of``: the message that this one repeats. ``later``: those that repeat this one."""

    of: UUID | None = None
    later: tuple[UUID, ...] = ()


def again(message: Message, events: Iterable[StatusEvent], account: Account) -> Again:
    first = next((event.raw for event in events if event.id == FIRST_EVENT), "")
    later = repeats_of(message, account) if message.state.outcome.is_final else ()
    return Again(repeated(first), later)


def repeated(raw: str) -> UUID | None:
    """The message that the facts of a first event name."""
    try:
        return UUID(str((decision(raw) or {})["resend_of"]))
    except (KeyError, ValueError):
        return None


def repeats_of(message: Message, account: Account) -> tuple[UUID, ...]:
    """Of the next messages to the same person: a repeat comes soon, and most people get few messages."""
    after = Message.objects.of(account).filter(pk__gt=message.pk)
    of_member = ids(after.filter(member_id=message.member_id)) if message.member_id else []
    of_phone = ids(after.filter(phone=message.phone)) if message.phone else []
    wanted = sorted({*of_member, *of_phone})
    if not wanted:
        return ()
    span = Q(message_id__gte=wanted[0], message_id__lte=wanted[-1])  # so that only their months are planned
    events = StatusEvent.objects.filter(span, account=account, message_id__in=wanted, id=FIRST_EVENT)
    found = events.values_list("message_id", "raw")
    return tuple(sorted(pk for pk, raw in found if repeated(raw) == message.pk))


def ids(messages: QuerySet[Message]) -> QuerySet:
    return messages.order_by("pk").values_list("pk", flat=True)[:LOOKED_AT]
