"""Consent as tests need it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from consent.models import DeskItem
from smsadmin.accounts.models import Account

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_desk_item(account: Account, text: str = "pls stop texting me", **fields: Any) -> DeskItem:
    values = {
        "phone": "+447700900142",
        "reply_id": uuid4(),
        "text": text,
        "received_at": NOON,
        "due_at": NOON + timedelta(days=14),
        **fields,
    }
    return DeskItem.objects.create(account=account, **values)
