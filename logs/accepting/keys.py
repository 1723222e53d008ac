"""Idempotency keys: a request that comes twice, also at the same moment, makes one message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from smsadmin.accounts.models import Account

NOBODY = 0  # the holder of keys that come from a page


class Kept(NamedTuple):
    """What a key was first used for."""

    message_id: UUID
    digest: str


CLAIM = """
    INSERT INTO idempotency_key (account_id, sms_user_id, key, message_id, digest, created_at)
    SELECT %s, %s, k.key, k.message_id, k.digest, %s
    FROM unnest(%s::text[], %s::uuid[], %s::text[]) AS k (key, message_id, digest) ORDER BY k.key COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING key
"""
KNOWN = """
    SELECT key, message_id, digest FROM idempotency_key
    WHERE account_id = %s AND sms_user_id = %s AND key = ANY(%s)
"""


def known(*, account: Account, sms_user_id: int, keys: Collection[str]) -> dict[str, Kept]:
    """Those that were claimed before, with what for."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [account.pk, sms_user_id, sorted(keys)])
        return {key: Kept(message_id, digest) for key, message_id, digest in cursor.fetchall()}


def claim(*, account: Account, sms_user_id: int, wanted: Mapping[str, Kept], at: datetime) -> dict[str, Kept]:
    """Claim the keys for these messages; returns those that were claimed before, with what for.

    In the order of the keys, so that two batches never wait in a circle. A key that another request is claiming at
    this moment is waited for: it is either its then, or ours where that one fails.
    """
    if not wanted:
        return {}
    values = sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            [
                account.pk,
                sms_user_id,
                at,
                values,
                [wanted[key].message_id for key in values],
                [wanted[key].digest for key in values],
            ],
        )
        taken = {key for (key,) in cursor.fetchall()}
    return known(account=account, sms_user_id=sms_user_id, keys=wanted.keys() - taken)
