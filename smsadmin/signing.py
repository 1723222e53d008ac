"""Keys for one purpose each, all of which follow from SECRET_KEY, and short signatures made with them."""

import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def derived(purpose: bytes, secret: str = "") -> bytes:
    """32 bytes that follow from SECRET_KEY, or another secret, and the purpose (HKDF with SHA-256, RFC 5869)."""
    return _derived(secret or settings.SECRET_KEY, purpose)


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"smsadmin " + purpose).derive(secret.encode())


def signature(purpose: bytes, message: bytes, n: int) -> bytes:
    """The first ``n`` bytes of the message's HMAC-SHA256 under the purpose's key."""
    return hmac.digest(derived(purpose), message, "sha256")[:n]


def is_signature(purpose: bytes, message: bytes, given: bytes) -> bool:
    """Whether these bytes are its signature, of their length; found in constant time."""
    return hmac.compare_digest(signature(purpose, message, len(given)), given)
