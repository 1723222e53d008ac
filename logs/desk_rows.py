"""The opt-out desk as people see it: each text with its clock in words and the conversation around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent import business_days, desk
from consent.models import ConsentRules, DeskItem
from logs import talk, telling
from logs.models import Message, Reply
from logs.reply_effects import DECIDED
from smsadmin import phones
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

AROUND = timedelta(days=7)  # replies of the same number that are shown beside
MOST = 4
SOON = 2  # business days


@dataclass(frozen=True, slots=True)
class Clock:
    """How long there is to decide: words, with a tone and a shape."""

    tone: str
    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    item: DeskItem
    phone: str
    clock: Clock
    decided: Any = None  # a Mark of logs.reply_effects, once it is
    member: Member | None = None
    lines: Sequence[talk.Line] = field(default_factory=list)


def clock(item: DeskItem, at: datetime, account: Account, rules: ConsentRules) -> Clock:
    """ "3 business days left"."""
    left = business_days.left(at, item.due_at, desk.calendar(account, rules), account.zone)
    if left < 0:
        last = telling.stamp(item.due_at - timedelta(seconds=1), seconds=False)
        return Clock("bad", "undelivered", _("Overdue since %(moment)s") % {"moment": last})
    if left == 0:
        return Clock("late", "expired", _("To be decided today"))
    words = ngettext("%(n)d business day left", "%(n)d business days left", left) % {"n": left}
    return Clock("late", "expired", words) if left <= SOON else Clock("wait", "queued", words)


def rows(items: Sequence[DeskItem], account: Account, access: Any, at: datetime) -> list[Row]:
    """What the page shows of these items, in a fixed number of queries."""
    rules = desk.rules_of(account)
    replies = Reply.objects.filter(account=account, pk__in=[item.reply_id for item in items]).defer("raw").in_bulk()
    members = members_of(items, replies.values(), account)
    around = conversations(items, replies, account, access)
    return [
        Row(
            item=item,
            phone=phones.show(item.phone),
            clock=clock(item, at, account, rules),
            decided=DECIDED[item.decision] if item.decision is not None else None,
            member=members.get(item.phone),
            lines=around[item.pk],
        )
        for item in items
    ]


def members_of(items: Iterable[DeskItem], replies: Iterable[Reply], account: Account) -> dict[str, Member]:
    """Whose number it is now; else whom the reply was linked to."""
    numbers = Member.objects.of(account).filter(phone__in={item.phone for item in items}).order_by("pk")
    found = {member.phone: member for member in numbers}
    linked = Member.objects.of(account).filter(pk__in={reply.member_id for reply in replies if reply.member_id})
    by_key = linked.in_bulk()
    return {reply.phone: by_key[reply.member_id] for reply in replies if reply.member_id in by_key} | found


def conversations(
    items: Sequence[DeskItem], replies: dict[UUID, Reply], account: Account, access: Any
) -> dict[int, list[talk.Line]]:
    """What was said around each: the message that it answers, and what the same number wrote within a week of it."""
    answered = {reply.message_id for reply in replies.values() if reply.message_id}
    sent = Message.objects.of(account).filter(pk__in=answered).select_related("template").in_bulk()
    said = near(items, account)
    lines = {}
    for item in items:
        reply = replies.get(item.reply_id)
        message = sent.get(reply.message_id) if reply and reply.message_id else None
        ours = [talk.ours(message, account, access)] if message else []
        beside = sorted(said[item.phone], key=lambda one: abs(one.received_at - item.received_at))
        theirs = [talk.theirs(one, account) for one in beside if is_beside(one, item)][:MOST]
        this = talk.Line(item.received_at, item.text, is_this=True)
        lines[item.pk] = sorted([*ours, *theirs, this], key=lambda line: line.at)
    return lines


def is_beside(reply: Reply, item: DeskItem) -> bool:
    return reply.pk != item.reply_id and abs(reply.received_at - item.received_at) <= AROUND


def near(items: Sequence[DeskItem], account: Account) -> defaultdict[str, list[Reply]]:
    """What these numbers wrote around that time."""
    found: defaultdict[str, list[Reply]] = defaultdict(list)
    if items:
        moments = [item.received_at for item in items]
        wrote = Reply.objects.filter(
            account=account,
            phone__in={item.phone for item in items},
            received_at__range=(min(moments) - AROUND, max(moments) + AROUND),
        )
        for reply in wrote.defer("raw").order_by("-received_at")[:1000]:
            found[reply.phone].append(reply)
    return found
