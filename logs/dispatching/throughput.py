"""How many messages may go by a provider account now: a token bucket that holds one second's worth. Pure.

The bucket is one moment, ``free_at``: from when the next message may go. It never lies further back than a second, so
that after a pause at most a second's worth goes at once: in any span of t seconds at most rate × (t + 1).
"""

from __future__ import annotations

from datetime import datetime, timedelta

BURST = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


def allowed(free_at: datetime | None, rate: int, at: datetime) -> int:
    """How many may go now; ``rate`` is messages a second, ``free_at`` None where none has gone yet."""
    idle = at - _begin(free_at, at)
    return max(idle // MICROSECOND * rate // 1_000_000, 0)


def spent(free_at: datetime | None, rate: int, at: datetime, messages: int) -> datetime:
    """The bucket after so many have gone."""
    return _begin(free_at, at) + MICROSECOND * -(-messages * 1_000_000 // rate)


def _begin(free_at: datetime | None, at: datetime) -> datetime:
    return max(free_at, at - BURST) if free_at else at - BURST
