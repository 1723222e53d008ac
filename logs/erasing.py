"""Forgetting a member, everywhere: the person, their number, what was written to them and what they wrote.

Messages stay as rows with their states, times, costs and counts, which are the account's books; the number and the text
go out of them. Consent has its own way (consent.erasing). See docs/adr/0011.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from blocklist import requests
from consent import erasing
from logs.canceling import cancel, may_cancel
from logs.models import Message, NumberDismissal, Orphan, QueuedMessage, ReplyPart
from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User
from smsadmin.members.models import Member

OF_MEMBER = "account_id = %s AND member_id = %s"
TO_NUMBER = "account_id = %s AND phone = %s AND member_id IS NULL"
BLANK = "UPDATE message SET phone = '', body = '', reference = '', member_id = NULL WHERE "
BLANK_REPLIES = "UPDATE reply SET phone = '', body = '', raw = '', member_id = NULL WHERE "


class BeingSent(Exception):
    """A message to this person is in a worker's hands: its text must not vanish there. A minute later it is not."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What would be forgotten. ``shared``: other members have the number, so its consent stays theirs."""

    messages: int
    replies: int
    waiting: int
    shared: bool


def reach(member: Member) -> Reach:
    with connection.cursor() as cursor:

        def counted(table: str) -> int:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {OF_MEMBER}", [member.account_id, member.pk])
            n: int = cursor.fetchone()[0]
            if member.phone and not is_shared(member):
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {TO_NUMBER}", [member.account_id, member.phone])
                n += cursor.fetchone()[0]
            return n

        return Reach(counted("message"), counted("reply"), len(waiting(member)), is_shared(member))


def is_shared(member: Member) -> bool:
    others = Member.objects.filter(account_id=member.account_id, phone=member.phone).exclude(pk=member.pk)
    return bool(member.phone) and others.exists()


def waiting(member: Member) -> list[Message]:
    """Messages to this person that have not left."""
    queued = QueuedMessage.objects.filter(account_id=member.account_id).values("message_id")
    return list(Message.objects.filter(account_id=member.account_id, member_id=member.pk, pk__in=queued))


def erase(*, member: Member, by: User, at: datetime) -> Reach:
    """Forget them. What waits to be sent is canceled. Raises BeingSent; then nothing was done."""
    account = member.account
    with transaction.atomic():
        member = Member.objects.select_for_update().get(account=account, pk=member.pk)
        found = reach(member)
        take_back(member, by, at)
        blank(BLANK, OF_MEMBER, account, member.pk)
        blank(BLANK_REPLIES, OF_MEMBER, account, member.pk)
        if member.phone and not found.shared:
            forget_number(account, member.phone, by, at)
        audit.record(
            account=account,
            by=by,
            at=at,
            verb="member.erased",
            object_type="member",
            object_id=member.pk,
            messages=found.messages,
            replies=found.replies,
            number_kept=found.shared,
        )
        Member.objects.filter(account=account, pk=member.pk).delete()
    return found


def take_back(member: Member, by: User, at: datetime) -> None:
    for message in waiting(member):
        row = QueuedMessage.objects.select_for_update().filter(message_id=message.pk).first()
        if row is None:
            continue
        if not may_cancel(row, at):
            raise BeingSent(_("A message to this person is being sent right now. Try again in a minute."))
        message.account = member.account
        cancel(message=message, by=by, at=at)


def forget_number(account: Account, phone: str, by: User, at: datetime) -> None:
    blank(BLANK, TO_NUMBER, account, phone)
    blank(BLANK_REPLIES, "account_id = %s AND phone = %s", account, phone)
    for model in (NumberDismissal, Orphan, ReplyPart):
        model.objects.filter(account=account, phone=phone).delete()
    requests.forget(account=account, phone=phone)
    erasing.erase(account=account, phone=phone, by=by, at=at)


def blank(statement: str, condition: str, account: Account, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement + condition, [account.pk, value])
