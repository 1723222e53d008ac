"""What a person wrote back, for the timeline. Queries that walk one index and stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from logs.models import Reply, ReplyEffect
from logs.reply_effects import MARKS
from logs.timeline import Incoming
from smsadmin.accounts.models import Account

MOST = 200  # on one page
QUIET = frozenset({ReplyEffect.WAITING, ReplyEffect.NOTHING})  # nothing to tell of


def replies_from(phone: str, account: Account) -> QuerySet[Reply]:
    """All that came from this number; none where there is no number."""
    found = Reply.objects.filter(account=account, phone=phone)
    return found if phone else found.none()


def between(replies: QuerySet[Reply], start: datetime | None, end: datetime | None) -> QuerySet[Reply]:
    if start:
        replies = replies.filter(received_at__gte=start)
    return replies.filter(received_at__lt=end) if end else replies


def newest(replies: QuerySet[Reply]) -> list[Reply]:
    return list(replies.defer("raw").order_by("-received_at")[:MOST])


def told(replies: QuerySet[Reply]) -> Sequence[Incoming]:
    """The newest of these, as lines of the timeline."""
    return [incoming(reply) for reply in newest(replies)]


def incoming(reply: Reply) -> Incoming:
    facts = _("to %(number)s") % {"number": reply.recipient} if reply.recipient else ""
    did = str(MARKS[ReplyEffect(reply.effect)].label) if reply.effect not in QUIET else ""
    parts = _("%(n)d parts, joined") % {"n": reply.parts} if reply.parts > 1 else ""
    return Incoming(
        at=reply.occurred_at or reply.received_at,
        text=reply.body,
        facts=" · ".join(filter(None, (did, facts, parts))),
        note="" if reply.occurred_at else _("time of arrival here"),
        message_id=reply.message_id,
    )
