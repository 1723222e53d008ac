"""What providers say of messages, by callback or when asked: to the message that each speaks of, or to the orphans.

A provider account can speak of its own account's messages only, whatever ids it names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from logs import failing, orphans
from logs.appending import Addition, Change, append, nested_loops
from logs.drafts import Said
from logs.models import Orphan, QueuedMessage
from logs.orphans import Receipt
from smsadmin import uuid7
from smsadmin.accounts import audit
from smsadmin.accounts.models import User
from smsadmin.arrays import array, texts

__all__ = ["Receipt", "Taken", "dismiss_orphan", "match_orphans", "retry_orphan", "take"]

ORPHANS_AT_ONCE = 1_000
MOST_PARTS = 255
IMPORTED_WITHIN = timedelta(days=30)  # of the request; nobody reports later
NOT_A_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the receipts: the messages that were told something new, and what has no message."""

    changes: list[Change] = field(default_factory=list)
    orphans: list[Receipt] = field(default_factory=list)


class Found(NamedTuple):
    """What is known of a receipt's ids. ``own`` is our reference, where that came back; ``named`` the message of the
    provider's id; ``early``: the answer to the submission is still out, and may say that this id is only of a part."""

    own: UUID | None
    named: UUID | None
    attempt: int
    part: int
    parts: int
    early: bool


def take(items: Sequence[Receipt], *, at: datetime) -> Taken:
    """Add to the log what was heard, set-based, in one transaction (or in the caller's); keep what has no message."""
    if not items:
        return Taken()
    with transaction.atomic():
        taken = told(items, at)
        if taken.orphans:
            orphans.keep(taken.orphans, at=at)
    return taken


def told(items: Sequence[Receipt], at: datetime) -> Taken:
    """As `take`, but leaves to the caller what has no message."""
    found = looked_up(items)
    first = [target_of(item, known) for item, known in zip(items, found, strict=True)]
    done = append([one for one in first if one], at=at)
    unmatched = [
        (item, known)
        for item, known, one in zip(items, found, first, strict=True)
        if one is None or (one.account_id, one.message_id) in done.unknown
    ]
    # Our reference came back and is of no message of this account: perhaps somebody else's, but the id may be ours.
    second = {
        n: addition(item, known.named, known)
        for n, (item, known) in enumerate(unmatched)
        if known.named and not known.early and known.named != known.own
    }
    more = append(list(second.values()), at=at)
    changes = [*done.changes, *more.changes]
    failing.record(changes, at=at)
    lost = [
        item
        for n, (item, known) in enumerate(unmatched)
        if n not in second or (item.account_id, known.named) in more.unknown
    ]
    return Taken(changes, lost)


def looked_up(items: Sequence[Receipt]) -> list[Found]:
    """In one query, in the order of the items."""
    references = [reference_of(item) for item in items]
    with nested_loops(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.message_id, coalesce(r.attempt, s.attempt, q.attempt, 1),
                   coalesce(r.part, 1), coalesce(r.parts, 1),
                   r.message_id IS NULL AND k.named <> '' AND q.step = %s
                   AND (SELECT m.segments > 1 FROM message m
                        WHERE m.id = q.message_id AND m.account_id = q.account_id)
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::uuid[]) WITH ORDINALITY
                 AS k (account_id, provider_account_id, named, reference, n)
            LEFT JOIN provider_ref r ON r.provider_account_id = k.provider_account_id
                 AND r.provider_message_id = k.named AND r.account_id = k.account_id
            LEFT JOIN send_queue q ON q.message_id = k.reference AND q.account_id = k.account_id
            LEFT JOIN status_query s ON s.message_id = k.reference AND s.account_id = k.account_id
                 AND s.provider_account_id = k.provider_account_id
            ORDER BY k.n
            """,
            [
                int(QueuedMessage.Step.SUBMITTING),
                array(str(item.account_id) for item in items),
                array(str(item.provider_account_id) for item in items),
                texts(item.heard.provider_message_id.replace("\0", "\ufffd") for item in items),
                array("NULL" if own is None else own.hex for own in references),
            ],
        )
        return [
            Found(own, named, max(attempt, 1), part, parts, bool(early))
            for own, (named, attempt, part, parts, early) in zip(references, cursor.fetchall(), strict=True)
        ]


def reference_of(item: Receipt) -> UUID | None:
    """Our own id, where that is what came back."""
    try:
        return UUID(item.heard.reference) if item.heard.reference else None
    except ValueError:
        return None


def target_of(item: Receipt, found: Found) -> Addition | None:
    message = found.own or found.named
    return None if message is None or found.early else addition(item, message, found)


def addition(item: Receipt, message: UUID, found: Found) -> Addition:
    heard = item.heard
    # Where the id alone tells the part, the provider does not.
    part, parts = (heard.part, heard.parts) if heard.parts > 1 else (found.part, found.parts)
    parts = min(max(parts, part, 1), MOST_PARTS)
    part = min(max(part, 1), parts)
    said = Said(
        id=heard.id,
        state=heard.state,
        occurred_at=heard.occurred_at,
        received_at=item.received_at,
        source=item.source,
        soft=heard.soft,
        attempt=found.attempt,
        part=part,
        parts=parts,
        signed=item.signed,
        provider=heard.table,
        provider_account_id=item.provider_account_id,
        provider_message_id=heard.provider_message_id,
        raw_status=heard.raw_status,
        raw_error=heard.raw_error,
        raw_text=heard.raw_text,
        raw=heard.raw,
    )
    # Said of an id that is of one part, a price is that part's, and the parts of a text cost alike.
    times = found.parts if heard.parts == 1 else 1
    price = None if heard.price is None else heard.price * times
    return Addition(
        item.account_id,
        message,
        said,
        item.provider_account_id,
        heard.provider_message_id,
        price if heard.currency else None,
        heard.currency[:3],
    )


# ---- orphans


@transaction.atomic
def match_orphans(*, at: datetime, limit: int = ORPHANS_AT_ONCE) -> int:
    """Try the due ones again; returns how many found their message."""
    waiting = orphans.due(at, limit)
    if not waiting:
        return 0
    lost = still_lost(waiting, at)
    ids = {orphan.pk for orphan in lost}
    matched = [orphan for orphan in waiting if orphan.pk not in ids]
    orphans.put_off(lost, at)
    orphans.forget(matched)
    return len(matched)


def still_lost(waiting: Sequence[Orphan], at: datetime) -> list[Orphan]:
    """Those that have no message even now."""
    items = [orphans.unpacked(orphan) for orphan in waiting]
    introduce(items, at)
    ids = {id(item) for item in told(items, at).orphans}
    return [orphan for orphan, item in zip(waiting, items, strict=True) if id(item) in ids]


def introduce(items: Sequence[Receipt], at: datetime) -> None:
    """Note the ids of messages that came another way, with an import: they have the same id at the provider and the
    same number. From now on the id alone finds them."""
    named = [
        (item, "+" + NOT_A_DIGIT.sub("", item.heard.recipient))
        for item in items
        if item.heard.provider_message_id and item.heard.recipient
    ]
    with nested_loops(), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO provider_ref (provider_account_id, provider_message_id, account_id, message_id, attempt, part,
                                      parts, created_at)
            SELECT DISTINCT ON (k.provider_account_id, k.named)
                   k.provider_account_id, k.named, k.account_id, m.id, 1, 1, 1, %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
                 AS k (account_id, provider_account_id, named, phone)
            JOIN message m ON m.account_id = k.account_id AND m.phone = k.phone AND m.provider_message_id = k.named
                 AND m.id >= %s
            ORDER BY k.provider_account_id, k.named, m.id DESC
            ON CONFLICT DO NOTHING
            """,
            [
                at,
                array(str(item.account_id) for item, _phone in named),
                array(str(item.provider_account_id) for item, _phone in named),
                texts(item.heard.provider_message_id.replace("\0", "\ufffd") for item, _phone in named),
                texts(phone for _item, phone in named),
                uuid7.floor(at - IMPORTED_WITHIN),
            ],
        )


@transaction.atomic
def retry_orphan(*, orphan: Orphan, by: User | None, at: datetime) -> bool:
    """Look for its message now, and for another day if it is not found. Returns whether it was found."""
    orphan = Orphan.objects.select_for_update().get(pk=orphan.pk, account=orphan.account_id)
    audit.record(account=orphan.account, by=by, at=at, verb="orphan.retried", object_type="orphan", object_id=orphan.pk)
    if still_lost([orphan], at):
        orphan.tries, orphan.due_at, orphan.dismissed_at = 0, at + orphans.PAUSES[0], None
        orphan.save(update_fields=["tries", "due_at", "dismissed_at"])
        return False
    orphans.forget([orphan])
    return True


@transaction.atomic
def dismiss_orphan(*, orphan: Orphan, by: User | None, at: datetime) -> None:
    """Nobody needs to look at it any more. The row stays as evidence."""
    changed = Orphan.objects.filter(pk=orphan.pk, account=orphan.account_id, dismissed_at=None).update(
        dismissed_at=at, due_at=None
    )
    if changed:
        audit.record(
            account=orphan.account,
            by=by,
            at=at,
            verb="orphan.dismissed",
            object_type="orphan",
            object_id=orphan.pk,
            provider_account=orphan.provider_account_id,
            provider_message_id=orphan.provider_message_id,
        )
