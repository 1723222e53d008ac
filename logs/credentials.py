"""The secrets of provider accounts: encrypted in the database, never shown again, never logged.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec) under CREDENTIALS_KEYS, or under a key that
follows from SECRET_KEY.
"""

import base64
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from logs.models import ProviderAccount
from logs.providers.base import Contract
from smsadmin.signing import derived


class Unreadable(Exception):
    """The secrets were encrypted under a key that is gone: they must be entered again."""


def seal(secrets: Mapping[str, str]) -> str:
    """What to store in ``ProviderAccount.secrets``."""
    return _box().encrypt(json.dumps(dict(secrets)).encode()).decode() if secrets else ""


def unseal(sealed: str) -> dict[str, str]:
    """Raises Unreadable."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken:
        raise Unreadable from None
    return opened


def contract_of(account: ProviderAccount) -> Contract:
    """The provider account as its adapter sees it. Raises Unreadable."""
    return Contract(
        options=account.options,
        secrets=unseal(account.secrets),
        hook_url=hook_url(account),
        hook_secret=derived(b"hook " + account.hook_token.encode()),
    )


def hook_url(account: ProviderAccount) -> str:
    """The address that the provider calls back, without a slash at its end."""
    return f"{settings.PUBLIC_URL}/hooks/{account.provider}/{account.hook_token}"


def _box() -> MultiFernet:
    keys = settings.CREDENTIALS_KEYS or [base64.urlsafe_b64encode(derived(b"credentials")).decode()]
    return MultiFernet([Fernet(key) for key in keys])
