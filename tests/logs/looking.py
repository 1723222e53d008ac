"""What stands in the log of an account, to compare before with after and the roll-ups with the truth."""

from collections import Counter
from typing import Any

from django.db import connection

from logs import rollups
from logs.models import Message, StatusEvent
from logs.statuses import Outcome
from smsadmin.accounts.models import Account

Counted = dict[str, dict[tuple[Any, ...], int]]


def messages(account: Account) -> list[dict[str, Any]]:
    return list(Message.objects.of(account).order_by("pk").values())


def events(account: Account) -> list[dict[str, Any]]:
    return list(StatusEvent.objects.filter(account=account).order_by("message_id", "id").values())


def rolled_up(account: Account) -> Counted:
    """The sums of the roll-ups by key, without those that add up to nothing."""
    found: Counted = {}
    with connection.cursor() as cursor:
        for table, keys in rollups.TABLES.items():
            key = ", ".join(keys)
            cursor.execute(
                f"SELECT {key}, sum(n) FROM {table} WHERE account_id = %s GROUP BY {key} HAVING sum(n) <> 0",
                [account.pk],
            )
            found[table] = {tuple(row[:-1]): int(row[-1]) for row in cursor.fetchall()}
    return found


def counted(account: Account) -> Counted:
    """The same, counted over the messages one by one."""
    found = {table: Counter[tuple[Any, ...]]() for table in rollups.TABLES}
    for m in Message.objects.of(account):
        day = m.requested_at.astimezone(account.zone).date()
        found["message_daily"][account.pk, day, m.status, m.reason] += 1
        found["message_daily_source"][account.pk, day, m.status, m.source or 0, m.kind] += 1
        if m.template_id:
            found["message_daily_template"][account.pk, day, m.status, m.template_id] += 1
        if m.outcome == Outcome.DELIVERED and m.sent_at and m.receipt_at:
            bucket = rollups.bucket((m.receipt_at - m.sent_at).total_seconds())
            found["delivery_time"][account.pk, day, m.provider_account_id or 0, bucket] += 1
    return {table: dict(counter) for table, counter in found.items()}


def everything(account: Account) -> tuple[Any, ...]:
    return messages(account), events(account), rolled_up(account)
