"""What is kept of a message that a provider took, so that its end becomes known: the provider's ids, which receipts
name, and when to ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from logs import polling_times
from logs.dispatching.trying import Tried
from logs.models import ProviderAccount
from logs.providers import registry
from logs.providers.base import Taken


def keep(taken: Sequence[Tried], at: datetime) -> None:
    """In the caller's transaction."""
    refs, queries = [], []
    can_query = _can_query({tried.claimed.provider_account_id for tried in taken})
    for tried in taken:
        assert isinstance(tried.answer, Taken)
        row, parts = tried.claimed, tried.answer.parts
        refs += [
            (row.provider_account_id, part.provider_message_id, row.account_id, row.message_id, tried.number, part.part,
             len(parts), at)
            for part in parts if part.provider_message_id
        ]  # fmt: skip
        asked = row.provider_account_id in can_query
        end = polling_times.end(sent_at=at, expires_at=row.expires_at, can_query=asked)
        first = polling_times.due(sent_at=at, asked=0, end=end) if asked else end
        name = parts[0].provider_message_id if parts else ""
        queries.append((row.message_id, row.account_id, row.provider_account_id, name, tried.number, at, 0, end, first))
    _insert(
        "provider_ref (provider_account_id, provider_message_id, account_id, message_id, attempt, part, parts, "
        "created_at)",
        ("bigint", "text", "bigint", "uuid", "smallint", "smallint", "smallint", "timestamptz"),
        refs,
    )
    _insert(
        "status_query (message_id, account_id, provider_account_id, provider_message_id, attempt, sent_at, asked, "
        "ends_at, due_at)",
        ("uuid", "bigint", "bigint", "text", "smallint", "timestamptz", "smallint", "timestamptz", "timestamptz"),
        queries,
    )


class Claim(NamedTuple):
    """A provider's id that is said to be of a message."""

    provider_account_id: int
    provider_message_id: str
    message_id: UUID


def contested(claims: Sequence[Claim]) -> set[UUID]:
    """The messages with an id that is kept for another one, or that two of these claim."""
    wanted = [claim for claim in claims if claim.provider_message_id]
    if not wanted:
        return set()
    claimants: defaultdict[tuple[int, str], set[UUID]] = defaultdict(set)
    for claim in wanted:
        claimants[claim[:2]].add(claim.message_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.provider_account_id, r.provider_message_id, r.message_id "
            "FROM unnest(%s::bigint[], %s::text[]) AS k (provider_account_id, named) "
            "JOIN provider_ref r ON r.provider_account_id = k.provider_account_id AND r.provider_message_id = k.named",
            [list(column) for column in zip(*claimants, strict=True)],
        )
        for way, name, message in cursor.fetchall():
            claimants[way, name].add(message)
    return {claim.message_id for claim in wanted if len(claimants[claim[:2]]) > 1}


def _can_query(ids: Iterable[int]) -> set[int]:
    rows = ProviderAccount.objects.filter(pk__in=ids).values_list("pk", "provider")
    adapters = {pk: registry.adapter(provider) for pk, provider in rows}
    return {pk for pk, adapter in adapters.items() if adapter and adapter.can_query}


def _insert(into: str, types: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    if not rows:
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {into} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING",
            [list(column) for column in zip(*rows, strict=True)],
        )
