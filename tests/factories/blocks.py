"""Entries of the block list and acts on it, in a line each."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from blocklist import bulk
from blocklist.models import BlockEntry, BlockJob
from smsadmin.accounts.models import Account
from tests.factories.accounts import make_user

numbers = count(100_000)
HOUR = timedelta(hours=1)


def make_entry(account: Account | None, phone: str = "", *, is_global: bool = False, **fields: Any) -> BlockEntry:
    """As the policy writes it, since now and for an hour: this account caused it; None: nobody did."""
    at = fields.pop("at", None) or timezone.now()
    given = {
        "scope": "global" if is_global else "account",
        "account": None if is_global else account,
        "source_account_id": account.pk if account else None,
        "code": 510 if is_global else 550,
        "origin": BlockEntry.Origin.POLICY,
        "intercepted_at": at,
        "seen_at": at,
        "expires_at": at + HOUR,
    }
    return BlockEntry.objects.create(phone=phone or f"+447700{next(numbers)}", **{**given, **fields})


def make_block_job(account: Account, lines: tuple[str, ...] = ("+447700900142",), **fields: Any) -> BlockJob:
    """A list to block that nobody has confirmed yet."""
    by = fields.pop("by", None) or make_user("support", account)
    at = fields.pop("at", None) or timezone.now()
    return bulk.draft_block(account=account, lines=lines, stop=bulk.Stop(None), source="pasted", by=by, at=at)
