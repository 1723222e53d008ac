"""Keeping the current status what the ledger says. Called by consent.ledger alone, under the locks of the chains."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from consent import totals
from consent.models import ConsentEvent, ConsentStatus
from consent.replay import Standing, status_after
from consent.vocabulary import Purpose, Status
from smsadmin.accounts.models import Account

Key = tuple[str, int]  # number and purpose
Keyed = Mapping[Key, Sequence[ConsentEvent]]
COLUMNS = {
    "phone": "text", "purpose": "smallint", "status": "smallint", "since": "timestamptz", "source": "smallint",
    "event_id": "uuid", "last_at": "timestamptz",
}  # fmt: skip


def update(account: Account, rows: Iterable[ConsentEvent], new: Collection[str], at: datetime) -> None:
    """Restate what these events, just added, may have changed. ``new`` are the numbers without any event before."""
    added = by_key(rows)
    known = {phone for phone, _purpose in added} - set(new)
    before = {(row.phone, row.purpose): row for row in statuses(account, known)}
    # What happened later than all that is known moves the status on; else the history must be read again.
    late = {key[0] for key, events in added.items() if key[0] in known and is_late(events, before.get(key))}
    histories = by_key(history(account, late))
    restated = (restate(key, events, before.get(key), histories.get(key)) for key, events in added.items())
    write(account, [values for values in restated if values], before, at)


def by_key(rows: Iterable[ConsentEvent]) -> dict[Key, list[ConsentEvent]]:
    """An event for all purposes counts for each of them."""
    keyed: defaultdict[Key, list[ConsentEvent]] = defaultdict(list)
    for row in rows:
        for purpose in Purpose.values if row.purpose is None else [row.purpose]:
            keyed[row.phone, purpose].append(row)
    return keyed


def is_late(events: Iterable[ConsentEvent], status: ConsentStatus | None) -> bool:
    return status is None or min(event.at for event in events) <= status.last_at


def restate(
    key: Key, added: Sequence[ConsentEvent], status: ConsentStatus | None, whole: Sequence[ConsentEvent] | None
) -> tuple[Any, ...] | None:
    """The values of COLUMNS; None where nothing is known even now."""
    before = None
    if status is not None and whole is None:
        before = Standing(Status(status.status), status.since, status.source, status.event_id)
    events = whole or added
    after = status_after(events, before)
    if after is None:
        return None
    last_at = max(event.at for event in events)
    return (*key, after.status.value, after.since, int(after.source), after.event_id, last_at)


def statuses(account: Account, phones: Collection[str]) -> Iterable[ConsentStatus]:
    if not phones:
        return ()
    rows = ConsentStatus.objects.filter(account=account)
    return rows.extra(where=["phone = ANY(%s)"], params=[list(phones)])


def history(account: Account, phones: Collection[str]) -> Iterable[ConsentEvent]:
    """All that is recorded of these numbers, in order."""
    if not phones:
        return ()
    rows = ConsentEvent.objects.filter(account=account).extra(where=["phone = ANY(%s)"], params=[list(phones)])
    return rows.only("phone", "purpose", "event", "source", "at", "sequence").order_by("phone", "sequence")


def write(
    account: Account, values: Sequence[tuple[Any, ...]], before: Mapping[Key, ConsentStatus], at: datetime
) -> None:
    """The rows, and in the same breath what they change in the totals."""
    if not values:
        return
    names = ", ".join(COLUMNS)
    arrays = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
    kept = ("phone", "purpose")
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH written AS (INSERT INTO consent_total (account_id, purpose, status, day, n, squashed) "
            "SELECT %s, *, false FROM unnest(%s::smallint[], %s::smallint[], %s::date[], %s::bigint[])) "
            f"INSERT INTO consent_status (account_id, updated_at, {names}) "
            f"SELECT %s, %s, * FROM unnest({arrays}) "
            f"ON CONFLICT (account_id, phone, purpose) DO UPDATE SET updated_at = excluded.updated_at, {changes}",
            [account.pk, *counted(account, values, before, at), account.pk, at, *map(list, zip(*values, strict=True))],
        )


def counted(
    account: Account, values: Iterable[tuple[Any, ...]], before: Mapping[Key, ConsentStatus], at: datetime
) -> tuple[list[Any], ...]:
    """Purposes, statuses, days and by how many each total changes. A number leaves the status it had on the day on
    which it came to the next one; where we learn late that it had come there before, as if it had never been there."""
    changed: Counter[tuple[int, int, date | None]] = Counter()
    for phone, purpose, status, since, *_rest in values:
        if old := before.get((phone, purpose)):
            changed[purpose, old.status, totals.day_of(max(old.since, since), account, at)] -= 1
        changed[purpose, status, totals.day_of(since, account, at)] += 1
    moved = [(*key, n) for key, n in changed.items() if n]
    return tuple([row[column] for row in moved] for column in range(4))
