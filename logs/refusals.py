"""Callbacks that are turned away: counted all, and the first of every minute kept, cut short, for diagnosis."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from logs.models import RefusedCallback
from logs.providers.reading import decoded

KEPT = 50  # rows a minute for each address, in each of the (two) web processes
CUT = 4_000  # characters of the request
WINDOW = 60.0  # seconds


@dataclass(slots=True)
class Pace:
    """Of one process: how many rows were kept in this minute, and what is still to be counted."""

    since: float = 0.0
    kept: Counter[int | None] = field(default_factory=Counter)
    uncounted: Counter[tuple[int, int]] = field(default_factory=Counter)
    counted_at: float = 0.0

    def may_keep(self, provider_account: int | None) -> bool:
        now = time.monotonic()
        if now - self.since > WINDOW:
            self.since, self.kept = now, Counter()
        self.kept[provider_account] += 1
        return self.kept[provider_account] <= KEPT


_pace = Pace()


def refuse(
    *,
    status: int,
    why: str,
    provider: str,
    account_id: int | None,
    provider_account_id: int | None,
    request: bytes,
    remote_address: str,
    at: datetime,
) -> None:
    """Note that a callback was answered with ``status``. ``why`` in English. Whoever sends thousands costs little."""
    keeping = _pace.may_keep(provider_account_id)
    if account_id is not None and provider_account_id is not None:
        _pace.uncounted[account_id, provider_account_id] += 1
        if keeping or time.monotonic() - _pace.counted_at > 1:
            count(at)
    if keeping:
        RefusedCallback.objects.create(
            account_id=account_id,
            provider_account_id=provider_account_id,
            provider=provider[:32],
            at=at,
            status=status,
            why=why,
            remote_address=remote_address[:45],
            request=decoded(request[:CUT]),
        )


def count(at: datetime) -> None:
    waiting, _pace.uncounted = _pace.uncounted, Counter()
    _pace.counted_at = time.monotonic()
    with connection.cursor() as cursor:
        for (account, provider_account), refused in sorted(waiting.items()):
            cursor.execute(
                "INSERT INTO logs_providerhealth (provider_account_id, account_id, free_at, faults, last_error, "
                "refused) VALUES (%s, %s, %s, 0, '', %s) ON CONFLICT (provider_account_id) "
                "DO UPDATE SET refused = logs_providerhealth.refused + excluded.refused",
                [provider_account, account, at, refused],
            )


def forget(*, before: datetime) -> None:
    RefusedCallback.objects.filter(at__lt=before).delete()
