"""How a number is known again after its person was forgotten: by a keyed hash, which nobody can undo without the
key."""

import hmac
from collections.abc import Collection

from django.conf import settings

from smsadmin.signing import derived

PURPOSE = b"forgotten numbers"


def key_of(account_id: int, phone: str) -> bytes:
    """HMAC-SHA256 of the number, of each account its own, under a key that follows from SECRET_KEY."""
    return hashed(settings.SECRET_KEY, account_id, phone)


def keys_of(account_id: int, phones: Collection[str]) -> dict[bytes, str]:
    """Hash → number, also under the secrets that came before (SECRET_KEY_FALLBACKS)."""
    secrets = (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))
    return {hashed(secret, account_id, phone): phone for secret in secrets for phone in phones}


def hashed(secret: str, account_id: int, phone: str) -> bytes:
    return hmac.digest(derived(PURPOSE, secret), f"{account_id} {phone}".encode(), "sha256")
