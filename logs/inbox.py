"""The inbox of callbacks: stored as they come, read afterwards in batches.

A row leaves the inbox in the transaction that writes what it says, so that a worker killed at any line loses nothing
and writes nothing twice. A row that cannot be read or written fails alone, and is set aside after five tries.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from logs import hook_doors, receipts, replies
from logs.dispatching import turns
from logs.hook_doors import Door
from logs.models import Callback, EventSource
from logs.orphans import Receipt
from logs.providers.base import Incoming
from logs.providers.events import Heard
from logs.replies import Received
from smsadmin.accounts import audit
from smsadmin.accounts.models import User

TRIES = 5
BATCH = 4_000
LANES = 2  # processes at a time: while the database writes one's batch, the other reads the next
HEARD_EVERY = timedelta(seconds=5)
LONGEST_PATH = 200
COLUMNS = (
    "id", "account_id", "provider_account_id", "signed", "method", "path", "query", "content_type",
    "headers", "body", "tries",
)  # fmt: skip


class Row(NamedTuple):
    """A callback as it was claimed; COLUMNS, and when it came."""

    id: int
    account_id: int
    provider_account_id: int
    signed: int
    method: str
    path: str
    query: bytes
    content_type: str
    headers: str
    body: bytes
    tries: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Drained:
    """How many callbacks were claimed, how many of them failed, and the id of the last."""

    taken: int = 0
    failed: int = 0
    last: int = 0

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(self.taken + other.taken, self.failed + other.failed, max(self.last, other.last))


def accept(*, door: Door, incoming: Incoming, content_type: str, signed: bool, at: datetime) -> None:
    """Store a genuine callback: one INSERT. It must be committed before the provider is answered."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox (account_id, provider_account_id, received_at, signed, method, path, query, "
            "content_type, headers, body, tries, error) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')",
            [
                door.account_id, door.provider_account_id, at, int(signed), incoming.method, incoming.path,
                incoming.query, content_type[:200], json.dumps(door.adapter.kept_headers(incoming)), incoming.body,
            ],
        )  # fmt: skip


# ---- draining


def work() -> None:
    """Drain, and look for the messages of orphans, if a lane is free. More workers than lanes would only be in each
    other's way, and in the way of sending."""
    with turns.taken("drain", LANES) as ours:
        if ours:
            drain_all(now=timezone.now)
            receipts.match_orphans(at=timezone.now())


def drain_all(*, now: Callable[[], datetime], budget: timedelta = timedelta(seconds=20), limit: int = BATCH) -> Drained:
    """Drain until nothing waits or the time is over. What failed is tried again in the next call, not in this one."""
    until, total = now() + budget, Drained()
    with without_collecting():
        while True:
            done = drain(at=now(), limit=limit, after=total.last)
            total += done
            if done.taken < limit or now() >= until:
                return total


@contextmanager
def without_collecting() -> Iterator[None]:
    """A batch makes a hundred thousand objects and hardly a circle of them: to look for circles all the time would
    cost a quarter of Python's share."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def drain(*, at: datetime, limit: int = BATCH, after: int = 0) -> Drained:
    """Take the oldest callbacks (with an id above ``after``) and write what they say, in one transaction."""
    rows: list[Row] = []
    try:
        with transaction.atomic():
            rows += claim(limit, after)
            failed = write(rows, at)
    except Exception as error:
        if passes(error) or not rows:
            raise
        failed = write_apart([row.id for row in rows], at)
    if not rows:
        return Drained()
    note_heard(rows, at)
    return Drained(len(rows), failed, max(row.id for row in rows))


def claim(limit: int, after: int) -> list[Row]:
    """Another worker takes others."""
    return claimed("id > %s ORDER BY id LIMIT %s", [after, limit])


def claimed(condition: str, values: list[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM inbox WHERE id = ANY(ARRAY(SELECT id FROM inbox WHERE set_aside_at IS NULL AND {condition} "
            f"FOR UPDATE SKIP LOCKED)) RETURNING {', '.join(COLUMNS)}, extract(epoch FROM received_at)::float8",
            values,
        )
        rows = [Row._make((*row[:-1], datetime.fromtimestamp(row[-1], UTC))) for row in cursor.fetchall()]
        return sorted(rows, key=lambda row: row.id)


def write(rows: Sequence[Row], at: datetime) -> int:
    """Write what they say; those that cannot be read go back. Returns how many did."""
    doors = hook_doors.of({row.provider_account_id for row in rows})
    heard: list[Receipt] = []
    received: list[Received] = []
    bad: list[tuple[Row, Exception]] = []
    for row in rows:
        try:
            said = read(row, doors.get(row.provider_account_id))
        except Exception as error:
            bad.append((row, error))
            continue
        of = (row.account_id, row.provider_account_id)
        for one in said:
            if isinstance(one, Heard):
                heard.append(Receipt(*of, one, EventSource.WEBHOOK, row.signed, row.received_at))
            else:
                received.append(Received(*of, one, row.signed, row.received_at))
    receipts.take(heard, at=at)
    replies.receive(received, at=at)
    put_back(bad, at)
    return len(bad)


class NoDoor(Exception):
    """The provider account is gone, or its secrets cannot be read."""


def read(row: Row, door: Door | None) -> Sequence[Any]:
    """What its adapter makes of it. Raises whatever an adapter can, and NoDoor."""
    if door is None or door.contract is None or door.account_id != row.account_id:
        raise NoDoor("the provider account is gone, or its secrets must be entered again")
    return tuple(door.adapter.read(incoming_of(row, door.contract.hook_url), door.contract))


def incoming_of(row: Row, hook_url: str) -> Incoming:
    url = hook_url + (f"/{row.path}" if row.path else "")
    if row.query:
        url += "?" + row.query.decode("latin-1")
    return Incoming(row.method, url, row.path, bytes(row.query), json.loads(row.headers), bytes(row.body))


def put_back(bad: Iterable[tuple[Row, Exception]], at: datetime) -> None:
    rows = [
        Callback(
            **{**row._asdict(), "headers": json.loads(row.headers), "tries": row.tries + 1},
            error=told(error),
            set_aside_at=at if row.tries + 1 >= TRIES else None,
        )
        for row, error in bad
    ]
    if rows:
        Callback.objects.bulk_create(rows)


def write_apart(ids: Sequence[int], at: datetime) -> int:
    """Halve a batch that fails until what fails stands alone. Returns how many failed."""
    failed = 0
    halves = [ids] if len(ids) == 1 else [ids[: len(ids) // 2], ids[len(ids) // 2 :]]
    for half in halves:
        try:
            with transaction.atomic():
                failed += write(claimed("id = ANY(%s)", [list(half)]), at)
        except Exception as error:
            if passes(error):
                raise
            if len(half) == 1:
                note_failure(half[0], error, at)
                failed += 1
            else:
                failed += write_apart(half, at)
    return failed


def passes(error: Exception) -> bool:
    """Whether it is the database's trouble of the moment (gone, full, two in each other's way) and no row's fault. A
    row may still ask for more than PostgreSQL can (SQLSTATE class 54)."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return not state.startswith("54")


def note_failure(pk: int, error: Exception, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox SET tries = tries + 1, error = %s, "
            "set_aside_at = CASE WHEN tries + 1 >= %s THEN %s::timestamptz END WHERE id = %s",
            [told(error), TRIES, at, pk],
        )


def told(error: Exception) -> str:
    kind = type(error).__name__
    text = str(error) if not isinstance(error, DatabaseError) else str(error).partition("\n")[0]
    return f"{kind}: {text}".replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:2000]


def note_heard(rows: Iterable[Row], at: datetime) -> None:
    """By itself and seldom: dispatch changes the same rows with every batch that it sends."""
    keys = sorted({(row.provider_account_id, row.account_id) for row in rows})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO logs_providerhealth (provider_account_id, account_id, free_at, faults, last_error, refused, "
            "last_heard_at) SELECT p, a, %s, 0, '', 0, %s FROM unnest(%s::bigint[], %s::bigint[]) AS k (p, a) "
            "ON CONFLICT (provider_account_id) DO UPDATE SET last_heard_at = excluded.last_heard_at "
            "WHERE coalesce(logs_providerhealth.last_heard_at, '-infinity') < %s",
            [at, at, [p for p, _a in keys], [a for _p, a in keys], at - HEARD_EVERY],
        )


# ---- set aside


@transaction.atomic
def retry(*, callback: Callback, by: User | None, at: datetime) -> None:
    """Let it be read again, five times more."""
    again = Callback.objects.filter(pk=callback.pk, account=callback.account_id, set_aside_at__isnull=False)
    if again.update(set_aside_at=None, tries=0, error=""):
        note(callback, by, at, "callback.retried")


@transaction.atomic
def discard(*, callback: Callback, by: User | None, at: datetime) -> None:
    """Throw away what nobody can read."""
    gone = Callback.objects.filter(pk=callback.pk, account=callback.account_id, set_aside_at__isnull=False)
    if gone.delete()[0]:
        note(callback, by, at, "callback.discarded", error=callback.error)


def note(callback: Callback, by: User | None, at: datetime, verb: str, **facts: Any) -> None:
    audit.record(
        account=callback.account,
        by=by,
        at=at,
        verb=verb,
        object_type="callback",
        object_id=callback.pk,
        provider_account=callback.provider_account_id,
        received_at=callback.received_at.isoformat(),
        **facts,
    )
