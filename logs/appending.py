"""Adding to messages that are there: what was said of them later, folded, counted and written set-based.

Receipts, status queries and dispatch all write through `append`, thousands of events of many accounts at once, in the
caller's transaction. New messages come in through logs.recording.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from logs import rollups
from logs.copying import NULL, copy, flag, moment, number, text
from logs.drafts import Said, receipt_moment, sent_moment
from logs.models import EventSource
from logs.recording import EVENT_COLUMNS, FOLD_COLUMNS, earliest, event_line, latest
from logs.statuses import Event, Folded, Outcome, Stage, State, fold
from logs.statuses.parts import Told, fold_told
from smsadmin.arrays import array

Key = tuple[int, int]  # account and message: its UUID as a number, which is hashed ten times faster


class Addition(NamedTuple):
    """One event for one message. A provider account and its id for the message, and what it cost, are set on the
    message where they are given: the ids where it has none yet or where a later attempt was accepted, of prices the
    highest."""

    account_id: int
    message_id: UUID
    said: Said
    provider_account_id: int | None = None
    provider_message_id: str = ""
    price: Decimal | None = None
    currency: str = ""


class Change(NamedTuple):
    """A message that was told something new, though its state may be as before. ``since``: when what its state stands
    on happened. ``table`` and ``raw_error`` are that event's, where it is one of the new."""

    account_id: int
    message_id: UUID
    phone: str
    before: State
    after: State
    soft: bool
    since: datetime
    table: str = ""
    raw_error: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """``unknown``: messages that are not there; nothing of them was written."""

    changes: list[Change] = field(default_factory=list)
    unknown: set[tuple[int, UUID]] = field(default_factory=set)


class Row(NamedTuple):
    """A message as it was before. Named and ordered as SELECTED."""

    account_id: int
    id: UUID
    phone: str
    requested_at: datetime
    source: int | None
    kind: int
    template_id: int | None
    provider_account_id: int | None
    provider_message_id: str
    price: Decimal | None
    currency: str
    sent_at: datetime | None
    receipt_at: datetime | None
    folded: Folded


FIELDS = (
    "account_id", "id", "phone", "source", "kind", "template_id", "provider_account_id", "provider_message_id", "price",
    "currency", "stage", "outcome", "reason", "number_valid", "retry", "soft", "conflict", "state_event_id",
    "state_stage",
)  # fmt: skip
TIMES = ("requested_at", "sent_at", "receipt_at", "state_at", "state_received_at")
# As seconds: Django's own reading of a timestamp takes ten times as long. A double holds the microseconds of our age.
SELECTED = ", ".join([f"m.{name}" for name in FIELDS] + [f"extract(epoch FROM m.{name})::float8" for name in TIMES])


def row_of(values: Sequence[Any]) -> Row:
    (
        account, pk, phone, source, kind, template, provider, name, price, currency,
        stage, outcome, reason, valid, retry, soft, conflict, winner, winner_stage, *times,
    ) = values  # fmt: skip
    requested, sent, receipt, occurred, received = times
    state = State.stored(stage, outcome, reason, valid, retry)
    folded = Folded(state, soft, time_of(occurred), moment_of(received), winner, conflict, Stage.stored(winner_stage))
    return Row(
        account, pk, phone, moment_of(requested), source, kind, template, provider, name, price, currency,
        time_of(sent), time_of(receipt), folded,
    )  # fmt: skip


def moment_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def time_of(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


UPDATED = {
    "account_id": "bigint",
    "id": "uuid",
    **FOLD_COLUMNS,
    "sent_at": "timestamptz",
    "receipt_at": "timestamptz",
    "provider_account_id": "bigint",
    "provider_message_id": "text",
    "price": "numeric",
    "currency": "text",
}


def append(additions: Sequence[Addition], *, at: datetime) -> Appended:
    """Add the events at the moment ``at``; what is known already adds nothing. A few thousand at a time."""
    if not additions:
        return Appended()
    keys = [key_of(one) for one in additions]
    with nested_loops():
        rows = locked(additions)
        unknown = {
            (one.account_id, one.message_id) for one, key in zip(additions, keys, strict=True) if key not in rows
        }
        asked = [
            (key, one)
            for key, one in zip(keys, additions, strict=True)
            if key in rows and not only_repeats(one.said, rows[key])
        ]
        news = told_to(asked, inserted(one for _key, one in asked))
        folded = {key: after(rows[key], told) for key, told in news.items() if not speak_of_parts(told)}
        folded |= folded_with_parts([rows[key] for key in news if key not in folded])
        return Appended(written(rows, news, folded, at), unknown)


def key_of(addition: Addition) -> Key:
    return addition.account_id, addition.message_id.int


@contextmanager
def nested_loops() -> Iterator[None]:
    """Look rows up by index, one by one, in the caller's transaction: a misjudged batch would read whole months."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        yield
        cursor.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")


def locked(additions: Iterable[Addition]) -> dict[Key, Row]:
    """The messages, locked in the order of ids so that two writers never wait in a circle."""
    wanted = {key_of(one): one for one in additions}.values()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {SELECTED} FROM unnest(%s::bigint[], %s::uuid[]) AS k (account_id, id) "
            "JOIN message m ON m.id = k.id AND m.account_id = k.account_id "
            "ORDER BY m.id, m.account_id FOR UPDATE OF m",
            [array(str(one.account_id) for one in wanted), array(one.message_id.hex for one in wanted)],
        )
        rows = map(row_of, cursor.fetchall())
        return {(row.account_id, row.id.int): row for row in rows}


def only_repeats(said: Said, row: Row) -> bool:
    """Whether a status query was answered with what the row says already."""
    if said.source != EventSource.POLL or said.parts > 1:
        return False
    before = row.folded
    then = fold([said.event], before)
    same = (then.state, then.soft, then.conflict) == (before.state, before.soft, before.conflict)
    return same and said.state.outcome in (before.state.outcome, Outcome.PENDING)


def inserted(additions: Iterable[Addition]) -> set[tuple[int, int, int]]:
    """Insert the events that are new; returns account, message and event of each."""
    columns = ", ".join(EVENT_COLUMNS)
    lines = [event_line(one.account_id, one.message_id, one.said) for one in additions]
    if not lines:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS incoming_event (LIKE status_event INCLUDING DEFAULTS) "
            "ON COMMIT DELETE ROWS"
        )
        copy("incoming_event", EVENT_COLUMNS, lines)
        cursor.execute(
            f"""
            WITH emptied AS (DELETE FROM incoming_event)
            INSERT INTO status_event ({columns}) SELECT {columns} FROM incoming_event
            ON CONFLICT DO NOTHING RETURNING account_id, message_id, id
            """
        )
        return {(account, message.int, event.int) for account, message, event in cursor.fetchall()}


def told_to(asked: Iterable[tuple[Key, Addition]], added: set[tuple[int, int, int]]) -> dict[Key, list[Addition]]:
    """What is new, by message; of an event that came twice in the batch the first, which is the one inserted."""
    news: defaultdict[Key, list[Addition]] = defaultdict(list)
    for key, one in asked:
        identity = (*key, one.said.id.int)
        if identity in added:
            added.discard(identity)
            news[key].append(one)
    return dict(news)


def speak_of_parts(told: Iterable[Addition]) -> bool:
    return any(one.said.parts > 1 for one in told)


def after(row: Row, told: Iterable[Addition]) -> Folded:
    return fold((one.said.event for one in told), row.folded)


def folded_with_parts(rows: Sequence[Row]) -> dict[Key, Folded]:
    """Of messages that have parts: all their events, read back. The answer of the parts can change in every way, so
    that it cannot go on from what was folded before."""
    if not rows:
        return {}
    told: defaultdict[Key, list[Told]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.account_id, e.message_id, e.attempt, e.part, e.parts, e.id, e.occurred_at, e.received_at, "
            "e.soft, e.stage, e.outcome, e.reason, e.number_valid, e.retry "
            "FROM unnest(%s::bigint[], %s::uuid[]) AS k (account_id, id) "
            "JOIN status_event e ON e.message_id = k.id AND e.account_id = k.account_id",
            [array(str(row.account_id) for row in rows), array(row.id.hex for row in rows)],
        )
        for account, message, attempt, part, parts, identity, occurred, received, soft, *state in cursor.fetchall():
            event = Event(identity, State.stored(*state), occurred, received, soft)
            told[account, message.int].append(Told(event, attempt, part, parts))
    return {key: fold_told(events) for key, events in told.items()}


def written(
    rows: Mapping[Key, Row], news: Mapping[Key, Sequence[Addition]], folded: Mapping[Key, Folded], at: datetime
) -> list[Change]:
    """Update the messages, count, and say what changed, in the order of the ids."""
    if not news:
        return []
    counts = rollups.Deltas(account for account, _id in news)
    changes, lines = [], []
    for key, row in rows.items():  # in the order in which they were locked
        if key not in news:
            continue
        told, then, before = news[key], folded[key], row.folded.state
        said = tuple(one.said for one in told)
        sent = earliest(row.sent_at, sent_moment(said))
        receipt = latest(row.receipt_at, receipt_moment(said))
        provider, name = provider_of(row, told)
        counts.move(row, before, then.state, sent, receipt, provider)
        lines.append(changed_line(row, then, sent, receipt, provider, name, *price_of(row, told)))
        since = then.occurred_at or then.received_at
        word = next(((one.provider, one.raw_error) for one in said if one.id == then.event_id), ("", ""))
        changes.append(Change(row.account_id, row.id, row.phone, before, then.state, then.soft, since, *word))
    update(lines, at)
    counts.write()
    return changes


def provider_of(row: Row, told: Iterable[Addition]) -> tuple[int | None, str]:
    """Provider account and its id: of the latest attempt that was accepted, by its first part; else as they were,
    filled up."""
    account, identity = row.provider_account_id, row.provider_message_id
    accepted = [one for one in told if is_acceptance(one)]
    if accepted:
        taken = max(accepted, key=lambda one: one.said.attempt)
        return taken.provider_account_id, taken.provider_message_id or identity
    for one in sorted(told, key=lambda one: (one.said.attempt, one.said.part, one.said.id)):
        if account in (None, one.provider_account_id):
            account = account or one.provider_account_id
            identity = identity or (one.provider_message_id if one.said.part == 1 else "")
    return account, identity


def is_acceptance(addition: Addition) -> bool:
    """Whether it is a provider's answer that it took the message, or its first part."""
    said = addition.said
    return (
        addition.provider_account_id is not None
        and said.source == EventSource.SUBMIT
        and said.part == 1
        and said.state.stage >= Stage.PROVIDER_ACCEPTED
        and not said.state.outcome.is_negative
    )


def price_of(row: Row, told: Iterable[Addition]) -> tuple[Decimal | None, str]:
    """The highest: a provider that corrects a price does so upwards, and the order must not matter."""
    prices = [(one.price, one.currency) for one in told if one.price is not None and one.currency]
    if row.price is not None:
        prices.append((row.price, row.currency))
    return max(prices, default=(None, ""))


def changed_line(
    row: Row,
    then: Folded,
    sent: datetime | None,
    receipt: datetime | None,
    provider: int | None,
    name: str,
    price: Decimal | None,
    currency: str,
) -> str:
    """A row of UPDATED for COPY."""
    state = then.state
    return (
        f"{row.account_id}\t{row.id.int:032x}\t{number(state.status)}\t{number(state.stage)}\t{number(state.outcome)}\t"
        f"{number(state.reason)}\t{number(state.number_valid)}\t{flag(state.retry)}\t{flag(then.soft)}\t"
        f"{flag(then.conflict)}\t{moment(then.occurred_at)}\t{then.received_at.isoformat()}\t"
        f"{then.event_id.int:032x}\t{number(then.winner_stage)}\t{moment(sent)}\t{moment(receipt)}\t{number(provider)}\t"
        f"{text(name)}\t{NULL if price is None else price}\t{text(currency)}\n"
    )


def update(lines: Iterable[str], at: datetime) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in UPDATED.items())
    assignments = ", ".join(f"{name} = c.{name}" for name in UPDATED if name not in ("account_id", "id"))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS changed_message ({columns}) ON COMMIT DELETE ROWS")
        copy("changed_message", list(UPDATED), lines)
        cursor.execute(
            "WITH emptied AS (DELETE FROM changed_message) "
            f"UPDATE message m SET updated_at = %s, {assignments} FROM changed_message c "
            "WHERE m.account_id = c.account_id AND m.id = c.id",
            [at],
        )
