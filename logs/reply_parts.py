"""Parts of replies, where the provider does not join them: gathered until all are there, in any order.

The number that joins them is the sender's phone's and soon used again, so that a part which is there already may be a
repeat or the beginning of the next text; its content tells. Rows that were joined stay for a day to know repeats by.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from logs.models import ReplyPart
from logs.statuses import event_id


class Group(NamedTuple):
    """What the parts of one text have in common."""

    account_id: int
    provider_account_id: int
    phone: str
    reference: str
    parts: int


def add(rows: Sequence[ReplyPart], *, at: datetime) -> list[list[ReplyPart]]:
    """Take in these parts; returns the groups that are done now: complete, or overtaken by the sender's next text."""
    coming: defaultdict[Group, list[ReplyPart]] = defaultdict(list)
    for row in rows:
        coming[group_of(row)].append(row)
    done: list[list[ReplyPart]] = []
    gone: list[ReplyPart] = []
    there = locked(coming)
    for group, new in coming.items():
        held = {row.part: row for row in there.get(group, ())}
        for row in new:
            take_in(row, held, done, gone, at)
        there[group] = list(held.values())
    save([row for held in there.values() for row in held], gone)
    return done


def take_in(
    row: ReplyPart, held: dict[int, ReplyPart], done: list[list[ReplyPart]], gone: list[ReplyPart], at: datetime
) -> None:
    same = held.get(row.part)
    if same is not None:
        if fingerprint(same) == fingerprint(row):
            return
        # The same number again, with another text: the next one has begun.
        if waiting := [one for one in held.values() if one.joined_at is None]:
            done.append(waiting)
        gone += [one for one in held.values() if one.pk]
        held.clear()
    held[row.part] = row
    waiting = [one for one in held.values() if one.joined_at is None]
    if len(waiting) == row.parts:
        done.append(waiting)
        for one in waiting:
            one.joined_at = at


def group_of(row: ReplyPart) -> Group:
    return Group(row.account_id, row.provider_account_id, row.phone, row.reference, row.parts)


def fingerprint(row: ReplyPart) -> str:
    """The provider's id of the part, or what it says."""
    identity = event_id(
        provider="part",
        provider_event_id=row.provider_message_id,
        raw_status=row.body,
        part=row.part,
        occurred_at=row.occurred_at,
    )
    return str(identity)


def locked(groups: Collection[Group]) -> dict[Group, list[ReplyPart]]:
    """The rows of these groups. One worker at a time looks at a group, also at one that has no rows yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM (SELECT DISTINCT hashtextextended(name, 0) AS k "
            "FROM unnest(%s::text[]) AS name ORDER BY k) AS keys",
            [[repr(tuple(group)) for group in groups]],
        )
    found: defaultdict[Group, list[ReplyPart]] = defaultdict(list)
    rows = ReplyPart.objects.filter(
        account_id__in={group.account_id for group in groups},
        provider_account_id__in={group.provider_account_id for group in groups},
        phone__in={group.phone for group in groups},
        reference__in={group.reference for group in groups},
    )
    for row in rows:
        if (group := group_of(row)) in groups:
            found[group].append(row)
    return dict(found)


def save(held: Iterable[ReplyPart], gone: Sequence[ReplyPart]) -> None:
    ReplyPart.objects.filter(pk__in=[row.pk for row in gone]).delete()
    rows = list(held)
    ReplyPart.objects.bulk_create([row for row in rows if row.pk is None])
    ReplyPart.objects.bulk_update([row for row in rows if row.pk is not None], ["joined_at"])


def given_up(*, before: datetime, at: datetime) -> list[list[ReplyPart]]:
    """The groups whose first part came before that moment and that still wait; they count as joined from now on."""
    late = ReplyPart.objects.filter(joined_at=None, received_at__lt=before)
    keys = {group_of(row) for row in late.order_by("received_at")[:1000]}
    if not keys:
        return []
    done = []
    for rows in locked(keys).values():
        if waiting := [row for row in rows if row.joined_at is None]:
            done.append(waiting)
            for row in waiting:
                row.joined_at = at
            save(waiting, [])
    return done


def forget(*, before: datetime) -> None:
    ReplyPart.objects.filter(joined_at__lt=before).delete()
