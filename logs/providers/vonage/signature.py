"""Vonage's signature over the fields of a callback: an MD5 of fields and secret, or an HMAC, in hex.

Sources: package vonage-http-client 1.5.2 (auth.py), Vonage's guide to signing messages, and the vectors in
tests/spec/signature_vectors.json.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from logs.providers.base import same

METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")
_HARMLESS = str.maketrans("&=", "__")


def holds(fields: Mapping[str, str], secret: str, method: str) -> bool:
    """``method``: one of METHODS, as the account is set up and not as the request says."""
    return same(sign(fields, secret, method), fields.get("sig", "").strip().lower())


def sign(fields: Mapping[str, str], secret: str, method: str) -> str:
    """In lower-case hex. Raises ValueError for a method that Vonage does not have."""
    if method not in METHODS:
        raise ValueError(f"{method!r} is none of {METHODS}")
    message = "".join(
        f"&{name}={value.translate(_HARMLESS)}" for name, value in sorted(fields.items()) if name != "sig"
    )
    data = message.encode("utf-8", "replace")
    if method == "md5hash":
        return hashlib.md5(data + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), data, method).hexdigest()
