"""How the simulator signs what it posts to us: one header for the time, one for the signature. Pure."""

import hashlib
import hmac

TIMESTAMP, SIGNATURE = "x-simulator-timestamp", "x-simulator-signature"
LEEWAY = 300
"""Seconds that a timestamp may differ from the receiver's clock. Each try is signed anew."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over the timestamp (whole seconds since 1970, as text), a full stop and the body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
