"""Time-ordered ids (RFC 9562, UUID version 7): the first 48 bits are milliseconds since 1970, so newest-first is
``ORDER BY id DESC``.

The application makes them itself, from the moment that a row speaks of (``requested_at``), because PostgreSQL has
``uuidv7()`` only from
version 18 on and because imported rows are older than their insertion.
"""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
VERSION_7 = 0x7 << 76
VARIANT = 0b10 << 62


def make(at: datetime, entropy: bytes | None = None) -> UUID:
    """An id for the aware moment ``at``; ``entropy`` (10 bytes or more) makes it reproducible."""
    noise = int.from_bytes((entropy or os.urandom(10))[:10], "big")
    rand_a, rand_b = noise >> 68, noise & (1 << 62) - 1
    return UUID(int=milliseconds(at) << 80 | VERSION_7 | rand_a << 64 | VARIANT | rand_b)


def derive(at: datetime, *parts: str) -> UUID:
    """The same id for the same moment and parts, every time: how an import recognises a row that it has seen."""
    return make(at, hashlib.sha256("\x1f".join(parts).encode()).digest())


def floor(at: datetime) -> UUID:
    """The lowest value at ``at``: a period [a, b) is ``floor(a) <= id < floor(b)``. Not itself a valid id.

    A moment before 1970 is before every id.
    """
    return UUID(int=milliseconds(max(at, EPOCH)) << 80)


def moment(key: UUID) -> datetime:
    """The millisecond that an id was made from."""
    return EPOCH + (key.int >> 80) * MILLISECOND


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down. Raises ValueError for moments that an id cannot hold."""
    value = (at - EPOCH) // MILLISECOND
    if not 0 <= value < 1 << 48:
        raise ValueError(f"{at} is outside of what a version 7 id can hold")
    return value
