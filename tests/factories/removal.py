"""Numbers that rest, and what accounts ask about them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from blocklist import entries, requests
from blocklist.entries import Failure
from blocklist.models import BlockEntry, RemovalRequest
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_account, make_user
from tests.factories.members import make_member

PHONE = "+447700900142"
EMPTY = 500  # global, 30 days


def make_failure(account: Account, code: int = EMPTY, phone: str = PHONE, at: datetime | None = None) -> BlockEntry:
    """The number's open entry after one more failure, an hour ago unless told otherwise."""
    at = at or datetime.now(UTC) - timedelta(hours=1)
    entries.record_failures([Failure(account.pk, phone, code, uuid4(), at)], at=at)
    return BlockEntry.objects.filter(phone=phone, ended_at=None).latest("pk")


def make_request(account: Account, phone: str = PHONE, **fields: Any) -> RemovalRequest:
    """An open request about a global entry that some other account caused, on a number of a member of this one."""
    make_member(account, phone=phone)
    entry = make_failure(make_account(), phone=phone)
    return requests.file(
        **{
            "account": account,
            "entry": entry,
            "statement": "She called us from it.",
            "by": make_user("support", account),
            "at": datetime.now(UTC),
            **fields,
        }
    )
