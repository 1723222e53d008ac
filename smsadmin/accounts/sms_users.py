"""Keys of SMS_USERs: shown once, kept as a digest only. Taking them away: smsadmin.accounts.sms_user_changes."""

from __future__ import annotations

import hashlib
import secrets
import string
from datetime import datetime

from django.db import transaction

from smsadmin.accounts import audit
from smsadmin.accounts.models import SmsUser, User

PREFIX = "sms_"  # so that scanners recognise a key that went where it should not
LENGTH = 40  # of 62 letters and digits: 238 bits, which need no slow hash
LETTERS = string.ascii_letters + string.digits
HINT = 4


@transaction.atomic
def make_key(*, sms_user: SmsUser, by: User | None, at: datetime) -> str:
    """A new key, which replaces the one before. The answer is the only place where it can be read."""
    key = PREFIX + "".join(secrets.choice(LETTERS) for _place in range(LENGTH))
    found = SmsUser.objects.select_for_update().get(account_id=sms_user.account_id, pk=sms_user.pk)
    replaced = bool(found.key_digest)
    found.key_digest, found.key_hint, found.key_made_at = digest(key), key[-HINT:], at
    found.save(update_fields=["key_digest", "key_hint", "key_made_at"])
    audit.record(
        account=found.account,
        by=by,
        at=at,
        verb="sms_user.key_made",
        object_type="sms_user",
        object_id=found.pk,
        name=found.name,
        hint=found.key_hint,
        replaced=replaced,
    )
    return key


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def of_key(key: str) -> SmsUser | None:
    """Who has this key and may submit, with the account; None for a key that opens nothing."""
    if not key.startswith(PREFIX) or len(key) != len(PREFIX) + LENGTH:
        return None
    return SmsUser.objects.select_related("account").filter(key_digest=digest(key), enabled=True).first()
