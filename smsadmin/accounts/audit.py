"""The audit log's one door."""

from datetime import datetime
from typing import Any

from smsadmin.accounts.models import Account, AuditEvent, User


def record(
    *,
    account: Account | None,
    by: User | None,
    at: datetime,
    verb: str,
    object_type: str = "",
    object_id: Any = "",
    **facts: Any,
) -> AuditEvent:
    """Write one line, in the caller's transaction. ``by`` is None for what the product does by itself."""
    return AuditEvent.objects.create(
        account_id=account.pk if account else None,
        at=at,
        by_id=by.pk if by else None,
        by_name=by.email if by else "smsadmin",
        verb=verb,
        object_type=object_type,
        object_id=str(object_id),
        facts=facts,
    )
