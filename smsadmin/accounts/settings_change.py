"""Changing an account's settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from smsadmin.accounts import audit
from smsadmin.accounts.models import Account, User


@transaction.atomic
def change(*, account: Account, values: Mapping[str, Any], by: User, at: datetime) -> dict[str, list[Any]]:
    """Set the given fields; returns and audits what differs as ``{field: [before, after]}``."""
    changes = {
        field: [getattr(account, field), value] for field, value in values.items() if getattr(account, field) != value
    }
    if not changes:
        return changes
    for field, (_before, after) in changes.items():
        setattr(account, field, after)
    account.save(update_fields=list(changes))
    audit.record(
        account=account,
        by=by,
        at=at,
        verb="account.changed",
        object_type="account",
        object_id=account.pk,
        changes=changes,
    )
    return changes
