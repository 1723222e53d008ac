"""Open entries, found or made, and held until the transaction ends, so that a number never has two: set-based writing
for blocklist.entries and blocklist.failures.

Always in the order of number and account: two workers with the same numbers never wait in a circle. Call `hold` once in
a transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from blocklist.models import BlockEntry
from blocklist.policy import Scope
from blocklist.resting import Rest

Key = tuple[str, int | None, int | None]  # number; account that it holds for; kind

REST_COLUMNS = {
    "source_account_id": "bigint", "code": "smallint", "evidence": "uuid", "intercepted_at": "timestamptz",
    "expires_at": "timestamptz", "seen_at": "timestamptz", "times": "int", "step": "smallint",
    "delivered_at": "timestamptz",
}  # fmt: skip
NEW_COLUMNS = {
    "phone": "text", "account_id": "bigint", "kind": "smallint", "scope": "text", "origin": "smallint", "note": "text",
    "by_id": "bigint", "by_name": "text", "ended_at": "timestamptz", **REST_COLUMNS,
}  # fmt: skip


NAMES = ", ".join(NEW_COLUMNS)
ARRAYS = ", ".join(f"%s::{kind}[]" for kind in NEW_COLUMNS.values())
# Ids in the order in which the rests begin: that is the order of the list.
INSERTION = (
    "WITH numbered AS MATERIALIZED (SELECT nextval(pg_get_serial_sequence('block_entry', 'id')) AS id, n.* "
    f"FROM (SELECT * FROM unnest({ARRAYS}) AS given ({NAMES}) ORDER BY intercepted_at) AS n) "
    f"INSERT INTO block_entry AS e (id, {NAMES}, lifted_by_name, lift_reason) "
    f"SELECT id, {NAMES}, '', '' FROM numbered"
)


@dataclass(frozen=True, slots=True)
class Word:
    """Who says that a number rests."""

    origin: BlockEntry.Origin = BlockEntry.Origin.POLICY
    note: str = ""
    by_id: int | None = None
    by_name: str = ""


POLICY = Word()
Words = Word | Mapping[Key, Word]  # one for all, or one for each


@dataclass(frozen=True, slots=True)
class Held:
    pk: int
    rest: Rest
    is_new: bool


def hold(rests: Mapping[Key, Rest], words: Words = POLICY) -> dict[Key, Held]:
    """The open entry of each key: the one that is there, as it is, or this new one."""
    lines = [line(key, rest, word_of(key, words)) for key, rest in rests.items()]
    returned = ", ".join(f"e.{name}" for name in ("phone", "account_id", "kind", "id", *REST_COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            f'{INSERTION} ORDER BY phone COLLATE "C", account_id '
            "ON CONFLICT (phone, account_id, kind) WHERE ended_at IS NULL DO UPDATE SET times = e.times "
            f"RETURNING e.xmax = 0, {returned}",
            columns(lines),
        )
        return {(row[1], row[2], row[3]): Held(row[4], Rest(*row[4:]), row[0]) for row in cursor.fetchall()}


def add(entries: Sequence[tuple[Key, Rest, datetime | None]], words: Words = POLICY) -> list[int]:
    """Write entries, each with the moment that it ended or None; returns their ids, in the order of their begin."""
    if not entries:
        return []
    with connection.cursor() as cursor:
        lines = [line(key, rest, word_of(key, words), ended_at) for key, rest, ended_at in entries]
        cursor.execute(f"{INSERTION} RETURNING id", columns(lines))
        return [row[0] for row in cursor.fetchall()]


def word_of(key: Key, words: Words) -> Word:
    return words if isinstance(words, Word) else words[key]


def line(key: Key, rest: Rest, word: Word, ended_at: datetime | None = None) -> tuple[Any, ...]:
    """The values of NEW_COLUMNS."""
    phone, account, kind = key
    scope = Scope.GLOBAL if account is None else Scope.ACCOUNT
    return (
        phone, account, kind, scope.value, int(word.origin), word.note, word.by_id, word.by_name, ended_at,
        *values_of(rest),
    )  # fmt: skip


def values_of(rest: Rest) -> tuple[Any, ...]:
    """The values of REST_COLUMNS."""
    return (
        rest.source_account_id, rest.code, rest.evidence, rest.since, rest.until, rest.seen_at, rest.times, rest.step,
        rest.delivered_at,
    )  # fmt: skip


def columns(lines: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*lines, strict=True)]


def change(rests: Sequence[Rest]) -> None:
    """Write what failures changed in entries that are held."""
    if not rests:
        return
    types = {"id": "bigint", **REST_COLUMNS}
    arrays = ", ".join(f"%s::{kind}[]" for kind in types.values())
    assignments = ", ".join(f"{name} = n.{name}" for name in REST_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE block_entry e SET {assignments} FROM unnest({arrays}) AS n ({', '.join(types)}) WHERE e.id = n.id",
            columns([(rest.id, *values_of(rest)) for rest in rests]),
        )


def end(ids: Collection[int], at: datetime) -> None:
    """Close entries that are held: others take their place."""
    if ids:
        BlockEntry.objects.filter(pk__in=ids).update(ended_at=at)
