"""The short address in a message by which its reader unsubscribes: PUBLIC_URL/u/<token>/.

The token is base32 (RFC 4648, lower case, no padding) of the row's id, 4 bytes or, from 2^32 on, 9, and of 6 bytes of
HMAC-SHA256: 16 or 24 letters without one to spare, so whoever changes a letter has another token. It tells nothing of
the number, and to guess one takes 2^48 tries at our own door.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from consent.models import UnsubscribeLink
from smsadmin import signing
from smsadmin.accounts.models import Account

PURPOSE = b"unsubscribe link"
SHORT, LONG, SIGNED = 4, 9, 6  # bytes
LENGTHS = {(SHORT + SIGNED) * 8 // 5, (LONG + SIGNED) * 8 // 5}  # letters
MADE = """
    WITH made AS (
        INSERT INTO consent_unsubscribelink (account_id, phone, message_id, made_at)
        SELECT %s, n.phone, n.message_id, %s FROM unnest(%s::text[], %s::uuid[]) AS n (phone, message_id)
        ON CONFLICT (account_id, message_id) DO NOTHING RETURNING message_id, id
    )
    SELECT message_id, id FROM made
    UNION ALL SELECT message_id, id FROM consent_unsubscribelink WHERE account_id = %s AND message_id = ANY(%s)
"""


def address_of(account: Account, phone: str, message_id: UUID, at: datetime) -> str:
    """The address for the message with this id to this number (E.164). The same one whenever it is asked for."""
    return addresses_of(account, [(phone, message_id)], at)[message_id]


def addresses_of(account: Account, messages: Sequence[tuple[str, UUID]], at: datetime) -> dict[UUID, str]:
    """The address of each message, by its id, for any number of (number, message) with one query."""
    if not messages:
        return {}
    phones, ids = [phone for phone, _pk in messages], [pk for _phone, pk in messages]
    with connection.cursor() as cursor:
        cursor.execute(MADE, [account.pk, at, phones, ids, account.pk, ids])
        return {message_id: address(pk) for message_id, pk in cursor.fetchall()}


def address(pk: int) -> str:
    return f"{settings.PUBLIC_URL}/u/{token_of(pk)}/"


def sample() -> str:
    """As long as an address is, and nobody's: to show a text before it is sent."""
    return f"{settings.PUBLIC_URL}/u/{'x' * min(LENGTHS)}/"


def token_of(pk: int) -> str:
    named = pk.to_bytes(SHORT if pk < 1 << 8 * SHORT else LONG, "big")
    return base64.b32encode(named + signing.signature(PURPOSE, named, SIGNED)).decode().lower()


def link_of(token: str) -> UnsubscribeLink | None:
    """The link that the token is of, in any case; None for anything that we did not sign."""
    if len(token) not in LENGTHS or not token.isascii():
        return None
    try:
        read = base64.b32decode(token.upper())
    except binascii.Error:
        return None
    named, signed = read[:-SIGNED], read[-SIGNED:]
    if not signing.is_signature(PURPOSE, named, signed):
        return None
    return UnsubscribeLink.objects.select_related("account").filter(pk=int.from_bytes(named, "big")).first()
