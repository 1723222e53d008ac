"""The one door into the message log: batches of messages and events, folded, counted and written in one transaction.

Imports, the demo and the sending pipeline all write through `record`. It is set-based (COPY for what is new, one
UPDATE for what changes), safe to
repeat (a message by its id, an event by its dedupe key) and safe beside itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from logs import rollups
from logs.copying import NULL, copy, flag, moment, number, numbers, text
from logs.drafts import Draft, Said, receipt_moment, sent_moment
from logs.models import Message
from logs.statuses import Folded, Stage, fold
from smsadmin import partitions
from smsadmin.accounts.models import Account

TABLES = ("message", "status_event")
ATTEMPTS = 3
LONGEST_BODY = 40_000  # characters: more than the 255 parts of the longest SMS hold, less than the word index takes

MESSAGE_COLUMNS = (
    "id", "account_id", "requested_at", "sent_at", "receipt_at", "updated_at", "member_id", "template_id",
    "sms_user_id", "campaign_id", "provider_account_id", "source", "kind", "status", "stage", "outcome", "reason",
    "number_valid", "retry", "soft", "conflict", "segments", "state_at", "state_received_at", "state_event_id",
    "state_stage", "labels", "price", "currency", "phone", "sender", "reference", "provider_message_id", "body",
)  # fmt: skip
EVENT_COLUMNS = (
    "message_id", "id", "account_id", "occurred_at", "received_at", "source", "stage", "outcome", "reason",
    "number_valid", "retry", "soft", "attempt", "part", "parts", "signed", "provider", "provider_account_id",
    "provider_message_id", "raw_status", "raw_error", "raw_text", "raw",
)  # fmt: skip
FOLD_COLUMNS = {
    "status": "smallint", "stage": "smallint", "outcome": "smallint", "reason": "smallint", "number_valid":
    "smallint", "retry": "boolean", "soft": "boolean", "conflict": "boolean", "state_at": "timestamptz",
    "state_received_at": "timestamptz", "state_event_id": "uuid", "state_stage": "smallint",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many messages were new, changed by new events, and known already in every respect."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


def record(*, account: Account, drafts: Iterable[Draft], at: datetime) -> Recorded:
    """Record the drafts (a few thousand at most) at the moment ``at``. The audit line is the caller's: one for a
    file, not one a batch."""
    batch = merged(drafts)
    if not batch:
        return Recorded()
    for _attempt in range(ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return write(account, batch, at)
        except IntegrityError as error:
            # Another writer recorded one of these ids between our look and our COPY: now it is there to be merged with.
            if not (isinstance(error.__cause__, UniqueViolation) and is_of_a_message(error.__cause__)):
                raise
    with transaction.atomic():
        return write(account, batch, at)


def is_of_a_message(error: UniqueViolation) -> bool:
    """Whether it was a month of the message log that had the row already."""
    return (error.diag.table_name or "").startswith("message_y")


def merged(drafts: Iterable[Draft]) -> dict[UUID, Draft]:
    """One draft an id: a repeat within the batch adds to the first what a repeat in a later batch would.

    In the order of ids: two writers take the same rows in the same order, so that neither waits in a circle.
    """
    batch: dict[UUID, Draft] = {}
    for draft in drafts:
        first = batch.get(draft.id)
        batch[draft.id] = distinct(draft) if first is None else together(first, draft)
    return {pk: batch[pk] for pk in sorted(batch)}


def distinct(draft: Draft) -> Draft:
    """Each event once."""
    said = tuple({said.id: said for said in reversed(draft.said)}.values())[::-1]
    return draft if len(said) == len(draft.said) else replace(draft, said=said)


def together(first: Draft, repeat: Draft) -> Draft:
    return replace(
        distinct(replace(first, said=first.said + repeat.said)),
        sent_at=earliest(sent_of(first), sent_of(repeat)),
        receipt_at=latest(receipt_of(first), receipt_of(repeat)),
    )


def sent_of(draft: Draft) -> datetime | None:
    return draft.sent_at or sent_moment(draft.said)


def receipt_of(draft: Draft) -> datetime | None:
    return draft.receipt_at or receipt_moment(draft.said)


def write(account: Account, batch: dict[UUID, Draft], at: datetime) -> Recorded:
    partitions.ensure(TABLES, {partitions.Month.of(draft.requested_at) for draft in batch.values()})
    known = {row.pk: row for row in known_messages(account, batch)}
    new = [draft for pk, draft in batch.items() if pk not in known]
    counts = rollups.Deltas([account.pk])
    insert(account, new, at, counts)
    changed = merge(account, [(row, batch[row.pk]) for row in known.values()], at, counts)
    counts.write()
    return Recorded(len(new), changed, len(known) - changed)


def known_messages(account: Account, batch: dict[UUID, Draft]) -> Iterable[Message]:
    """Those already there, locked in id order so that two writers cannot wait for each other."""
    ids = list(batch)
    # An array, not an IN list: the database would take longer to parse thousands of values than to look them up.
    given = Message.objects.of(account).extra(where=["message.id = ANY(%s::uuid[])"], params=[ids])
    return given.defer("body").select_for_update().order_by("pk")


def insert(account: Account, drafts: Sequence[Draft], at: datetime, counts: rollups.Deltas) -> None:
    lines = []
    for draft in drafts:
        folded = fold(said.event for said in draft.said)
        sent, receipt = sent_of(draft), receipt_of(draft)
        lines.append(message_line(account.pk, draft, folded, sent, receipt, min(at, last_heard(draft))))
        counts.add(account.pk, draft, folded.state, sent, receipt)
    copy("message", MESSAGE_COLUMNS, lines)
    copy(
        "status_event",
        EVENT_COLUMNS,
        (event_line(account.pk, draft.id, said) for draft in drafts for said in draft.said),
    )


def merge(account: Account, pairs: Sequence[tuple[Message, Draft]], at: datetime, counts: rollups.Deltas) -> int:
    """Add the events that are new to messages that are there; returns how many messages that changed."""
    added = insert_events(account, pairs)
    changes = []
    for message, draft in pairs:
        if message.pk not in added:
            continue
        before = folded_of(message)
        after = fold((said.event for said in draft.said), before)
        sent = earliest(message.sent_at, sent_of(draft))
        receipt = latest(message.receipt_at, receipt_of(draft))
        changes.append((message.pk, *fold_values(after), sent, receipt))
        counts.move(message, before.state, after.state, sent, receipt, message.provider_account_id)
    update(account, changes, at)
    return len(changes)


def insert_events(account: Account, pairs: Sequence[tuple[Message, Draft]]) -> set[UUID]:
    """Insert what is not there; returns the messages that got something."""
    if not pairs:
        return set()
    columns = ", ".join(EVENT_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS incoming_event (LIKE status_event INCLUDING DEFAULTS) "
            "ON COMMIT DELETE ROWS"
        )
        lines = (event_line(account.pk, message.pk, said) for message, draft in pairs for said in draft.said)
        copy("incoming_event", EVENT_COLUMNS, lines)
        cursor.execute(
            f"""
            WITH emptied AS (DELETE FROM incoming_event),
                 added AS (INSERT INTO status_event ({columns})
                           SELECT DISTINCT ON (message_id, id) {columns} FROM incoming_event
                           ON CONFLICT DO NOTHING RETURNING message_id)
            SELECT DISTINCT message_id FROM added
            """
        )
        return {row[0] for row in cursor.fetchall()}


def update(account: Account, changes: Sequence[tuple[Any, ...]], at: datetime) -> None:
    if not changes:
        return
    types = {"id": "uuid", **FOLD_COLUMNS, "sent_at": "timestamptz", "receipt_at": "timestamptz"}
    arrays = ", ".join(f"%s::{kind}[]" for kind in types.values())
    assignments = ", ".join(f"{name} = c.{name}" for name in types if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE message m SET updated_at = %s, {assignments} FROM unnest({arrays}) AS c ({', '.join(types)}) "
            "WHERE m.account_id = %s AND m.id = c.id",
            [at, *map(list, zip(*changes, strict=True)), account.pk],
        )


def message_line(
    account: int, draft: Draft, folded: Folded, sent: datetime | None, receipt: datetime | None, at: datetime
) -> str:
    """A row of MESSAGE_COLUMNS for COPY."""
    state = folded.state
    return (
        f"{draft.id.int:032x}\t{account}\t{draft.requested_at.isoformat()}\t{moment(sent)}\t{moment(receipt)}\t"
        f"{at.isoformat()}\t{number(draft.member_id)}\t{number(draft.template_id)}\t{number(draft.sms_user_id)}\t"
        f"{number(draft.campaign_id)}\t{number(draft.provider_account_id)}\t{number(draft.source)}\t"
        f"{number(draft.kind)}\t{number(state.status)}\t{number(state.stage)}\t{number(state.outcome)}\t"
        f"{number(state.reason)}\t{number(state.number_valid)}\t{flag(state.retry)}\t{flag(folded.soft)}\t"
        f"{flag(folded.conflict)}\t{draft.segments}\t{moment(folded.occurred_at)}\t{folded.received_at.isoformat()}\t"
        f"{folded.event_id.int:032x}\t{number(folded.winner_stage)}\t{numbers(draft.labels)}\t"
        f"{NULL if draft.price is None else draft.price}\t{text(draft.currency)}\t{text(draft.phone)}\t"
        f"{text(draft.sender)}\t{text(draft.reference)}\t{text(draft.provider_message_id)}\t"
        f"{text(draft.body[:LONGEST_BODY])}\n"
    )


def event_line(account: int, message: UUID, said: Said) -> str:
    """A row of EVENT_COLUMNS for COPY."""
    state = said.state
    return (
        f"{message.int:032x}\t{said.id.int:032x}\t{account}\t{moment(said.occurred_at)}\t"
        f"{said.received_at.isoformat()}\t{number(said.source)}\t{number(state.stage)}\t{number(state.outcome)}\t"
        f"{number(state.reason)}\t{number(state.number_valid)}\t{flag(state.retry)}\t{flag(said.soft)}\t"
        f"{said.attempt}\t{said.part}\t{said.parts}\t{number(said.signed)}\t{text(said.provider)}\t"
        f"{number(said.provider_account_id)}\t{text(said.provider_message_id)}\t{text(said.raw_status)}\t{text(said.raw_error)}\t"
        f"{text(said.raw_text)}\t{text(said.raw)}\n"
    )


def fold_values(folded: Folded) -> tuple[Any, ...]:
    """The values of FOLD_COLUMNS."""
    s = folded.state
    return (
        int(s.status), int(s.stage), int(s.outcome), int(s.reason), int(s.number_valid), s.retry, folded.soft,
        folded.conflict, folded.occurred_at, folded.received_at, folded.event_id, int(folded.winner_stage),
    )  # fmt: skip


def folded_of(message: Message) -> Folded:
    """What an earlier fold kept in the message's row."""
    return Folded(
        message.state,
        message.soft,
        message.state_at,
        message.state_received_at,
        message.state_event_id,
        message.conflict,
        Stage.stored(message.state_stage),
    )


def last_heard(draft: Draft) -> datetime:
    """When the latest of its events happened: an old message was last updated then, not when it came into this log."""
    return max(said.occurred_at or said.received_at for said in draft.said)


def earliest(a: datetime | None, b: datetime | None) -> datetime | None:
    return min(filter(None, (a, b)), default=None)


def latest(a: datetime | None, b: datetime | None) -> datetime | None:
    return max(filter(None, (a, b)), default=None)
